/**
 * The tables that all connections of one memory store share, in key order, with what it takes to
 * lose the newest relaxed commits as a power failure would. It checks neither fence nor faults.
 */
import { compareKeys, isEmptyRange, type Key, type KeyBound } from "./keys.ts";
import { UNFLUSHED_COMMITS_MAX } from "./limits.ts";
import {
  type CommitOptions,
  type Row,
  type StoredValue,
  type TableName,
  TABLES,
  type Write,
} from "./store.ts";

/** The content of all tables, each in key order. */
export type DiskContent = ReadonlyMap<TableName, readonly Row[]>;

type Tables = Map<TableName, Row[]>;
type Undo = (tables: Tables) => void;

/** What all connections share. Rows are replaced and never changed, so that copies share them. */
export class MemoryDisk {
  /** Settles when the last commit that was called has taken effect or failed. */
  tail: Promise<void> = Promise.resolve();
  private tables: Tables;
  /** For each relaxed commit since the last strict one, what takes it back, oldest first. */
  private unflushed: Undo[] = [];

  constructor(content: DiskContent | null) {
    this.tables = copyTables(content ?? new Map());
  }

  load(content: DiskContent): void {
    this.tables = copyTables(content);
    this.unflushed = [];
  }

  /** All tables without the newest `relaxedLost` commits that are not flushed yet. */
  copy(relaxedLost: number): DiskContent {
    const kept = this.unflushed.length - Math.min(relaxedLost, this.unflushed.length);
    const tables = copyTables(this.tables);
    for (const undo of this.unflushed.slice(kept).toReversed()) undo(tables);
    return tables;
  }

  /** The value itself, not a copy. */
  find(table: TableName, key: Key): StoredValue | undefined {
    const rows = rowsOf(this.tables, table);
    const row = rows[lowerBound(rows, key)];
    return row !== undefined && compareKeys(row.key, key) === 0 ? row.value : undefined;
  }

  /** The rows themselves, not copies, with `from` ≤ key < `to`. */
  slice(table: TableName, from: KeyBound, to: KeyBound): Row[] {
    const rows = rowsOf(this.tables, table);
    return rows.slice(lowerBound(rows, from), lowerBound(rows, to));
  }

  /** All the writes, in their order. A strict commit flushes what came before it too. */
  apply(writes: readonly Write[], durability: CommitOptions["durability"]): void {
    if (writes.length === 0) return;
    const undos = writes.map((write) => applyWrite(this.tables, write)).toReversed();
    if (durability === "strict") {
      this.unflushed = [];
      return;
    }
    this.unflushed.push((tables) => undos.forEach((undo) => undo(tables)));
    if (this.unflushed.length > UNFLUSHED_COMMITS_MAX) this.unflushed.shift();
  }
}

function copyTables(content: DiskContent): Tables {
  return new Map(TABLES.map((table) => [table, [...(content.get(table) ?? [])]]));
}

function rowsOf(tables: Tables, table: TableName): Row[] {
  const rows = tables.get(table);
  if (rows === undefined) throw new TypeError(`no table is called ${table}`);
  return rows;
}

function applyWrite(tables: Tables, write: Write): Undo {
  const rows = rowsOf(tables, write.table);
  if (write.type === "delete-range") {
    if (isEmptyRange(write.range)) return () => undefined;
    const start = lowerBound(rows, write.range.from);
    return splice(tables, write.table, start, lowerBound(rows, write.range.to) - start, []);
  }
  const start = lowerBound(rows, write.key);
  const row = rows[start];
  const count = row !== undefined && compareKeys(row.key, write.key) === 0 ? 1 : 0;
  const added = write.type === "put" ? [{ key: write.key, value: write.value }] : [];
  return splice(tables, write.table, start, count, added);
}

/** Puts `added` in the place of `count` rows; returns what takes that back. */
function splice(
  tables: Tables,
  table: TableName,
  start: number,
  count: number,
  added: readonly Row[],
): Undo {
  const removed = rowsOf(tables, table).splice(start, count, ...added);
  return (undone) => void rowsOf(undone, table).splice(start, added.length, ...removed);
}

/** The index of the first row whose key is not before `bound`. */
function lowerBound(rows: readonly Row[], bound: KeyBound): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const row = rows[middle];
    if (row !== undefined && compareKeys(row.key, bound) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
