import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeWire, type Wire } from "./cbor.ts";
import {
  bool,
  bytes,
  decodeWith,
  encodeWith,
  list,
  oneOf,
  option,
  refine,
  struct,
  text,
  uint,
  union,
  utf8Length,
  type Shape,
} from "./shape.ts";

const MAX = 1 << 16;

/** The shape with its type forgotten: tests give it what it does not describe. */
const loose = <T>(shape: Shape<T>): Shape<unknown> => shape as unknown as Shape<unknown>;

/** A shape together with values that it describes. */
interface Described {
  readonly shape: Shape<unknown>;
  readonly values: fc.Arbitrary<unknown>;
}

const describedLeaf: fc.Arbitrary<Described> = fc.oneof(
  fc.record({ min: fc.nat(5), max: fc.integer({ min: 5 }) }).map(({ min, max }) => ({
    shape: loose(uint(max, min)),
    values: fc.integer({ min, max }),
  })),
  fc.constant({ shape: loose(bool), values: fc.boolean() }),
  fc.record({ min: fc.nat(4), max: fc.integer({ min: 4, max: 40 }) }).map(({ min, max }) => ({
    shape: loose(bytes(min, max)),
    values: fc.uint8Array({ minLength: min, maxLength: max }),
  })),
  fc.constant({
    shape: loose(text(200)),
    values: fc.string({ unit: "grapheme", maxLength: 20 }).filter((one) => utf8Length(one) <= 200),
  }),
  fc.constant({
    shape: loose(oneOf(["mum", "dad", "__proto__"])),
    values: fc.constantFrom("mum", "dad", "__proto__"),
  }),
);

function described(depth: number): fc.Arbitrary<Described> {
  if (depth === 0) return describedLeaf;
  const inner = described(depth - 1);
  const structs = fc.array(inner, { maxLength: 4 }).map((fields): Described => {
    const named = fields.map((one, index) => [`field${index}`, one] as const);
    return {
      shape: loose(struct(Object.fromEntries(named.map(([name, one]) => [name, one.shape])))),
      values: fc.record(Object.fromEntries(named.map(([name, one]) => [name, one.values]))),
    };
  });
  const lists = inner.map((one): Described => ({
    shape: loose(list(one.shape, 4)),
    values: fc.array(one.values, { maxLength: 4 }),
  }));
  const options = describedLeaf.map((one): Described => ({
    shape: option(one.shape),
    values: fc.option(one.values),
  }));
  const unions = fc.tuple(structs, structs).map(([a, b]): Described => ({
    shape: loose(union({ a: [0, a.shape], b: [7, b.shape] })),
    values: fc.oneof(
      a.values.map((value) => ({ type: "a", ...(value as object) })),
      b.values.map((value) => ({ type: "b", ...(value as object) })),
    ),
  }));
  return fc.oneof(describedLeaf, structs, lists, options, unions);
}

const faultOf = (shape: Shape<unknown>, wire: Wire): string => {
  const decoded = decodeWith(shape, encodeWire(wire), MAX);
  return decoded.ok ? "accepted" : `${decoded.reason} ${decoded.detail}`;
};

describe("shapes", () => {
  test("[CB7] values of any nesting come back equal", () => {
    const pairs = described(4).chain(({ shape, values }) =>
      values.map((value) => ({ shape, value })),
    );
    fc.assert(
      fc.property(pairs, ({ shape, value }) => {
        const encoded = encodeWith(shape, value);
        expect(decodeWith(shape, encoded, MAX)).toEqual({ ok: true, value });
      }),
      { numRuns: 500 },
    );
  });

  test("[CB8] bounds hold on both ways", () => {
    const cases: readonly (readonly [Shape<unknown>, unknown, Wire])[] = [
      [loose(uint(9)), 10, 10],
      [loose(uint(9, 3)), 2, 2],
      [loose(bytes(4)), new Uint8Array(5), new Uint8Array(5)],
      [loose(bytes(4, 6)), new Uint8Array(3), new Uint8Array(3)],
      [loose(text(3)), "abcd", "abcd"],
      [loose(text(3)), "\u00fc\u00fc", "\u00fc\u00fc"],
      [loose(text(3, 1)), "", ""],
      [loose(oneOf(["a", "b"])), "c", 2],
      [loose(list(uint(), 2)), [1, 2, 3], [1, 2, 3]],
      [loose(list(uint(), 2, 1)), [], []],
      [loose(union({ a: [0, struct({})] })), { type: "b" }, [1, []]],
    ];
    for (const [shape, value, wire] of cases) {
      expect(() => encodeWith(shape, value)).toThrow();
      expect(faultOf(shape, wire)).toMatch(/^shape /);
    }
  });

  test("[CB8] what is no wire value is not encoded: fractions, negatives, NaN, lone surrogates", () => {
    for (const value of [1.5, -1, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY]) {
      expect(() => encodeWith(uint(), value)).toThrow("not an integer");
    }
    expect(() => encodeWith(text(10), "a\ud800")).toThrow("not text");
  });

  test("[CB9] missing, additional and mistyped fields are refused with their path", () => {
    const shape = loose(struct({ a: uint(), b: list(struct({ c: text(4) }), 3) }));
    expect(faultOf(shape, [1, [["x"]]])).toBe("accepted");
    expect(faultOf(shape, [1])).toBe("shape : not 2 fields");
    expect(faultOf(shape, [1, [], 3])).toBe("shape : not 2 fields");
    expect(faultOf(shape, 1)).toBe("shape : not 2 fields");
    expect(faultOf(shape, ["1", []])).toMatch("shape .a: not an integer");
    expect(faultOf(shape, [1, "b"])).toBe("shape .b: not a list");
    expect(faultOf(shape, [1, [["x"], [5]]])).toBe("shape .b[1].c: not text");
    expect(faultOf(shape, [1, [["x"], ["four!"]]])).toMatch(".b[1].c: not 0 to 4 bytes");
  });

  test("[CB9] unknown words and tags, and mistyped unions, are refused", () => {
    const shape = union({ a: [0, struct({})], b: [2, struct({ w: oneOf(["x"]) })] });
    expect(faultOf(loose(shape), [2, [0]])).toBe("accepted");
    for (const wire of [[1, []], [2, [1]], ["a", []], [0], [0, [], 1], 0, []] as const) {
      expect(faultOf(loose(shape), wire as Wire)).toMatch(/^shape /);
    }
    expect(faultOf(loose(bool), 2)).toBe("shape : not 0 or 1");
    expect(faultOf(loose(option(uint())), [1, 2])).toMatch("not 0 to 1 items");
  });

  test("[CB9] names of object prototypes are text like any other", () => {
    const shape = struct({ name: text(20), word: oneOf(["constructor", "__proto__"]) });
    for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
      const value = { name, word: "__proto__" as const };
      expect(decodeWith(shape, encodeWith(shape, value), MAX)).toEqual({ ok: true, value });
    }
    const tagged = union({ constructor: [3, struct({ a: uint() })] });
    const encoded = encodeWith(loose(tagged), { type: "constructor", a: 1 });
    expect(decodeWith(loose(tagged), encoded, MAX).ok).toBe(true);
    expect(() => encodeWith(loose(tagged), { type: "valueOf", a: 1 })).toThrow();
  });

  test("[CB9] a refinement that says no is a refusal", () => {
    const even = refine(
      uint(),
      (value) => (value % 2 === 0 ? value : null),
      (value: number) => value,
    );
    expect(decodeWith(even, encodeWith(even, 4), MAX)).toEqual({ ok: true, value: 4 });
    expect(faultOf(loose(even), 5)).toBe("shape : refused");
  });

  test("[CB8] UTF-8 lengths are what an encoder makes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (value) => {
        expect(utf8Length(value)).toBe(new TextEncoder().encode(value).length);
      }),
    );
  });
});
