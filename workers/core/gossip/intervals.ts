/**
 * A set of sequence numbers as sorted, disjoint, non-adjacent intervals: what a stream's reader has.
 * About twelve bytes a stream when nothing is missing, whatever the history. SPEC IV1 to IV3.
 */
export interface Interval {
  /** Inclusive. */
  readonly from: number;
  /** Inclusive. */
  readonly to: number;
}

export type Intervals = readonly Interval[];

export function hasSeq(intervals: Intervals, seq: number): boolean {
  return intervals.some((one) => one.from <= seq && seq <= one.to);
}

/** The set with `from..to` added. */
export function withRange(intervals: Intervals, from: number, to: number): Intervals {
  const before = intervals.filter((one) => one.to + 1 < from);
  const after = intervals.filter((one) => one.from > to + 1);
  const touching = intervals.filter((one) => one.to + 1 >= from && one.from <= to + 1);
  const merged = {
    from: Math.min(from, ...touching.map((one) => one.from)),
    to: Math.max(to, ...touching.map((one) => one.to)),
  };
  return [...before, merged, ...after];
}

/** What is in `theirs` and not in `mine`, from `floor` up. */
export function missingFrom(mine: Intervals, theirs: Intervals, floor: number): Intervals {
  const missing: Interval[] = [];
  for (const { from, to } of theirs) {
    let start = Math.max(from, floor);
    for (const own of mine) {
      if (own.to < start) continue;
      if (own.from > to) break;
      if (own.from > start) missing.push({ from: start, to: own.from - 1 });
      start = Math.max(start, own.to + 1);
    }
    if (start <= to) missing.push({ from: start, to });
  }
  return missing;
}

/** What is in both, from `floor` up. */
export function common(some: Intervals, others: Intervals, floor: number): Intervals {
  return some.flatMap((one) =>
    others.flatMap((other) => {
      const from = Math.max(one.from, other.from, floor);
      const to = Math.min(one.to, other.to);
      return from <= to ? [{ from, to }] : [];
    }),
  );
}

/** How many numbers disjoint intervals hold. */
export function countOf(intervals: Intervals): number {
  return intervals.reduce((sum, one) => sum + one.to - one.from + 1, 0);
}

/** Highest number in the set, 0 for none. */
export function highest(intervals: Intervals): number {
  return intervals.at(-1)?.to ?? 0;
}
