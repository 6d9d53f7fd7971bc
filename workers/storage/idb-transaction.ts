/**
 * One writing transaction, all or nothing. It uses the browser's own events instead of idb's
 * promises: idb rejects `done` at the first failed request, when the abort has not yet told its
 * cause (a full disk shows only there), and every request left behind would be an unhandled
 * rejection. It does not decide what an error means.
 */
import { unwrap } from "idb";
import type { Database } from "./idb-connection.ts";
import type { CommitOptions, TableName } from "./store.ts";

/** What may be done inside the transaction, all of it before control returns to the browser. */
export interface WriteTransaction {
  objectStore(table: TableName): IDBObjectStore;
  /** Reads one value (undefined if there is none) and goes on with it inside the transaction. */
  read(table: TableName, key: IDBValidKey, then: (stored: unknown) => void): void;
}

/** Resolves when the transaction is complete. Rejects when it was aborted: with what `work` threw,
 * else with the cause the browser names, else with a DOMException AbortError. */
export function runTransaction(
  database: Database,
  tables: readonly TableName[],
  durability: CommitOptions["durability"],
  work: (transaction: WriteTransaction) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const transaction = unwrap(database).transaction(tables, "readwrite", { durability });
    let thrown: { readonly error: unknown } | null = null;
    transaction.addEventListener("complete", () => resolve());
    transaction.addEventListener("abort", () => {
      const cause =
        transaction.error ?? new DOMException("the browser gave no cause", "AbortError");
      reject(thrown === null ? cause : thrown.error);
    });
    function attempt(step: () => void): void {
      try {
        step();
      } catch (error) {
        thrown = { error };
        transaction.abort();
      }
    }
    attempt(() =>
      work({
        objectStore: (table) => transaction.objectStore(table),
        read(table, key, then) {
          const request = transaction.objectStore(table).get(key);
          request.addEventListener("success", () => attempt(() => then(request.result)));
        },
      }),
    );
  });
}
