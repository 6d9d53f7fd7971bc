import { bytesToHex } from "@noble/hashes/utils.js";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { deriveKey } from "./derive.ts";
import { readWords, recoverySeedOf, wordsOf } from "./recovery-words.ts";

const ENTROPY = Uint8Array.from({ length: 32 }, (_, index) => index * 7 + 1);

test("[CR21] the published BIP39 words for 32 bytes of 0x00, 0x7f, 0x80 and 0xff", () => {
  const published: readonly (readonly [number, string, string])[] = [
    [0x00, "abandon", "art"],
    [0x7f, "legal", "title"],
    [0x80, "letter", "bless"],
    [0xff, "zoo", "vote"],
  ];
  for (const [value, first, last] of published) {
    const words = wordsOf(new Uint8Array(32).fill(value));
    expect(words.length).toBe(24);
    expect([words.at(0), words.at(-1)]).toEqual([first, last]);
  }
});

test("[CR21] golden words and recovery seed", () => {
  expect(wordsOf(ENTROPY).join(" ")).toBe(
    "absurd document sheriff demise dress october topic angry exact priority boat stay bleak divert boss raw option best history hunt unable toy exhaust face",
  );
  expect(bytesToHex(recoverySeedOf(ENTROPY))).toBe(
    "9d4e10ebbb2717d04bd300d524a4d3611bc20cdaf8ab8f0bece6354960293243",
  );
  const empty = new Uint8Array(0);
  expect(recoverySeedOf(ENTROPY)).toEqual(
    deriveKey(ENTROPY, "recovery", new Uint8Array(32), empty),
  );
});

test("[CR21] words come back as the same entropy", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (entropy) => {
      expect(readWords(wordsOf(entropy).join(" "))).toEqual({ ok: true, entropy });
    }),
    { numRuns: 50, seed: 39 },
  );
});

test("[CR21] entropy of another length is refused", () => {
  expect(() => wordsOf(new Uint8Array(16))).toThrow(RangeError);
  expect(() => recoverySeedOf(new Uint8Array(31))).toThrow(RangeError);
});

test("[CR22] case, spaces, line breaks, numbering and commas do not matter", () => {
  const words = wordsOf(ENTROPY);
  const typed = [
    `  ${words.join("   ").toUpperCase()}\n`,
    words.join("\n"),
    words.join(", "),
    words.map((word, index) => `${index + 1}. ${word}`).join("\r\n"),
    words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join("\u00a0"),
  ];
  for (const one of typed) expect(readWords(one)).toEqual({ ok: true, entropy: ENTROPY });
});

test("[CR22] a wrong count says how many words were there", () => {
  const words = wordsOf(ENTROPY);
  expect(readWords("")).toEqual({ ok: false, code: "count", words: 0 });
  const short = readWords(words.slice(1).join(" "));
  expect(short).toEqual({ ok: false, code: "count", words: 23 });
  const long = readWords([...words, "zoo"].join(" "));
  expect(long).toEqual({ ok: false, code: "count", words: 25 });
  const twelve = readWords(words.slice(0, 12).join(" "));
  expect(twelve).toEqual({ ok: false, code: "count", words: 12 });
});

test("[CR22] the first unknown word is named with its position", () => {
  const words = wordsOf(ENTROPY).with(6, "famly").with(9, "xyzzy");
  expect(readWords(words.join(" "))).toEqual({
    ok: false,
    code: "unknown-word",
    position: 7,
    word: "famly",
  });
});

test("[CR22] known words with a wrong checksum are told apart", () => {
  const words = wordsOf(new Uint8Array(32));
  expect(readWords(words.with(23, "abandon").join(" "))).toEqual({ ok: false, code: "checksum" });
});
