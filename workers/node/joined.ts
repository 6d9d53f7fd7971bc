/**
 * The rules as this device acts on them: the head's, with whom signed changes put into groups that are
 * here and in no block yet. A message in such a group carries those changes, so that everybody judges it
 * alike; who meets them there first hands them to the ledger. SPEC GC16, GC17. Source: DESIGN §5, ADR 32.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import type { MemberId } from "../core/codec/ids.ts";
import type { Audience, Recipient } from "../core/gossip/header.ts";
import { headWith, joinsFor, readJoin, type Join, type ReadJoin } from "../core/gossip/joins.ts";
import type { Change } from "../core/gossip/stream.ts";
import type { Moment } from "../core/ledger/relations.ts";
import { findDevice, type LedgerState } from "../core/ledger/state.ts";
import type { SignedTransaction } from "../core/ledger/transaction.ts";
import { familyNow, isHeldBack, myMember, stateOf, type Family } from "./family.ts";

/** The rules with whom joins bring, and those joins. What a held device signed brings nobody. */
function joinedNow(family: Family): {
  readonly state: LedgerState;
  readonly joins: readonly ReadJoin[];
} {
  const state = stateOf(family);
  const pending = family.ledger
    .pending()
    .filter((one) => one.content.body.type === "group-member-added" && !isHeldBack(family, one));
  if (pending.length === 0) return { state, joins: [] };
  return headWith(state, pending, familyNow(family));
}

/** The rules now, with whom joins bring. */
export function momentNow(family: Family): Moment {
  const { state } = joinedNow(family);
  return { state, height: state.height, time: familyNow(family) };
}

/** Who is in the group by a change that no block has yet. */
export function comingInto(family: Family, group: Uint8Array): readonly MemberId[] {
  return joinedNow(family)
    .joins.filter(({ body }) => isSameBytes(body.group, group))
    .map(({ body }) => body.member);
}

/** What a message of mine there carries: the changes that bring me or one of its readers. */
export function joinsToCarry(
  family: Family,
  audience: Audience,
  recipients: readonly Pick<Recipient, "device">[],
): readonly Join[] {
  const me = myMember(family);
  if (audience.type !== "group" || me === null) return [];
  const { state, joins } = joinedNow(family);
  const readers = recipients.flatMap(({ device }) => findDevice(state, device)?.member ?? []);
  return joinsFor(joins, audience.group, [me.id, ...readers]);
}

/** Changes of the family that messages carried which were taken now: the ledger's to have. */
export function joinsIn(changes: readonly Change[]): readonly SignedTransaction[] {
  return changes.flatMap(({ known, before }) =>
    before === null && known.verdict.type === "accepted"
      ? known.header.joins.flatMap((one) => readJoin(one)?.signed ?? [])
      : [],
  );
}
