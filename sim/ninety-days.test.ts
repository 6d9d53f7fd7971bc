/** What disks hold after ninety days of a family that writes every day. */
import { expect, test } from "vitest";
import { liveFor } from "./ninety-days.ts";

test(
  "[SI37] ninety days: no table grows once the first headers have gone",
  { tags: ["long"], timeout: 180_000 },
  async () => {
    const { days, violations } = await liveFor(90, 1, 1);
    expect(violations).toEqual([]);
    const at = (day: number): Readonly<Record<string, number>> => days[day - 1]?.rows ?? {};
    expect(at(20)["entries"]).toBeGreaterThan(at(10)["entries"] ?? 0);
    const level = at(34);
    for (const { day, rows } of days.slice(33)) {
      for (const [table, count] of Object.entries(rows)) {
        // One message of each device, whichever side of midnight it fell on.
        expect({ day, table, count: Math.max(0, count - (level[table] ?? 0) - 9) }).toEqual({
          day,
          table,
          count: 0,
        });
      }
    }
  },
);
