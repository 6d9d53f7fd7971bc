import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { storeConformance } from "./conformance.suite.test.ts";
import {
  cleanUpAfterEach,
  interceptWrites,
  newName,
  open,
  put,
  relaxed,
  strict,
} from "./idb-fixture.suite.test.ts";
import { toIdbKey } from "./idb-rows.ts";
import { deleteIdbStore, openIdbStore } from "./idb-store.ts";
import { compareKeys, type KeyBound } from "./keys.ts";
import { prefixRange } from "./store.ts";

cleanUpAfterEach();

storeConformance(
  "the IndexedDB store",
  async () => {
    const name = newName();
    return { store: await openIdbStore(name), reopen: () => openIdbStore(name) };
  },
  { modelRuns: 40 },
);

describe("order of keys", () => {
  it("[ST4] is the browser's own order", () => {
    const part = fc.oneof(
      fc.double({ noNaN: true }),
      fc.integer({ min: -2, max: 2 }),
      fc.string({ unit: "binary", maxLength: 3 }),
      fc.uint8Array({ maxLength: 3 }),
      fc.constant([] as const),
    );
    const bound: fc.Arbitrary<KeyBound> = fc.array(part, { maxLength: 3 });
    fc.assert(
      fc.property(bound, bound, (left, right) => {
        const browser = indexedDB.cmp(toIdbKey(left), toIdbKey(right));
        expect(Math.sign(compareKeys(left, right))).toBe(browser);
      }),
      { numRuns: 2_000, seed: 4 },
    );
  });
});

describe("durability", () => {
  it("[ST21] reaches the browser's transaction as asked for", async () => {
    const store = await open(newName());
    const asked: unknown[] = [];
    interceptWrites((begin) => {
      const transaction = begin();
      asked.push(transaction.durability);
      return transaction;
    });
    await store.commit([put("a", 1)], relaxed);
    await store.commit([put("a", 2)], strict);
    await store.takeFence();
    expect(asked).toEqual(["relaxed", "strict", "strict"]);
  });

  it("[ST21] keeps both tables of a commit in step when the tab is killed in the middle", async () => {
    const name = newName();
    for (const killAfter of [1, 3, 7, 12]) {
      const worker = new Worker(new URL("./killed-writer.suite.test.ts", import.meta.url), {
        type: "module",
      });
      const acknowledged = await new Promise<number>((resolve, reject) => {
        worker.addEventListener("error", (event) => reject(new Error(event.message)));
        worker.addEventListener("message", ({ data }: MessageEvent<number>) => {
          if (data >= killAfter) resolve(data);
        });
        worker.postMessage(name);
      });
      worker.terminate();
      const store = await open(name);
      const round = (await store.get("log", ["round"])) as number;
      expect(round).toBeGreaterThanOrEqual(acknowledged);
      for (const table of ["log", "entries"] as const) {
        const rows = await store.list(table, prefixRange(["row"]));
        expect(new Set(rows.map((row) => row.value))).toEqual(new Set([round]));
        expect(rows).toHaveLength(300);
      }
      await store.close();
      await deleteIdbStore(name);
    }
  });
});
