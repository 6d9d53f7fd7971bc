/**
 * The one interface through which the node keeps anything, and what it guarantees:
 * - A commit is all or nothing, also when the tab is killed in the middle of it.
 * - `strict` resolves after the bytes are on disk as far as the browser can say; `relaxed` may be
 *   lost in a power failure, but never an earlier commit without every later one.
 * - Commits of one store take effect in the order in which they were called. A read sees every
 *   commit that had resolved before it, and `list` sees one moment.
 * - A commit with a fence writes nothing once a later `takeFence` has passed it by.
 * - A rejected commit wrote nothing, except `closed` and `unavailable`: then it may have been
 *   written. A commit sets absolute values, so repeating it is always right.
 * - Values and keys are copied in and out: nobody can change what is stored by holding on to it.
 * It does not encode, encrypt, expire or cache. SPEC ST1 to ST30.
 */
import type { Key, KeyRange } from "./keys.ts";

export type { Key, KeyBound, KeyRange } from "./keys.ts";
export { prefixRange } from "./keys.ts";

/** All tables, in the order in which a migration visits them. */
export const TABLES = [
  "meta",
  "log",
  "blocks",
  "blobs",
  "pending",
  "entries",
  "places",
  "registers",
  "timeline",
  "invites",
  "bodies",
  "keys",
] as const satisfies readonly string[];

export type TableName = (typeof TABLES)[number];

/** What may be stored. No `undefined`, no dates, no maps; other numbers than integers are allowed.
 * A CryptoKey is stored by the browser without showing its bytes (the wrapping key at rest). */
export type StoredValue =
  | string
  | number
  | boolean
  | null
  | Uint8Array
  | CryptoKey
  | readonly StoredValue[]
  | { readonly [field: string]: StoredValue };

/** One step of a commit. `delete` of a missing key and `delete-range` of an empty range do nothing. */
export type Write =
  | {
      readonly type: "put";
      readonly table: TableName;
      readonly key: Key;
      readonly value: StoredValue;
    }
  | { readonly type: "delete"; readonly table: TableName; readonly key: Key }
  | { readonly type: "delete-range"; readonly table: TableName; readonly range: KeyRange };

export interface Row {
  readonly key: Key;
  readonly value: StoredValue;
}

export interface ListOptions {
  /** Rows at most, an integer from 0 up; without it, all. */
  readonly limit?: number;
  /** From the end of the range down; `limit` then counts from the end. */
  readonly reverse?: boolean;
}

export interface CommitOptions {
  readonly durability: "strict" | "relaxed";
  /** What `takeFence` returned to this writer. Compared inside the transaction with the counter at
   * FENCE_KEY in `meta` (0 if never taken); if it moved: StoreError `fenced`, nothing is written. */
  readonly fence?: number;
}

/** Every method rejects with StoreError for what the environment does, and with TypeError for a
 * caller's mistake (a key or value that cannot be stored, a write to a reserved key). */
export interface Store {
  /** The value at `key`, null if there is none. */
  get(table: TableName, key: Key): Promise<StoredValue | null>;
  /** The values at these keys, of one moment and in their order; null where there is none. */
  getMany(table: TableName, keys: readonly Key[]): Promise<(StoredValue | null)[]>;
  /** The rows with `from` ≤ key < `to`, in key order. An empty or inverted range has no rows. */
  list(table: TableName, range: KeyRange, options?: ListOptions): Promise<Row[]>;
  /** All the writes in their order, or none. */
  commit(writes: readonly Write[], options: CommitOptions): Promise<void>;
  /** Takes over: raises the fence counter by at least one in a strict transaction; returns it. */
  takeFence(): Promise<number>;
  /** Bytes used and allowed for this origin, all profiles together; null where nobody can say. */
  estimate(): Promise<{ usedBytes: number; quotaBytes: number } | null>;
  /** Refuses what comes later with `closed` and resolves when what came before has settled. */
  close(): Promise<void>;
}

/** Where the fence counter is kept in `meta`. Only `takeFence` writes it: a counter that could go
 * back would let an older writer in again. */
export const FENCE_KEY: Key = ["fence"];

/** Where `meta` keeps the random name that a database gets when it is made. A store that comes back
 * after a lost connection to another name, or to none, is not the one it was writing to. */
export const INSTANCE_KEY: Key = ["instance"];

/**
 * - `quota`: the disk or the browser's allowance is full; free something and try again.
 * - `closed`: this store was closed, or another tab needs the database for an upgrade or a deletion.
 * - `fenced`: another writer has taken over; stop writing.
 * - `unavailable`: the browser gives no storage here or now (private mode, lockdown, newer schema).
 * - `corrupt`: what is there is not what was written, or is gone; treat this profile as lost.
 * - `blocked`: another tab holds an older version open and does not let go; close it and try again.
 */
export type StoreErrorCode = "quota" | "closed" | "fenced" | "unavailable" | "corrupt" | "blocked";

export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, detail: string, options?: { readonly cause?: unknown }) {
    super(`${code}: ${detail}`, options);
    this.name = "StoreError";
    this.code = code;
  }
}
