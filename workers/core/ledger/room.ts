/**
 * Room in the lists of a state. Nothing that a verdict may read ever makes room for something newer: who
 * has had their part waits until what they made is forgotten by time, and whatever others have made,
 * everybody has a few places of their own. SPEC BD6, BD7. Source: DESIGN §4.13; ADR 27.
 */
import { isSameBytes } from "../codec/cbor.ts";
import { toHex, type Hex, type MemberId } from "../codec/ids.ts";
import { MEMBER_SHARE, MEMBERS_MAX } from "./limits.ts";

interface Authored {
  readonly by: MemberId;
}

/** How many of so many places one member may take: a quarter, so that no one fills it for the others. */
export function shareOf(places: number): number {
  return Math.floor(places / MEMBER_SHARE);
}

/**
 * Why a list has no room for one more by this member; null where it has.
 * @param max entries that the list can hold
 * @param ownRoom entries for which every member of the family has room, whatever the others have made
 */
export function roomFault(
  entries: readonly Authored[],
  max: number,
  member: MemberId,
  ownRoom = 0,
): "full" | "too-many-rules" | null {
  const own = entries.filter((one) => isSameBytes(one.by, member)).length;
  if (own < ownRoom) return null;
  const shared = max - MEMBERS_MAX * ownRoom;
  if (own - ownRoom >= shareOf(shared)) return "too-many-rules";
  return beyond(entries, ownRoom) >= shared ? "full" : null;
}

/** How many entries their makers have no room of their own for. */
function beyond(entries: readonly Authored[], ownRoom: number): number {
  const counts = new Map<Hex, number>();
  for (const { by } of entries) counts.set(toHex(by), (counts.get(toHex(by)) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum + Math.max(0, count - ownRoom), 0);
}
