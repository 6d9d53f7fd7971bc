import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createPackedReader, createPackedWriter, PACKED_MAX } from "./packed.ts";

const packed = (...values: readonly number[]): Uint8Array => {
  const writer = createPackedWriter();
  for (const value of values) writer.number(value);
  return writer.take();
};

test("[CB13] every number comes back, in as many groups of seven bits as it needs", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: PACKED_MAX }), { maxLength: 9 }), (values) => {
      const reader = createPackedReader(packed(...values));
      expect(values.map(() => reader.number())).toEqual(values);
      expect(reader.isAtEnd()).toBe(true);
      expect(reader.number()).toBeNull();
    }),
  );
  expect([0, 127, 128, 16_383, 16_384, PACKED_MAX].map((one) => packed(one).length)).toEqual([
    1, 1, 2, 2, 3, 6,
  ]);
});

test("[CB13] what is cut off, too large or too long is refused; what cannot be written throws", () => {
  for (const bytes of [[], [0x80], [0xff, 0xff], [0x80, 0], [0x81, 0x80, 0]]) {
    expect(createPackedReader(Uint8Array.from(bytes)).number()).toBeNull();
  }
  const six = [0x80, 0x80, 0x80, 0x80, 0x80];
  expect(createPackedReader(Uint8Array.from([...six, 0x80, 1])).number()).toBeNull();
  expect(createPackedReader(Uint8Array.from([...six, 0x7f])).number()).toBe(127 * 2 ** 35);
  for (const value of [-1, 0.5, PACKED_MAX + 1, Number.NaN]) {
    expect(() => packed(value)).toThrow(RangeError);
  }
});

test("[CB13] bytes are taken whole or not at all", () => {
  const writer = createPackedWriter();
  writer.bytes(Uint8Array.of(1, 2, 3));
  const reader = createPackedReader(writer.take());
  expect(reader.bytes(4)).toBeNull();
  expect(reader.bytes(2)).toEqual(Uint8Array.of(1, 2));
  expect(reader.bytes(1)).toEqual(Uint8Array.of(3));
});
