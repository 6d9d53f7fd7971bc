import { describe, expect, test } from "vitest";
import type { StorageCursor, StorageSlice } from "../api.ts";
import {
  type Key,
  prefixRange,
  type StoredValue,
  type TableName,
  TABLES,
  type Write,
} from "../storage/store.ts";
import { createMemoryStore } from "../storage/memory-store.ts";
import { MEASURE_ROWS_MAX } from "./limits.ts";
import { measureSlice } from "./measuring.ts";

const STRICT = { durability: "strict" } as const;

function put(table: TableName, key: Key, value: StoredValue): Write {
  return { type: "put", table, key, value };
}

async function filledStore() {
  const store = createMemoryStore();
  const writes: Write[] = [
    put("meta", ["name"], "Grüße"),
    put("blocks", [1], { bytes: new Uint8Array(100), flag: true, none: null }),
    put("keys", [new Uint8Array(16)], [1, "two", new Uint8Array(3)]),
  ];
  for (let index = 0; index < MEASURE_ROWS_MAX * 2 + 1; index += 1) {
    writes.push(put("entries", ["lane", index], new Uint8Array(10)));
  }
  for (let index = 0; index < MEASURE_ROWS_MAX; index += 1) {
    writes.push(put("bodies", [new Uint8Array([index, 7])], new Uint8Array(50)));
  }
  await store.commit(writes, STRICT);
  return store;
}

async function measureAll(store: Parameters<typeof measureSlice>[0]): Promise<StorageSlice[]> {
  const slices: StorageSlice[] = [];
  let next: StorageCursor | null = { table: "", after: [] };
  while (next !== null && slices.length < 100) {
    const slice: StorageSlice = await measureSlice(store, next);
    slices.push(slice);
    next = structuredClone(slice.next);
  }
  return slices;
}

describe("measuring", () => {
  test("[MT1] counts each row of each table once, and ends", async () => {
    const store = await filledStore();
    const slices = await measureAll(store);
    for (const table of TABLES) {
      const rows = await store.list(table, prefixRange([]));
      const counted = slices.filter((one) => one.table === table);
      expect(
        counted.reduce((sum, one) => sum + one.rows, 0),
        table,
      ).toBe(rows.length);
    }
    expect(slices.at(-1)).toMatchObject({ done: TABLES.length, tables: TABLES.length, next: null });
  });

  test("[MT1] adds up keys and values as they are handed over", async () => {
    const slices = await measureAll(await filledStore());
    const bytesOf = (table: string) =>
      slices.filter((one) => one.table === table).reduce((sum, one) => sum + one.bytes, 0);
    expect(bytesOf("meta")).toBe("name".length + 7);
    expect(bytesOf("blocks")).toBe(
      8 + "bytes".length + 100 + "flag".length + 1 + "none".length + 1,
    );
    expect(bytesOf("keys")).toBe(16 + 8 + 3 + 3);
    expect(bytesOf("entries")).toBe((MEASURE_ROWS_MAX * 2 + 1) * ("lane".length + 8 + 10));
  });

  test("[MT2] reads at most so many rows at once", async () => {
    const store = await filledStore();
    const limits: (number | undefined)[] = [];
    const watched = {
      list: async (...args: Parameters<typeof store.list>) => {
        limits.push(args[2]?.limit);
        return store.list(...args);
      },
    };
    const slices = await measureAll(watched);
    expect(new Set(limits)).toEqual(new Set([MEASURE_ROWS_MAX]));
    expect(Math.max(...slices.map(({ rows }) => rows))).toBe(MEASURE_ROWS_MAX);
  });

  test("[MT3] begins again for a cursor that names no place", async () => {
    const store = await filledStore();
    const strange: unknown[] = [
      { table: "nothing", after: [] },
      { table: "entries" },
      { table: "entries", after: [{}] },
      { table: "entries", after: [Number.NaN] },
      { after: [1] },
      "entries",
      7,
      null,
      undefined,
    ];
    for (const cursor of strange) {
      const slice = await measureSlice(store, cursor as StorageCursor);
      expect(["meta", "entries"], JSON.stringify(cursor)).toContain(slice.table);
    }
  });

  test("[MT4] holds no value of any row", async () => {
    const store = createMemoryStore();
    await store.commit([put("meta", ["a"], "a text that nobody may see")], STRICT);
    expect(JSON.stringify(await measureAll(store))).not.toContain("nobody may see");
  });
});
