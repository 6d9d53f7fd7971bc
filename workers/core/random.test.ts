import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRandom, seedWords } from "./random.ts";

describe("the seeded generator", () => {
  test("[RN1] the same seed gives the same numbers, another one others", () => {
    const run = (seed: number): readonly number[] => {
      const random = createRandom(seedWords(seed));
      return Array.from({ length: 20 }, () => random.below(2 ** 32));
    };
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
    expect(run(2 ** 32 + 1)).not.toEqual(run(1));
  });

  test("[RN1] xoshiro128** gives what its reference code gives for the state 1, 2, 3, 4", () => {
    const random = createRandom([1, 2, 3, 4]);
    const numbers = Array.from({ length: 5 }, () => random.below(2 ** 32));
    expect(numbers).toEqual([11_520, 0, 5_927_040, 70_819_200, 2_031_721_883]);
  });

  test("[RN1] four zero words do not make a generator that stands still", () => {
    const random = createRandom([0, 0, 0, 0]);
    const numbers = Array.from({ length: 20 }, () => random.below(2 ** 32));
    expect(new Set(numbers).size).toBeGreaterThan(15);
  });

  test("[RN2] below stays below and reaches every number about as often", () => {
    const random = createRandom(seedWords(7));
    const counts = Array.from({ length: 6 }, () => 0);
    for (let run = 0; run < 6_000; run += 1) {
      const number = random.below(6);
      counts[number] = (counts[number] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
    expect(random.below(1)).toBe(0);
    expect(random.fraction()).toBeLessThan(1);
  });

  test("[RN2] a shuffle is a permutation and leaves its input as it was", () => {
    fc.assert(
      fc.property(fc.array(fc.nat()), fc.nat(), (items, seed) => {
        const before = [...items];
        const order = createRandom(seedWords(seed)).shuffled(items);
        expect(items).toEqual(before);
        expect(order.toSorted((a, b) => a - b)).toEqual(before.toSorted((a, b) => a - b));
      }),
    );
    const firsts = new Set(
      Array.from({ length: 60 }, (_, seed) => createRandom(seedWords(seed)).shuffled([1, 2, 3])[0]),
    );
    expect(firsts.size).toBe(3);
  });
});
