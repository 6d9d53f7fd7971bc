/**
 * Orders what History shows: days, and within a day neighbours that say the same by the same person
 * as one entry. Pure. SPEC UI95.
 */

import type { BlockProof, HistoryBlock, HistoryChange } from "../../workers/api.ts";
import { daysBetween } from "../text/duration.ts";

/** One change with where and when it was written down. */
export interface HistoryItem {
  readonly change: HistoryChange;
  readonly height: number;
  readonly at: number;
  readonly proof: BlockProof;
}

/** What is said once: one change, or several alike in a row, newest first. */
export interface HistoryEntry {
  /** Stays while newer ones join it. */
  readonly key: string;
  readonly sentence: string;
  readonly items: readonly HistoryItem[];
}

export interface HistoryDay {
  readonly daysAgo: number;
  readonly at: number;
  readonly entries: readonly HistoryEntry[];
}

/** `blocks`: newest first; `sentenceOf`: what is said of a change. */
export function arrangeHistory(
  blocks: readonly HistoryBlock[],
  now: number,
  sentenceOf: (change: HistoryChange) => string,
): readonly HistoryDay[] {
  const days: { daysAgo: number; at: number; entries: HistoryEntry[] }[] = [];
  for (const block of blocks) {
    const { height, time, proof } = block;
    let day = days.at(-1);
    // Block times never fall, so one day is never left and entered again.
    if (day === undefined || daysBetween(time, day.at) !== 0) {
      day = { daysAgo: daysBetween(time, now), at: time, entries: [] };
      days.push(day);
    }
    for (const change of block.changes.toReversed()) {
      const item: HistoryItem = { change, height, at: time, proof };
      const sentence = sentenceOf(change);
      const last = day.entries.at(-1);
      if (last !== undefined && last.sentence === sentence && isSameBy(last, change)) {
        day.entries[day.entries.length - 1] = {
          key: change.id,
          sentence,
          items: [...last.items, item],
        };
      } else day.entries.push({ key: change.id, sentence, items: [item] });
    }
  }
  return days;
}

function isSameBy({ items }: HistoryEntry, { by }: HistoryChange): boolean {
  return items[0]?.change.by.id === by.id;
}
