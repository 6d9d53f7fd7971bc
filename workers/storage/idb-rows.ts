/**
 * Keys, ranges and rows as IndexedDB takes and gives them. Array keys go in natively; bytes in a key
 * come back as an ArrayBuffer and are made a Uint8Array again. It opens and decides nothing.
 */
import type { Database } from "./idb-connection.ts";
import type { WriteTransaction } from "./idb-transaction.ts";
import { isEmptyRange, type Key, type KeyBound, type KeyPart, type KeyRange } from "./keys.ts";
import {
  type ListOptions,
  type Row,
  StoreError,
  type StoredValue,
  type TableName,
  type Write,
} from "./store.ts";

export function toIdbKey(bound: KeyBound): IDBValidKey[] {
  return bound.map((part) => {
    if (typeof part === "number" || typeof part === "string") return part;
    return part instanceof Uint8Array ? new Uint8Array(part) : [];
  });
}

/** Throws StoreError `corrupt` if `key` is none that this store can have written. */
function fromIdbKey(key: IDBValidKey): Key {
  if (!Array.isArray(key)) throw new StoreError("corrupt", "a stored key is no array");
  return key.map(fromIdbPart);
}

function fromIdbPart(part: IDBValidKey): KeyPart {
  if (typeof part === "number" || typeof part === "string") return part;
  if (part instanceof ArrayBuffer) return new Uint8Array(part);
  throw new StoreError("corrupt", "a stored key holds something unknown");
}

/** The browser refuses a range that can hold nothing, so ask isEmptyRange before. */
function toIdbRange(range: KeyRange): IDBKeyRange {
  return IDBKeyRange.bound(toIdbKey(range.from), toIdbKey(range.to), false, true);
}

/** The writes in their order; the transaction reports how they ended. */
export function applyWrites(transaction: WriteTransaction, writes: readonly Write[]): void {
  for (const write of writes) {
    const table = transaction.objectStore(write.table);
    switch (write.type) {
      case "put":
        putValue(table, write.key, write.value);
        break;
      case "delete":
        table.delete(toIdbKey(write.key));
        break;
      case "delete-range":
        if (!isEmptyRange(write.range)) table.delete(toIdbRange(write.range));
        break;
    }
  }
}

/** Private and lockdown modes refuse to store a CryptoKey, as a DataCloneError. */
function putValue(table: IDBObjectStore, key: Key, value: StoredValue): void {
  try {
    table.put(value, toIdbKey(key));
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "DataCloneError")) throw error;
    throw new StoreError("unavailable", "this browser cannot store such a value", { cause: error });
  }
}

/** The value at `key`, undefined if there is none. Like everything that reads here it waits for its
 * transaction too, else idb leaves the rejection of an aborted one to nobody. */
export async function getValue(database: Database, table: TableName, key: Key): Promise<unknown> {
  const transaction = database.transaction(table, "readonly");
  const [value] = await Promise.all([transaction.store.get(toIdbKey(key)), transaction.done]);
  return value as unknown;
}

/** The values at these keys in one transaction, null where there is none. */
export async function getValues(
  database: Database,
  table: TableName,
  keys: readonly Key[],
): Promise<(StoredValue | null)[]> {
  if (keys.length === 0) return [];
  const transaction = database.transaction(table, "readonly");
  const [values] = await Promise.all([
    Promise.all(keys.map(async (key) => transaction.store.get(toIdbKey(key)))),
    transaction.done,
  ]);
  return values.map((value) => (value as StoredValue | undefined) ?? null);
}

/** The rows of one moment. Forward in two bulk requests; backward with a limit by a cursor, since
 * bulk requests know no direction in every engine that we serve. */
export async function listRows(
  database: Database,
  table: TableName,
  range: KeyRange,
  options: ListOptions,
): Promise<Row[]> {
  const { limit, reverse = false } = options;
  // A count of 0 means "all" to getAll.
  if (limit === 0 || isEmptyRange(range)) return [];
  if (reverse && limit !== undefined) return listBackward(database, table, range, limit);
  const transaction = database.transaction(table, "readonly");
  const query = toIdbRange(range);
  const [keys, values] = await Promise.all([
    transaction.store.getAllKeys(query, limit),
    transaction.store.getAll(query, limit),
    transaction.done,
  ]);
  const rows = keys.map((key, index) => ({
    key: fromIdbKey(key),
    value: values[index] as StoredValue,
  }));
  return reverse ? rows.toReversed() : rows;
}

async function listBackward(
  database: Database,
  table: TableName,
  range: KeyRange,
  limit: number,
): Promise<Row[]> {
  const transaction = database.transaction(table, "readonly");
  async function walk(): Promise<Row[]> {
    const rows: Row[] = [];
    let cursor = await transaction.store.openCursor(toIdbRange(range), "prev");
    while (cursor !== null) {
      rows.push({ key: fromIdbKey(cursor.key), value: cursor.value as StoredValue });
      if (rows.length >= limit) break;
      cursor = await cursor.continue();
    }
    return rows;
  }
  const [rows] = await Promise.all([walk(), transaction.done]);
  return rows;
}
