import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openVault } from "../crypto/vault.ts";
import { createCryptoSuite } from "../crypto/webcrypto-suite.ts";
import { createMemoryStore } from "../storage/memory-store.ts";
import { FENCE_KEY, prefixRange, TABLES, type Key, type Write } from "../storage/store.ts";
import type { Environment } from "./environment.ts";
import {
  FAMILY_ROWS,
  FORGET_ALL,
  latestSecret,
  openIdentity,
  profileWrite,
  readProfile,
  secretOf,
  type Profile,
} from "./profile.ts";

const crypto = createCryptoSuite();
const key32 = (fill: number) => new Uint8Array(32).fill(fill);
const PROFILE: Profile = {
  family: key32(1),
  deviceSeed: key32(2),
  encryptionKeys: [{ number: 0, privateKey: key32(3) }],
  pin: { height: 4, hash: key32(4) },
  words: key32(5),
  secrets: [
    { epoch: 2, secret: key32(6) },
    { epoch: 1, secret: key32(7) },
  ],
  servers: ["wss://one.test", "wss://two.test"],
  isMember: 1,
};

async function createEnv(): Promise<Environment> {
  let kept: CryptoKey | null = null;
  const vault = await openVault(
    async () => kept,
    async (key) => {
      kept = key;
    },
  );
  return {
    now: () => 0,
    monotonic: () => 0,
    after: () => () => {},
    seed: [1, 2, 3, 4],
    crypto,
    store: createMemoryStore(),
    vault,
    rulesKnown: 1,
    build: "test",
  };
}

test("[PF1] a profile comes back as it was stored, and an empty browser has none", async () => {
  const env = await createEnv();
  expect(await readProfile(env)).toBeNull();
  await env.store.commit([await profileWrite(env, PROFILE)], { durability: "strict" });
  expect(await readProfile(env)).toEqual(PROFILE);
  const bare = { ...PROFILE, pin: null, words: null, secrets: [], servers: [] };
  await env.store.commit([await profileWrite(env, bare)], { durability: "strict" });
  expect(await readProfile(env)).toEqual(bare);
});

test("[PF2] no key, secret or word is on the disk in clear", async () => {
  const env = await createEnv();
  await env.store.commit([await profileWrite(env, PROFILE)], { durability: "strict" });
  const stored = await env.store.get("meta", ["profile"]);
  const text = stored instanceof Uint8Array ? [...stored].join(",") : "";
  expect(text.length).toBeGreaterThan(300);
  for (const secret of [2, 3, 5, 6, 7]) expect(text).not.toContain(Array(8).fill(secret).join(","));
});

test("[PF3] a profile that another vault sealed, or that is damaged, is corrupt and never empty", async () => {
  const env = await createEnv();
  const other = await createEnv();
  const foreign = await profileWrite(other, PROFILE);
  await env.store.commit([foreign], { durability: "strict" });
  await expect(readProfile(env)).rejects.toMatchObject({ code: "corrupt" });
  for (const value of ["text", new Uint8Array(3), 7]) {
    await env.store.commit([{ type: "put", table: "meta", key: ["profile"], value }], {
      durability: "strict",
    });
    await expect(readProfile(env)).rejects.toMatchObject({ code: "corrupt" });
  }
});

test("[PF4] the device id is the key's, and the secret of the highest epoch is the latest", async () => {
  const env = await createEnv();
  const one = await openIdentity(env, PROFILE);
  const two = await openIdentity(env, { ...PROFILE, family: key32(9) });
  expect(one.signer.publicKey).toEqual(two.signer.publicKey);
  expect(one.device).not.toEqual(two.device);
  expect(latestSecret(PROFILE)).toEqual({ epoch: 2, secret: key32(6) });
  expect(latestSecret({ ...PROFILE, secrets: [] })).toBeNull();
  expect(secretOf(PROFILE, 1)).toEqual(key32(7));
  expect(secretOf(PROFILE, 3)).toBeNull();
});

test("[PF5] forgetting leaves nothing of the family, and what is the browser's", async () => {
  const env = await createEnv();
  const value = new Uint8Array(1);
  const writes: Write[] = TABLES.filter((table) => table !== "meta").flatMap((table): Write[] => [
    { type: "put", table, key: [1], value },
    { type: "put", table, key: [new Uint8Array([1])], value },
    { type: "put", table, key: ["x", 2], value },
  ]);
  const keys = FAMILY_ROWS.flatMap((word): Key[] => [[word], [word, "aa"], [word, value]]);
  const mine = keys.map((key): Write => ({ type: "put", table: "meta", key, value }));
  await env.store.commit(
    [...writes, ...mine, { type: "put", table: "meta", key: ["vault"], value }],
    { durability: "strict" },
  );
  await env.store.takeFence();
  await env.store.commit(FORGET_ALL, { durability: "strict" });
  for (const table of TABLES) {
    const rows = await env.store.list(table, prefixRange([]));
    expect(rows.map((row) => row.key)).toEqual(table === "meta" ? [FENCE_KEY, ["vault"]] : []);
  }
});

/** First words of keys of `meta` that are the browser's, and stay. */
const OF_THE_BROWSER = new Set(["vault", "clock", "card"]);

test("[PF5] every row of meta that a file of the node names is the family's or the browser's", () => {
  const folder = new URL(".", import.meta.url);
  const files = readdirSync(folder).filter((one) => /(?<!\.test)\.ts$/.test(one));
  const named = files.flatMap((file) => {
    const text = readFileSync(new URL(file, folder), "utf8");
    if (!text.includes('"meta"')) return [];
    const keys = text.matchAll(
      /(?:(?:KEY|PREFIX|BLOCKS|OBJECTIONS|CARDS|MANIFEST)\b[^=\n]*= \[?|key: \[|prefixRange\(\[)"([a-z-]+)"/g,
    );
    return [...keys].map(([, word = ""]) => word);
  });
  expect(named.length).toBeGreaterThan(FAMILY_ROWS.length);
  const unknown = named.filter((one) => !FAMILY_ROWS.includes(one) && !OF_THE_BROWSER.has(one));
  expect(unknown).toEqual([]);
});
