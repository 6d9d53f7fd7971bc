/** A full disk and a wiped origin, brought about through the developer tools that only Chromium has. */
import { describe, expect, it } from "vitest";
import { codeOf } from "./conformance.suite.test.ts";
import {
  cleanUpAfterEach,
  devtools,
  EVERYTHING,
  newName,
  open,
  put,
  strict,
  wipeOrigin,
} from "./idb-fixture.suite.test.ts";

cleanUpAfterEach();

describe("a full disk", () => {
  const { origin } = location;
  const megabyte = 1024 * 1024;
  /** Random, because the browser compresses what it stores. */
  const bulk = (): Uint8Array => {
    const bytes = new Uint8Array(4 * megabyte);
    for (let at = 0; at < bytes.length; at += 65_536) {
      crypto.getRandomValues(bytes.subarray(at, at + 65_536));
    }
    return bytes;
  };

  it("[ST22] rejects with quota, keeps what was there, and goes on once there is room", async () => {
    // The browser remembers for a while how much room an origin had; a wiped origin starts anew.
    await wipeOrigin();
    await devtools("Storage.overrideQuotaForOrigin", { origin, quotaSize: megabyte });
    const store = await open(newName());
    await store.commit([put("kept", 1)], strict);
    try {
      const full = store.commit([put("kept", 2), put("big", bulk())], strict);
      expect(await codeOf(full)).toBe("quota");
      expect(await store.list("log", EVERYTHING)).toEqual([{ key: ["kept"], value: 1 }]);
    } finally {
      await devtools("Storage.overrideQuotaForOrigin", { origin });
    }
    await store.commit([put("kept", 3), put("big", bulk())], strict);
    expect(await store.get("log", ["kept"])).toBe(3);
  });
});

describe("a lost connection", () => {
  it("[ST29] to a database that the browser wiped is corrupt, and it is not made anew", async () => {
    const name = newName();
    const store = await open(name);
    const fence = await store.takeFence();
    await store.commit([put("vote", 1)], { ...strict, fence });
    await wipeOrigin();
    expect(await codeOf(store.commit([put("vote", 2)], { ...strict, fence }))).toBe("corrupt");
    expect(await codeOf(store.get("log", ["vote"]))).toBe("corrupt");
    const found = await indexedDB.databases();
    expect(found.map((database) => database.name)).not.toContain(name);
  });

  it("[ST29] to a database that somebody made anew is corrupt, and nothing is written to it", async () => {
    const name = newName();
    const store = await open(name);
    await store.commit([put("vote", 1)], strict);
    await wipeOrigin();
    const other = await open(name);
    expect(await codeOf(store.commit([put("vote", 2)], strict))).toBe("corrupt");
    expect(await other.list("log", EVERYTHING)).toEqual([]);
  });
});
