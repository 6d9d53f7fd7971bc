import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Known } from "../core/gossip/stream.ts";
import { toHex } from "../core/codec/ids.ts";
import { createTimeline, expireBefore, insert, pageOf, remove } from "./timeline.ts";

const DAY = 86_400_000;

/** As much of an entry as a list looks at. */
function known(number: number, ms: number, counter = 0): Known {
  const id = new Uint8Array(16).fill(number);
  const clock = { ms, counter };
  return { id, header: { clock }, clock } as unknown as Known;
}

function orders<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((one, index) =>
    orders(items.filter((_, at) => at !== index)).map((rest) => [one, ...rest]),
  );
}

test("[TM1] whatever the order of arrival, a conversation reads by clock and then id", () => {
  const items = [known(3, 5), known(1, 7), known(2, 7), known(4, 7, 1)];
  for (const order of orders(items)) {
    const timeline = createTimeline();
    for (const one of [...order, ...order]) insert(timeline, "aa", one);
    const { items: listed } = pageOf(timeline, "aa", null, 9);
    expect(listed.map((one) => one.id[0])).toEqual([3, 1, 2, 4]);
  }
});

test("[TM1] among many, wherever one belongs, and again", () => {
  const one = fc.tuple(fc.integer({ min: 1, max: 255 }), fc.nat(5), fc.nat(2));
  fc.assert(
    fc.property(fc.uniqueArray(one, { selector: ([id]) => id, maxLength: 60 }), (all) => {
      const timeline = createTimeline();
      const items = all.map(([id, ms, counter]) => known(id, ms, counter));
      const sorted = items.toSorted(
        (a, b) =>
          a.header.clock.ms - b.header.clock.ms ||
          a.header.clock.counter - b.header.clock.counter ||
          (a.id[0] ?? 0) - (b.id[0] ?? 0),
      );
      const here: Known[] = [];
      for (const item of items) {
        here.push(item);
        const isLast = sorted.filter((other) => here.includes(other)).at(-1) === item;
        expect(insert(timeline, "aa", item)).toBe(isLast);
        expect(insert(timeline, "aa", item)).toBe(false);
      }
      const { items: listed } = pageOf(timeline, "aa", null, 99);
      expect(listed.map(({ id }) => id[0])).toEqual(sorted.map(({ id }) => id[0]));
    }),
  );
});

test("[TM2] a page before what is not there, or is no id, is the newest one", () => {
  const timeline = createTimeline();
  for (let number = 1; number <= 3; number += 1) insert(timeline, "aa", known(number, number));
  for (const before of ["", "zz", "03", toHex(new Uint8Array(16).fill(4))]) {
    expect(pageOf(timeline, "aa", before, 2).items.map(({ id }) => id[0])).toEqual([2, 3]);
  }
});

test("[TM2] pages end before the named message, newest last, and say whether there is more", () => {
  const timeline = createTimeline();
  for (let number = 1; number <= 9; number += 1) insert(timeline, "aa", known(number, number));
  const numbers = (before: string | null, limit: number): readonly unknown[] => {
    const { items, hasMore } = pageOf(timeline, "aa", before, limit);
    return [...items.map((one) => one.id[0]), hasMore];
  };
  expect(numbers(null, 3)).toEqual([7, 8, 9, true]);
  expect(numbers(toHex(new Uint8Array(16).fill(7)), 5)).toEqual([2, 3, 4, 5, 6, true]);
  expect(numbers(toHex(new Uint8Array(16).fill(2)), 5)).toEqual([1, false]);
  expect(numbers(toHex(new Uint8Array(16).fill(1)), 5)).toEqual([false]);
  expect(pageOf(timeline, "bb", null, 5)).toEqual({ items: [], hasMore: false });
});

test("[TM3] what is taken out or past retention is gone, and only that", () => {
  const timeline = createTimeline();
  for (let day = 1; day <= 4; day += 1) insert(timeline, "aa", known(day, day * DAY));
  insert(timeline, "bb", known(9, 4 * DAY));
  remove(timeline, "aa", new Uint8Array(16).fill(4));
  remove(timeline, "cc", new Uint8Array(16).fill(4));
  const gone = expireBefore(timeline, 3);
  expect(gone.items.map((one) => one.id[0])).toEqual([1, 2]);
  expect([...gone.conversations]).toEqual(["aa"]);
  expect(pageOf(timeline, "aa", null, 9).items.map((one) => one.id[0])).toEqual([3]);
  expect(pageOf(timeline, "bb", null, 9).items).toHaveLength(1);
});
