/**
 * Weekly windows in the family's time. The time zone is data of the ledger, the offsets of its next
 * years, since two browsers can know different rules for one zone and every device must come to the
 * same answer. After the last known change its offset goes on. SPEC WK1..WK4. Source: DESIGN §4, ADR 22.
 */
import { list, struct, text, uint, type Shaped } from "../codec/shape.ts";
import { OFFSETS_MAX } from "./limits.ts";
import type { Window } from "./vocabulary.ts";

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;
const WEEK_MINUTES = 7 * DAY_MINUTES;
/** 1970-01-01 was a Thursday, the fourth day of a week that starts on Monday. */
const EPOCH_DAY = 3;
/** Minutes that `offset` stores for UTC itself, so that it is never negative: 14 hours. */
export const OFFSET_OF_UTC = 840;

export const zoneShape = struct({
  /** Name for people, as the device that set it knows the zone; no rule reads it. */
  name: text(64, 1),
  /** Offsets in the order of their beginnings; the first holds before its beginning too. */
  offsets: list(
    struct({
      /** Milliseconds since the epoch from which it holds. */
      from: uint(),
      /** Minutes east of UTC plus 840. */
      offset: uint(2 * OFFSET_OF_UTC),
    }),
    OFFSETS_MAX,
    1,
  ),
});
export type Zone = Shaped<typeof zoneShape>;

/** Whether the beginnings rise. */
export function isProperZone(zone: Zone): boolean {
  return zone.offsets.every(
    (one, index) => index === 0 || (zone.offsets[index - 1]?.from ?? one.from) < one.from,
  );
}

/** Minutes since Monday 00:00 in the family's time. `time`: milliseconds since the epoch. */
export function minuteOfWeek(zone: Zone, time: number): number {
  const holds = zone.offsets.findLast((one) => one.from <= time) ?? zone.offsets[0];
  const local = Math.floor(time / MINUTE_MS) + (holds?.offset ?? OFFSET_OF_UTC) - OFFSET_OF_UTC;
  return modulo(local + EPOCH_DAY * DAY_MINUTES, WEEK_MINUTES);
}

/** Whether a moment lies in one of the windows. */
export function isInWindows(zone: Zone, windows: readonly Window[], time: number): boolean {
  const minute = minuteOfWeek(zone, time);
  return windows.some(({ days, from, to }) => {
    const length = to > from ? to - from : to - from + DAY_MINUTES;
    for (let day = 0; day < 7; day += 1) {
      if ((days & (1 << day)) === 0) continue;
      if (modulo(minute - day * DAY_MINUTES - from, WEEK_MINUTES) < length) return true;
    }
    return false;
  });
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
