/**
 * Where in the chain something belongs: the height in flight, its replica set and quorum, and whose
 * turn it is there. Pure, on the head alone. SPEC RP10, RP13. Source: DESIGN §4.3.
 */
import { isSameBytes } from "../codec/cbor.ts";
import type { DeviceId } from "../codec/ids.ts";
import type { Head } from "../ledger/chain.ts";
import { VIEWS_AHEAD_MAX, VIEWS_BEHIND_MAX } from "./limits.ts";

/** Where a certificate or VIEW-CHANGE belongs: the height in flight. */
export interface Place {
  readonly epoch: number;
  readonly height: number;
  readonly replicas: readonly DeviceId[];
  readonly quorum: number;
}

/** Whether something is of this place; else why not. */
export function placeFault(
  body: { readonly epoch: number; readonly height: number },
  place: Place,
): "other-epoch" | "other-height" | null {
  if (body.epoch !== place.epoch) return "other-epoch";
  return body.height === place.height ? null : "other-height";
}

export function isMember(device: DeviceId, place: Pick<Place, "replicas">): boolean {
  return place.replicas.some((one) => isSameBytes(one, device));
}

/** Whether votes of a view are kept by who is in view `mine`: not too far from it. */
export function isNearView(view: number, mine: number): boolean {
  return view <= mine + VIEWS_AHEAD_MAX && view >= mine - VIEWS_BEHIND_MAX;
}

/** The replica that may propose in a view of the height after `head` (DESIGN §4.3). */
export function primaryOf(head: Head, view: number): DeviceId {
  const set = head.state.replicas;
  const sticky = set.findIndex((one) => isSameBytes(one, head.primary));
  const chosen = set[(Math.max(sticky, 0) + view) % set.length];
  if (chosen === undefined) throw new Error("invariant: a replica set is never empty");
  return chosen;
}

/** Whether it is that replica's turn. */
export function mayPropose(device: DeviceId, head: Head, view: number): boolean {
  return isSameBytes(device, primaryOf(head, view));
}
