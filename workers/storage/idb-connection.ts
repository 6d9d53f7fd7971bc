/**
 * Opening, upgrading and deleting one IndexedDB database, with the waits bounded: a blocked upgrade
 * and an open that never answers become errors. A database that was there and is gone, or is another
 * one, is `corrupt` and is not made anew: a replica that lost its log must not go on voting.
 * It does not read or write rows.
 */
import { deleteDB, type IDBPDatabase, type IDBPTransaction, openDB } from "idb";
import { toStoreError } from "./idb-errors.ts";
import { getValue, toIdbKey } from "./idb-rows.ts";
import { BLOCKED_WAIT_MS, OPEN_WAIT_MS } from "./limits.ts";
import { INSTANCE_KEY, StoreError, TABLES } from "./store.ts";

export type Database = IDBPDatabase;
export type UpgradeTransaction = IDBPTransaction<unknown, string[], "versionchange">;

/** One step up. Everything that it awaits must be a request of `transaction`. */
export type Migration = (
  database: Database,
  transaction: UpgradeTransaction,
) => void | Promise<void>;

/** The step from version n stands at index n; the schema's version is the number of steps. A step
 * that families have run is never changed. */
export const MIGRATIONS: readonly Migration[] = [
  (database) => {
    for (const table of TABLES) database.createObjectStore(table);
  },
];

export interface OpenRequest {
  readonly name: string;
  readonly migrations: readonly Migration[];
  /** The instance that must be found, as the first open returned it; null on that first open. */
  readonly expectedInstance: string | null;
  /** Another tab wants to upgrade or delete: the connection has been closed to let it. */
  readonly onGivenUp: () => void;
  /** The browser has closed the connection. */
  readonly onLost: () => void;
  /** Milliseconds, see limits.ts; shorter in tests. */
  readonly blockedWaitMs?: number;
}

export interface OpenedDatabase {
  readonly database: Database;
  /** The random name that this database got when it was made. */
  readonly instance: string;
}

/** Rejects with StoreError `blocked`, `unavailable`, `quota` or `corrupt`. */
export async function openDatabase(request: OpenRequest): Promise<OpenedDatabase> {
  const database = await openBounded(request);
  try {
    const stored: unknown = await getValue(database, "meta", INSTANCE_KEY);
    if (typeof stored !== "string") throw new StoreError("corrupt", "the database has no name");
    if (request.expectedInstance !== null && stored !== request.expectedInstance) {
      throw new StoreError("corrupt", "the database was replaced by another one");
    }
    return { database, instance: stored };
  } catch (error) {
    database.close();
    throw toStoreError(error);
  }
}

function openBounded(request: OpenRequest): Promise<Database> {
  return new Promise((resolve, reject) => {
    let isGivenUp = false;
    let failure: unknown = null;
    let timer = setTimeout(giveUp, OPEN_WAIT_MS, "unavailable", "the browser does not open it");
    function giveUp(code: "blocked" | "unavailable", detail: string): void {
      isGivenUp = true;
      reject(new StoreError(code, detail));
    }
    const opening = openDB(request.name, request.migrations.length, {
      upgrade(database, oldVersion, _newVersion, transaction) {
        clearTimeout(timer); // A long migration is no failure.
        // Its end is reported to the open request; this promise would be nobody's.
        transaction.done.catch(() => undefined);
        if (isGivenUp) return transaction.abort();
        void migrate(request, database, oldVersion, transaction).catch((error: unknown) => {
          failure = error;
          abortQuietly(transaction);
        });
      },
      blocked() {
        clearTimeout(timer);
        const wait = request.blockedWaitMs ?? BLOCKED_WAIT_MS;
        timer = setTimeout(giveUp, wait, "blocked", "another tab holds an older version open");
      },
      blocking(_currentVersion, _blockedVersion, event) {
        (event.target as IDBDatabase).close();
        request.onGivenUp();
      },
      terminated: () => request.onLost(),
    });
    opening
      .then((database) => (isGivenUp ? database.close() : resolve(database)))
      .catch((error: unknown) => reject(toStoreError(failure ?? openFailure(error))))
      .finally(() => clearTimeout(timer));
  });
}

async function migrate(
  request: OpenRequest,
  database: Database,
  oldVersion: number,
  transaction: UpgradeTransaction,
): Promise<void> {
  if (oldVersion === 0 && request.expectedInstance !== null) {
    throw new StoreError("corrupt", "the database is gone");
  }
  for (const step of request.migrations.slice(oldVersion)) await step(database, transaction);
  if (oldVersion > 0) return;
  await transaction.objectStore("meta").put(crypto.randomUUID(), toIdbKey(INSTANCE_KEY));
}

/** A failed request may have ended the transaction already; then there is nothing left to abort. */
function abortQuietly(transaction: UpgradeTransaction): void {
  try {
    transaction.abort();
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "InvalidStateError")) throw error;
  }
}

function openFailure(error: unknown): unknown {
  if (!(error instanceof DOMException)) {
    return new StoreError("unavailable", "this browser has no IndexedDB", { cause: error });
  }
  // An upgrade that was aborted by the browser, or an open that failed, is no closed store.
  if (error.name !== "VersionError" && error.name !== "AbortError") return error;
  const detail =
    error.name === "VersionError" ? "a newer version of the app wrote it" : "the upgrade failed";
  return new StoreError("unavailable", detail, { cause: error });
}

/**
 * Deletes a profile's database with everything in it; a missing one is fine. Open stores of this
 * version close themselves. Rejects with `blocked` if another tab does not let go in time; the
 * browser deletes it all the same as soon as that tab is gone.
 */
export function deleteDatabase(name: string, blockedWaitMs = BLOCKED_WAIT_MS): Promise<void> {
  return new Promise((resolve, reject) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    deleteDB(name, {
      blocked() {
        const error = new StoreError("blocked", "another tab holds the database open");
        timer = setTimeout(() => reject(error), blockedWaitMs);
      },
    })
      .then(resolve)
      .catch((error: unknown) => reject(toStoreError(openFailure(error))))
      .finally(() => clearTimeout(timer));
  });
}
