import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Window } from "./vocabulary.ts";
import { isInWindows, isProperZone, minuteOfWeek, OFFSET_OF_UTC, type Zone } from "./week.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Sunday 2026-11-22 00:00 UTC. */
const SUNDAY = 1_795_305_600_000;
const UTC: Zone = { name: "UTC", offsets: [{ from: 0, offset: OFFSET_OF_UTC }] };
/** Berlin around the two changes of 2026: 29 March and 25 October, 01:00 UTC. */
const SPRING = 1_774_746_000_000;
const AUTUMN = 1_792_890_000_000;
const BERLIN: Zone = {
  name: "Europe/Berlin",
  offsets: [
    { from: 0, offset: OFFSET_OF_UTC + 60 },
    { from: SPRING, offset: OFFSET_OF_UTC + 120 },
    { from: AUTUMN, offset: OFFSET_OF_UTC + 60 },
  ],
};
const window = (days: number, from: number, to: number): Window => ({ days, from, to });
const at = (zone: Zone, windows: readonly Window[], time: number): boolean =>
  isInWindows(zone, windows, time);

describe("the family's week", () => {
  test("[WK1] minutes count from Monday 00:00 in the family's time", () => {
    expect(minuteOfWeek(UTC, SUNDAY)).toBe(6 * 1_440);
    expect(minuteOfWeek(UTC, SUNDAY - MINUTE)).toBe(6 * 1_440 - 1);
    expect(minuteOfWeek(UTC, SUNDAY + 24 * HOUR)).toBe(0);
    expect(minuteOfWeek(BERLIN, SUNDAY)).toBe(6 * 1_440 + 60);
    expect(minuteOfWeek({ ...UTC, offsets: [{ from: 0, offset: 0 }] }, 0)).toBe(
      3 * 1_440 - OFFSET_OF_UTC,
    );
  });

  test("[WK2] the offset that began last holds; the first holds before, the last goes on", () => {
    expect(minuteOfWeek(BERLIN, SPRING - 1) - minuteOfWeek(UTC, SPRING - 1)).toBe(60);
    expect(minuteOfWeek(BERLIN, SPRING) - minuteOfWeek(UTC, SPRING)).toBe(120);
    expect(minuteOfWeek(BERLIN, AUTUMN) - minuteOfWeek(UTC, AUTUMN)).toBe(60);
    const late = AUTUMN + 20 * 365 * 24 * HOUR;
    expect(minuteOfWeek(BERLIN, late) - minuteOfWeek(UTC, late)).toBe(60);
    const begun: Zone = { name: "x", offsets: [{ from: SPRING, offset: OFFSET_OF_UTC + 120 }] };
    expect(minuteOfWeek(begun, 0) - minuteOfWeek(UTC, 0)).toBe(120);
  });

  test("[WK2] agrees with the zone database of this runtime over two years of Berlin", () => {
    const format = new Intl.DateTimeFormat("en-GB", {
      timeZone: "Europe/Berlin",
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
    const names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    const from = 1_764_547_200_000;
    const to = 1_798_675_200_000;
    fc.assert(
      fc.property(fc.integer({ min: from, max: to }), (time) => {
        const parts = Object.fromEntries(
          format.formatToParts(time).map(({ type, value }) => [type, value]),
        );
        const day = names.indexOf(parts["weekday"] ?? "");
        const minute = Number(parts["hour"]) * 60 + Number(parts["minute"]);
        expect(minuteOfWeek(BERLIN, time)).toBe(day * 1_440 + minute);
      }),
    );
  });

  test("[WK3] a window holds from its beginning to before its end, on its days", () => {
    const evening = [window(1 << 6, 1_200, 1_320)];
    expect(at(UTC, evening, SUNDAY + 20 * HOUR - 1)).toBe(false);
    expect(at(UTC, evening, SUNDAY + 20 * HOUR)).toBe(true);
    expect(at(UTC, evening, SUNDAY + 22 * HOUR - 1)).toBe(true);
    expect(at(UTC, evening, SUNDAY + 22 * HOUR)).toBe(false);
    expect(at(UTC, evening, SUNDAY - 4 * HOUR)).toBe(false);
    expect(at(BERLIN, evening, SUNDAY + 19 * HOUR)).toBe(true);
    expect(at(UTC, [], SUNDAY)).toBe(false);
  });

  test("[WK4] one that ends at or before its beginning runs past midnight, and past Sunday", () => {
    const night = [window(1 << 6, 1_260, 420)];
    expect(at(UTC, night, SUNDAY + 21 * HOUR - 1)).toBe(false);
    expect(at(UTC, night, SUNDAY + 21 * HOUR)).toBe(true);
    expect(at(UTC, night, SUNDAY + 31 * HOUR - 1)).toBe(true);
    expect(at(UTC, night, SUNDAY + 31 * HOUR)).toBe(false);
    expect(at(UTC, [window(1, 60, 60)], SUNDAY + 25 * HOUR)).toBe(true);
    expect(at(UTC, [window(1, 60, 60)], SUNDAY + 49 * HOUR - 1)).toBe(true);
    expect(at(UTC, [window(1, 60, 60)], SUNDAY + 49 * HOUR)).toBe(false);
  });

  test("[WK3] [WK4] a window is what counting its minutes one by one says", () => {
    const minutes = fc.integer({ min: 0, max: 1_439 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 127 }), minutes, minutes, (days, from, to) => {
        const inside = new Set<number>();
        for (let day = 0; day < 7; day += 1) {
          if ((days & (1 << day)) === 0) continue;
          for (let minute = from; ; minute += 1) {
            inside.add((day * 1_440 + minute) % 10_080);
            if ((minute + 1) % 1_440 === (to + 1) % 1_440) break;
          }
        }
        const monday = SUNDAY + 24 * HOUR;
        for (const offset of [0, 59, 1_439, 5_000, 10_079, from, from + 1_440, 8_640 + from]) {
          const moment = monday + (offset % 10_080) * MINUTE;
          expect(at(UTC, [window(days, from, to + 1)], moment)).toBe(inside.has(offset % 10_080));
        }
      }),
    );
  });

  test("[WK2] the beginnings of a zone's offsets rise", () => {
    expect(isProperZone(BERLIN)).toBe(true);
    expect(isProperZone({ ...BERLIN, offsets: BERLIN.offsets.toReversed() })).toBe(false);
    expect(isProperZone({ ...BERLIN, offsets: [UTC, UTC].flatMap((one) => one.offsets) })).toBe(
      false,
    );
  });
});
