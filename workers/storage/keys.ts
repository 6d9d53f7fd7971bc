/**
 * Keys of the store: how they compare, which ones are allowed, and ranges of them. The order is
 * IndexedDB's own (Indexed Database API 3.0 §2.4: numbers, then strings by UTF-16 code unit, then
 * bytes, arrays element by element with the shorter first), so a range means the same in memory and
 * in a browser. It does not encode keys: browsers take them as they are.
 */

/** A finite or infinite number (never NaN; -0 is 0), a string, or bytes. */
export type KeyPart = number | string | Uint8Array;

/** Compared part by part; a key that begins with another sorts after it. */
export type Key = readonly KeyPart[];

/** The end of a range may also be an empty array, which sorts after every part that a key can hold. */
export type KeyBound = readonly (KeyPart | readonly [])[];

/** `from` is inside, `to` is outside. */
export interface KeyRange {
  readonly from: KeyBound;
  readonly to: KeyBound;
}

/** The keys that begin with `prefix`, itself included. */
export function prefixRange(prefix: Key): KeyRange {
  return { from: prefix, to: [...prefix, []] };
}

/** Negative if `left` sorts first, positive if `right` does, 0 if they are the same key. */
export function compareKeys(left: KeyBound, right: KeyBound): number {
  const shared = Math.min(left.length, right.length);
  for (let index = 0; index < shared; index += 1) {
    const a = left[index];
    const b = right[index];
    if (a === undefined || b === undefined) throw new TypeError("a key has a hole");
    const order = compareParts(a, b);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function compareParts(left: KeyPart | readonly [], right: KeyPart | readonly []): number {
  if (typeof left === "number" && typeof right === "number") return orderOf(left, right);
  if (typeof left === "string" && typeof right === "string") return orderOf(left, right);
  if (left instanceof Uint8Array && right instanceof Uint8Array) return compareBytes(left, right);
  return rankOf(left) - rankOf(right);
}

function orderOf<T extends number | string>(left: T, right: T): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const shared = Math.min(left.length, right.length);
  for (let index = 0; index < shared; index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function rankOf(part: KeyPart | readonly []): number {
  if (typeof part === "number") return 0;
  if (typeof part === "string") return 1;
  return part instanceof Uint8Array ? 2 : 3;
}

/** Throws TypeError unless `key` can be stored; a browser would refuse it with a DataError. */
export function assertKey(key: Key): void {
  for (const part of key) assertPart(part);
}

/** Throws TypeError unless both ends of `range` can be compared with keys. */
export function assertRange(range: KeyRange): void {
  for (const bound of [range.from, range.to]) {
    for (const part of bound) {
      if (!Array.isArray(part)) assertPart(part as KeyPart);
      else if (part.length > 0) throw new TypeError("a key range holds a nested key");
    }
  }
}

function assertPart(part: KeyPart): void {
  if (typeof part === "string" || part instanceof Uint8Array) return;
  if (typeof part === "number" && !Number.isNaN(part)) return;
  throw new TypeError("a key part is neither a number, a string nor bytes");
}

/** Whether `key` lies inside `range`. */
export function isInRange(key: Key, range: KeyRange): boolean {
  return compareKeys(range.from, key) <= 0 && compareKeys(key, range.to) < 0;
}

/** Whether `range` can hold no key at all because its end does not lie after its beginning. */
export function isEmptyRange(range: KeyRange): boolean {
  return compareKeys(range.from, range.to) >= 0;
}
