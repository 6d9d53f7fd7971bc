import { expect, test } from "vitest";
import type { LockCost } from "../crypto/lock-key.ts";
import { createLockableVault } from "../crypto/lockable-vault.ts";
import { openVault } from "../crypto/vault.ts";
import { createMemoryStore, type MemoryStore, type PlanFault } from "../storage/memory-store.ts";
import { prefixRange, StoreError, TABLES, type Write } from "../storage/store.ts";
import { decodeLockRecord } from "./lock-record.ts";
import { createLock, type Lock } from "./lock.ts";
import { LOCK_KEY } from "./profile.ts";

const CHEAP: LockCost = { logN: 10, r: 8, p: 1 };
const PIN = "493817";
const text = (words: string) => new TextEncoder().encode(words);

async function setUp() {
  let kept: CryptoKey | null = null;
  let plan: PlanFault | null = null;
  let now = 1_800_000_000_000;
  const inner = await openVault(
    async () => kept,
    async (key) => {
      kept = key;
    },
  );
  const first = createMemoryStore({ onCommit: (writes) => plan?.(writes) ?? null });
  const openOn = (store: MemoryStore) => {
    const vault = createLockableVault(inner);
    const lock = createLock(store, inner, vault, {
      now: () => now,
      fence: () => null,
      cost: CHEAP,
    });
    return { store, vault, lock };
  };
  const opened = openOn(first);
  await opened.lock.read();
  const rows: [Write["table"], readonly (string | number)[]][] = [
    ["meta", ["profile"]],
    ["meta", ["joining"]],
    ["invites", ["aa"]],
    ["keys", ["bb"]],
    ["keys", ["cc"]],
  ];
  const writes = await Promise.all(
    rows.map(async ([table, key]): Promise<Write> => {
      const value = await opened.vault.wrap(text(key.join("/")));
      return { type: "put", table, key, value };
    }),
  );
  const other: Write = { type: "put", table: "meta", key: ["read", "x"], value: 3 };
  await first.commit([...writes, other], { durability: "strict" });
  return {
    ...opened,
    inner,
    openOn,
    fail: (next: PlanFault | null) => {
      plan = next;
    },
    pass: (ms: number) => {
      now += ms;
    },
  };
}

type Opened = Pick<Awaited<ReturnType<typeof setUp>>, "store" | "vault" | "inner">;

/** How many rows the vault opens, and how many the browser's key opens alone. */
async function countRows({ store, vault, inner }: Opened) {
  const counts = { opened: 0, bare: 0 };
  for (const table of TABLES) {
    for (const { value } of await store.list(table, prefixRange([]))) {
      if (!(value instanceof Uint8Array)) continue;
      if ((await vault.unwrap(value)) !== null) counts.opened += 1;
      if ((await inner.unwrap(value)) !== null) counts.bare += 1;
    }
  }
  return counts;
}

async function tryIt(lock: Lock, pin: unknown): Promise<string> {
  const tried = await lock.attempt(pin);
  return tried.ok ? "right" : tried.code;
}

test("[LC8] setting the lock seals every private row, taking it off opens them again", async () => {
  const one = await setUp();
  expect(await countRows(one)).toEqual({ opened: 5, bare: 5 });
  expect(await one.lock.set(PIN, null)).toMatchObject({ ok: true });
  expect(await countRows(one)).toEqual({ opened: 5, bare: 0 });
  await one.lock.shut();
  expect(await countRows(one)).toEqual({ opened: 0, bare: 0 });
  const tried = await one.lock.attempt(PIN);
  if (!tried.ok || tried.value === null) throw new Error("the PIN opens");
  await one.lock.open(tried.value);
  expect(await countRows(one)).toEqual({ opened: 5, bare: 0 });
  await one.lock.takeOff();
  expect(await countRows(one)).toEqual({ opened: 5, bare: 5 });
  expect(one.lock.isSet()).toBe(false);
  expect(await one.store.get("meta", LOCK_KEY)).toBeNull();
  expect(await one.store.get("meta", ["read", "x"])).toBe(3);
});

test("[LC8] a commit that fails leaves the profile as it was, with or without a lock", async () => {
  const one = await setUp();
  one.fail(() => new StoreError("quota", "planned"));
  await expect(one.lock.set(PIN, null)).rejects.toMatchObject({ code: "quota" });
  one.fail(null);
  expect(one.lock.isSet()).toBe(false);
  expect(await countRows(one)).toEqual({ opened: 5, bare: 5 });
  await one.lock.set(PIN, null);
  one.fail(() => new StoreError("quota", "planned"));
  await expect(one.lock.takeOff()).rejects.toMatchObject({ code: "quota" });
  expect(one.lock.isSet()).toBe(true);
  expect(await countRows(one)).toEqual({ opened: 5, bare: 0 });
});

test("[LC8] another PIN for the same lock touches no row, and the old one opens nothing", async () => {
  const one = await setUp();
  await one.lock.set(PIN, null);
  const tried = await one.lock.attempt(PIN);
  if (!tried.ok) throw new Error("the PIN opens");
  let written = 0;
  one.fail((writes) => {
    written = writes.length;
    return null;
  });
  await one.lock.set("a longer one", tried.value);
  expect(written).toBe(1);
  expect(await tryIt(one.lock, PIN)).toBe("lock-wrong");
  expect(await tryIt(one.lock, "a longer one")).toBe("right");
  expect(await countRows(one)).toEqual({ opened: 5, bare: 0 });
});

test("[LC7] wrong tries are counted over restarts, before their answer is known", async () => {
  const one = await setUp();
  await one.lock.set(PIN, null);
  for (let count = 0; count < 5; count += 1) {
    expect(await tryIt(one.lock, "000001")).toBe("lock-wrong");
  }
  const again = one.openOn(one.store.connect());
  await again.lock.read();
  expect(again.lock.waitUntil()).toBeGreaterThan(0);
  expect(await tryIt(again.lock, PIN)).toBe("lock-wait");
  one.pass(30_000);
  expect(again.lock.waitUntil()).toBe(0);
  await tryIt(again.lock, "000002");
  const seen = one.openOn(one.store.connect());
  await seen.lock.read();
  expect(await tryIt(seen.lock, PIN)).toBe("lock-wait");
  one.pass(60_000);
  // What a kill between the two commits of a right try leaves: the try, counted as a wrong one.
  const wrongs: number[] = [];
  one.fail(() => {
    const rows = one.store.snapshot().get("meta") ?? [];
    const stored = rows.find(({ key }) => key[0] === "lock")?.value;
    wrongs.push(stored instanceof Uint8Array ? (decodeLockRecord(stored)?.wrong ?? -1) : -1);
    return null;
  });
  expect(await tryIt(seen.lock, PIN)).toBe("right");
  expect(wrongs).toEqual([6, 7]);
  expect(seen.lock.waitUntil()).toBe(0);
});

test("[LC7] tries at once are taken one after the other, and those of another tab count", async () => {
  const one = await setUp();
  await one.lock.set(PIN, null);
  const answers = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => tryIt(one.lock, `00000${n}`)));
  expect(answers).toEqual([...Array<string>(5).fill("lock-wrong"), "lock-wait"]);
  one.pass(30_000);
  expect(await tryIt(one.lock, PIN)).toBe("right");
  const other = one.openOn(one.store.connect());
  await other.lock.read();
  await tryIt(other.lock, "000001");
  await tryIt(one.lock, "000001");
  await tryIt(one.lock, "000001");
  await tryIt(other.lock, "000001");
  await tryIt(one.lock, "000001");
  expect(await tryIt(other.lock, PIN)).toBe("lock-wait");
});

test("[LC7] what is no text, and nothing at all, is no try", async () => {
  const one = await setUp();
  await one.lock.set(PIN, null);
  for (let count = 0; count < 9; count += 1) {
    expect(await tryIt(one.lock, undefined)).toBe("lock-needed");
    expect(await tryIt(one.lock, "")).toBe("lock-needed");
    expect(await tryIt(one.lock, 493817)).toBe("lock-needed");
  }
  expect(await tryIt(one.lock, PIN)).toBe("right");
  expect(await tryIt(one.lock, "1".repeat(1_000_000))).toBe("lock-wrong");
});

test("[LC15] a record that is damaged or was taken away opens nothing and is never 'no lock'", async () => {
  const damages: readonly Write[] = [
    { type: "put", table: "meta", key: LOCK_KEY, value: new Uint8Array([1, 2, 3]) },
    { type: "put", table: "meta", key: LOCK_KEY, value: "text" },
    { type: "delete", table: "meta", key: LOCK_KEY },
  ];
  for (const damage of damages) {
    const one = await setUp();
    await one.lock.set(PIN, null);
    await one.lock.shut();
    await one.store.commit([damage], { durability: "strict" });
    expect(await tryIt(one.lock, PIN)).toBe("lock-damaged");
    expect(one.lock.isSet()).toBe(true);
    expect(one.lock.isOpen()).toBe(false);
    expect(await countRows(one)).toEqual({ opened: 0, bare: 0 });
  }
});

test("[LC16] a full disk locks nobody out: tries are counted in memory until there is room", async () => {
  const one = await setUp();
  await one.lock.set(PIN, null);
  await one.lock.shut();
  one.fail(() => new StoreError("quota", "planned"));
  expect(await tryIt(one.lock, PIN)).toBe("right");
  for (let count = 0; count < 5; count += 1) await tryIt(one.lock, "000001");
  expect(await tryIt(one.lock, PIN)).toBe("lock-wait");
  one.pass(30_000);
  one.fail(null);
  expect(await tryIt(one.lock, "000001")).toBe("lock-wrong");
  const again = one.openOn(one.store.connect());
  await again.lock.read();
  expect(await tryIt(again.lock, PIN)).toBe("lock-wait");
  one.fail(() => new StoreError("fenced", "planned"));
  one.pass(900_000);
  await expect(one.lock.attempt(PIN)).rejects.toMatchObject({ code: "fenced" });
});
