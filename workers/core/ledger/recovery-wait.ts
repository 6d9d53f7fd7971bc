/**
 * When a device takes a RECOVERY block: after it has been shown for 72 hours of its own clock, unless
 * another parent objects, another recovery of the same block is known, or the old set finalises a
 * block after all (then the head is another, and nothing here is about it). Pure: time comes in.
 * SPEC RC6 to RC11. Source: DESIGN §4.10.
 */
import { isSameBytes } from "../codec/cbor.ts";
import { hash32 } from "../codec/ids.ts";
import type { BlockHash, DeviceId, MemberId } from "../codec/ids.ts";
import { encodeWith, struct } from "../codec/shape.ts";
import { RECOVERY_AWAY_MS_MAX, RECOVERY_SHOWN_MS } from "./limits.ts";
import { activeDevice, findDevice, findMember, type LedgerState } from "./state.ts";

/** For how long something was shown on this device. */
export interface Shown {
  readonly ms: number;
  /** Wall clock at the last look, milliseconds since the epoch. */
  readonly wall: number;
}

/** A valid recovery of the next block, as a device knows it. */
export interface KnownRecovery {
  readonly hash: BlockHash;
  /** The parent whose words it was made with. */
  readonly owner: MemberId;
  readonly shown: Shown;
  /** Devices that objected; only those that may are given. */
  readonly objections: readonly DeviceId[];
  /** The person at this device has decided between several. */
  readonly isChosen: boolean;
}

/** Where a recovery stands on this device. */
export type RecoveryStanding =
  | { readonly type: "waits"; readonly leftMs: number }
  | { readonly type: "objected"; readonly by: DeviceId }
  /** There is another one: none is taken by itself. */
  | { readonly type: "rivalled"; readonly leftMs: number }
  | { readonly type: "due" };

/** Where one of the recoveries of a block stands; `all` are those that are known, this one too. */
export function standingOf(
  state: LedgerState,
  recovery: KnownRecovery,
  all: readonly KnownRecovery[],
): RecoveryStanding {
  const [by] = recovery.objections;
  if (by !== undefined) return { type: "objected", by };
  const leftMs = Math.max(0, waitMs(state) - recovery.shown.ms);
  const isRivalled = all.some((one) => !isSameBytes(one.hash, recovery.hash));
  if (isRivalled && !recovery.isChosen) return { type: "rivalled", leftMs };
  return leftMs === 0 ? { type: "due" } : { type: "waits", leftMs };
}

/** Milliseconds for which a recovery is shown: none where there is nobody who could object. */
export function waitMs(state: LedgerState): number {
  const parents = state.members.filter((one) => one.role === "parent" && one.leftAt === null);
  return parents.length > 1 ? RECOVERY_SHOWN_MS : 0;
}

/**
 * Whether a device may object to a recovery that was typed on `author`: an active one of a parent to whom
 * that one does not belong. The parent whose words they are may, too: the paper may have been found.
 */
export function mayObject(state: LedgerState, author: DeviceId, device: DeviceId): boolean {
  const by = findDevice(state, author)?.member;
  const member = activeDevice(state, device)?.member;
  const found = member === undefined ? null : findMember(state, member);
  if (found === null || found.role !== "parent" || found.leftAt !== null) return false;
  return by === undefined || !isSameBytes(found.id, by);
}

/**
 * One look later. `awakeMs`: what a clock that cannot be set says has passed since the last look; null
 * at the first one after a start. What the wall clock is ahead of that was sleep, or somebody set it:
 * a day of it counts. A clock that was set back takes nothing away.
 */
export function lookAgain(shown: Shown, wall: number, awakeMs: number | null): Shown {
  const awake = Math.max(0, awakeMs ?? 0);
  const away = Math.min(RECOVERY_AWAY_MS_MAX, Math.max(0, wall - shown.wall - awake));
  return { ms: shown.ms + awake + away, wall };
}

/** What an objection signs: the very recovery that it is about. */
export function encodeObjection(recovery: BlockHash): Uint8Array {
  return encodeWith(struct({ recovery: hash32 }), { recovery });
}
