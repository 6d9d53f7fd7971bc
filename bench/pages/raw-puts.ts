/**
 * The yardstick of storing: the same rows into the same tables, one transaction after the other,
 * without a fence, a copy or a check. Tables are made with the first call.
 */
import type { Write } from "../../workers/storage/store.ts";

type Put = Extract<Write, { type: "put" }>;

const TABLES = ["entries", "bodies"] as const;

/** Milliseconds until all transactions are complete, the opening left out. */
export async function putRaw(name: string, commits: readonly (readonly Put[])[]): Promise<number> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const opening = indexedDB.open(name);
    opening.addEventListener("upgradeneeded", () => {
      for (const table of TABLES) opening.result.createObjectStore(table);
    });
    opening.addEventListener("success", () => resolve(opening.result));
    opening.addEventListener("error", () => reject(opening.error ?? new Error("not opened")));
  });
  const began = performance.now();
  for (const puts of commits) {
    await new Promise<void>((resolve, reject) => {
      const transaction = database.transaction(TABLES, "readwrite", { durability: "relaxed" });
      for (const { table, key, value } of puts) {
        transaction.objectStore(table).put(value, key as IDBValidKey);
      }
      transaction.addEventListener("complete", () => resolve());
      transaction.addEventListener("abort", () => {
        reject(transaction.error ?? new Error("aborted"));
      });
    });
  }
  const tookMs = performance.now() - began;
  database.close();
  return tookMs;
}

/** In their order, each of `size` but the last. */
export function chunks<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}
