import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { looksLike } from "./look-alike.ts";

describe("looksLike", () => {
  test.each([
    ["Mum", "mum"],
    ["Mum", "Мum"], // Cyrillic М
    ["Mum", "Múm"],
    ["Mum", "M u m"],
    ["Mum", "Mum."],
    ["Leo", "Le0"],
    ["Leo", "ＬＥＯ"],
    ["Bill", "BiII"],
    ["Anna", "Аnnа"],
    ["Ärne", "Arne"],
    ["Omar", "Ornar"],
    ["Нина", "нина"],
    ["👵", "👵 "],
  ])("[NM4] %s and %s are taken for one another", (one, other) => {
    expect(looksLike(one, other)).toBe(true);
    expect(looksLike(other, one)).toBe(true);
  });

  test.each([
    ["Mum", "Mia"],
    ["Mum", "Mummy"],
    ["Leo", "Lea"],
    ["Нина", "Нона"],
    ["👵", "👴"],
    ["李", "王"],
    ["", ""],
    ["Mum", ""],
  ])("[NM4] %s and %s are not", (one, other) => {
    expect(looksLike(one, other)).toBe(false);
  });

  test("[NM4] every readable name is like itself, and nothing throws", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 20 }), (name) => {
        const isReadable = /[\p{L}\p{N}]/u.test(name);
        return looksLike(name, name) || !isReadable;
      }),
    );
  });
});
