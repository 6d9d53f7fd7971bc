import { expect, test } from "vitest";
import { utf8Length } from "../core/codec/shape.ts";
import { cleanName, shownName } from "./names.ts";

test("[NM1] a typed name is trimmed and kept as it is, up to 64 bytes", () => {
  expect(cleanName("  Mum \t  O'Kafor ")).toBe("Mum O'Kafor");
  expect(cleanName("Ανδρέας")).toBe("Ανδρέας");
  expect(cleanName("👨‍👩‍👧")).toBe("👨‍👩‍👧");
  expect(cleanName("می‌خواهم")).toBe("می‌خواهم");
  for (const name of ["❤️ Gran", "👩🏽‍🚀", "🏴󠁧󠁢󠁷󠁬󠁳󠁿 Nain", "1️⃣", "श्री", "क्‍ष", "O’Neill", "김하늘", "中村"]) {
    expect(cleanName(name)).toBe(name);
    expect(shownName(name)).toBe(name);
  }
  expect(cleanName("x".repeat(64))).toBe("x".repeat(64));
  expect(cleanName("x".repeat(65))).toBeNull();
  expect(cleanName("é".repeat(33))).toBeNull();
});

test.each([
  "",
  "   ",
  "\u200d",
  "\u200c\u200d",
  "Mum\u202e",
  "\u2066Mum\u2069",
  "M\u200bum",
  "Mum\u0000",
  "Mum\u001b[31m",
  "\u3164",
  "\u00adMum",
  "\u061cMum",
  "Mum\u2060",
  "\u0301",
  "Mum\u200c",
  "Mum\u200d",
  "\u200dMum",
  "M\u200cum",
  "M\u200dum",
  "Mum\ufe0f",
  "Mum1\ufe0f",
  "Mum\u{e0020}",
  "\u{e0001}Mum",
  "Mum\u{e0100}",
  "Mum\u034f",
  "Mum\u17b5",
  "Mum\u2800",
  "\u2800",
  "می\u200c",
  "👩\u200d",
])("[NM2] a name that hides something or shows nothing is refused: %j", (name) => {
  expect(cleanName(name)).toBeNull();
});

test("[NM3] a name from elsewhere is shown without what hides, and cut to 64 bytes", () => {
  expect(shownName("\u202eMum\u202c")).toBe("Mum");
  expect(shownName("  Mum\u0007 ")).toBe("Mum");
  expect(shownName("\u3164\u200b")).toBe("");
  expect(shownName("Mum\u200d\ufe0f\u{e0041}\u2800")).toBe("Mum");
  const long = shownName("é".repeat(500));
  expect(utf8Length(long)).toBe(64);
  expect(shownName("👨‍👩‍👧".repeat(20)).isWellFormed()).toBe(true);
  for (const name of ["Mum", "👨‍👩‍👧", "می‌خواهم"]) expect(shownName(name)).toBe(name);
});
