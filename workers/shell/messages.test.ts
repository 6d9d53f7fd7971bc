import { describe, expect, it } from "vitest";
import { cacheOf, isPageLock, listUnused, pageLockOf } from "./messages.ts";

describe("listUnused", () => {
  it("[PW4] names the files of other builds that no page is open of, and nothing else", () => {
    const caches = [cacheOf("a"), cacheOf("b"), cacheOf("c"), "somebody else's"];
    const locks = [pageLockOf("c"), pageLockOf("a"), pageLockOf("a"), undefined, "node"];
    expect(listUnused("c", caches, locks)).toEqual([cacheOf("b")]);
    expect(listUnused("c", caches, [pageLockOf("c")])).toEqual([cacheOf("a"), cacheOf("b")]);
    expect(listUnused("b", caches, [])).toEqual([cacheOf("a"), cacheOf("c")]);
  });

  it("[PW4] tells the locks of pages from others", () => {
    expect([pageLockOf("a"), "node", undefined].map(isPageLock)).toEqual([true, false, false]);
  });
});
