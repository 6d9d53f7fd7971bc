/**
 * HOLD: a parent's word that a device is not to be trusted for now. It counts on receipt and needs no
 * block: for 72 hours nobody writes to the device, shows what it says or, unless it is a parent's, is
 * linked to it. Pure: which words count, and how a device stands, from all words and the rules.
 * SPEC HO1 to HO5, HO12, HO13. Source: DESIGN §4.12.
 */
import { isSameBytes } from "../codec/cbor.ts";
import { compareBytes, deviceId, type DeviceId, type MemberId } from "../codec/ids.ts";
import { bool, decodeWith, encodeWith, struct, uint, type Shaped } from "../codec/shape.ts";
import type { Decoded } from "../codec/cbor.ts";
import {
  HOLD_CLOCK_SLACK_MS,
  HOLD_KEPT_MS,
  HOLD_MS,
  HOLDS_MAX,
  HOLDS_PER_AUTHOR_MAX,
  HOLDS_PER_DAY_MAX,
  NOTICE_SHORT_MS,
} from "./limits.ts";
import type { TransactionBody } from "./transaction.ts";
import { isVoiceTooNew } from "./new-device.ts";
import { activeDevice, devicesOf, findMember, type LedgerState } from "./state.ts";

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
  /** Nobody has put this device on hold, but an older one of its child's beside which it was let in. */
  readonly isBeside: boolean;
}

/** How a device stands by the words about itself, and the members who have put it on hold. */
interface OwnStanding extends Standing {
  readonly holders: readonly MemberId[];
}

/** Whether a word is to be kept: not too early by this clock, and not yet a week old. */
export function isInTime({ time }: Hold, now: number): boolean {
  return time <= now + HOLD_CLOCK_SLACK_MS && time + HOLD_KEPT_MS > now;
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
  const words = counting(state, all, now);
  const found = ownStanding(state, device, words, now) ?? besideStanding(state, device, words, now);
  if (found === null) return null;
  const { since, until, by, isBeside } = found;
  return { since, until, by, isBeside };
}

/**
 * A child's device that was let in beside an older one that is held: for its first day it is held too, or
 * whoever does both alone would speak as the child. Two parents are enough, who hold the one or end it of
 * the other.
 */
function besideStanding(
  state: LedgerState,
  device: DeviceId,
  words: readonly Hold[],
  now: number,
): Standing | null {
  const found = activeDevice(state, device);
  if (found === null || findMember(state, found.member)?.role !== "child") return null;
  const end = found.registeredTime + NOTICE_SHORT_MS;
  if (end <= now) return null;
  const freeing = words
    .filter((one) => !one.isHeld && isSameBytes(one.device, device))
    .flatMap(({ author }) => activeDevice(state, author)?.member ?? []);
  let beside: Standing | null = null;
  for (const older of devicesOf(state, found.member)) {
    if (older.registeredAt >= found.registeredAt) continue;
    const standing = ownStanding(state, older.id, words, now);
    if (standing === null) continue;
    const parents = new Set([...standing.holders, ...freeing].map((one) => one.join()));
    if (parents.size > 1) continue;
    const until = Math.min(end, standing.until);
    const one = { since: found.registeredTime, until, by: standing.by, isBeside: true };
    beside = beside === null || beside.until < one.until ? one : beside;
  }
  return beside;
}

function ownStanding(
  state: LedgerState,
  device: DeviceId,
  words: readonly Hold[],
  now: number,
): OwnStanding | null {
  const owner = activeDevice(state, device)?.member;
  if (owner === undefined) return null;
  // What its owner began and what others did stand beside each other: the owner ends its own only.
  let own: OwnStanding | null = null;
  let others: OwnStanding | null = null;
  for (const { device: about, author, isHeld, time } of words) {
    const by = activeDevice(state, author)?.member;
    if (by === undefined || !isSameBytes(about, device)) continue;
    if (isSameBytes(by, owner)) own = isHeld ? held(own, time, by) : null;
    else if (isHeld) others = held(others, time, by);
    else {
      own = null;
      others = null;
    }
  }
  const standing = longest(own, others);
  return standing === null || standing.until <= now ? null : standing;
}

/** One that follows before the last has ended makes it longer, and keeps its beginning and whose it is. */
function held(before: OwnStanding | null, time: number, by: MemberId): OwnStanding {
  const until = time + HOLD_MS;
  return before === null || before.until <= time
    ? { since: time, until, by, isBeside: false, holders: [by] }
    : { ...before, until, holders: [...before.holders, by] };
}

function longest(a: OwnStanding | null, b: OwnStanding | null): OwnStanding | null {
  if (a === null || b === null) return a ?? b;
  const since = Math.min(a.since, b.since);
  const holders = [...a.holders, ...b.holders];
  return a.until >= b.until ? { ...a, since, holders } : { ...b, since, holders };
}

/**
 * Words of who may say them, in the order of their times: of each member the first three holds of a day,
 * and of another parent's device one a week, so that nobody is silenced for longer by one person.
 */
function counting(state: LedgerState, all: readonly Hold[], now: number): readonly Hold[] {
  const saidOn = new Map<string, number>();
  const saidOf = new Map<string, number>();
  return all
    .filter((one) => isInTime(one, now) && maySay(state, one))
    .toSorted(compareHolds)
    .filter(({ author, device, isHeld, time }) => {
      if (!isHeld) return true;
      const by = activeDevice(state, author)?.member;
      const owner = activeDevice(state, device)?.member;
      if (by === undefined || owner === undefined) return false;
      const isOthers = !isSameBytes(by, owner) && findMember(state, owner)?.role === "parent";
      const about = `${by.join()} ${device.join()}`;
      const last = saidOf.get(about);
      if (isOthers && last !== undefined && time - last < HOLD_KEPT_MS) return false;
      const day = `${by.join()} ${Math.floor(time / DAY_MS)}`;
      const count = saidOn.get(day) ?? 0;
      if (count >= HOLDS_PER_DAY_MAX) return false;
      saidOn.set(day, count + 1);
      saidOf.set(about, time);
      return true;
    });
}

/**
 * The words that a device keeps: of each author's device the latest sixteen, of all the latest 64.
 * The same of the same words, in whatever order they were heard.
 */
export function keptOf<T extends { readonly hold: Hold }>(
  words: readonly T[],
  now: number,
): readonly T[] {
  const byAuthor = new Map<string, number>();
  return words
    .filter(({ hold }) => isInTime(hold, now))
    .toSorted((a, b) => compareHolds(b.hold, a.hold))
    .filter(({ hold }) => {
      const author = hold.author.join();
      const count = byAuthor.get(author) ?? 0;
      byAuthor.set(author, count + 1);
      return count < HOLDS_PER_AUTHOR_MAX;
    })
    .slice(0, HOLDS_MAX);
}

/** Whether a held device may still write this: it votes, objects, calls for help, and goes. */
export function isOpenToHeld({ type }: TransactionBody): boolean {
  switch (type) {
    case "approved":
    case "objected":
    case "withdrawn":
    case "enacted":
    case "emergency-recorded":
    case "emergency-resolved":
    case "evidence":
    case "member-left":
      return true;
    default:
      return false;
  }
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
