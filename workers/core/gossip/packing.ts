/**
 * How registers and questions name devices and numbers in few bytes: an author by as many first bytes
 * of its device id as tell it from all others that the writer's ledger names, numbers by their distance
 * from the ones before. Who reads knows no device under an ambiguous or unknown beginning, and leaves
 * what is said of it out: of two devices on one chain the one that is ahead knows all that the other
 * knows, so nothing is ever taken for somebody else's. SPEC PK1 to PK5.
 */
import { toHex, type DeviceId, type Hex } from "../codec/ids.ts";
import { createPackedReader, createPackedWriter, type PackedReader } from "../codec/packed.ts";
import type { RangeSum } from "./fingerprints.ts";
import type { Clock } from "./header.ts";
import { withRange, type Interval, type Intervals } from "./intervals.ts";
import {
  COMPARE_RANGES_MAX,
  FINGERPRINT_BYTES,
  GAPS_MAX,
  STREAM_NUMBER_MAX,
  STREAMS_MAX,
} from "./limits.ts";

/** The devices that a ledger names, in any order. */
export type Named = readonly { readonly id: DeviceId }[];

/** Numbers of one stream, sorted, disjoint and not adjacent. */
export interface StreamNumbers {
  readonly author: DeviceId;
  readonly stream: number;
  readonly first: number;
  readonly had: Intervals;
}

/** Numbers of one stream that are asked for or told of. */
export interface StreamRanges {
  readonly author: DeviceId;
  readonly stream: number;
  readonly ranges: Intervals;
}

/** How new a device's register is that somebody has. */
export interface RegisterMark {
  readonly device: DeviceId;
  readonly clock: Clock;
}

const ID_BYTES = 16;
/** So that a device that joins is not ambiguous at once. */
const BEGINNING_BYTES_MIN = 2;
/** Highest sequence number on a wire. */
export const SEQ_MAX = 2 ** 40;
/** How many numbers a stream can have. */
export const STREAM_NUMBERS = STREAM_NUMBER_MAX + 1;

/** What is packed: the length of beginnings, then one row after the other. */
export interface Rows<T> {
  readonly write: (row: T, writer: ReturnType<typeof createPackedWriter>) => void;
  /** Null where it is malformed. `author` is null where the beginning names nobody known. */
  readonly read: (author: DeviceId | null, reader: PackedReader) => T | "nobody" | null;
  readonly authorOf: (row: T) => DeviceId;
  readonly rowsMax: number;
}

/** Packs rows of devices that are named; of others nothing is said. */
export function packRows<T>(rows: readonly T[], named: Named, shape: Rows<T>): Uint8Array {
  const { length, known } = namesOf(named);
  const writer = createPackedWriter();
  writer.number(length);
  for (const row of rows) {
    const author = shape.authorOf(row);
    if (!known.has(toHex(author))) continue;
    writer.bytes(author.subarray(0, length));
    shape.write(row, writer);
  }
  return writer.take();
}

/** Null for malformed bytes. */
export function unpackRows<T>(
  packed: Uint8Array,
  named: Named,
  shape: Rows<T>,
): readonly T[] | null {
  const reader = createPackedReader(packed);
  const length = reader.number();
  if (length === null || length < BEGINNING_BYTES_MIN || length > ID_BYTES) return null;
  const byBeginning = beginningsOf(named, length);
  const rows: T[] = [];
  for (let count = 0; !reader.isAtEnd(); count += 1) {
    const beginning = reader.bytes(length);
    if (beginning === null || count >= shape.rowsMax) return null;
    const row = shape.read(byBeginning.get(toHex(beginning)) ?? null, reader);
    if (row === null) return null;
    if (row !== "nobody") rows.push(row);
  }
  return rows;
}

/** Streams with their numbers: a register's vector, and what is asked for or told of. */
export const streamRows: Rows<StreamNumbers> = {
  authorOf: ({ author }) => author,
  rowsMax: STREAMS_MAX,
  write: ({ stream, first, had }, writer) => {
    writer.number(had.length * STREAM_NUMBERS + stream);
    writer.number(first - 1);
    let below = -1;
    for (const { from, to } of had) {
      writer.number(from - below - 2);
      writer.number(to - from);
      below = to;
    }
  },
  read: (author, reader) => {
    const head = reader.number();
    const first = reader.number();
    if (head === null || first === null || first >= SEQ_MAX) return null;
    const count = Math.floor(head / STREAM_NUMBERS);
    if (count > GAPS_MAX) return null;
    const had: Interval[] = [];
    let below = -1;
    for (let index = 0; index < count; index += 1) {
      const gap = reader.number();
      const more = reader.number();
      if (gap === null || more === null) return null;
      const from = below + gap + 2;
      const to = from + more;
      if (to > SEQ_MAX) return null;
      had.push({ from, to });
      below = to;
    }
    if (author === null) return "nobody";
    return { author, stream: head % STREAM_NUMBERS, first: first + 1, had };
  },
};

/** How new the registers are that somebody has. */
export const markRows: Rows<RegisterMark> = {
  authorOf: ({ device }) => device,
  rowsMax: STREAMS_MAX,
  write: ({ clock }, writer) => {
    writer.number(clock.ms);
    writer.number(clock.counter);
  },
  read: (device, reader) => {
    const ms = reader.number();
    const counter = reader.number();
    if (ms === null || counter === null) return null;
    return device === null ? "nobody" : { device, clock: { ms, counter } };
  },
};

/** Fingerprints of ranges of a day; days are counted from `day`. */
export function rangeRows(day: number): Rows<RangeSum> {
  return {
    authorOf: ({ author }) => author,
    rowsMax: COMPARE_RANGES_MAX,
    write: (row, writer) => {
      writer.number((row.day - day) * STREAM_NUMBERS + row.stream);
      writer.number(row.from - 1);
      writer.number(row.to - row.from);
      writer.bytes(row.sum);
    },
    read: (author, reader) => {
      const [head, below, more] = [reader.number(), reader.number(), reader.number()];
      const sum = reader.bytes(FINGERPRINT_BYTES);
      if (head === null || below === null || more === null || sum === null) return null;
      const [from, to] = [below + 1, below + 1 + more];
      if (to > SEQ_MAX) return null;
      if (author === null) return "nobody";
      const stream = head % STREAM_NUMBERS;
      return { author, stream, day: day + Math.floor(head / STREAM_NUMBERS), from, to, sum };
    },
  };
}

/** Packs what is asked for or told of; of devices that the ledger does not name nothing is said. */
export function packWants(wants: readonly StreamRanges[], named: Named): Uint8Array {
  const rows = wants.map(({ author, stream, ranges }) => ({
    author,
    stream,
    first: 1,
    had: ranges.reduce<Intervals>((had, { from, to }) => withRange(had, from, to), []),
  }));
  return packRows(rows, named, streamRows);
}

/** Null for malformed bytes. */
export function unpackWants(packed: Uint8Array, named: Named): readonly StreamRanges[] | null {
  const rows = unpackRows(packed, named, streamRows);
  return rows?.map(({ author, stream, had }) => ({ author, stream, ranges: had })) ?? null;
}

/** What is derived from one list of devices, which is never changed in place. */
interface Names {
  readonly length: number;
  readonly known: ReadonlySet<Hex>;
  readonly byBeginning: Map<number, ReadonlyMap<Hex, DeviceId | null>>;
}

const derived = new WeakMap<Named, Names>();

function namesOf(named: Named): Names {
  const found = derived.get(named);
  if (found !== undefined) return found;
  const known = new Set(named.map(({ id }) => toHex(id)));
  const names = { known, length: beginningLength([...known].sort()), byBeginning: new Map() };
  derived.set(named, names);
  return names;
}

/** The shortest with which no two begin alike. */
function beginningLength(names: readonly Hex[]): number {
  let length = BEGINNING_BYTES_MIN;
  for (let index = 1; index < names.length; index += 1) {
    const [one = "", other = ""] = [names[index - 1], names[index]];
    while (length < ID_BYTES && one.slice(0, 2 * length) === other.slice(0, 2 * length)) {
      length += 1;
    }
  }
  return length;
}

/** Null for a beginning that two devices share. */
function beginningsOf(named: Named, length: number): ReadonlyMap<Hex, DeviceId | null> {
  const { byBeginning } = namesOf(named);
  const kept = byBeginning.get(length);
  if (kept !== undefined) return kept;
  const found = new Map<Hex, DeviceId | null>();
  for (const { id } of named) {
    const beginning = toHex(id.subarray(0, length));
    found.set(beginning, found.has(beginning) ? null : id);
  }
  byBeginning.set(length, found);
  return found;
}
