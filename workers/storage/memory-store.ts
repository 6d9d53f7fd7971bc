/**
 * The store in memory: for tests, for the simulator and for the demo family. It promises no more
 * than the browser's does (a commit takes effect a microtask later, in order), is deterministic, and
 * can be killed: `snapshot` is the disk as a later start would find it, with the newest relaxed
 * commits lost if asked, and faults are planned through `onCommit`. It never fails by itself.
 */
import { assertKey, isEmptyRange, type Key, type KeyRange } from "./keys.ts";
import { type DiskContent, MemoryDisk } from "./memory-disk.ts";
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
  copyValue,
  copyWrites,
  fenceOf,
} from "./values.ts";

export type { DiskContent } from "./memory-disk.ts";

/** Asked after the fence, before anything is written, `takeFence` included; what it returns rejects
 * the commit, of which nothing is written then. */
export type PlanFault = (writes: readonly Write[]) => StoreError | null;

export interface MemoryStoreOptions {
  readonly onCommit?: PlanFault;
  /** What is on the disk at the start; empty without it. */
  readonly disk?: DiskContent;
}

export interface SnapshotOptions {
  /** Relaxed commits lost in a power failure, the newest first; never one that is older than a
   * strict commit. `Infinity` loses all that can be lost. Default 0. */
  readonly relaxedLost?: number;
}

export interface MemoryStore extends Store {
  /** A copy of all tables as they are after the commits that have taken effect. */
  snapshot(options?: SnapshotOptions): DiskContent;
  /** Replaces all tables; works on a closed store and does not open it again. */
  restore(disk: DiskContent): void;
  /** Another connection to the same disk, as a second tab or a restarted node has one. */
  connect(): MemoryStore;
}

/** A store of its own, on an empty disk or on a copy of the given one. */
export function createMemoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  return new MemoryConnection(
    new MemoryDisk(options.disk ?? null),
    options.onCommit ?? (() => null),
  );
}

class MemoryConnection implements MemoryStore {
  private readonly disk: MemoryDisk;
  private readonly onCommit: PlanFault;
  private isClosed = false;

  constructor(disk: MemoryDisk, onCommit: PlanFault) {
    this.disk = disk;
    this.onCommit = onCommit;
  }

  async get(table: TableName, key: Key): Promise<StoredValue | null> {
    assertTable(table);
    assertKey(key);
    this.assertOpen();
    return copyValue(this.disk.find(table, key) ?? null);
  }

  async getMany(table: TableName, keys: readonly Key[]): Promise<(StoredValue | null)[]> {
    assertTable(table);
    for (const key of keys) assertKey(key);
    this.assertOpen();
    return keys.map((key) => copyValue(this.disk.find(table, key) ?? null));
  }

  async list(table: TableName, range: KeyRange, options: ListOptions = {}): Promise<Row[]> {
    assertTable(table);
    const { from, to } = copyRange(range);
    assertLimit(options.limit);
    this.assertOpen();
    if (isEmptyRange({ from, to })) return [];
    const rows = this.disk.slice(table, from, to);
    if (options.reverse === true) rows.reverse();
    return rows
      .slice(0, options.limit ?? rows.length)
      .map((row) => ({ key: copyKey(row.key), value: copyValue(row.value) }));
  }

  async commit(writes: readonly Write[], options: CommitOptions): Promise<void> {
    const copies = copyWrites(writes);
    this.assertOpen();
    return this.enqueue(() => {
      if (options.fence !== undefined) {
        assertFence(this.disk.find("meta", FENCE_KEY), options.fence);
      }
      this.write(copies, options.durability);
    });
  }

  async takeFence(): Promise<number> {
    this.assertOpen();
    return this.enqueue(() => {
      const value = fenceOf(this.disk.find("meta", FENCE_KEY)) + 1;
      this.write([{ type: "put", table: "meta", key: FENCE_KEY, value }], "strict");
      return value;
    });
  }

  async estimate(): Promise<null> {
    this.assertOpen();
    return null;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.disk.tail;
  }

  snapshot(options: SnapshotOptions = {}): DiskContent {
    return this.disk.copy(options.relaxedLost ?? 0);
  }

  restore(disk: DiskContent): void {
    this.disk.load(disk);
  }

  connect(): MemoryStore {
    return new MemoryConnection(this.disk, this.onCommit);
  }

  private assertOpen(): void {
    if (this.isClosed) throw new StoreError("closed", "this store was closed");
  }

  private write(writes: readonly Write[], durability: CommitOptions["durability"]): void {
    const fault = this.onCommit(writes);
    if (fault !== null) throw fault;
    this.disk.apply(writes, durability);
  }

  /** Runs `work` after everything called before it, on whatever connection. */
  private enqueue<T>(work: () => T): Promise<T> {
    const result = this.disk.tail.then(work);
    this.disk.tail = result.then(
      () => undefined,
      () => undefined, // The caller gets the failure; the next commit runs all the same.
    );
    return result;
  }
}
