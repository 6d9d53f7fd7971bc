/**
 * Canonical CBOR (RFC 8949 §4.2) cut down to what TinyWeb puts on a wire: unsigned integers up to
 * 2^53 - 1, byte strings, text strings and positional arrays. No maps, floats, tags, negative or
 * indefinite items. Decoding is total: a size cap, a pre-scan that never recurses and refuses what is
 * too deep or not in its shortest form, then a read of what the scan admitted. With shortest heads and
 * well-formed text nothing is left that could be written differently, so nothing is encoded again to
 * compare (a property test does). Anything else is a tagged rejection, never a throw. cborg writes; it
 * does not read, because its text decoder drops a leading byte order mark, and a text that a person may
 * type must come back as it was. SPEC CB1..CB6.
 */
import { encode as encodeCbor, rfc8949EncodeOptions } from "cborg";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { UINT_MAX, WIRE_DEPTH_MAX } from "./limits.ts";

/** A value that the wire can carry. */
export type Wire = number | string | Uint8Array | readonly Wire[];

/** Why bytes were refused. */
export type Malformed =
  | "too-large"
  | "empty"
  | "truncated"
  | "too-deep"
  | "forbidden-item"
  | "non-canonical"
  | "shape";

export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: Malformed; readonly detail: string };

/** Encodes canonically. The value comes from a shape, which has checked that it is a Wire value. */
export function encodeWire(value: Wire): Uint8Array {
  const encoded = encodeCbor(value, rfc8949EncodeOptions);
  // Under Node cborg hands out pieces of Node's buffer pool, which other code may write to.
  return encoded.constructor === Uint8Array ? encoded : new Uint8Array(encoded);
}

/**
 * Decodes untrusted bytes of at most `bytesMax`. Accepts exactly the bytes that `encodeWire` would
 * produce for the returned value.
 */
export function decodeWire(bytes: Uint8Array, bytesMax: number): Decoded<Wire> {
  if (bytes.length === 0) return refuse("empty", "no bytes");
  if (bytes.length > bytesMax) return refuse("too-large", `${bytes.length} of ${bytesMax} bytes`);
  const fault = scan(bytes);
  if (fault !== null) return refuse(fault, "pre-scan");
  const item = readItem(bytes, 0);
  if (item === null) return refuse("non-canonical", "not well-formed UTF-8");
  return { ok: true, value: item.value };
}

/** Whether two byte strings are equal. Not constant-time: never compare secrets with it. */
export function isSameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false;
  return true;
}

const MAJOR_UINT = 0;
const MAJOR_BYTES = 2;
const MAJOR_TEXT = 3;
const MAJOR_ARRAY = 4;

/** Walks the item heads without recursion; null when every head is allowed, complete and shallow. */
function scan(bytes: Uint8Array): Malformed | null {
  const open: number[] = [];
  let offset = 0;
  let remaining = 1;
  let isShortest = true;
  while (remaining > 0) {
    const head = readHead(bytes, offset);
    if (typeof head === "string") return head;
    isShortest &&= head.isShortest;
    offset = head.next;
    remaining -= 1;
    if (head.major === MAJOR_ARRAY) {
      if (head.argument > bytes.length - offset) return "truncated";
      if (open.length + 1 > WIRE_DEPTH_MAX) return "too-deep";
      open.push(remaining);
      remaining = head.argument;
    } else if (head.major === MAJOR_BYTES || head.major === MAJOR_TEXT) {
      if (head.argument > bytes.length - offset) return "truncated";
      offset += head.argument;
    }
    while (remaining === 0 && open.length > 0) remaining = open.pop() ?? 0;
  }
  return isShortest && offset === bytes.length ? null : "non-canonical";
}

interface Item {
  readonly value: Wire;
  readonly next: number;
}

/**
 * Reads one item that the scan has admitted; null where a text is not well-formed. Recursion is
 * bounded by WIRE_DEPTH_MAX.
 */
function readItem(bytes: Uint8Array, offset: number): Item | null {
  const head = readHead(bytes, offset);
  if (typeof head === "string") throw new Error("invariant: the scan admitted every head");
  const { major, argument, next } = head;
  if (major === MAJOR_UINT) return { value: argument, next };
  if (major === MAJOR_ARRAY) return readArray(bytes, next, argument);
  // A constructor, not slice(): that of Node's Buffer would share the memory.
  const content = new Uint8Array(bytes.subarray(next, next + argument));
  if (major === MAJOR_BYTES) return { value: content, next: next + argument };
  const value = readText(content);
  return isSameBytes(utf8ToBytes(value), content) ? { value, next: next + argument } : null;
}

function readArray(bytes: Uint8Array, offset: number, length: number): Item | null {
  const items: Wire[] = [];
  let next = offset;
  for (let index = 0; index < length; index += 1) {
    const item = readItem(bytes, next);
    if (item === null) return null;
    items.push(item.value);
    next = item.next;
  }
  return { value: items, next };
}

/**
 * UTF-8 to text without a judgement: what is not the shortest form of a scalar value yields text
 * that encodes differently, which the comparison afterwards refuses.
 */
function readText(utf8: Uint8Array): string {
  const parts: string[] = [];
  let points: number[] = [];
  for (let index = 0; index < utf8.length;) {
    const first = utf8[index] ?? 0;
    const width = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    let point = width === 1 ? first : first & (0x7f >> width);
    for (let step = 1; step < width; step += 1) {
      point = point * 64 + ((utf8[index + step] ?? 0) & 0x3f);
    }
    points.push(point > 0x10ffff ? 0xfffd : point);
    index += width;
    if (points.length === TEXT_CHUNK) {
      parts.push(String.fromCodePoint(...points));
      points = [];
    }
  }
  parts.push(String.fromCodePoint(...points));
  return parts.join("");
}

/** Code points turned into text at once: far below any engine's limit of arguments. */
const TEXT_CHUNK = 4096;

interface Head {
  readonly major: number;
  readonly argument: number;
  readonly next: number;
  /** Whether no shorter head says the same. */
  readonly isShortest: boolean;
}

function readHead(bytes: Uint8Array, offset: number): Head | Malformed {
  const first = bytes[offset];
  if (first === undefined) return "truncated";
  const major = first >> 5;
  const info = first & 31;
  if (!ALLOWED_MAJORS.has(major) || info > 27) return "forbidden-item";
  if (info < 24) return { major, argument: info, next: offset + 1, isShortest: true };
  const width = 1 << (info - 24);
  if (offset + 1 + width > bytes.length) return "truncated";
  let argument = 0;
  for (let index = 0; index < width; index += 1) {
    argument = argument * 256 + (bytes[offset + 1 + index] ?? 0);
  }
  if (argument > UINT_MAX) return "forbidden-item";
  const isShortest = argument >= (SHORTEST_FROM[info - 24] ?? 0);
  return { major, argument, next: offset + 1 + width, isShortest };
}

/** The least argument that needs one, two, four and eight bytes. */
const SHORTEST_FROM = [24, 2 ** 8, 2 ** 16, 2 ** 32] as const;

const ALLOWED_MAJORS: ReadonlySet<number> = new Set([
  MAJOR_UINT,
  MAJOR_BYTES,
  MAJOR_TEXT,
  MAJOR_ARRAY,
]);

function refuse(reason: Malformed, detail: string): Decoded<never> {
  return { ok: false, reason, detail };
}
