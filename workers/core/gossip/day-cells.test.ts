import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FAMILY } from "../ledger/family-fixture.suite.test.ts";
import { digestOfCell, digestOfIds, forgetDays, noteDay, type DayCells } from "./day-cells.ts";
import { withRange, type Intervals } from "./intervals.ts";

const idOf = (seq: number): Uint8Array => new Uint8Array(16).fill(seq % 251);
const ALL: Intervals = [{ from: 1, to: 1_000 }];

function cellsOf(rows: readonly (readonly [number, number])[]): DayCells {
  const cells: DayCells = new Map();
  for (const [day, seq] of rows) noteDay(cells, day, seq);
  return cells;
}

const rows = fc.uniqueArray(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 60 })), {
  selector: ([, seq]) => seq,
});

describe("the ids of a day", () => {
  test("[FP1] give one hash in whatever order they came", () => {
    fc.assert(
      fc.property(rows, (some) => {
        const [one, other] = [cellsOf(some), cellsOf(some.toReversed())];
        for (const [day, cell] of one) {
          const theirs = other.get(day);
          if (theirs === undefined) throw new Error("a day is missing");
          expect(digestOfCell(cell, ALL, idOf, FAMILY)).toEqual(
            digestOfCell(theirs, ALL, idOf, FAMILY),
          );
        }
      }),
    );
  });

  test("[FP1] a hash that is kept is the one that is made anew, whatever comes and goes", () => {
    fc.assert(
      fc.property(rows, rows, fc.nat(60), fc.nat(60), (some, more, first, upTo) => {
        const cells = cellsOf(some);
        const kept = new Map(some.map(([day, seq]) => [seq, day]));
        const check = (among: Intervals): void => {
          for (const [day, cell] of cells) {
            const seqs = [...kept]
              .filter(([seq, at]) => at === day && among.some((a) => a.from <= seq && seq <= a.to))
              .map(([seq]) => seq)
              .sort((a, b) => a - b);
            const digest = seqs.length === 0 ? null : digestOfIds(seqs, idOf, FAMILY);
            expect(digestOfCell(cell, among, idOf, FAMILY)).toEqual(digest);
          }
          expect(new Set(cells.keys())).toEqual(new Set(kept.values()));
        };
        check(ALL);
        check([{ from: 1, to: upTo }]);
        for (const [day, seq] of more) {
          if (kept.has(seq)) continue;
          noteDay(cells, day, seq);
          kept.set(seq, day);
        }
        check(ALL);
        forgetDays(cells, first);
        for (const seq of kept.keys()) if (seq < first) kept.delete(seq);
        check(ALL);
        check(withRange([{ from: 1, to: upTo }], upTo + 2, 70));
      }),
    );
  });
});
