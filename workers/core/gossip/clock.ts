/**
 * Hybrid logical clocks (Kulkarni et al. 2014): wall milliseconds and a counter, strictly increasing
 * along a device's entries and registers. Receiving lifts my clock, at most CLOCK_LIFT_MS over my
 * own wall clock, so a device from the future cannot drag the family along. SPEC HC1..HC3.
 */
import { CLOCK_LIFT_MS, DAY_MS } from "./limits.ts";
import { compareClock, type Clock } from "./header.ts";

export const CLOCK_ZERO: Clock = { ms: 0, counter: 0 };
const COUNTER_MAX = 65_535;

/** The next clock of mine after `last`, at wall time `now`. */
export function nextClock(last: Clock, now: number): Clock {
  if (now > last.ms) return { ms: now, counter: 0 };
  if (last.counter < COUNTER_MAX) return { ms: last.ms, counter: last.counter + 1 };
  return { ms: last.ms + 1, counter: 0 };
}

/** My clock after seeing `seen` at wall time `now`. */
export function liftClock(mine: Clock, seen: Clock, now: number): Clock {
  if (compareClock(seen, mine) <= 0) return mine;
  return seen.ms > now + CLOCK_LIFT_MS ? mine : seen;
}

/** UTC day number of a clock: the unit of retention. */
export function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS);
}
