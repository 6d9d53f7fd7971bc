/**
 * Whose turn it is where any device could write the same into the ledger and one is enough: each waits
 * so many turns. Every device counts by itself those that it knows to be there, so two may come at
 * once where they do not hear of each other; the ledger takes one. SPEC DI5, VR2, EM9.
 */
import { toHex } from "../core/codec/ids.ts";
import type { MemberId } from "../core/codec/ids.ts";
import { findMember } from "../core/ledger/state.ts";
import { isConnected, stateOf, type Family } from "./family.ts";

/** The place of this device among those that are there, parents' first, then in the order of ids. */
export function turnOf(family: Family): number {
  const state = stateOf(family);
  const mine = toHex(family.identity.device);
  const rank = (member: MemberId): number => (findMember(state, member)?.role === "parent" ? 0 : 1);
  return state.devices
    .filter((one) => toHex(one.id) === mine || isConnected(family, one.id))
    .map((one) => ({ name: toHex(one.id), rank: rank(one.member) }))
    .toSorted((a, b) => a.rank - b.rank || (a.name < b.name ? -1 : 1))
    .findIndex(({ name }) => name === mine);
}
