/**
 * Copies of values and the checks that every store makes before it writes, so that a mistake fails
 * the same way in memory, in the simulator and in a browser. It decides nothing about meaning.
 */
import {
  assertKey,
  assertRange,
  compareKeys,
  isInRange,
  type Key,
  type KeyBound,
  type KeyPart,
  type KeyRange,
} from "./keys.ts";
import {
  FENCE_KEY,
  INSTANCE_KEY,
  StoreError,
  type StoredValue,
  type TableName,
  TABLES,
  type Write,
} from "./store.ts";

const RESERVED_KEYS = [FENCE_KEY, INSTANCE_KEY] as const;

/**
 * A deep copy that shares nothing with `value`; throws TypeError on what is not a StoredValue.
 * Bytes are cut out of their buffer: structured clone writes the whole buffer behind a view, so a
 * 100-byte view of a 64 KiB frame would cost 64 KiB on disk.
 */
export function copyValue(value: StoredValue): StoredValue {
  if (value === null) return null;
  if (typeof value === "string" || typeof value === "boolean" || typeof value === "number") {
    return value;
  }
  if (typeof value !== "object") throw new TypeError(`a ${typeof value} cannot be stored`);
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (isCryptoKey(value)) return value;
  if (Array.isArray(value)) return Array.from(value, (item: StoredValue) => copyValue(item));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError("an object with a class of its own cannot be stored");
  }
  return Object.fromEntries(
    Object.entries(value).map(([field, item]) => [field, copyValue(item)] as const),
  );
}

/** A key is immutable and shows nothing, so it needs no copy. Some test engines have no WebCrypto. */
function isCryptoKey(value: object): value is CryptoKey {
  return typeof CryptoKey !== "undefined" && value instanceof CryptoKey;
}

/** A copy of `key` whose bytes are its own, and with 0 for -0, which is the same key. */
export function copyKey(key: Key): Key {
  return key.map(copyPart);
}

function copyPart(part: KeyPart): KeyPart {
  if (part instanceof Uint8Array) return new Uint8Array(part);
  return part === 0 ? 0 : part;
}

function copyBound(bound: KeyBound): KeyBound {
  return bound.map((part) => (typeof part === "object" && !isBytes(part) ? [] : copyPart(part)));
}

function isBytes(part: Uint8Array | readonly []): part is Uint8Array {
  return part instanceof Uint8Array;
}

/** A copy of `range`; throws TypeError if its ends cannot be compared with keys. */
export function copyRange(range: KeyRange): KeyRange {
  assertRange(range);
  return { from: copyBound(range.from), to: copyBound(range.to) };
}

/** Copies of all the writes; throws TypeError if one of them can never be committed. */
export function copyWrites(writes: readonly Write[]): readonly Write[] {
  return writes.map((write) => {
    assertTable(write.table);
    assertNotReserved(write);
    switch (write.type) {
      case "put":
        assertKey(write.key);
        return { ...write, key: copyKey(write.key), value: copyValue(write.value) };
      case "delete":
        assertKey(write.key);
        return { ...write, key: copyKey(write.key) };
      case "delete-range":
        return { ...write, range: copyRange(write.range) };
    }
  });
}

/** Throws TypeError unless `table` is one of TABLES. */
export function assertTable(table: TableName): void {
  if (!TABLES.includes(table)) throw new TypeError(`no table is called ${table}`);
}

function assertNotReserved(write: Write): void {
  if (write.table !== "meta") return;
  const isReserved = RESERVED_KEYS.some((reserved) =>
    write.type === "delete-range"
      ? isInRange(reserved, write.range)
      : compareKeys(reserved, write.key) === 0,
  );
  if (isReserved) throw new TypeError("the store alone writes this key of meta");
}

/** Throws TypeError unless `limit` is absent or a whole number from 0 up. */
export function assertLimit(limit: number | undefined): void {
  if (limit === undefined || (Number.isSafeInteger(limit) && limit >= 0)) return;
  throw new TypeError("the limit of a list is not a whole number from 0 up");
}

/** The fence counter as stored, 0 if never taken; throws StoreError `corrupt` if it is no counter. */
export function fenceOf(stored: unknown): number {
  if (stored === undefined || stored === null) return 0;
  if (typeof stored === "number" && Number.isSafeInteger(stored) && stored >= 0) return stored;
  throw new StoreError("corrupt", "the stored fence is not a counter");
}

/** Throws StoreError `fenced` if the stored counter is not the writer's. */
export function assertFence(stored: unknown, fence: number): void {
  const present = fenceOf(stored);
  if (present === fence) return;
  throw new StoreError("fenced", `the fence is ${present}, this writer's is ${fence}`);
}
