/**
 * The rules as this device acts on them: the head's, with whom signed changes put into groups that are
 * here and in no block yet, and without whom others take out. A message in such a group carries the first
 * ones, so that everybody judges it alike; who meets one there first hands it to the ledger.
 * SPEC GC15 to GC17. Source: DESIGN §5, ADR 31, ADR 32.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import { toHex, type Hex, type MemberId } from "../core/codec/ids.ts";
import type { Audience, Header, Recipient } from "../core/gossip/header.ts";
import { headWith, joinsFor, readJoin, type Join, type ReadJoin } from "../core/gossip/joins.ts";
import type { Change } from "../core/gossip/stream.ts";
import type { Moment } from "../core/ledger/relations.ts";
import { findDevice, type LedgerState } from "../core/ledger/state.ts";
import {
  transactionIdOf,
  type SignedTransaction,
  type TransactionBody,
} from "../core/ledger/transaction.ts";
import { familyNow, isHeldBack, myMember, stateOf, type Family } from "./family.ts";

interface Joined {
  readonly state: LedgerState;
  readonly joins: readonly ReadJoin[];
}

/** For so long what was found out is as good as found out again, milliseconds. */
const FRESH_MS = 1_000;
/** Every screen asks many times: what was found out last, and of what. */
const found = new WeakMap<
  Family,
  { readonly of: LedgerState; readonly by: Hex; readonly at: number; readonly joined: Joined }
>();

/** The rules with whom joins bring, and those joins. What a held device signed brings and takes nobody. */
function joinedNow(family: Family): Joined {
  const state = stateOf(family);
  const pending = family.ledger
    .pending()
    .filter(({ content: { body } }) => isAboutMembers(body))
    .filter((one) => !isHeldBack(family, one));
  if (pending.length === 0) return { state, joins: [] };
  const by = pending.map(({ id }) => toHex(id)).join();
  const now = familyNow(family);
  const last = found.get(family);
  if (last?.of === state && last.by === by && Math.abs(now - last.at) < FRESH_MS) {
    return last.joined;
  }
  const joined = headWith(state, pending, now);
  found.set(family, { of: state, by, at: now, joined });
  return joined;
}

function isAboutMembers({ type }: TransactionBody): boolean {
  return type === "group-member-added" || type === "group-member-removed";
}

/** The rules now, with whom joins bring and without who goes. */
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

/** When a change of who is in a group has to be signed, at the earliest, to count after what was before. */
export function notBefore(family: Family, body: TransactionBody): number {
  if (body.type !== "group-member-added" && body.type !== "group-member-removed") return 0;
  const { state } = joinedNow(family);
  const group = state.rules.groups.find((one) => isSameBytes(one.id, body.group));
  const stays = group?.members.filter((one) => isSameBytes(one.member, body.member)) ?? [];
  return Math.max(0, ...stays.map(({ signedAt, ended }) => (ended?.signedAt ?? signedAt) + 1));
}

/** Changes of the family that messages carried which are accepted now: the ledger's to have. */
export function joinsIn(changes: readonly Change[]): readonly SignedTransaction[] {
  return changes.flatMap(({ known, before }) =>
    before?.type !== "accepted" && known.verdict.type === "accepted" ? joinsOf(known.header) : [],
  );
}

/** The same of one message. */
export function joinsOf({ joins }: Pick<Header, "joins">): readonly SignedTransaction[] {
  return joins.flatMap((one) => readJoin(one)?.signed ?? []);
}

/** The same of all that is kept and that no block has: one may have been lost on its way to the ledger. */
export function openJoins(family: Family): readonly SignedTransaction[] {
  const state = stateOf(family);
  const written = new Set(
    state.rules.groups.flatMap(({ members }) => members.map(({ via }) => toHex(via))),
  );
  const nameOf = (signed: SignedTransaction): Hex =>
    toHex(transactionIdOf(state.family, signed.bytes).subarray(0, 16));
  const carried = [...(family.gossip?.core().streams.values() ?? [])]
    .flatMap((stream) => [...stream.known.values()])
    .filter(({ header, verdict }) => header.joins.length > 0 && verdict.type === "accepted")
    .flatMap(({ header }) => joinsOf(header));
  const open = carried.filter((one) => !written.has(nameOf(one)));
  return [...new Map(open.map((one) => [nameOf(one), one])).values()];
}
