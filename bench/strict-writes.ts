/**
 * What a browser's disk takes for the node's commits: a probe in front of the worker's script says of
 * every write transaction when it began and ended and what was in it, and the same rows are written
 * again, one transaction after the other, in a database of their own while nothing else happens.
 */
import type { BrowserContext, Page } from "@playwright/test";

/** One write transaction of the worker. Times are of this machine's clock, milliseconds. */
export interface Written {
  readonly began: number;
  readonly ended: number;
  readonly isStrict: boolean;
  readonly puts: readonly Put[];
}

export interface Put {
  readonly table: string;
  /** The key's parts as text, bytes left out. */
  readonly key: readonly string[];
  /** Of the value; 0 where it holds none. */
  readonly bytes: number;
}

const CHANNEL = "bench-writes";

/** Has the app's worker tell its writes; before the first page, and with service workers blocked. */
export async function probeWrites(context: BrowserContext): Promise<void> {
  await context.route(/\/assets\/worker-main-[^/]*\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${PROBE}${await response.text()}` });
  });
  await context.addInitScript((name) => {
    const written: unknown[] = [];
    Object.assign(globalThis, { written });
    new BroadcastChannel(name).addEventListener("message", ({ data }) => written.push(data));
  }, CHANNEL);
}

/** What the worker of this page has written so far. */
export async function readWritten(page: Page): Promise<readonly Written[]> {
  return page.evaluate(() => (globalThis as unknown as { written: Written[] }).written);
}

/** Milliseconds of each of `count` strict commits of `rows` rows that hold `bytes` together. */
export async function measureStrictWrites(
  page: Page,
  request: { readonly rows: number; readonly bytes: number; readonly count: number },
): Promise<readonly number[]> {
  return page.evaluate(async ({ rows, bytes, count }) => {
    const name = "bench-strict";
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const opening = indexedDB.open(name);
      opening.addEventListener("upgradeneeded", () => opening.result.createObjectStore("rows"));
      opening.addEventListener("success", () => resolve(opening.result));
      opening.addEventListener("error", () => reject(opening.error ?? new Error("not opened")));
    });
    const value = new Uint8Array(Math.ceil(bytes / rows));
    const took: number[] = [];
    for (let index = 0; index < count; index += 1) {
      const began = performance.now();
      await new Promise<void>((resolve, reject) => {
        const transaction = database.transaction("rows", "readwrite", { durability: "strict" });
        const store = transaction.objectStore("rows");
        for (let row = 0; row < rows; row += 1) store.put(value, [index, row]);
        transaction.addEventListener("complete", () => resolve());
        transaction.addEventListener("abort", () => reject(transaction.error));
      });
      took.push(performance.now() - began);
    }
    database.close();
    indexedDB.deleteDatabase(name);
    return took;
  }, request);
}

/** Runs in the worker, before it. */
const PROBE = `{
  const channel = new BroadcastChannel(${JSON.stringify(CHANNEL)});
  const now = () => performance.timeOrigin + performance.now();
  const records = new WeakMap();
  const begin = IDBDatabase.prototype.transaction;
  IDBDatabase.prototype.transaction = function (tables, mode, options) {
    const transaction = begin.call(this, tables, mode, options);
    if (mode !== "readwrite") return transaction;
    const record = { began: now(), ended: 0, isStrict: options?.durability === "strict", puts: [] };
    records.set(transaction, record);
    transaction.addEventListener("complete", () => {
      channel.postMessage({ ...record, ended: now() });
    });
    return transaction;
  };
  const sizeOf = (value) =>
    value instanceof Uint8Array
      ? value.length
      : Array.isArray(value)
        ? value.reduce((sum, one) => sum + sizeOf(one), 0)
        : 0;
  const partOf = (part) => (typeof part === "object" ? "" : String(part));
  const put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (value, key) {
    records.get(this.transaction)?.puts.push({
      table: this.name,
      key: Array.isArray(key) ? key.map(partOf) : [partOf(key)],
      bytes: sizeOf(value),
    });
    return put.call(this, value, key);
  };
}
`;
