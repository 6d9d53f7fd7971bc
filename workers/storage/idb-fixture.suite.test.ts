/**
 * What the tests on a real browser's IndexedDB share: databases that are deleted after each test, the
 * page's own DevTools session, and transactions that can be watched or broken. Holds no tests.
 */
import { afterEach } from "vitest";
import { cdp } from "vitest/browser";
import { deleteIdbStore, type IdbStoreOptions, openIdbStore } from "./idb-store.ts";
import { prefixRange, type Store, type StoredValue, type Write } from "./store.ts";

export const EVERYTHING = prefixRange([]);
export const strict = { durability: "strict" } as const;
export const relaxed = { durability: "relaxed" } as const;

const opened: Store[] = [];
const names: string[] = [];
const restores: (() => void)[] = [];

/** Closes, deletes and restores after each test of the file that calls it. */
export function cleanUpAfterEach(): void {
  afterEach(async () => {
    for (const restore of restores.splice(0)) restore();
    await Promise.all(opened.splice(0).map((store) => store.close()));
    await Promise.all(names.splice(0).map((name) => deleteIdbStore(name)));
  });
}

export function newName(): string {
  const name = `storage-test-${crypto.randomUUID()}`;
  names.push(name);
  return name;
}

export async function open(name: string, options: IdbStoreOptions = {}): Promise<Store> {
  const store = await openIdbStore(name, options);
  opened.push(store);
  return store;
}

export function put(key: string, value: StoredValue): Write {
  return { type: "put", table: "log", key: [key], value };
}

/** A command of the browser itself: real quotas and real wipes. */
export async function devtools(method: string, parameters: object): Promise<void> {
  const session = cdp() as unknown as { send(name: string, options: object): Promise<unknown> };
  await session.send(method, parameters);
}

/** The browser deletes every database of this origin, as "clear site data" does. */
export async function wipeOrigin(): Promise<void> {
  const { origin } = location;
  await devtools("Storage.clearDataForOrigin", { origin, storageTypes: "indexeddb" });
}

/** Runs `hook` in the place of each writing transaction's beginning, until the test ends. */
export function interceptWrites(
  hook: (begin: () => IDBTransaction, database: IDBDatabase) => IDBTransaction,
): void {
  const prototype = IDBDatabase.prototype;
  const original = Reflect.get(prototype, "transaction") as (
    ...given: Parameters<IDBDatabase["transaction"]>
  ) => IDBTransaction;
  prototype.transaction = function intercepted(this: IDBDatabase, ...given) {
    const begin = (): IDBTransaction => Reflect.apply(original, this, given);
    return given[1] === "readwrite" ? hook(begin, this) : begin();
  };
  restores.push(() => {
    prototype.transaction = original;
  });
}
