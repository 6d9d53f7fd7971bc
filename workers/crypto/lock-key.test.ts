import { createDecipheriv, scryptSync } from "node:crypto";
import { expect, test } from "vitest";
import { LOCK_COST, makeLockKey, openLockKey, sealLockKey, type LockCost } from "./lock-key.ts";

/** The same sums with less work. */
const CHEAP: LockCost = { logN: 10, r: 8, p: 1 };

test("[LC1] a PIN opens what it sealed, however its letters are composed, and no other PIN does", async () => {
  const key = makeLockKey();
  const kept = await sealLockKey(key, "caf\u00e9 au lait", CHEAP);
  expect(await openLockKey("caf\u00e9 au lait", kept)).toEqual(key);
  expect(await openLockKey("cafe\u0301 au lait", kept)).toEqual(key);
  for (const other of ["", "cafe au lait", "caf\u00e9 au lait ", "CAF\u00c9 AU LAIT"]) {
    expect(await openLockKey(other, kept), other).toBeNull();
  }
});

test("[LC1] bytes that were changed, cut or sealed with another salt give nothing", async () => {
  const kept = await sealLockKey(makeLockKey(), "493817", CHEAP);
  for (let at = 0; at < kept.sealed.length; at += 7) {
    const sealed = kept.sealed.with(at, kept.sealed[at]! ^ 1);
    expect(await openLockKey("493817", { ...kept, sealed })).toBeNull();
    expect(await openLockKey("493817", { ...kept, sealed: sealed.slice(0, at) })).toBeNull();
  }
  const salt = kept.salt.with(0, kept.salt[0]! ^ 1);
  expect(await openLockKey("493817", { ...kept, salt })).toBeNull();
  const cost = { ...CHEAP, logN: 11 };
  expect(await openLockKey("493817", { ...kept, cost })).toBeNull();
});

test("[LC1] two locks of one PIN have nothing in common", async () => {
  const key = makeLockKey();
  const one = await sealLockKey(key, "493817", CHEAP);
  const two = await sealLockKey(key, "493817", CHEAP);
  expect(one.salt).not.toEqual(two.salt);
  expect(one.sealed).not.toEqual(two.sealed);
  expect(makeLockKey()).not.toEqual(key);
});

test("[LC2] a guess costs 64 MiB: the key is scrypt's, as another implementation finds it", async () => {
  const { logN, r, p } = LOCK_COST;
  expect(128 * 2 ** logN * r * p).toBe(64 * 1024 * 1024);
  const key = makeLockKey();
  const { salt, sealed } = await sealLockKey(key, "493817");
  const derived = scryptSync("493817", salt, 32, { N: 2 ** logN, r, p, maxmem: 2 ** 27 });
  const open = createDecipheriv("aes-256-gcm", derived, sealed.subarray(0, 12));
  open.setAAD(Buffer.from("TinyWeb/lock/v1"));
  open.setAuthTag(sealed.subarray(-16));
  const plain = Buffer.concat([open.update(sealed.subarray(12, -16)), open.final()]);
  expect(new Uint8Array(plain)).toEqual(key);
});
