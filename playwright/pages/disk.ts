/**
 * What a device's browser has stored, looked at from outside the app: which tables hold how many
 * rows, and losing all of it. The names are those of workers/storage/store.ts.
 */
import { decodeFinalised, type FinalisedBlock } from "../../workers/core/ledger/block.ts";
import type { Device } from "../device.ts";

/** Rows of one table in the app's database; 0 where there is no such table. */
export function countRows({ page }: Device, table: string): Promise<number> {
  return page.evaluate(async (name) => {
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open("tinyweb");
      request.addEventListener("success", () => resolve(request.result));
      request.addEventListener("error", () => reject(request.error ?? new Error("not opened")));
    });
    if (!database.objectStoreNames.contains(name)) throw new Error(`there is no table ${name}`);
    const count = await new Promise<number>((resolve, reject) => {
      const request = database.transaction(name).objectStore(name).count();
      request.addEventListener("success", () => resolve(request.result));
      request.addEventListener("error", () => reject(request.error ?? new Error("not counted")));
    });
    database.close();
    return count;
  }, table);
}

/** The block of the greatest height that is stored, with its certificate. */
export async function readLastBlock({ page }: Device): Promise<FinalisedBlock> {
  const bytes = await page.evaluate(async () => {
    const settled = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.addEventListener("success", () => resolve(request.result));
        request.addEventListener("error", () => reject(request.error ?? new Error("failed")));
      });
    const database = await settled(indexedDB.open("tinyweb"));
    const blocks = database.transaction("blocks").objectStore("blocks");
    const last = await settled(blocks.openCursor(null, "prev"));
    database.close();
    return [...((last?.value ?? []) as Uint8Array)];
  });
  const decoded = decodeFinalised(Uint8Array.from(bytes));
  if (!decoded.ok) throw new Error("the last block is none");
  return decoded.value;
}

/** A phone that lost everything the app had stored; the app must be closed. */
export async function wipe({ context }: Device, origin: string): Promise<void> {
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Storage.clearDataForOrigin", { origin, storageTypes: "all" });
  await page.close();
}

/** Puts an old copy of all that the app has stored aside; the app must be closed. */
export async function keepCopy(device: Device, origin: string): Promise<void> {
  await copyAll(device, origin, ["tinyweb", COPY]);
}

/** Sets the browser back to that copy, as a restored disk would; the app must be closed. */
export async function setBack(device: Device, origin: string): Promise<void> {
  await copyAll(device, origin, [COPY, "tinyweb"]);
}

/** No name of a profile's database. */
const COPY = "old-copy";

async function copyAll(
  { context }: Device,
  origin: string,
  names: readonly [string, string],
): Promise<void> {
  const page = await context.newPage();
  // A file of the same origin that starts no app.
  await page.goto(`${origin}/favicon.svg`);
  await page.evaluate(async ([from, to]) => {
    const settled = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.addEventListener("success", () => resolve(request.result));
        request.addEventListener("error", () => reject(request.error ?? new Error("failed")));
      });
    const source = await settled(indexedDB.open(from));
    const tables = [...source.objectStoreNames];
    const opening = indexedDB.open(to, source.version);
    opening.addEventListener("upgradeneeded", () => {
      for (const table of tables) opening.result.createObjectStore(table);
    });
    const target = await settled(opening);
    for (const table of tables) {
      const rows = source.transaction(table).objectStore(table);
      const [keys, values] = await Promise.all([
        settled(rows.getAllKeys()),
        settled(rows.getAll()),
      ]);
      const store = target.transaction(table, "readwrite").objectStore(table);
      await settled(store.clear());
      for (const [index, key] of keys.entries()) await settled(store.put(values[index], key));
    }
    source.close();
    target.close();
  }, names);
  await page.close();
}
