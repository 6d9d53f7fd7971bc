/**
 * What is stored, measured in slices: rows and bytes by table. A count of a large table would hold up
 * the disk for seconds, and the node with it; a slice is a moment, and whoever asked may stop. Reads
 * keys and values for their size alone. SPEC MT1 to MT4.
 */
import type { StorageCursor, StorageSlice } from "../api.ts";
import {
  type Key,
  prefixRange,
  type Store,
  type StoredValue,
  type TableName,
  TABLES,
} from "../storage/store.ts";
import { MEASURE_ROWS_MAX } from "./limits.ts";

const NUMBER_BYTES = 8;

/** The next slice; from the first table for a cursor that names no place. */
export async function measureSlice(
  store: Pick<Store, "list">,
  from: StorageCursor,
): Promise<StorageSlice> {
  const { table, after } = readCursor(from);
  const all = prefixRange([]);
  // The shortest key that is greater: the same one and the least part behind it.
  const range = after.length === 0 ? all : { ...all, from: [...after, Number.NEGATIVE_INFINITY] };
  const rows = await store.list(table, range, { limit: MEASURE_ROWS_MAX });
  const isWhole = rows.length < MEASURE_ROWS_MAX;
  const at = TABLES.indexOf(table) + (isWhole ? 1 : 0);
  const following = TABLES[at];
  return {
    table,
    rows: rows.length,
    bytes: rows.reduce((sum, { key, value }) => sum + sizeOf(key) + sizeOf(value), 0),
    done: at,
    tables: TABLES.length,
    next:
      following === undefined
        ? null
        : { table: following, after: isWhole ? [] : [...(rows.at(-1)?.key ?? [])] },
  };
}

/** A cursor comes back from a page, so it is looked at like any other input. */
function readCursor(from: unknown): { readonly table: TableName; readonly after: Key } {
  const { table: named, after } = (from ?? {}) as Readonly<Record<string, unknown>>;
  const table = TABLES.find((one) => one === named) ?? TABLES[0];
  const isKey = table === named && Array.isArray(after) && after.every(isKeyPart);
  return { table, after: isKey ? (after as Key) : [] };
}

function isKeyPart(part: unknown): boolean {
  if (typeof part === "number") return !Number.isNaN(part);
  return typeof part === "string" || part instanceof Uint8Array;
}

/** Bytes of a value as it is handed over; a key of the browser's own has none that can be seen. */
function sizeOf(value: StoredValue | Key): number {
  if (value === null || typeof value === "boolean") return 1;
  if (typeof value === "number") return NUMBER_BYTES;
  if (typeof value === "string") return new TextEncoder().encode(value).length;
  if (value instanceof Uint8Array) return value.length;
  if (typeof CryptoKey === "function" && value instanceof CryptoKey) return 0;
  if (Array.isArray(value)) return sum(value as readonly StoredValue[]);
  return sum(Object.entries(value).flat() as readonly StoredValue[]);
}

function sum(values: readonly StoredValue[]): number {
  return values.reduce<number>((total, one) => total + sizeOf(one), 0);
}
