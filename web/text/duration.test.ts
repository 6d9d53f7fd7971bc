import { describe, expect, it } from "vitest";
import {
  daysBetween,
  formatClock,
  formatDay,
  formatLongDay,
  formatShortDay,
  formatSpan,
  formatTimeLeft,
} from "./duration.ts";

const NOON = new Date(2026, 10, 22, 12, 0).getTime();
const HOUR_MS = 3_600_000;

describe("durations", () => {
  it("[UI23] counts down in hours, minutes and seconds, and ends", () => {
    expect(formatTimeLeft(24 * HOUR_MS, "en-US")).toBe("24 hr 0 min");
    expect(formatTimeLeft(598_000, "en-US")).toBe("9 min 58 sec");
    expect(formatTimeLeft(57_001, "en-US")).toBe("58 sec");
    expect(formatTimeLeft(0, "en-US")).toBeNull();
    expect(formatTimeLeft(-5, "en-US")).toBeNull();
  });

  it("[UI23] names a span in one unit", () => {
    expect(formatSpan(-180_000, "en-US")).toBe("3 minutes");
    expect(formatSpan(20, "en-US")).toBe("1 second");
    expect(formatSpan(26 * HOUR_MS, "en-US")).toBe("1 day");
    expect(formatSpan(2 * HOUR_MS, "en-US")).toBe("2 hours");
  });

  it("[UI24] shortens days by how long ago they were", () => {
    expect(formatClock(NOON, "en-GB")).toBe("12:00");
    expect(formatShortDay(NOON, NOON + HOUR_MS, "en-GB")).toBe("12:00");
    expect(formatShortDay(NOON - 24 * HOUR_MS, NOON, "en-GB")).toBe("Sat");
    expect(formatShortDay(NOON - 8 * 24 * HOUR_MS, NOON, "en-GB")).toBe("14 Nov");
    expect(formatLongDay(NOON, "en-GB")).toBe("Sunday 22 November");
    expect(daysBetween(NOON - 13 * HOUR_MS, NOON)).toBe(1);
    expect(daysBetween(NOON + 13 * HOUR_MS, NOON)).toBe(-1);
  });

  it("[UI125] names a UTC day, with its year where that is another", () => {
    const day = Date.UTC(2026, 2, 3);
    expect(formatDay(day, NOON, "en-GB")).toBe("3 March");
    expect(formatDay(day + 24 * HOUR_MS - 1, NOON, "en-GB")).toBe("3 March");
    expect(formatDay(Date.UTC(2025, 11, 31), NOON, "en-GB")).toBe("31 December 2025");
  });
});
