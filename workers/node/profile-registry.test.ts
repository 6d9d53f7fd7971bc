import { expect, test } from "vitest";
import { EMPTY, MEMBER } from "../../web/dev/fixtures.ts";
import { makeLockKey, sealLockKey } from "../crypto/lock-key.ts";
import { createMemoryStore, type MemoryStore } from "../storage/memory-store.ts";
import { StoreError, type Key, type StoredValue } from "../storage/store.ts";
import { encodeLockRecord, newLockRecord } from "./lock-record.ts";
import { createRegistry, REGISTRY_DATABASE } from "./profile-registry.ts";
import { LOCK_KEY, PROFILE_KEY } from "./profile.ts";

const PIN = "493817";

/** A browser's databases in memory. */
function createBrowser() {
  const disks = new Map<string, MemoryStore>();
  const broken = new Set<string>();
  const state = { tells: 0, warnings: [] as string[], isBlocked: false, areListed: true };
  const registry = createRegistry({
    now: () => 1_800_000_000_000,
    openStore: async (name) => {
      if (broken.has(name)) throw new StoreError("unavailable", "planned");
      const disk = disks.get(name) ?? createMemoryStore();
      disks.set(name, disk);
      return disk.connect();
    },
    deleteStore: async (name) => {
      if (state.isBlocked) throw new StoreError("blocked", "planned");
      disks.delete(name);
    },
    listDatabases: async () => (state.areListed ? [...disks.keys(), "other app"] : null),
    announce: () => {
      state.tells += 1;
    },
    warn: (what) => state.warnings.push(what),
  });
  const put = async (database: string, key: Key, value: StoredValue): Promise<void> => {
    const disk = disks.get(database) ?? createMemoryStore();
    disks.set(database, disk);
    await disk.commit([{ type: "put", table: "meta", key, value }], { durability: "strict" });
  };
  return {
    registry,
    disks,
    broken,
    state,
    put,
    /** A profile whose keys are there. */
    live: async (database: string) => put(database, PROFILE_KEY, new Uint8Array(9)),
    names: async () => (await registry.list()).map(({ profile, name }) => [profile, name]),
  };
}

const MIA = {
  ...MEMBER,
  me: { member: "02cc", device: "d4", name: "Mia", role: "child" },
} as const;

test("[PR9] what a profile's snapshots say is listed; most change nothing and write nothing", async () => {
  const browser = createBrowser();
  await browser.live("tinyweb");
  await browser.live("tinyweb-mia");
  await browser.registry.note("", MEMBER);
  await browser.registry.note("mia", MIA);
  await browser.registry.note("mia", { ...MIA, refills: [] });
  expect(browser.state.tells).toBe(2);
  expect(await browser.names()).toEqual([
    ["mia", "Mia"],
    ["", "Mum"],
  ]);
  await browser.registry.note("mia", { ...MIA, lock: { ...MIA.lock, isSet: true } });
  await browser.registry.note("mia", { ...EMPTY, phase: "locked" });
  expect((await browser.registry.list())[0]).toMatchObject({ name: "Mia", hasLock: true });
  expect(await browser.registry.countOthers("")).toBe(1);
});

test("[PR9] a browser that belongs to nobody any more leaves the list", async () => {
  const browser = createBrowser();
  await browser.registry.note("", EMPTY);
  await browser.registry.note("mia", MIA);
  await browser.registry.note("mia", EMPTY);
  expect(await browser.names()).toEqual([]);
});

test("[PR12] reading makes no list, and a visitor leaves none", async () => {
  const browser = createBrowser();
  expect(await browser.names()).toEqual([]);
  await browser.registry.note("", EMPTY);
  expect([...browser.disks.keys()]).toEqual([]);
  expect(browser.state.tells).toBe(0);
});

test("[PR7] an empty database is nobody's; one that cannot be looked into may be somebody's", async () => {
  const browser = createBrowser();
  await browser.put("tinyweb", ["vault"], 1);
  await browser.live("tinyweb-dad");
  browser.disks.set("tinyweb-new", createMemoryStore());
  browser.broken.add("tinyweb-new");
  expect(await browser.names()).toEqual([
    ["dad", ""],
    ["new", ""],
  ]);
  expect(browser.state.warnings).toEqual(["tinyweb-new cannot be looked into"]);
});

test("[PR4, PR8] a list that is damaged, lost or cannot be written hides no profile", async () => {
  const browser = createBrowser();
  await browser.live("tinyweb");
  await browser.live("tinyweb-mia");
  await browser.registry.note("mia", MIA);
  await browser.put(REGISTRY_DATABASE, ["card", "mia"], "rubbish");
  await browser.put(REGISTRY_DATABASE, ["card", "../x"], new Uint8Array(3));
  await browser.put(REGISTRY_DATABASE, ["card", 7], new Uint8Array(3));
  await browser.put(REGISTRY_DATABASE, ["card"], new Uint8Array(3));
  expect(await browser.names()).toEqual([
    ["", ""],
    ["mia", ""],
  ]);
  browser.broken.add(REGISTRY_DATABASE);
  expect(await browser.names()).toHaveLength(2);
  await browser.registry.note("", MEMBER);
  expect(browser.state.warnings).toContain("the list of profiles cannot be written");
  browser.broken.clear();
  await browser.registry.note("", MEMBER);
  expect(await browser.names()).toEqual([
    ["", "Mum"],
    ["mia", ""],
  ]);
});

test("[PR8] a browser that fails to list its databases is as one that does not", async () => {
  const browser = createBrowser();
  await browser.live("tinyweb-mia");
  await browser.registry.note("mia", MIA);
  browser.state.areListed = false;
  expect(await browser.names()).toEqual([["mia", "Mia"]]);
  expect(await browser.registry.countOthers("")).toBe(1);
});

test("[PR10] removing deletes keys and entry, and tells the other tabs", async () => {
  const browser = createBrowser();
  await browser.live("tinyweb");
  await browser.live("tinyweb-mia");
  await browser.registry.note("mia", MIA);
  expect(await browser.registry.remove({ profile: "mia" })).toMatchObject({ ok: true });
  expect([...browser.disks.keys()]).toEqual(["tinyweb", REGISTRY_DATABASE]);
  expect(await browser.names()).toEqual([["", ""]]);
  expect(browser.state.tells).toBe(2);
  for (const profile of ["mia", "../x", "DEMO"]) {
    expect(await browser.registry.remove({ profile })).toMatchObject({ code: "unknown-profile" });
  }
});

test("[PR10] a profile with a lock asks for its PIN, which counts tries; who forgot it can remove it", async () => {
  const browser = createBrowser();
  await browser.live("tinyweb-mia");
  await browser.registry.note("mia", MIA);
  const key = await sealLockKey(makeLockKey(), PIN, { logN: 10, r: 8, p: 1 });
  await browser.put("tinyweb-mia", LOCK_KEY, encodeLockRecord(newLockRecord(key, null)));
  const remove = async (pin?: string) =>
    browser.registry.remove(pin === undefined ? { profile: "mia" } : { profile: "mia", pin });
  expect(await remove()).toMatchObject({ code: "lock-needed" });
  for (let count = 0; count < 5; count += 1) {
    expect(await remove("000001")).toMatchObject({ code: "lock-wrong" });
  }
  expect(await remove(PIN)).toMatchObject({ code: "lock-wait" });
  expect(browser.disks.has("tinyweb-mia")).toBe(true);
  await browser.put("tinyweb-mia", LOCK_KEY, encodeLockRecord(newLockRecord(key, null)));
  expect(await remove(PIN)).toMatchObject({ ok: true });
  expect(browser.disks.has("tinyweb-mia")).toBe(false);

  await browser.live("tinyweb-dad");
  await browser.put("tinyweb-dad", LOCK_KEY, "damaged");
  expect(await browser.registry.remove({ profile: "dad" })).toMatchObject({ code: "lock-damaged" });
  const forgotten = { profile: "dad", isForgotten: true };
  expect(await browser.registry.remove(forgotten)).toMatchObject({ ok: true });
});

test("[PR10] an entry without its storage goes without a PIN; a tab that holds on is named", async () => {
  const browser = createBrowser();
  await browser.registry.note("mia", { ...MIA, lock: { ...MIA.lock, isSet: true } });
  expect(await browser.registry.list()).toMatchObject([{ name: "Mia", isHere: false }]);
  // Asking such a one for its PIN would make its storage anew.
  browser.broken.add("tinyweb-mia");
  browser.state.isBlocked = true;
  expect(await browser.registry.remove({ profile: "mia" })).toMatchObject({
    code: "storage-taken",
  });
  browser.state.isBlocked = false;
  expect(await browser.registry.remove({ profile: "mia" })).toMatchObject({ ok: true });
  expect(await browser.names()).toEqual([]);
});
