import { encode as encodeCbor } from "cborg";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeWire, encodeWire, isSameBytes, type Malformed, type Wire } from "./cbor.ts";
import { fromHex, toHex } from "./ids.ts";

const MAX = 1 << 20;
const hex = (text: string): Uint8Array => fromHex(text.replaceAll(" ", ""));

/** Wire values at most `depth` arrays deep. */
function wires(depth: number): fc.Arbitrary<Wire> {
  const leaf: fc.Arbitrary<Wire> = fc.oneof(
    fc.maxSafeNat(),
    fc.nat(300),
    fc.uint8Array({ maxLength: 40 }),
    fc.string({ unit: "binary", maxLength: 20 }),
  );
  return depth === 0 ? leaf : fc.oneof(leaf, fc.array(wires(depth - 1), { maxLength: 4 }));
}

function refusal(bytes: Uint8Array, bytesMax = MAX): Malformed | "accepted" {
  const decoded = decodeWire(bytes, bytesMax);
  return decoded.ok ? "accepted" : decoded.reason;
}

/** `depth` arrays of one item around a zero. */
function nested(depth: number): Uint8Array {
  const bytes = new Uint8Array(depth + 1).fill(0x81);
  bytes[depth] = 0;
  return bytes;
}

describe("canonical CBOR", () => {
  test("[CB1] values have these bytes (RFC 8949, appendix A)", () => {
    const cases: readonly (readonly [Wire, string])[] = [
      [0, "00"],
      [23, "17"],
      [24, "1818"],
      [255, "18ff"],
      [256, "190100"],
      [65_535, "19ffff"],
      [65_536, "1a00010000"],
      [1_000_000_000_000, "1b000000e8d4a51000"],
      [Number.MAX_SAFE_INTEGER, "1b001fffffffffffff"],
      ["", "60"],
      ["IETF", "6449455446"],
      ["\u00fc", "62c3bc"],
      ["\u{10151}", "64f0908591"],
      [Uint8Array.of(1, 2, 3, 4), "4401020304"],
      [[], "80"],
      [[1, [2, 3], [4, 5]], "8301820203820405"],
    ];
    for (const [value, bytes] of cases) {
      expect(toHex(encodeWire(value))).toBe(bytes);
      expect(decodeWire(hex(bytes), MAX)).toEqual({ ok: true, value });
    }
  });

  test("[CB1] [CB2] any wire value comes back equal, and its bytes too", () => {
    fc.assert(
      fc.property(wires(8), (value) => {
        const bytes = encodeWire(value);
        const decoded = decodeWire(bytes, MAX);
        expect(decoded).toEqual({ ok: true, value });
        if (decoded.ok) expect(isSameBytes(encodeWire(decoded.value), bytes)).toBe(true);
      }),
    );
  });

  test("[CB2] accepted bytes are the only bytes of their value, however they were found", () => {
    const seed = encodeWire([7, "text", Uint8Array.of(1, 2), [300, [""]]]);
    let accepted = 0;
    for (let at = 0; at < seed.length; at += 1) {
      for (let byte = 0; byte < 256; byte += 1) {
        const bytes = seed.slice();
        bytes[at] = byte;
        const decoded = decodeWire(bytes, MAX);
        if (!decoded.ok) continue;
        accepted += 1;
        expect(toHex(encodeWire(decoded.value))).toBe(toHex(bytes));
      }
    }
    expect(accepted).toBeGreaterThan(seed.length);
  });

  test("[CB2] decoded byte strings share nothing with the bytes they came in", () => {
    const bytes = encodeWire(Uint8Array.of(1, 2, 3));
    const decoded = decodeWire(bytes, MAX);
    bytes.fill(9);
    expect(decoded).toEqual({ ok: true, value: Uint8Array.of(1, 2, 3) });
  });
});

describe("the malformed corpus", () => {
  test("[CB3] items that no structure has are refused", () => {
    const forbidden = [
      ["map", "a0"],
      ["map with an entry", "a1616101"],
      ["duplicate keys", "a2616101616102"],
      ["map inside an array", "81a0"],
      ["tag", "c000"],
      ["date tag", "c11a514b67b0"],
      ["negative", "20"],
      ["negative, 8 bytes", "3bffffffffffffffff"],
      ["half float", "f93c00"],
      ["single float", "fa3f800000"],
      ["double 1.0", "fb3ff0000000000000"],
      ["double -0", "fb8000000000000000"],
      ["half NaN", "f97e00"],
      ["false", "f4"],
      ["true", "f5"],
      ["null", "f6"],
      ["undefined", "f7"],
      ["simple(255)", "f8ff"],
      ["break alone", "ff"],
      ["indefinite bytes", "5f4100ff"],
      ["indefinite text", "7f6161ff"],
      ["indefinite array", "9f00ff"],
      ["indefinite map", "bfff"],
      ["reserved length 28", "1c00"],
      ["reserved length 30 of an array", "9e"],
      ["2^53", "1b0020000000000000"],
      ["2^64 - 1", "1bffffffffffffffff"],
      ["bytes of length 2^64 - 1", "5bffffffffffffffff"],
    ] as const;
    for (const [name, bytes] of forbidden) {
      expect([name, refusal(hex(bytes))]).toEqual([name, "forbidden-item"]);
    }
  });

  test("[CB4] the depth is capped, and huge depths cost no stack", () => {
    expect(refusal(nested(8))).toBe("accepted");
    for (const depth of [9, 1_000, 20_000, 1_000_000]) {
      expect(refusal(nested(depth), 2_000_000)).toBe("too-deep");
    }
    expect(refusal(encodeCbor([[[[[[[[]]]]]]]]))).toBe("accepted");
    expect(refusal(encodeCbor([[[[[[[[[]]]]]]]]]))).toBe("too-deep");
  });

  test("[CB4] lengths beyond the bytes are refused without room being made for them", () => {
    for (const bytes of ["9affffffff", "9b001fffffffffffff", "5affffffff", "7affffffff", "8201"]) {
      expect([bytes, refusal(hex(bytes))]).toEqual([bytes, "truncated"]);
    }
  });

  test("[CB5] nothing, too much and a trailing byte are refused", () => {
    expect(refusal(new Uint8Array(0))).toBe("empty");
    expect(refusal(hex("4401020304"), 5)).toBe("accepted");
    expect(refusal(hex("4401020304"), 4)).toBe("too-large");
    expect(refusal(hex("0000"))).toBe("non-canonical");
    expect(refusal(hex("8000"))).toBe("non-canonical");
  });

  test("[CB5] a single byte is accepted only as what it is", () => {
    for (let byte = 0; byte < 256; byte += 1) {
      const isItem = byte < 24 || byte === 0x40 || byte === 0x60 || byte === 0x80;
      expect([byte, refusal(Uint8Array.of(byte)) === "accepted"]).toEqual([byte, isItem]);
    }
  });

  test("[CB5] a truncation at any offset is refused", () => {
    const whole = encodeWire([1, 300, 70_000, 2 ** 40, "text \u00fc", new Uint8Array(300), [[""]]]);
    for (let length = 0; length < whole.length; length += 1) {
      expect(refusal(whole.subarray(0, length))).toBe(length === 0 ? "empty" : "truncated");
    }
  });

  test("[CB5] heads that are not the shortest are refused", () => {
    const long = ["1817", "1800", "1900ff", "1a0000ffff", "1b00000000ffffffff", "5800", "580101"];
    const others = ["7800", "780161", "9800", "980100", "9900018000", "5900020102", "8118170000"];
    for (const bytes of [...long, ...others]) {
      expect([bytes, refusal(hex(bytes))]).toEqual([bytes, "non-canonical"]);
    }
  });

  test("[CB5] text that is not well-formed UTF-8 is refused", () => {
    const bad = {
      "a lone continuation": "6180",
      "an overlong NUL": "62c080",
      "an overlong slash": "63e080af",
      "a high surrogate": "63eda080",
      "a low surrogate": "63edb080",
      "a pair of surrogates (CESU-8)": "66eda081edb080",
      "above U+10FFFF": "64f4908080",
      "a start without its rest": "61c3",
      "a start before a letter": "62c361",
      "five bytes": "65f888808080",
      "0xff": "61ff",
    };
    for (const [name, bytes] of Object.entries(bad)) {
      expect([name, refusal(hex(bytes))]).toEqual([name, "non-canonical"]);
    }
  });

  test("[CB5] a lone surrogate in own text does not come back as text", () => {
    const decoded = decodeWire(encodeWire("a\ud800b"), MAX);
    expect(decoded).toEqual({ ok: true, value: "a\ufffdb" });
  });

  test("[CB6] a byte order mark, NUL and both normal forms stay as they are", () => {
    for (const text of ["\ufeff", "\ufeffabc", "a\ufeff", "\u0000", "Zo\u00eb", "Zoe\u0308"]) {
      expect(decodeWire(encodeWire(text), MAX)).toEqual({ ok: true, value: text });
    }
    const long = "\ufeff\u{1f468}\u200d\u{1f469}\u200d\u{1f467}".repeat(2_000);
    expect(decodeWire(encodeWire(long), MAX)).toEqual({ ok: true, value: long });
  });

  test("[CB3] [CB5] random bytes never throw, and what is accepted encodes the same", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const decoded = decodeWire(bytes, 48);
        if (decoded.ok) expect(toHex(encodeWire(decoded.value))).toBe(toHex(bytes));
        else expect(decoded.reason).not.toBe("shape");
      }),
      { numRuns: 2_000 },
    );
  });
});
