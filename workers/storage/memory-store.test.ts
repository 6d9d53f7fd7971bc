import { describe, expect, it } from "vitest";
import { codeOf, storeConformance } from "./conformance.suite.test.ts";
import { createMemoryStore } from "./memory-store.ts";
import { prefixRange, StoreError, type Write } from "./store.ts";

const everything = prefixRange([]);

storeConformance(
  "the memory store",
  async () => {
    const store = createMemoryStore();
    return { store, reopen: async () => store.connect() };
  },
  { modelRuns: 300 },
);

describe("memory store", () => {
  const put = (key: string, value: number): Write => ({
    type: "put",
    table: "log",
    key: [key],
    value,
  });

  it("[ST24] rejects as planned and writes nothing of that commit", async () => {
    let planned: StoreError | null = null;
    const asked: (readonly Write[])[] = [];
    const store = createMemoryStore({
      onCommit: (writes) => {
        asked.push(writes);
        return planned;
      },
    });
    await store.commit([put("a", 1)], { durability: "relaxed" });
    for (const code of ["quota", "closed"] as const) {
      planned = new StoreError(code, "planned");
      const refused = store.commit([put("a", 2), put("b", 2)], { durability: "strict" });
      expect(await codeOf(refused)).toBe(code);
      expect(await codeOf(store.takeFence())).toBe(code);
    }
    planned = null;
    expect(await store.list("log", everything)).toEqual([{ key: ["a"], value: 1 }]);
    expect(await store.takeFence()).toBe(1);
    expect(asked).toHaveLength(6);
  });

  it("[ST25] starts again from a snapshot, untouched by what came after it", async () => {
    const store = createMemoryStore();
    await store.commit([put("a", 1)], { durability: "strict" });
    const disk = store.snapshot();
    await store.commit([put("a", 2), put("b", 2)], { durability: "strict" });
    const restarted = createMemoryStore({ disk });
    expect(await restarted.list("log", everything)).toEqual([{ key: ["a"], value: 1 }]);
    await restarted.commit([put("c", 3)], { durability: "strict" });
    store.restore(disk);
    expect(await store.list("log", everything)).toEqual([{ key: ["a"], value: 1 }]);
  });

  it("[ST26] can lose the newest relaxed commits, never one below a strict one", async () => {
    const store = createMemoryStore();
    await store.commit([put("a", 1), put("b", 1)], { durability: "relaxed" });
    await store.commit([put("vote", 1)], { durability: "strict" });
    await store.commit([put("a", 2)], { durability: "relaxed" });
    await store.commit(
      [
        put("c", 3),
        { type: "delete-range", table: "log", range: { from: ["a"], to: ["b", []] } },
        put("b", 4),
      ],
      { durability: "relaxed" },
    );
    const after = async (relaxedLost: number) => {
      const restarted = createMemoryStore({ disk: store.snapshot({ relaxedLost }) });
      const rows = await restarted.list("log", everything);
      return Object.fromEntries(rows.map((row) => [row.key[0], row.value]));
    };
    expect(await after(0)).toEqual({ b: 4, c: 3, vote: 1 });
    expect(await after(1)).toEqual({ a: 2, b: 1, vote: 1 });
    expect(await after(2)).toEqual({ a: 1, b: 1, vote: 1 });
    expect(await after(Infinity)).toEqual({ a: 1, b: 1, vote: 1 });
    expect(await after(0)).toEqual({ b: 4, c: 3, vote: 1 });
  });
});
