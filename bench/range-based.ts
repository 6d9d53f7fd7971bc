/**
 * Range-based set reconciliation, the yardstick of our registers: two sorted lists of (time, id),
 * ranges compared by a fingerprint, those that differ cut into sixteen, small ones listed. The first
 * side asks until it knows what each lacks. Meyer 2023 (arXiv:2212.13567), as negentropy does it:
 * fingerprints are a hash over the sum of ids and their count; times as differences, bounds with as
 * many bytes of an id as tell it from the one before. Ids of 16 bytes, as ours. Moves no content.
 */
import { createHash } from "node:crypto";

export interface Item {
  /** Milliseconds; ties are ordered by id. */
  readonly at: number;
  /** 16 bytes. */
  readonly id: Uint8Array;
}

export interface RangeCost {
  /** Of both directions. */
  readonly bytes: number;
  readonly roundTrips: number;
  /** Ids, in hex, that the second has and the first lacks, and the other way. */
  readonly lacking: ReadonlySet<string>;
  readonly surplus: ReadonlySet<string>;
}

interface Bound {
  readonly at: number;
  /** As many first bytes of an id as needed. */
  readonly prefix: Uint8Array;
}

type Range = { readonly end: Bound } & (
  | { readonly type: "skip" }
  | { readonly type: "fingerprint"; readonly fingerprint: string }
  | { readonly type: "ids"; readonly ids: readonly Uint8Array[] }
);

interface Side {
  readonly items: readonly Item[];
  /** Sums of the first ids, one more than there are items. */
  readonly sums: readonly bigint[];
}

const BUCKETS = 16;
const LISTED_MAX = 2 * BUCKETS;
const FINGERPRINT_BYTES = 16;
const ID_BYTES = 16;
const ROUNDS_MAX = 100;
const INFINITY: Bound = { at: Number.POSITIVE_INFINITY, prefix: new Uint8Array(0) };
const START: Bound = { at: 0, prefix: new Uint8Array(0) };

/** What two sets differ in, found out by the first. */
export function reconcile(first: readonly Item[], second: readonly Item[]): RangeCost {
  const [asker, answerer] = [sideOf(first), sideOf(second)];
  const lacking = new Set<string>();
  const surplus = new Set<string>();
  let bytes = 0;
  let roundTrips = 0;
  let question: readonly Range[] = describe(asker, 0, asker.items.length, INFINITY);
  while (question.some(({ type }) => type !== "skip")) {
    if (roundTrips >= ROUNDS_MAX) throw new Error("it does not end");
    roundTrips += 1;
    bytes += bytesOf(question);
    const answer = respond(answerer, question, listBack);
    bytes += bytesOf(answer);
    question = respond(asker, answer, compare);
  }
  return { bytes, roundTrips, lacking, surplus };

  /** The answerer says what it has where the other has listed. */
  function listBack(side: Side, from: number, to: number, end: Bound): readonly Range[] {
    return [{ type: "ids", end, ids: side.items.slice(from, to).map(({ id }) => id) }];
  }

  /** The asker learns, and says nothing more about it. */
  function compare(
    side: Side,
    from: number,
    to: number,
    end: Bound,
    ids: readonly Uint8Array[],
  ): readonly Range[] {
    const mine = new Set(side.items.slice(from, to).map(({ id }) => hex(id)));
    const theirs = new Set(ids.map(hex));
    for (const id of theirs) if (!mine.has(id)) lacking.add(id);
    for (const id of mine) if (!theirs.has(id)) surplus.add(id);
    return [{ type: "skip", end }];
  }
}

type OnIds = (
  side: Side,
  from: number,
  to: number,
  end: Bound,
  ids: readonly Uint8Array[],
) => readonly Range[];

function respond(side: Side, ranges: readonly Range[], onIds: OnIds): readonly Range[] {
  const answer: Range[] = [];
  let from = 0;
  for (const range of ranges) {
    const to = lowerBound(side.items, range.end);
    const { end } = range;
    if (range.type === "ids") answer.push(...onIds(side, from, to, end, range.ids));
    else if (range.type === "skip" || range.fingerprint === fingerprintOf(side, from, to)) {
      answer.push({ type: "skip", end });
    } else answer.push(...describe(side, from, to, end));
    from = to;
  }
  return merged(answer);
}

/** A range as its ids where they are few, else as sixteen fingerprints. */
function describe(side: Side, from: number, to: number, end: Bound): readonly Range[] {
  const { items } = side;
  if (to - from <= LISTED_MAX) {
    return [{ type: "ids", end, ids: items.slice(from, to).map(({ id }) => id) }];
  }
  return Array.from({ length: BUCKETS }, (_, bucket): Range => {
    const begin = from + Math.floor(((to - from) * bucket) / BUCKETS);
    const stop = from + Math.floor(((to - from) * (bucket + 1)) / BUCKETS);
    const bound = bucket === BUCKETS - 1 ? end : boundBetween(items[stop - 1], items[stop]);
    return { type: "fingerprint", end: bound, fingerprint: fingerprintOf(side, begin, stop) };
  });
}

/** Skips that follow each other are one; a last one says nothing. */
function merged(ranges: readonly Range[]): readonly Range[] {
  const kept = ranges.filter(
    (one, index) => !(one.type === "skip" && ranges[index + 1]?.type === "skip"),
  );
  return kept.at(-1)?.type === "skip" ? kept.slice(0, -1) : kept;
}

function sideOf(items: readonly Item[]): Side {
  const sorted = items.toSorted((a, b) => a.at - b.at || (hex(a.id) < hex(b.id) ? -1 : 1));
  const sums = [0n];
  for (const { id } of sorted) sums.push((sums.at(-1) ?? 0n) + BigInt(`0x${hex(id)}`));
  return { items: sorted, sums };
}

function fingerprintOf({ sums }: Side, from: number, to: number): string {
  const sum = (sums[to] ?? 0n) - (sums[from] ?? 0n);
  const hash = createHash("sha256")
    .update(`${sum}/${to - from}`)
    .digest("hex");
  return hash.slice(0, 2 * FINGERPRINT_BYTES);
}

/** The shortest bound above `before` and not above `here`. */
function boundBetween(before: Item | undefined, here: Item | undefined): Bound {
  if (before === undefined || here === undefined) return INFINITY;
  if (before.at !== here.at) return { at: here.at, prefix: new Uint8Array(0) };
  let shared = 0;
  while (shared < ID_BYTES && before.id[shared] === here.id[shared]) shared += 1;
  return { at: here.at, prefix: here.id.subarray(0, shared + 1) };
}

/** How many items lie below the bound. */
function lowerBound(items: readonly Item[], bound: Bound): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = items[middle];
    if (item !== undefined && isBelow(item, bound)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isBelow({ at, id }: Item, bound: Bound): boolean {
  if (at !== bound.at) return at < bound.at;
  return hex(id) < hex(bound.prefix);
}

/** One byte of version, then of each range its bound, its kind, and what it says. */
function bytesOf(ranges: readonly Range[]): number {
  let size = 1;
  let { at } = START;
  for (const { end, ...range } of ranges) {
    size += varint(end.at === Number.POSITIVE_INFINITY ? 0 : end.at - at + 1);
    if (end.at !== Number.POSITIVE_INFINITY) ({ at } = end);
    size += 1 + end.prefix.length + 1;
    if (range.type === "fingerprint") size += FINGERPRINT_BYTES;
    if (range.type === "ids") size += varint(range.ids.length) + range.ids.length * ID_BYTES;
  }
  return size;
}

function varint(value: number): number {
  return Math.max(1, Math.ceil(Math.log2(value + 1) / 7));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
}

/** Bytes without which nobody can say which `missing` of `all` it is: log2 of their number. */
export function leastBytes(all: number, missing: number): number {
  let bits = 0;
  for (let index = 0; index < missing; index += 1) {
    bits += Math.log2((all - index) / (index + 1));
  }
  return bits / 8;
}
