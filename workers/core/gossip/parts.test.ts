import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CLOCK_ZERO, dayOf, liftClock, nextClock } from "./clock.ts";
import { compareClock, type Clock } from "./header.ts";
import {
  common,
  countOf,
  hasSeq,
  highest,
  missingFrom,
  withRange,
  type Intervals,
} from "./intervals.ts";
import { CLOCK_LIFT_MS, DAY_MS, RATE_BURST, RATE_INTERVAL_MS } from "./limits.ts";
import { isWithinRate, markAfter } from "./rate.ts";

const ranges = fc.array(
  fc.tuple(fc.integer({ min: 1, max: 40 }), fc.nat(6)).map(([from, more]) => ({
    from,
    to: from + more,
  })),
  { maxLength: 12 },
);

const built = (all: Intervals): Intervals =>
  all.reduce<Intervals>((set, one) => withRange(set, one.from, one.to), []);

/** Sorted, disjoint and not adjacent. */
function areCanonical(intervals: Intervals): boolean {
  return intervals.every((one, index) => {
    const before = intervals[index - 1];
    return one.from <= one.to && (before === undefined || before.to + 1 < one.from);
  });
}

/** The naive set. */
function numbersOf(all: Intervals): ReadonlySet<number> {
  const set = new Set<number>();
  for (const { from, to } of all) for (let seq = from; seq <= to; seq += 1) set.add(seq);
  return set;
}

describe("intervals", () => {
  test("[IV1] are the set of their numbers, in canonical form", () => {
    fc.assert(
      fc.property(ranges, (all) => {
        const intervals = built(all);
        const naive = numbersOf(all);
        expect(areCanonical(intervals)).toBe(true);
        for (let seq = 0; seq <= 50; seq += 1) expect(hasSeq(intervals, seq)).toBe(naive.has(seq));
        expect(countOf(intervals)).toBe(naive.size);
        expect(highest(intervals)).toBe(Math.max(0, ...naive));
      }),
    );
  });

  test("[IV3] what is common is what both have, from the floor up", () => {
    fc.assert(
      fc.property(ranges, ranges, fc.nat(45), (mine, theirs, floor) => {
        const shared = common(built(mine), built(theirs), floor);
        const expected = [...numbersOf(theirs)]
          .filter((seq) => seq >= floor && numbersOf(mine).has(seq))
          .sort((a, b) => a - b);
        expect([...numbersOf(shared)].sort((a, b) => a - b)).toEqual(expected);
      }),
    );
  });

  test("[IV2] what is missing is the difference from the floor up, overlaps or not", () => {
    fc.assert(
      fc.property(ranges, ranges, fc.nat(45), (mine, theirs, floor) => {
        const unmerged = mine.toSorted((a, b) => a.from - b.from);
        const expected = [...numbersOf(theirs)]
          .filter((seq) => seq >= floor && !numbersOf(mine).has(seq))
          .sort((a, b) => a - b);
        for (const own of [built(mine), unmerged]) {
          const missing = missingFrom(own, built(theirs), floor);
          expect([...numbersOf(missing)].sort((a, b) => a - b)).toEqual(expected);
          expect(areCanonical(missing)).toBe(true);
        }
      }),
    );
  });
});

describe("hybrid logical clocks", () => {
  const clocks: fc.Arbitrary<Clock> = fc.record({
    ms: fc.nat(1_000_000),
    counter: fc.oneof(fc.nat(3), fc.constant(65_535)),
  });

  test("[HC1] the next is later than the last and not before the wall clock", () => {
    fc.assert(
      fc.property(clocks, fc.nat(1_000_000), (last, now) => {
        const next = nextClock(last, now);
        expect(compareClock(next, last)).toBeGreaterThan(0);
        expect(next.ms).toBeGreaterThanOrEqual(now);
        expect(next.counter).toBeLessThanOrEqual(65_535);
        expect(next.ms).toBeLessThanOrEqual(Math.max(now, last.ms + 1));
      }),
    );
    expect(nextClock({ ms: 5, counter: 65_535 }, 5)).toEqual({ ms: 6, counter: 0 });
    expect(nextClock(CLOCK_ZERO, 9)).toEqual({ ms: 9, counter: 0 });
  });

  test("[HC2] what is seen lifts, at most a minute over the wall clock, never back", () => {
    fc.assert(
      fc.property(clocks, clocks, fc.nat(1_000_000), (mine, seen, now) => {
        const lifted = liftClock(mine, seen, now);
        expect(compareClock(lifted, mine)).toBeGreaterThanOrEqual(0);
        if (compareClock(lifted, mine) > 0) expect(lifted).toEqual(seen);
        expect(lifted.ms).toBeLessThanOrEqual(Math.max(mine.ms, now + CLOCK_LIFT_MS));
      }),
    );
    const ahead = { ms: 1_000 + CLOCK_LIFT_MS, counter: 0 };
    expect(liftClock(CLOCK_ZERO, ahead, 1_000)).toEqual(ahead);
    expect(liftClock(CLOCK_ZERO, ahead, 999)).toEqual(CLOCK_ZERO);
  });

  test("[HC3] milliseconds, then counter; days are UTC days", () => {
    expect(compareClock({ ms: 1, counter: 9 }, { ms: 2, counter: 0 })).toBeLessThan(0);
    expect(compareClock({ ms: 2, counter: 1 }, { ms: 2, counter: 0 })).toBeGreaterThan(0);
    expect(compareClock({ ms: 2, counter: 1 }, { ms: 2, counter: 1 })).toBe(0);
    expect([dayOf(0), dayOf(DAY_MS - 1), dayOf(DAY_MS)]).toEqual([0, 0, 1]);
  });
});

describe("the rate", () => {
  test("[RT1] a mark is the later of mark and time, and two seconds", () => {
    expect(markAfter(1_000, 5_000)).toBe(7_000);
    expect(markAfter(9_000, 5_000)).toBe(11_000);
    expect(RATE_INTERVAL_MS).toBe(2_000);
  });

  /** How many of `tries` entries, `gapMs` apart, are inside the rate. */
  function within(mark: number, start: number, gapMs: number, tries: number): number {
    let taken = 0;
    let at = mark;
    for (let index = 0; index < tries; index += 1) {
      const ms = start + index * gapMs;
      if (!isWithinRate(at, ms)) continue;
      at = markAfter(at, ms);
      taken += 1;
    }
    return taken;
  }

  test("[RT2] a burst of 500 at one instant and one more, then one in two seconds", () => {
    const start = 10_000_000;
    // The last of the burst is allowed while the mark stands exactly at the burst.
    expect(within(start, start, 0, 2_000)).toBe(RATE_BURST + 1);
    const later = start + RATE_BURST * RATE_INTERVAL_MS + RATE_INTERVAL_MS;
    expect(within(later, start, 500, 4_000)).toBeLessThanOrEqual(1_000);
    expect(within(start, start, RATE_INTERVAL_MS, 2_000)).toBe(2_000);
  });

  test("[RT2] a month of silence earns no more than the burst", () => {
    const start = 10_000_000 + 30 * DAY_MS;
    expect(within(10_000_000, start, 0, 2_000)).toBe(RATE_BURST + 1);
  });
});
