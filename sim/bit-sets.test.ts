import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createBitSets, hasBit, keyWithin, numbersIn, setBit, type Bits } from "./bit-sets.ts";

const WORDS = 3;
const numbers = fc.uniqueArray(fc.nat({ max: 32 * WORDS - 1 }), { maxLength: 12 });

test("[SI26] rows are a set: each is new once, and read back under its number", () => {
  fc.assert(
    fc.property(fc.array(numbers, { maxLength: 200 }), (rows) => {
      const sets = createBitSets(WORDS);
      const expected = new Map<string, number>();
      for (const row of rows) {
        const name = row.toSorted((a, b) => a - b).join();
        expect(sets.add(bitsOf(row))).toBe(!expected.has(name));
        if (!expected.has(name)) expected.set(name, expected.size);
      }
      expect(sets.size()).toBe(expected.size);
      const target = new Uint32Array(WORDS);
      for (const [name, number] of expected) {
        sets.read(number, target);
        expect(numbersIn(target).join()).toBe(name);
      }
    }),
  );
});

test("[SI26] two hundred thousand rows stay apart while the table grows", () => {
  const sets = createBitSets(WORDS);
  const row = new Uint32Array(WORDS);
  for (let number = 0; number < 200_000; number += 1) {
    row[number % WORDS] = number;
    row[(number + 1) % WORDS] = number >>> 8;
    if (!sets.add(row)) throw new Error(`row ${number} was taken for another`);
    if (sets.add(row)) throw new Error(`row ${number} was forgotten`);
  }
  expect(sets.size()).toBe(200_000);
  expect(() => sets.read(200_000, row)).toThrow(RangeError);
  expect(() => sets.add(new Uint32Array(WORDS + 1))).toThrow(RangeError);
});

test("[SI26] keys are equal where what the mask covers is equal", () => {
  fc.assert(
    fc.property(numbers, numbers, numbers, (one, other, covered) => {
      const within = (row: readonly number[]): string =>
        row
          .filter((number) => covered.includes(number))
          .toSorted((a, b) => a - b)
          .join();
      const mask = bitsOf(covered);
      expect(keyWithin(bitsOf(one), mask) === keyWithin(bitsOf(other), mask)).toBe(
        within(one) === within(other),
      );
    }),
  );
  expect(hasBit(bitsOf([31, 64]), 31)).toBe(true);
  expect(hasBit(bitsOf([31, 64]), 32)).toBe(false);
});

function bitsOf(row: readonly number[]): Bits {
  const bits = new Uint32Array(WORDS);
  for (const number of row) setBit(bits, number);
  return bits;
}
