/**
 * Fingerprints of what two devices both say that they have, by a pair of their registers: over all, over
 * a day, over a range of numbers of a stream on a day. What is at or above a known fork is left out: of
 * that each has what it was told first. Says nothing to anybody (comparing.ts). SPEC FP2 to FP5.
 */
import { isSameBytes } from "../codec/cbor.ts";
import { hashOfAll } from "../codec/hash.ts";
import type { DeviceId, MessageId } from "../codec/ids.ts";
import { digestOfCell, digestOfIds, numberBytes, seqsOf } from "./day-cells.ts";
import { isDurable, streamKey, type Clock } from "./header.ts";
import { common, highest, type Intervals } from "./intervals.ts";
import { COMPARE_PARTS, FINGERPRINT_BYTES, ROOT_BYTES } from "./limits.ts";
import { coverageIn, type Register } from "./register.ts";
import type { NamedDoubts } from "./forks.ts";
import type { Gossip } from "./state.ts";
import type { Stream } from "./stream.ts";

/** The ids that are had of a stream on a day, in a range of numbers. */
export interface RangeSum {
  readonly author: DeviceId;
  readonly stream: number;
  readonly day: number;
  /** Both inclusive. */
  readonly from: number;
  readonly to: number;
  readonly sum: Uint8Array;
}

/** What two devices compare: numbers by stream, fixed for as long as they drill down. */
export interface Comparison {
  readonly mine: Clock;
  readonly theirs: Clock;
  readonly from: number;
  readonly scope: ReadonlyMap<string, Scoped>;
  /** Where the peer knows of forks. */
  forks: NamedDoubts["forks"];
}

export interface Scoped {
  readonly author: DeviceId;
  readonly number: number;
  readonly among: Intervals;
}

/** Of nothing. */
export const NONE = new Uint8Array(FINGERPRINT_BYTES);

/** Numbers that both registers have, from both beginnings on. */
export function comparisonOf(mine: Register, theirs: Register, from: number): Comparison {
  const scope = new Map<string, Scoped>();
  for (const { author, stream: number, first, had } of mine.vector) {
    const other = coverageIn(theirs, author, number);
    if (other === undefined || !isDurable(number)) continue;
    const among = common(had, other.had, Math.max(first, other.first));
    if (among.length > 0) scope.set(streamKey(author, number), { author, number, among });
  }
  return { mine: mine.clock, theirs: theirs.clock, from, scope, forks: new Map() };
}

/** One stream as it is compared: its numbers below every known fork. */
export interface Compare {
  readonly key: string;
  readonly stream: Stream;
  readonly among: Intervals;
}

export function comparedOf(gossip: Gossip, comparing: Comparison, key: string): Compare | null {
  const stream = gossip.streams.get(key);
  const scoped = comparing.scope.get(key);
  if (stream === undefined || scoped === undefined) return null;
  const limit = Math.min(
    stream.forkAt ?? Number.POSITIVE_INFINITY,
    comparing.forks.get(key) ?? Number.POSITIVE_INFINITY,
  );
  const { among } = scoped;
  if (limit > highest(among)) return { key, stream, among };
  return { key, stream, among: common(among, [{ from: 1, to: limit - 1 }], 1) };
}

/** Of each day the hashes of its streams, in the order of their keys. */
function cellsOf(gossip: Gossip, comparing: Comparison): Map<number, Uint8Array[]> {
  const days = new Map<number, Uint8Array[]>();
  for (const key of [...comparing.scope.keys()].sort()) {
    const compare = comparedOf(gossip, comparing, key);
    if (compare === null) continue;
    const { stream, among } = compare;
    for (const [day, cell] of stream.days) {
      if (day < comparing.from) continue;
      const digest = digestOfCell(cell, among, idsOf(stream), gossip.family);
      if (digest === null) continue;
      const parts = days.get(day) ?? [];
      parts.push(stream.author, Uint8Array.of(stream.number), digest);
      days.set(day, parts);
    }
  }
  return days;
}

export function daySums(
  gossip: Gossip,
  comparing: Comparison,
): readonly { readonly day: number; readonly sum: Uint8Array }[] {
  return [...cellsOf(gossip, comparing)]
    .sort(([a], [b]) => a - b)
    .map(([day, parts]) => ({ day, sum: hash(gossip, parts).slice(0, FINGERPRINT_BYTES) }));
}

export function rootOf(gossip: Gossip, comparing: Comparison): Uint8Array {
  const parts = daySums(gossip, comparing).flatMap(({ day, sum }) => [numberBytes(day), sum]);
  return hash(gossip, parts).slice(0, ROOT_BYTES);
}

export function divided(gossip: Gossip, compare: Compare, whole: RangeSum): readonly RangeSum[] {
  const size = Math.ceil((whole.to - whole.from + 1) / COMPARE_PARTS);
  const parts: RangeSum[] = [];
  for (let from = whole.from; from <= whole.to; from += size) {
    const to = Math.min(whole.to, from + size - 1);
    parts.push({ ...whole, from, to, sum: sumOf(gossip, compare, whole.day, from, to) });
  }
  return parts;
}

/** What I have of a day in a stream beyond the numbers that a peer has of it. */
export function beyond(
  gossip: Gossip,
  comparing: Comparison,
  theirs: RangeSum,
): readonly RangeSum[] {
  const { author, stream: number, day, from, to } = theirs;
  const compare = comparedOf(gossip, comparing, streamKey(author, number));
  const cell = compare?.stream.days.get(day);
  if (compare === null || cell === undefined) return [];
  const row = { author, stream: number, day, sum: NONE };
  return [
    ...(cell.lowest < from ? [{ ...row, from: cell.lowest, to: from - 1 }] : []),
    ...(cell.highest > to ? [{ ...row, from: to + 1, to: cell.highest }] : []),
  ].filter((one) => !isSameBytes(sumOf(gossip, compare, day, one.from, one.to), NONE));
}

/** My streams of a day that are not among these. */
export function unnamed(
  gossip: Gossip,
  comparing: Comparison,
  day: number,
  named: readonly RangeSum[],
): readonly RangeSum[] {
  const names = new Set(
    named.filter((one) => one.day === day).map((one) => streamKey(one.author, one.stream)),
  );
  return [...comparing.scope.keys()].sort().flatMap((key): readonly RangeSum[] => {
    const compare = names.has(key) ? null : comparedOf(gossip, comparing, key);
    const cell = compare?.stream.days.get(day);
    if (compare === null || cell === undefined) return [];
    const { lowest: from, highest: to } = cell;
    const sum = sumOf(gossip, compare, day, from, to);
    if (isSameBytes(sum, NONE)) return [];
    const { author, number } = compare.stream;
    return [{ author, stream: number, day, from, to, sum }];
  });
}

/** Zeros where nothing of the day is in the range. */
export function sumOf(
  gossip: Gossip,
  { stream, among }: Compare,
  day: number,
  from: number,
  to: number,
): Uint8Array {
  const cell = stream.days.get(day);
  const seqs = cell === undefined ? [] : seqsOf(cell, common(among, [{ from, to }], 1));
  if (seqs.length === 0) return NONE;
  return digestOfIds(seqs, idsOf(stream), gossip.family).slice(0, FINGERPRINT_BYTES);
}

function idsOf({ known }: Stream): (seq: number) => MessageId | undefined {
  return (seq) => known.get(seq)?.id;
}

function hash({ family }: Gossip, parts: readonly Uint8Array[]): Uint8Array {
  return hashOfAll("fingerprint", family, parts);
}
