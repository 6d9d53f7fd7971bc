/**
 * HOLD: a parent's word that a device is not to be trusted for now. It counts on receipt and needs no
 * block: for 72 hours nobody writes to the device, shows what it says or, unless it is a parent's, is
 * linked to it. Pure: which words count, and how a device stands, from all words and the rules.
 * SPEC HO1 to HO5. Source: DESIGN §4.12.
 */
import { isSameBytes } from "../codec/cbor.ts";
import { compareBytes, deviceId, type DeviceId, type MemberId } from "../codec/ids.ts";
import { bool, decodeWith, encodeWith, struct, uint, type Shaped } from "../codec/shape.ts";
import type { Decoded } from "../codec/cbor.ts";
import { HOLD_CLOCK_SLACK_MS, HOLD_MS, HOLDS_PER_DAY_MAX } from "./limits.ts";
import { isVoiceTooNew } from "./new-device.ts";
import { activeDevice, findMember, type LedgerState } from "./state.ts";

const holdShape = struct({
  device: deviceId,
  author: deviceId,
  /** False: a word that ends it. */
  isHeld: bool,
  /** Author's clock, milliseconds since the epoch. */
  time: uint(),
});
export type Hold = Shaped<typeof holdShape>;

export const HOLD_BYTES_MAX = 128;

/** What a hold signs. */
export function encodeHold(hold: Hold): Uint8Array {
  return encodeWith(holdShape, hold);
}

export function decodeHold(holdBytes: Uint8Array): Decoded<Hold> {
  return decodeWith(holdShape, holdBytes, HOLD_BYTES_MAX);
}

/** How a held device stands. */
export interface Standing {
  /** From this time on nobody shows what it says; milliseconds since the epoch. */
  readonly since: number;
  readonly until: number;
  /** The member whose word it is. */
  readonly by: MemberId;
}

/** Whether a word is of no use any more, or of none yet. */
export function isInTime({ time }: Hold, now: number): boolean {
  return time <= now + HOLD_CLOCK_SLACK_MS && time + HOLD_MS > now;
}

/**
 * Whether somebody may say this of a device: a parent, with a device that speaks for it, never of that
 * device itself.
 */
export function maySay(state: LedgerState, { author, device, time }: Hold): boolean {
  const by = activeDevice(state, author);
  const held = activeDevice(state, device);
  if (by === null || held === null || isSameBytes(author, device)) return false;
  if (findMember(state, by.member)?.role !== "parent") return false;
  return !isVoiceTooNew(state, author, Math.max(time, state.time));
}

/** How a device stands by all the words that are known; null where it is not held. */
export function standingOf(
  state: LedgerState,
  device: DeviceId,
  all: readonly Hold[],
  now: number,
): Standing | null {
  const owner = activeDevice(state, device)?.member;
  if (owner === undefined) return null;
  const words = counting(state, all)
    .filter((one) => isSameBytes(one.device, device) && isInTime(one, now))
    .toSorted(compareHolds);
  let standing: Standing | null = null;
  for (const { author, isHeld, time } of words) {
    const by = activeDevice(state, author)?.member;
    if (by === undefined) continue;
    if (isHeld) standing = held(standing, time, by);
    // Whom it is about does not end what another parent began.
    else if (!isSameBytes(by, owner) || (standing !== null && isSameBytes(standing.by, by))) {
      standing = null;
    }
  }
  return standing;
}

function held(before: Standing | null, time: number, by: MemberId): Standing {
  return { since: before?.since ?? time, until: time + HOLD_MS, by: before?.by ?? by };
}

/** Words of who may say them, of each member the first three holds of a day. */
function counting(state: LedgerState, all: readonly Hold[]): readonly Hold[] {
  const said = new Map<string, number>();
  return all
    .filter((one) => maySay(state, one))
    .toSorted(compareHolds)
    .filter(({ author, isHeld, time }) => {
      if (!isHeld) return true;
      const by = activeDevice(state, author)?.member.join() ?? "";
      const day = `${by} ${Math.floor(time / DAY_MS)}`;
      said.set(day, (said.get(day) ?? 0) + 1);
      return (said.get(day) ?? 0) <= HOLDS_PER_DAY_MAX;
    });
}

/** In the order of their times; of two of one time the one that ends it comes last. */
export function compareHolds(a: Hold, b: Hold): number {
  return (
    a.time - b.time ||
    Number(b.isHeld) - Number(a.isHeld) ||
    compareBytes(a.author, b.author) ||
    compareBytes(a.device, b.device)
  );
}

const DAY_MS = 86_400_000;
