import { expect, it } from "vitest";
import { endOf, UNTIL_CHOICES, untilWords } from "./until.ts";

it("[UI166] an end at midnight reads as the end of the day before, any other as it is", () => {
  expect(untilWords(at(24, 0), "en-GB")).toBe("the end of Friday 23 October");
  expect(untilWords(at(23, 21, 30), "en-GB")).toMatch(/Friday 23 October.*21:30/);
  expect(untilWords(at(24, 0, 1), "en-GB")).toMatch(/Saturday 24 October.*00:01/);
  expect(untilWords(8.64e15 + 1, "en-GB")).toBe("");
});

const at = (day: number, hour: number, minute = 0): number =>
  new Date(2026, 9, day, hour, minute).getTime();

it("[UI168] a yes ends at midnight of the day that was chosen, also over a change of the clocks", () => {
  for (const now of [at(23, 0), at(23, 9, 30), at(23, 23, 59)]) {
    expect(UNTIL_CHOICES.map((one) => endOf(one, now))).toEqual([
      at(24, 0),
      at(25, 0),
      at(30, 0),
      new Date(2026, 10, 22).getTime(),
    ]);
  }
  for (const one of UNTIL_CHOICES) {
    expect(endOf(one, at(23, 23, 59))).toBeGreaterThan(at(23, 23, 59));
    expect(new Date(endOf(one, at(23, 12))).getHours()).toBe(0);
  }
});
