import { assert as assertProperty, property, uint8Array } from "fast-check";
import { expect, test } from "vitest";
import { LOCK_IDLE_MINUTES } from "../api.ts";
import { LOCK_DELAYS_MS, LOCK_FREE_TRIES } from "./limits.ts";
import {
  countTry,
  decodeLockRecord,
  encodeLockRecord,
  forgive,
  judgePin,
  newLockRecord,
  waitMs,
  type LockRecord,
} from "./lock-record.ts";

const KEY = {
  cost: { logN: 16, r: 8, p: 1 },
  salt: new Uint8Array(32).fill(1),
  sealed: new Uint8Array(60).fill(2),
};
const NOW = 1_800_000_000_000;

function wrongTimes(count: number, at = NOW): LockRecord {
  return { ...newLockRecord(KEY, null), wrong: count, triedAt: at };
}

test("[LC4] a record comes back as it was written, and keeps the time that was chosen", () => {
  for (const idleMinutes of LOCK_IDLE_MINUTES) {
    const record = { ...wrongTimes(7), idleMinutes };
    expect(decodeLockRecord(encodeLockRecord(record))).toEqual(record);
    expect(newLockRecord(KEY, record)).toEqual({ key: KEY, wrong: 0, triedAt: 0, idleMinutes });
  }
});

test("[LC4] anything else is no record, and none asks for more than 2^18 blocks of 2 KiB", () => {
  const good = encodeLockRecord(wrongTimes(1));
  for (let at = 0; at < good.length; at += 1) {
    expect(decodeLockRecord(good.slice(0, at))).toBeNull();
  }
  assertProperty(
    property(uint8Array({ maxLength: 200 }), (bytes) => {
      expect(decodeLockRecord(bytes)).toBeNull();
    }),
  );
  for (const cost of [
    { logN: 19, r: 8, p: 1 },
    { logN: 16, r: 17, p: 1 },
    { logN: 16, r: 8, p: 5 },
    { logN: 9, r: 8, p: 1 },
  ]) {
    expect(() => encodeLockRecord({ ...wrongTimes(1), key: { ...KEY, cost } })).toThrow();
  }
  expect(decodeLockRecord(encodeLockRecord({ ...wrongTimes(1), idleMinutes: 7 }))).toBeNull();
});

test("[LC5] a PIN has six characters or more and is no run or repetition", () => {
  for (const good of ["493817", "pin me", "čeština", "пароль", "112233", "135790"]) {
    expect(judgePin(good), good).toBeNull();
  }
  for (const short of ["", "12345", "     1", "1     ", "👨‍👩", null, undefined, 493817, {}]) {
    expect(judgePin(short), typeof short).toBe("lock-short");
  }
  for (const weak of ["000000", "123456", "987654", "abcdef", "１２３４５６", "x".repeat(129)]) {
    expect(judgePin(weak), weak).toBe("lock-weak");
  }
});

test("[LC6] four wrong tries are free, then each waits longer, up to a quarter of an hour", () => {
  for (let count = 0; count <= LOCK_FREE_TRIES; count += 1) {
    expect(waitMs(wrongTimes(count), NOW)).toBe(0);
  }
  const delays = [5, 6, 7, 8, 9, 1_000].map((count) => waitMs(wrongTimes(count), NOW));
  expect(delays).toEqual([30_000, 60_000, 300_000, 900_000, 900_000, 900_000]);
  expect(waitMs(wrongTimes(5), NOW + 29_999)).toBe(1);
  expect(waitMs(wrongTimes(5), NOW + 30_000)).toBe(0);
  expect(waitMs(wrongTimes(5), NOW + 1e12)).toBe(0);
});

test("[LC6] a clock that was set back makes no wait longer", () => {
  for (const back of [1, 3_600_000, NOW]) {
    expect(waitMs(wrongTimes(6), NOW - back)).toBe(LOCK_DELAYS_MS[1]);
  }
});

test("[LC7] each try counts and dates itself, the right one makes all good", () => {
  const once = countTry(newLockRecord(KEY, null), NOW);
  expect(countTry(once, NOW + 5)).toMatchObject({ wrong: 2, triedAt: NOW + 5 });
  expect(forgive(wrongTimes(9))).toEqual(wrongTimes(0, 0));
});
