/**
 * What a device's browser has stored, looked at from outside the app: which tables hold how many
 * rows, and losing all of it. The names are those of workers/storage/store.ts.
 */
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

/** A phone that lost everything the app had stored; the app must be closed. */
export async function wipe({ context }: Device, origin: string): Promise<void> {
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Storage.clearDataForOrigin", { origin, storageTypes: "all" });
  await page.close();
}
