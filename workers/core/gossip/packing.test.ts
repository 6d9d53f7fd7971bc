import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toHex, type DeviceId } from "../codec/ids.ts";
import { createPackedWriter } from "../codec/packed.ts";
import { withRange, type Intervals } from "./intervals.ts";
import { GAPS_MAX, STREAM_NUMBER_MAX, STREAMS_MAX } from "./limits.ts";
import {
  markRows,
  packRows,
  packWants,
  SEQ_MAX,
  streamRows,
  unpackRows,
  unpackWants,
  type Named,
  type StreamNumbers,
} from "./packing.ts";

const SOME = 7;

/** An id that begins with these bytes. */
const id = (...beginning: readonly number[]): DeviceId =>
  Uint8Array.from({ length: 16 }, (_, at) => beginning[at] ?? 1);
const namedOf = (...ids: readonly DeviceId[]): Named => ids.map((one) => ({ id: one }));

const intervals = fc
  .array(fc.tuple(fc.integer({ min: 1, max: SEQ_MAX - 99 }), fc.nat(99)), { maxLength: 9 })
  .map((pairs) =>
    pairs.reduce<Intervals>((had, [from, more]) => withRange(had, from, from + more), []),
  );
/** Ids that often begin alike. */
const ids = fc.uniqueArray(
  fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2), fc.nat(255)).map((bytes) => id(...bytes)),
  { minLength: 1, maxLength: 12, selector: (one) => toHex(one) },
);
const rowOf = (author: DeviceId): fc.Arbitrary<StreamNumbers> =>
  fc.record({
    author: fc.constant(author),
    stream: fc.integer({ min: 0, max: STREAM_NUMBER_MAX }),
    first: fc.integer({ min: 1, max: SEQ_MAX }),
    had: intervals,
  });
const family = ids.chain((all) => fc.tuple(fc.constant(all), fc.tuple(...all.map(rowOf))));

describe("rows", () => {
  test("[PK1] come back as they were, whatever order the reader's ledger has", () => {
    fc.assert(
      fc.property(family, ([all, rows]) => {
        const packed = packRows(rows, namedOf(...all), streamRows);
        expect(unpackRows(packed, namedOf(...all.toReversed()), streamRows)).toEqual(rows);
      }),
    );
  });

  test("[PK1] of a device that the writer's ledger does not name nothing is said", () => {
    const [one, other] = [id(1), id(2)];
    const row = { author: other, stream: 0, first: 1, had: [{ from: 1, to: 9 }] };
    const packed = packRows([row], namedOf(one), streamRows);
    expect(unpackRows(packed, namedOf(one, other), streamRows)).toEqual([]);
  });

  test("[PK2] a reader that knows fewer or more devices takes nothing for somebody else's", () => {
    fc.assert(
      fc.property(family, fc.nat(12), fc.boolean(), ([all, rows], count, isAhead) => {
        // The two are on one chain: one of them knows all that the other knows.
        const some = all.slice(0, count);
        const [writers, readers] = isAhead ? [all, some] : [some, all];
        const packed = packRows(rows, namedOf(...writers), streamRows);
        const read = unpackRows(packed, namedOf(...readers), streamRows);
        if (read === null) throw new Error("malformed");
        for (const row of read) expect(rows).toContainEqual(row);
        const known = new Set(some.map((one) => toHex(one)));
        const expected = rows.filter(({ author }) => known.has(toHex(author)));
        if (isAhead) expect(read).toEqual(expected);
        else expect(read.length).toBeLessThanOrEqual(expected.length);
      }),
    );
  });

  test("[PK2] a beginning that two share names neither, and the others are read", () => {
    const [dad, mum, twin] = [id(1, 1, 1), id(2, 2, 2), id(1, 1, 9)];
    const rows = [dad, mum].map((author) => ({ author, stream: 0, first: 1, had: [] }));
    const packed = packRows(rows, namedOf(dad, mum), streamRows);
    expect(unpackRows(packed, namedOf(dad, mum, twin), streamRows)).toEqual(rows.slice(1));
  });

  test("[PK3] a beginning is two bytes, and longer only where that does not tell all apart", () => {
    const lengthOf = (...all: readonly DeviceId[]): number | undefined =>
      packRows([], namedOf(...all), streamRows)[0];
    expect(lengthOf(id(1), id(2), id(3))).toBe(2);
    expect(lengthOf(id(1, 1, 1), id(9), id(1, 1, 2))).toBe(3);
    const long = Array.from({ length: 15 }, () => SOME);
    expect(lengthOf(id(...long, 1), id(...long, 2), id(3))).toBe(16);
    const author = id(1, 1, 2);
    const mark = { device: author, clock: { ms: 2 ** 41, counter: 300 } };
    const packed = packRows([mark], namedOf(id(1, 1, 1), author), markRows);
    expect(packed).toHaveLength(1 + 3 + 6 + 2);
    expect(unpackRows(packed, namedOf(id(1, 1, 1), author), markRows)).toEqual([mark]);
  });
});

describe("bytes of others", () => {
  const named = namedOf(id(1), id(2));
  const written = (...values: readonly (number | Uint8Array)[]): Uint8Array => {
    const writer = createPackedWriter();
    for (const value of values) {
      if (typeof value === "number") writer.number(value);
      else writer.bytes(value);
    }
    return writer.take();
  };
  const one = id(1).subarray(0, 2);
  const read = (...values: readonly (number | Uint8Array)[]): unknown =>
    unpackRows(written(...values), named, streamRows);

  test("[PK4] malformed ones are refused whole, of nobody known, too", () => {
    expect(read(2, one, 32, 0, 0, 8)).toEqual([
      { author: id(1), stream: 0, first: 1, had: [{ from: 1, to: 9 }] },
    ]);
    for (const beginning of [one, id(9).subarray(0, 2)]) {
      expect(read(2, beginning, 32, 0, 0)).toBeNull();
      expect(read(2, beginning, 32, SEQ_MAX, 0, 8)).toBeNull();
      expect(read(2, beginning, 32, 0, 0, SEQ_MAX)).toBeNull();
      expect(read(2, beginning, 32 * (GAPS_MAX + 1), 0, ...Array(200).fill(0))).toBeNull();
    }
    for (const length of [0, 1, 17]) expect(read(length, id(1).subarray(0, length))).toBeNull();
    expect(read()).toBeNull();
    expect(read(2, one.subarray(0, 1))).toBeNull();
    const row = written(one, 32, 0, 0, 8);
    const rows = (count: number): readonly Uint8Array[] => Array.from({ length: count }, () => row);
    expect(read(2, ...rows(STREAMS_MAX))).toHaveLength(STREAMS_MAX);
    expect(read(2, ...rows(STREAMS_MAX + 1))).toBeNull();
  });

  test("[PK4] [PK5] no bytes throw, and what is read is in canonical form and bounds", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        bytes[0] = 2;
        const wants = unpackWants(bytes, named);
        unpackRows(bytes, named, markRows);
        for (const { stream, ranges } of wants ?? []) {
          expect(stream).toBeLessThanOrEqual(STREAM_NUMBER_MAX);
          expect(ranges.length).toBeLessThanOrEqual(GAPS_MAX);
          let below = -1;
          for (const { from, to } of ranges) {
            expect(from).toBeGreaterThan(below + 1);
            expect(to).toBeGreaterThanOrEqual(from);
            expect(to).toBeLessThanOrEqual(SEQ_MAX);
            below = to;
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test("[PK5] twenty authors without a gap take at most 200 bytes, a question says what it asks", () => {
    const people = Array.from({ length: 20 }, (_, index) => id(index + 1, 3 * index));
    const rows = people.map((author) => ({
      author,
      stream: 0,
      first: 1_200,
      had: [{ from: 1, to: 5_000 }],
    }));
    expect(packRows(rows, namedOf(...people), streamRows).length).toBeLessThanOrEqual(200);
    // Ranges in any order, overlapping, as they come.
    const ranges = [
      { from: 7, to: 9 },
      { from: 1, to: 2 },
      { from: 8, to: 12 },
    ];
    const packed = packWants([{ author: id(1), stream: 2, ranges }], named);
    expect(unpackWants(packed, named)).toEqual([
      {
        author: id(1),
        stream: 2,
        ranges: [
          { from: 1, to: 2 },
          { from: 7, to: 12 },
        ],
      },
    ]);
  });
});
