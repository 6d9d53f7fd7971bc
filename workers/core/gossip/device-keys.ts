/**
 * A device's encryption keys over time. The first is in its registration (number 0); each later one it
 * announces by a signed word whose number is the UTC day of the announcement: so numbers rise, are one a
 * day at most, and cannot run ahead of the clock. No entry of a stream: it must outlive retention.
 * Decides which are kept, which to seal to, and which a message of a day may be sealed to. Pure; it checks
 * no signature and no curve. SPEC KA1 to KA8, KA14. Source: DESIGN §3, ADR 30.
 */
import type { Decoded } from "../codec/cbor.ts";
import { isSameBytes } from "../codec/cbor.ts";
import { greatest, least } from "../codec/extremes.ts";
import { hashOf } from "../codec/hash.ts";
import { compareBytes, deviceId, encryptionKey } from "../codec/ids.ts";
import type { EncryptionKey, FamilyId } from "../codec/ids.ts";
import { decodeWith, encodeWith, struct, uint, type Shaped } from "../codec/shape.ts";
import type { Device } from "../ledger/state.ts";
import { dayOf } from "./clock.ts";
import { DAY_MS, FUTURE_ACCEPT_MS, KEY_GRACE_DAYS } from "./limits.ts";

const ANNOUNCEMENT_VERSION = 1;

const announcementShape = struct({
  version: uint(255),
  device: deviceId,
  /** UTC day of the announcement, days since the epoch. */
  number: uint(2 ** 32 - 1, 1),
  /** X25519. */
  key: encryptionKey,
});
export type Announcement = Shaped<typeof announcementShape>;

/** List (1), version (1), device (17), number (5), key (34). */
export const ANNOUNCEMENT_BYTES_MAX = 58;
/** Bytes of an announcement's id: enough to tell those of one family apart. */
const ID_BYTES = 8;

/** One that is kept. */
export interface KeptKey {
  readonly announcement: Announcement;
  /** First bytes of its hash. */
  readonly id: Uint8Array;
  /** Day from which on it counts as known here: never before its own. */
  readonly since: number;
}

/** What a device announces on a day; what is signed. */
export function encodeAnnouncement(
  device: Announcement["device"],
  number: number,
  key: EncryptionKey,
): Uint8Array {
  return encodeWith(announcementShape, { version: ANNOUNCEMENT_VERSION, device, number, key });
}

export function decodeAnnouncement(announcementBytes: Uint8Array): Decoded<Announcement> {
  const decoded = decodeWith(announcementShape, announcementBytes, ANNOUNCEMENT_BYTES_MAX);
  if (!decoded.ok || decoded.value.version === ANNOUNCEMENT_VERSION) return decoded;
  return { ok: false, reason: "shape", detail: "unknown version" };
}

export function announcementIdOf(family: FamilyId, announcementBytes: Uint8Array): Uint8Array {
  return hashOf("encryption-key", family, announcementBytes).slice(0, ID_BYTES);
}

/** Whether one of this day may be: not before its device was registered, and not from the future. */
export function isTimely({ number }: Announcement, device: Device, now: number): boolean {
  return number >= dayOf(device.registeredTime) && isBegun(number, now);
}

/**
 * What is kept of a device after one more was heard; null where it changes nothing. Of one number the two
 * lowest ids are kept: they prove that it is not to be believed.
 */
export function keysWith<T extends KeptKey>(
  kept: readonly T[],
  fresh: T,
  floorDay: number,
): readonly T[] | null {
  if (kept.some((one) => isSameBytes(one.id, fresh.id))) return null;
  const beside = [...kept, fresh].filter((one) => numberOf(one) === numberOf(fresh));
  const [, , beyond] = beside.toSorted((a, b) => compareBytes(a.id, b.id));
  if (beyond === fresh) return null;
  const all = [...kept, fresh].filter((one) => one !== beyond).toSorted(compareKept);
  const after = keysFrom(all, floorDay);
  return after.includes(fresh) ? after : null;
}

/** Of what is kept those that an entry may still be sealed to whose body is not let go of. */
export function keysFrom<T extends KeptKey>(kept: readonly T[], floorDay: number): readonly T[] {
  return kept.filter((one) => lastDayOf(kept, numberOf(one)) >= floorDay);
}

/**
 * The last day on which somebody may seal to a number; 0 is the key in the registration. A later number that
 * is not to be believed follows none: its device is sealed to by the one before.
 */
function lastDayOf(kept: readonly KeptKey[], number: number): number {
  const later = kept.filter(
    (one) => numberOf(one) > number && !isContradicted(kept, numberOf(one)),
  );
  return least(
    later.map(({ since }) => since + KEY_GRACE_DAYS),
    Number.MAX_SAFE_INTEGER,
  );
}

/**
 * What to seal to: the newest key whose day has come, however old it is, since a device that was away for
 * long has no newer one and must hear a call for help. One of two under one number is none.
 */
export function currentKey(
  kept: readonly KeptKey[],
  device: Device,
  now: number,
): { readonly number: number; readonly key: EncryptionKey } {
  for (const one of kept.toSorted((a, b) => compareKept(b, a))) {
    const number = numberOf(one);
    if (!isBegun(number, now) || isContradicted(kept, number)) continue;
    return { number, key: one.announcement.key };
  }
  return { number: 0, key: device.encryptionKey };
}

/**
 * The key of a number, for an entry of this time. `unknown`: not announced yet, as far as is known here;
 * `over`: the device may have deleted its private half; `contradicted`: it has announced two, so what is
 * sealed to it proves nothing.
 */
export function keyOfNumber(
  kept: readonly KeptKey[],
  device: Device,
  number: number,
  timeMs: number,
): EncryptionKey | "unknown" | "over" | "contradicted" {
  const found = kept.find((one) => numberOf(one) === number);
  const key = number === 0 ? device.encryptionKey : found?.announcement.key;
  if (key === undefined) return "unknown";
  if (lastDayOf(kept, number) < dayOf(timeMs)) return "over";
  return isContradicted(kept, number) ? "contradicted" : key;
}

/** Whether a number is so old at that time that it can be over, if there is a next one. */
export function isPastGrace(number: number, timeMs: number): boolean {
  return number + KEY_GRACE_DAYS < dayOf(timeMs);
}

/**
 * Whether somebody may take a number for over for an entry of this time, or know it no more: by the days of
 * the keys themselves, since nobody has known one before its day. Who hears of the next one late, as whoever
 * was away does, counts later (`keyOfNumber`).
 */
export function mayBeOver(kept: readonly KeptKey[], number: number, timeMs: number): boolean {
  if (!isPastGrace(number, timeMs)) return false;
  const later = kept.map(numberOf).filter((one) => one > number && !isContradicted(kept, one));
  return least(later, Number.MAX_SAFE_INTEGER) + KEY_GRACE_DAYS < dayOf(timeMs);
}

/**
 * Of own numbers those whose private halves may be needed for a body that is not let go of; the last one
 * always, whatever somebody else has announced with this device's signing key.
 */
export function neededNumbers(
  kept: readonly KeptKey[],
  numbers: readonly number[],
  floorDay: number,
): readonly number[] {
  const last = greatest(numbers, 0);
  return numbers.filter((one) => one === last || lastDayOf(kept, one) >= floorDay);
}

function isContradicted(kept: readonly KeptKey[], number: number): boolean {
  return kept.filter((one) => numberOf(one) === number).length > 1;
}

function isBegun(number: number, now: number): boolean {
  return number * DAY_MS <= now + FUTURE_ACCEPT_MS;
}

function numberOf({ announcement }: KeptKey): number {
  return announcement.number;
}

function compareKept(a: KeptKey, b: KeptKey): number {
  return numberOf(a) - numberOf(b) || compareBytes(a.id, b.id);
}
