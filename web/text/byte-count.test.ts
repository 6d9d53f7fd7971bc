import { describe, expect, it } from "vitest";
import { MESSAGE_TEXT_BYTES_MAX } from "../../workers/api.ts";
import { countBytes, judgeFullness } from "./byte-count.ts";

describe("byte count", () => {
  it("[UI20] counts bytes of UTF-8, not characters", () => {
    expect(countBytes("abc")).toBe(3);
    expect(countBytes("é")).toBe(2);
    expect(countBytes("👨‍👩‍👧‍👦")).toBe(25);
    expect(countBytes("\ud800")).toBe(3);
  });

  it("[UI20] takes a text of the very limit and refuses one byte more", () => {
    const full = "a".repeat(MESSAGE_TEXT_BYTES_MAX);
    expect(judgeFullness(countBytes(full), MESSAGE_TEXT_BYTES_MAX)).toBe("near");
    expect(judgeFullness(countBytes(`${full}a`), MESSAGE_TEXT_BYTES_MAX)).toBe("over");
    expect(judgeFullness(28_672, MESSAGE_TEXT_BYTES_MAX)).toBe("fine");
  });
});
