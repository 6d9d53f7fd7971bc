/**
 * The store on the browser's IndexedDB, one database a profile. Commits run one after the other, so
 * that a repeated one cannot overtake its successor; an operation whose connection the browser has
 * ended opens a new one, a bounded number of times, and is repeated there (a commit sets absolute
 * values and the fence is compared again, so repeating is safe). Indexed Database API 3.0;
 * SPEC ST1 to ST30.
 */
import {
  type Database,
  deleteDatabase,
  type Migration,
  MIGRATIONS,
  openDatabase,
} from "./idb-connection.ts";
import { isConnectionLoss, toStoreError } from "./idb-errors.ts";
import { applyWrites, getValue, getValues, listRows, toIdbKey } from "./idb-rows.ts";
import { runTransaction } from "./idb-transaction.ts";
import { assertKey, type Key, type KeyRange } from "./keys.ts";
import { REOPENS_PER_OPERATION } from "./limits.ts";
import {
  type CommitOptions,
  FENCE_KEY,
  type ListOptions,
  type Row,
  type Store,
  StoreError,
  type StoredValue,
  type TableName,
  type Write,
} from "./store.ts";
import {
  assertFence,
  assertLimit,
  assertTable,
  copyKey,
  copyRange,
  copyWrites,
  fenceOf,
} from "./values.ts";

export interface IdbStoreOptions {
  /** The schema's steps; the real ones without it. */
  readonly migrations?: readonly Migration[];
  /** Milliseconds to wait for a tab that holds an older version open. */
  readonly blockedWaitMs?: number;
}

/** Opens or makes the database `name`. Rejects with StoreError `blocked`, `unavailable`, `quota` or
 * `corrupt`; nothing is left open then. */
export async function openIdbStore(name: string, options: IdbStoreOptions = {}): Promise<Store> {
  const store = new IdbStore(name, options);
  await store.open();
  return store;
}

/** Deletes the database `name`; see deleteDatabase. */
export async function deleteIdbStore(name: string): Promise<void> {
  await deleteDatabase(name);
}

class IdbStore implements Store {
  private readonly name: string;
  private readonly options: IdbStoreOptions;
  private database: Database | null = null;
  private instance: string | null = null;
  private opening: Promise<Database> | null = null;
  /** Set by `close` and when another tab needs the database: no operation begins any more. */
  private closedBecause: StoreError | null = null;
  /** Another tab needs the database: not even an operation that has begun connects again. */
  private isGivenUp = false;
  /** Settles when the last commit that was called has settled. */
  private tail: Promise<void> = Promise.resolve();
  private readonly reads = new Set<Promise<unknown>>();

  constructor(name: string, options: IdbStoreOptions) {
    this.name = name;
    this.options = options;
  }

  async open(): Promise<void> {
    await this.attempt(async () => undefined);
  }

  async get(table: TableName, key: Key): Promise<StoredValue | null> {
    assertTable(table);
    assertKey(key);
    const copy = copyKey(key);
    const stored = await this.read((database) => getValue(database, table, copy));
    return (stored as StoredValue | undefined) ?? null;
  }

  async getMany(table: TableName, keys: readonly Key[]): Promise<(StoredValue | null)[]> {
    assertTable(table);
    for (const key of keys) assertKey(key);
    const copies = keys.map(copyKey);
    return this.read((database) => getValues(database, table, copies));
  }

  async list(table: TableName, range: KeyRange, options: ListOptions = {}): Promise<Row[]> {
    assertTable(table);
    const copy = copyRange(range);
    assertLimit(options.limit);
    return this.read((database) => listRows(database, table, copy, options));
  }

  async commit(writes: readonly Write[], options: CommitOptions): Promise<void> {
    const { durability, fence } = options;
    const copies = copyWrites(writes);
    this.assertOpen();
    const tables = new Set(copies.map((write) => write.table));
    if (fence !== undefined) tables.add("meta");
    if (tables.size === 0) return;
    await this.write((database) =>
      runTransaction(database, [...tables], durability, (transaction) => {
        // Read first and judged before the transaction can end; the writes need not wait for it.
        if (fence !== undefined) {
          transaction.read("meta", toIdbKey(FENCE_KEY), (stored) => assertFence(stored, fence));
        }
        applyWrites(transaction, copies);
      }),
    );
  }

  async takeFence(): Promise<number> {
    this.assertOpen();
    let taken = 0;
    await this.write((database) =>
      runTransaction(database, ["meta"], "strict", (transaction) => {
        transaction.read("meta", toIdbKey(FENCE_KEY), (stored) => {
          taken = fenceOf(stored) + 1;
          transaction.objectStore("meta").put(taken, toIdbKey(FENCE_KEY));
        });
      }),
    );
    return taken;
  }

  async estimate(): Promise<{ usedBytes: number; quotaBytes: number } | null> {
    this.assertOpen();
    // Absent outside secure contexts, whatever the type says.
    const storage: StorageManager | undefined = navigator.storage;
    const { usage, quota } = (await storage?.estimate()) ?? {};
    return usage === undefined || quota === undefined
      ? null
      : { usedBytes: usage, quotaBytes: quota };
  }

  async close(): Promise<void> {
    this.closedBecause ??= new StoreError("closed", "this store was closed");
    await Promise.allSettled([this.tail, ...this.reads]);
    this.drop();
  }

  /** The present connection or a new one; all callers wait for the same. */
  private connection(): Promise<Database> {
    if (this.database !== null) return Promise.resolve(this.database);
    this.opening ??= this.connect().finally(() => {
      this.opening = null;
    });
    return this.opening;
  }

  private async connect(): Promise<Database> {
    if (this.isGivenUp && this.closedBecause !== null) throw this.closedBecause;
    const { blockedWaitMs } = this.options;
    let isEnded = false;
    const { database, instance } = await openDatabase({
      name: this.name,
      migrations: this.options.migrations ?? MIGRATIONS,
      expectedInstance: this.instance,
      ...(blockedWaitMs === undefined ? {} : { blockedWaitMs }),
      onGivenUp: () => {
        isEnded = true;
        this.isGivenUp = true;
        this.closedBecause ??= new StoreError("closed", "another tab needs the database");
        this.database = null;
      },
      onLost: () => {
        isEnded = true;
        this.database = null;
      },
    });
    this.instance = instance;
    if (!isEnded) this.database = database;
    return database;
  }

  private drop(): void {
    this.database?.close();
    this.database = null;
  }

  private assertOpen(): void {
    if (this.closedBecause !== null) throw this.closedBecause;
  }

  private async read<T>(work: (database: Database) => Promise<T>): Promise<T> {
    this.assertOpen();
    const reading = this.attempt(work);
    this.reads.add(reading);
    try {
      return await reading;
    } finally {
      this.reads.delete(reading);
    }
  }

  private write(work: (database: Database) => Promise<void>): Promise<void> {
    const result = this.tail.then(() => this.attempt(work));
    this.tail = result.catch(() => undefined); // The caller gets the failure; the next one runs.
    return result;
  }

  /** Runs `work`, again on a new connection if the browser ended the one it ran on. */
  private async attempt<T>(work: (database: Database) => Promise<T>): Promise<T> {
    for (let reopens = 0; ; reopens += 1) {
      let database: Database | null = null;
      try {
        database = await this.connection();
        return await work(database);
      } catch (error) {
        if (reopens >= REOPENS_PER_OPERATION || !isConnectionLoss(error)) throw toStoreError(error);
        if (database !== null && this.database === database) this.drop();
      }
    }
  }
}
