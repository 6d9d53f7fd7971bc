/**
 * The ids that a device has of one stream, by the UTC day of each entry's clock, and one hash over those
 * of a day. Refused and withdrawn ones are in it like all others: it says what is had, not what is
 * believed. A hash is made when it is asked for and kept until its day changes; retention lets go of
 * whole days. SPEC FP1, FP2. Source: DESIGN §5 (anti-entropy); facts D3.
 */
import { hashOfAll } from "../codec/hash.ts";
import type { FamilyId, MessageId } from "../codec/ids.ts";
import { greatest, least } from "../codec/extremes.ts";
import { hasSeq, type Intervals } from "./intervals.ts";

/** Numbers of one day in one stream, in the order in which they came. */
export interface DayCell {
  seqs: number[];
  lowest: number;
  highest: number;
  /** Over all of them; null where it is to be made anew. */
  digest: Uint8Array | null;
}

export type DayCells = Map<number, DayCell>;

/** An entry of that day is had now. */
export function noteDay(cells: DayCells, day: number, seq: number): void {
  const cell = cells.get(day);
  if (cell === undefined) {
    cells.set(day, { seqs: [seq], lowest: seq, highest: seq, digest: null });
    return;
  }
  cell.seqs.push(seq);
  cell.lowest = Math.min(cell.lowest, seq);
  cell.highest = Math.max(cell.highest, seq);
  cell.digest = null;
}

/** What is below that number was let go. */
export function forgetDays(cells: DayCells, first: number): void {
  for (const [day, cell] of cells) {
    if (cell.lowest >= first) continue;
    cell.seqs = cell.seqs.filter((seq) => seq >= first);
    if (cell.seqs.length === 0) {
      cells.delete(day);
      continue;
    }
    cell.lowest = least(cell.seqs, Number.POSITIVE_INFINITY);
    cell.highest = greatest(cell.seqs, 0);
    cell.digest = null;
  }
}

/** The numbers of a day that are among these, in their order. */
export function seqsOf({ seqs }: DayCell, among: Intervals): readonly number[] {
  return seqs.filter((seq) => hasSeq(among, seq)).toSorted((a, b) => a - b);
}

/** The hash over the ids of a day that are among these numbers; null where there are none. */
export function digestOfCell(
  cell: DayCell,
  among: Intervals,
  idOf: (seq: number) => MessageId | undefined,
  family: FamilyId,
): Uint8Array | null {
  const isWhole = among.some(({ from, to }) => from <= cell.lowest && cell.highest <= to);
  if (isWhole && cell.digest !== null) return cell.digest;
  const seqs = seqsOf(cell, among);
  if (seqs.length === 0) return null;
  const digest = digestOfIds(seqs, idOf, family);
  if (isWhole) cell.digest = digest;
  return digest;
}

/** 32 bytes over numbers and ids. */
export function digestOfIds(
  seqs: readonly number[],
  idOf: (seq: number) => MessageId | undefined,
  family: FamilyId,
): Uint8Array {
  const parts = seqs.flatMap((seq) => {
    const id = idOf(seq);
    return id === undefined ? [] : [numberBytes(seq), id];
  });
  return hashOfAll("fingerprint", family, parts);
}

/** Eight bytes, big endian. */
export function numberBytes(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}
