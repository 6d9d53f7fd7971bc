import { expect, test } from "vitest";
import { greatest, least } from "./extremes.ts";

test("[GK14] the least and the greatest of more numbers than a call takes", () => {
  const many = Array.from({ length: 300_000 }, (_, index) => (index * 7) % 300_007);
  expect(least(many, 5)).toBe(0);
  expect(greatest(many, 5)).toBe(many.reduce((most, one) => (one > most ? one : most), 0));
  expect([least([], 3), greatest(new Set<number>(), 3)]).toEqual([3, 3]);
  expect([least([4, 9], 3), greatest([4, 9], 12)]).toEqual([3, 12]);
});
