import { expect, it } from "vitest";
import { compareKeys, type KeyBound, prefixRange } from "./keys.ts";

it("[ST6] ends a prefix after every key that begins with it, and before the next", () => {
  const { from, to } = prefixRange(["a", 1]);
  const inside: KeyBound[] = [
    ["a", 1],
    ["a", 1, Infinity],
    ["a", 1, "\uffff"],
    ["a", 1, new Uint8Array([255, 255])],
  ];
  for (const key of inside) {
    expect(compareKeys(from, key)).toBeLessThanOrEqual(0);
    expect(compareKeys(key, to)).toBeLessThan(0);
  }
  expect(compareKeys(to, ["a", 1.5])).toBeLessThan(0);
});

it("[ST4] takes -0 and 0 for one key, and infinities for numbers", () => {
  expect(compareKeys([-0], [0])).toBe(0);
  expect(compareKeys([Infinity], [Infinity])).toBe(0);
  expect(compareKeys([-Infinity], [Infinity])).toBeLessThan(0);
  expect(compareKeys([Infinity], [""])).toBeLessThan(0);
});
