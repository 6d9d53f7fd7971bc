/** The yardstick must find exactly what is missing, or it proves nothing about ours. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { leastBytes, reconcile, type Item } from "./range-based.ts";

const id = fc.uint8Array({ minLength: 16, maxLength: 16 });
/** Few moments, so that many share one. */
const items = fc.uniqueArray(fc.record({ at: fc.nat(20), id }), {
  maxLength: 400,
  selector: (one) => nameOf(one),
});

function nameOf(one: Item): string {
  return Buffer.from(one.id).toString("hex");
}

/** As many as wanted, of which so many share a moment. */
function many(count: number, everyMs: number, together = 1): readonly Item[] {
  return Array.from({ length: count }, (_, index) => {
    const bytes = new Uint8Array(16);
    new DataView(bytes.buffer).setUint32(4, Math.imul(index, 2_654_435_761));
    new DataView(bytes.buffer).setUint32(0, index);
    return { at: Math.floor(index / together) * everyMs, id: bytes };
  });
}

describe("range-based reconciliation", () => {
  test("finds what each side lacks, whatever the sets and however many share a moment", () => {
    fc.assert(
      fc.property(items, fc.array(fc.nat(2)), (all, fates) => {
        const fateOf = (index: number): number => fates[index % Math.max(1, fates.length)] ?? 0;
        const first = all.filter((_, index) => fateOf(index) !== 1);
        const second = all.filter((_, index) => fateOf(index) !== 2);
        const { lacking, surplus } = reconcile(first, second);
        const names = (fate: number): readonly string[] =>
          all.filter((_, index) => fateOf(index) === fate).map(nameOf);
        expect([...lacking].toSorted()).toEqual(names(1).toSorted());
        expect([...surplus].toSorted()).toEqual(names(2).toSorted());
      }),
    );
  });

  test("equal sets cost one round trip of sixteen fingerprints, whatever their size", () => {
    const some = reconcile(many(1_000, 50), many(1_000, 50));
    const more = reconcile(many(20_000, 50), many(20_000, 50));
    expect([some.roundTrips, more.roundTrips]).toEqual([1, 1]);
    expect(some.bytes).toBeGreaterThan(16 * 16);
    expect(more.bytes).toBeLessThan(400);
  });

  test("costs what it cost: no range is described twice, also where bounds need bytes of ids", () => {
    const alone = many(4_000, 50);
    const crowded = many(4_000, 50, 400);
    const costs = [alone, crowded].map((all) => {
      const { bytes, roundTrips } = reconcile(
        all.filter((_, index) => index % 400 !== 7),
        all,
      );
      return [bytes, roundTrips];
    });
    expect(costs).toEqual([
      [8_501, 2],
      [9_121, 2],
    ]);
  });

  test("what is missing together costs less than what is missing all over", () => {
    const all = many(20_000, 50);
    const together = reconcile(all.slice(0, -100), all);
    const scattered = reconcile(
      all.filter((_, index) => index % 200 !== 7),
      all,
    );
    expect([together.lacking.size, scattered.lacking.size]).toEqual([100, 100]);
    expect(scattered.bytes).toBeGreaterThan(5 * together.bytes);
  });
});

test("the least that says which are missing: nothing for none, a bit for one of two", () => {
  expect(leastBytes(100_000, 0)).toBe(0);
  expect(8 * leastBytes(2, 1)).toBeCloseTo(1);
  expect(8 * leastBytes(10, 3)).toBeCloseTo(Math.log2(120));
  expect(leastBytes(100_000, 100)).toBeGreaterThan(100);
});
