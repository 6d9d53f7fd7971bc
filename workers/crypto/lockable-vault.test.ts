import { expect, test } from "vitest";
import { makeLockKey } from "./lock-key.ts";
import { createLockableVault } from "./lockable-vault.ts";
import { createPlainVault, openVault, type Vault } from "./vault.ts";

const SECRET = new Uint8Array(100).fill(7);

async function realVault(): Promise<Vault> {
  let kept: CryptoKey | null = null;
  return openVault(
    async () => kept,
    async (key) => {
      kept = key;
    },
  );
}

test("[LC3] what is wrapped under a lock key opens with it alone, and not without the browser's", async () => {
  for (const inner of [await realVault(), createPlainVault()]) {
    const vault = createLockableVault(inner);
    const key = makeLockKey();
    await vault.setLockKey(key);
    const wrapped = await vault.wrap(SECRET);
    expect(await vault.unwrap(wrapped)).toEqual(SECRET);
    expect(await inner.unwrap(wrapped)).toBeNull();
    expect(await inner.unwrap(wrapped.slice(1))).not.toEqual(SECRET);
    await vault.setLockKey(null);
    expect(await vault.unwrap(wrapped)).toBeNull();
    await vault.setLockKey(makeLockKey());
    expect(await vault.unwrap(wrapped)).toBeNull();
    await vault.setLockKey(key);
    expect(await vault.unwrap(wrapped)).toEqual(SECRET);
    const elsewhere = createLockableVault(await realVault());
    await elsewhere.setLockKey(key);
    expect(await elsewhere.unwrap(wrapped)).toBeNull();
  }
});

test("[LC3] a row from before the lock opens too; one that was changed or cut does not", async () => {
  const inner = await realVault();
  const vault = createLockableVault(inner);
  const before = await vault.wrap(SECRET);
  expect(await inner.unwrap(before)).toEqual(SECRET);
  await vault.setLockKey(makeLockKey());
  expect(await vault.unwrap(before)).toEqual(SECRET);
  const wrapped = await vault.wrap(SECRET);
  for (let at = 0; at < wrapped.length; at += 5) {
    expect(await vault.unwrap(wrapped.with(at, wrapped[at]! ^ 4))).toBeNull();
    expect(await vault.unwrap(wrapped.slice(0, at))).toBeNull();
  }
  // What the browser's key alone could have made is no locked row.
  const short = new Uint8Array([2, ...(await inner.wrap(new Uint8Array(5)))]);
  expect(await vault.unwrap(short)).toBeNull();
});
