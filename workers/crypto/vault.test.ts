import { describe, expect, test } from "vitest";
import { createPlainVault, openVault, VaultError } from "./vault.ts";

const SECRET = new Uint8Array(32).fill(3);

function makeShelf(kept: CryptoKey | null = null) {
  const shelf = { key: kept, saves: 0 };
  return {
    shelf,
    load: async () => shelf.key,
    save: async (key: CryptoKey) => {
      shelf.key = key;
      shelf.saves += 1;
    },
  };
}

function makeKey(extractable: boolean, usages: KeyUsage[] = ["encrypt", "decrypt"]) {
  return crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, extractable, usages);
}

async function codeOf(opening: Promise<unknown>): Promise<string> {
  const fault: unknown = await opening.then(
    () => null,
    (error: unknown) => error,
  );
  expect(fault).toBeInstanceOf(VaultError);
  return fault instanceof VaultError ? fault.code : "";
}

describe("vault", () => {
  test("[CR26] makes one non-extractable key, finds it again and opens what it sealed", async () => {
    const { shelf, load, save } = makeShelf();
    const first = await openVault(load, save);
    const wrapped = await first.wrap(SECRET);
    expect(shelf.key?.extractable).toBe(false);
    expect(shelf.key?.algorithm).toMatchObject({ name: "AES-GCM", length: 256 });
    const second = await openVault(load, save);
    expect(shelf.saves).toBe(1);
    expect(await second.unwrap(wrapped)).toEqual(SECRET);
    expect(await first.wrap(SECRET)).not.toEqual(wrapped);
  });

  test("[CR26] bytes that it did not make give nothing", async () => {
    const own = makeShelf();
    const other = makeShelf();
    const vault = await openVault(own.load, own.save);
    const wrapped = await vault.wrap(SECRET);
    for (let at = 0; at < wrapped.length; at += 1) {
      expect(await vault.unwrap(wrapped.slice(0, at))).toBeNull();
      expect(await vault.unwrap(wrapped.with(at, wrapped[at]! ^ 4))).toBeNull();
    }
    const stranger = await openVault(other.load, other.save);
    expect(await stranger.unwrap(wrapped)).toBeNull();
  });

  test("[CR27] a key that reads back as nothing is an error", async () => {
    const opening = openVault(
      async () => null,
      async () => {},
    );
    expect(await codeOf(opening)).toBe("read-back");
  });

  test("[CR27] a key that cannot be saved is an error that keeps its cause", async () => {
    const cause = new DOMException("planted", "DataCloneError");
    const opening = openVault(
      async () => null,
      () => Promise.reject(cause),
    );
    expect(await codeOf(opening)).toBe("save");
    await expect(opening).rejects.toMatchObject({ cause });
  });

  test("[CR27] another key than the one that was saved is an error", async () => {
    const answers = [null, await makeKey(false)];
    const opening = openVault(
      async () => answers.shift() ?? null,
      async () => {},
    );
    expect(await codeOf(opening)).toBe("unusable");
  });

  test("[CR27] a kept key that is extractable, cannot decrypt or is no key is an error", async () => {
    for (const key of [
      await makeKey(true),
      await makeKey(false, ["encrypt"]),
      await makeKey(false, ["decrypt"]),
      {} as CryptoKey,
    ]) {
      const { load, save, shelf } = makeShelf(key);
      expect(await codeOf(openVault(load, save))).toBe("unusable");
      expect(shelf.saves).toBe(0);
    }
  });

  test("[CR28] the plain vault keeps bytes and does not open a real vault's", async () => {
    const plain = createPlainVault();
    expect(await plain.unwrap(await plain.wrap(SECRET))).toEqual(SECRET);
    expect(await plain.unwrap(new Uint8Array(0))).toBeNull();
    const { load, save } = makeShelf();
    const real = await openVault(load, save);
    expect(await plain.unwrap(await real.wrap(SECRET))).toBeNull();
    expect(await real.unwrap(await plain.wrap(SECRET))).toBeNull();
  });
});
