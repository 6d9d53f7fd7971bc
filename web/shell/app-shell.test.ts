import { describe, expect, it } from "vitest";
import { decideBeginning, type Versions } from "./app-shell.ts";

const USUAL: Versions = {
  mine: "a",
  active: "a",
  isNewWaiting: false,
  otherPages: 0,
  hasReloaded: false,
};

describe("decideBeginning", () => {
  it("[PW10] lets a newer version take over only where no other page is open", () => {
    expect(decideBeginning(USUAL)).toBe("start");
    expect(decideBeginning({ ...USUAL, isNewWaiting: true })).toBe("take-over");
    expect(decideBeginning({ ...USUAL, isNewWaiting: true, otherPages: 1 })).toBe("start");
  });

  it("[PW12] has a page of another version reload, once", () => {
    const other: Versions = { ...USUAL, active: "b", otherPages: 1 };
    expect(decideBeginning(other)).toBe("reload");
    expect(decideBeginning({ ...other, isNewWaiting: true })).toBe("reload");
    expect(decideBeginning({ ...other, hasReloaded: true })).toBe("start");
    expect(decideBeginning({ ...other, active: null })).toBe("start");
  });
});
