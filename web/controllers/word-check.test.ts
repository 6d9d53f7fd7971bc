import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pickPositions, splitWords } from "./word-check.ts";

describe("word check", () => {
  it("[UI42] asks for three different words of the 24", () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat()), (numbers) => {
        const positions = pickPositions(24, () => numbers.next().value ?? 0);
        expect(new Set(positions).size).toBe(3);
        for (const position of positions) {
          expect(position).toBeGreaterThanOrEqual(1);
          expect(position).toBeLessThanOrEqual(24);
        }
      }),
    );
  });

  it("[UI42] can ask for every word", () => {
    const seen = new Set<number>();
    for (let start = 0; start < 24; start += 1) {
      for (const position of pickPositions(24, () => start)) seen.add(position);
    }
    expect(seen.size).toBe(24);
  });

  it("[UI43] reads words however they are separated", () => {
    expect(splitWords("1. Abandon\n2. able,\tabout  ")).toEqual(["abandon", "able", "about"]);
    expect(splitWords("")).toEqual([]);
  });
});
