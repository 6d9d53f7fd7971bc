/**
 * A profile's lock as it lies on the disk, and how it answers tries: which PIN is good enough, how
 * long to wait after wrong ones. Pure; the sums are lock-key.ts's. SPEC LC4 to LC7. Source: DESIGN §2.
 */
import { LOCK_IDLE_MINUTES, LOCK_IDLE_MINUTES_DEFAULT, type FailureCode } from "../api.ts";
import { bytes, decodeWith, encodeWith, struct, uint } from "../core/codec/shape.ts";
import {
  normalPin,
  SALT_BYTES,
  SEALED_LOCK_KEY_BYTES,
  type SealedLockKey,
} from "../crypto/lock-key.ts";
import { LOCK_DELAYS_MS, LOCK_FREE_TRIES, PIN_LENGTH_MAX, PIN_LENGTH_MIN } from "./limits.ts";

/** Bounded, so that a damaged record cannot ask for gigabytes: at most 2^18 blocks of 2 KiB. */
const recordShape = struct({
  logN: uint(18, 10),
  r: uint(16, 1),
  p: uint(4, 1),
  salt: bytes(SALT_BYTES),
  sealed: bytes(SEALED_LOCK_KEY_BYTES),
  /** Tries since the last right one, this one included while it is being made. */
  wrong: uint(2 ** 32),
  /** Wall clock of the last try, 0 before the first. */
  triedAt: uint(),
  /** One of LOCK_IDLE_MINUTES. */
  idleMinutes: uint(24 * 60),
});
const RECORD_BYTES_MAX = 512;

export interface LockRecord {
  readonly key: SealedLockKey;
  readonly wrong: number;
  readonly triedAt: number;
  readonly idleMinutes: number;
}

export function encodeLockRecord({ key, ...rest }: LockRecord): Uint8Array {
  const { cost, salt, sealed } = key;
  return encodeWith(recordShape, { ...cost, salt, sealed, ...rest });
}

/** Null for bytes that are no record. */
export function decodeLockRecord(stored: Uint8Array): LockRecord | null {
  const decoded = decodeWith(recordShape, stored, RECORD_BYTES_MAX);
  if (!decoded.ok) return null;
  const { logN, r, p, salt, sealed, wrong, triedAt, idleMinutes } = decoded.value;
  if (!isIdleChoice(idleMinutes)) return null;
  return { key: { cost: { logN, r, p }, salt, sealed }, wrong, triedAt, idleMinutes };
}

/** A new lock; a changed one keeps how long it waits. */
export function newLockRecord(key: SealedLockKey, before: LockRecord | null): LockRecord {
  const idleMinutes = before?.idleMinutes ?? LOCK_IDLE_MINUTES_DEFAULT;
  return { key, wrong: 0, triedAt: 0, idleMinutes };
}

export function isIdleChoice(minutes: number): boolean {
  return LOCK_IDLE_MINUTES.some((one) => one === minutes);
}

/** Why this cannot be a PIN; null where it can. */
export function judgePin(typed: unknown): Extract<FailureCode, "lock-short" | "lock-weak"> | null {
  if (typeof typed !== "string") return "lock-short";
  const points = Array.from(normalPin(typed), (one) => one.codePointAt(0) ?? 0);
  if (points.length < PIN_LENGTH_MIN || typed.trim().length < PIN_LENGTH_MIN) return "lock-short";
  if (typed.length > PIN_LENGTH_MAX) return "lock-weak";
  return isOneStep(points) ? "lock-weak" : null;
}

/** 111111, 123456, 987654, abcdef: the same step from each character to the next. */
function isOneStep(points: readonly number[]): boolean {
  const steps = points.slice(1).map((point, index) => point - (points[index] ?? 0));
  const [first = 0] = steps;
  return Math.abs(first) <= 1 && steps.every((step) => step === first);
}

/** Milliseconds until the next try is taken; 0 for now. A clock set back never makes it longer. */
export function waitMs({ wrong, triedAt }: LockRecord, now: number): number {
  const slow = wrong - LOCK_FREE_TRIES;
  if (slow <= 0) return 0;
  const delay = LOCK_DELAYS_MS[Math.min(slow, LOCK_DELAYS_MS.length) - 1] ?? 0;
  return Math.max(0, Math.min(delay, triedAt + delay - now));
}

/** Counted before the answer is known, so that ending the app in the middle of a try gains nothing. */
export function countTry(record: LockRecord, now: number): LockRecord {
  return { ...record, wrong: record.wrong + 1, triedAt: now };
}

export function forgive(record: LockRecord): LockRecord {
  return { ...record, wrong: 0, triedAt: 0 };
}
