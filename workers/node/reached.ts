/**
 * On whose devices a message for several is: by what their registers say, without its author's own.
 * Source: DESIGN §1 (honest delivery).
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import { toHex, type Hex } from "../core/codec/ids.ts";
import type { Header } from "../core/gossip/header.ts";
import { spreadOf } from "../core/gossip/reporting.ts";
import { findDevice } from "../core/ledger/state.ts";
import { stateOf, type Family } from "./family.ts";

/** Members who have it, sorted, and how many other devices keep it. */
export function reachedBy(
  family: Family,
  header: Header,
): { readonly members: readonly Hex[]; readonly held: number } {
  const core = family.gossip?.core();
  if (core === undefined) return { members: [], held: 0 };
  const state = stateOf(family);
  const own = findDevice(state, header.author)?.member;
  const others = header.recipients
    .flatMap((one) => findDevice(state, one.device) ?? [])
    .filter((one) => own === undefined || !isSameBytes(one.member, own));
  const { reached, held } = spreadOf(
    core,
    header,
    others.map((one) => one.id),
  );
  const people = others.filter((one) => reached.has(toHex(one.id)));
  return { members: [...new Set(people.map((one) => toHex(one.member)))].toSorted(), held };
}
