/**
 * What every store must do, run on the memory store and on a real browser's IndexedDB. A file that
 * is named `*.suite.test.ts` holds no tests of its own; the test runner leaves it out.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runModel } from "./model.suite.test.ts";
import {
  type Key,
  prefixRange,
  type Store,
  StoreError,
  type StoreErrorCode,
  TABLES,
  type Write,
} from "./store.ts";

/** An open store on an empty disk, and how to connect to the same disk again. */
export interface StoreUnderTest {
  readonly store: Store;
  /** Another connection; the ones before stay as they are. */
  readonly reopen: () => Promise<Store>;
}

export interface ConformanceOptions {
  /** Random histories that are compared with the model. */
  readonly modelRuns: number;
}

/** Fixed, so that the gate runs the same histories every time. */
const MODEL_SEED = 22_112_026;
const EVERYTHING = prefixRange([]);
const strict = { durability: "strict" } as const;
const relaxed = { durability: "relaxed" } as const;

function put(key: Key, value: Extract<Write, { type: "put" }>["value"]): Write {
  return { type: "put", table: "entries", key, value };
}

/** The code with which `work` is refused; fails if it is not refused by a StoreError. */
export async function codeOf(work: Promise<unknown>): Promise<StoreErrorCode> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof StoreError)) throw new Error(`no StoreError: ${String(error)}`);
  expect(error.message.length).toBeGreaterThan(error.code.length);
  return error.code;
}

export function storeConformance(
  name: string,
  open: () => Promise<StoreUnderTest>,
  options: ConformanceOptions,
): void {
  describe(`${name} keeps the guarantee of the store`, () => {
    let store: Store;
    let reopen: () => Promise<Store>;
    const opened: Store[] = [];

    beforeEach(async () => {
      const subject = await open();
      store = subject.store;
      reopen = async () => {
        const other = await subject.reopen();
        opened.push(other);
        return other;
      };
      opened.push(store);
    });

    afterEach(async () => {
      await Promise.all(opened.splice(0).map((one) => one.close()));
    });

    const keysOf = async (range = EVERYTHING, listing = {}) =>
      (await store.list("entries", range, listing)).map((row) => row.key);

    it("[ST1] writes every step of a commit, in order and over several tables", async () => {
      await store.commit([put([1], "old"), put([2], "gone")], strict);
      await store.commit(
        [
          put([1], "new"),
          { type: "delete", table: "entries", key: [2] },
          put([3], "put then deleted"),
          { type: "delete", table: "entries", key: [3] },
          { type: "put", table: "blocks", key: [7], value: new Uint8Array([1, 2]) },
        ],
        relaxed,
      );
      expect(await store.list("entries", EVERYTHING)).toEqual([{ key: [1], value: "new" }]);
      expect(await store.get("blocks", [7])).toEqual(new Uint8Array([1, 2]));
      expect(await store.get("entries", [2])).toBeNull();
    });

    it("[ST1] has every table, empty at first and apart from the others", async () => {
      await store.commit(
        TABLES.map((table) => ({ type: "put", table, key: ["who"], value: table })),
        relaxed,
      );
      for (const table of TABLES) expect(await store.get(table, ["who"])).toBe(table);
    });

    it("[ST2] writes nothing of a commit in which one step cannot be stored", async () => {
      const bad = [
        put([Number.NaN], 1),
        put([2], (() => 1) as never),
        put([2], { field: undefined } as never),
        put([2], new Date(0) as never),
        put([["nested"]] as never, 1),
        { type: "put", table: "nowhere" as never, key: [2], value: 1 } as const,
      ];
      for (const step of bad) {
        await expect(store.commit([put([1], "first"), step], relaxed)).rejects.toThrow(TypeError);
        await expect(store.commit([step, put([1], "last")], strict)).rejects.toThrow(TypeError);
      }
      await expect(store.get("entries", [Number.NaN])).rejects.toThrow(TypeError);
      expect(await keysOf()).toEqual([]);
    });

    it("[ST3] gives null for what is not there, and does nothing for an empty commit", async () => {
      await store.commit([], strict);
      await store.commit([{ type: "delete", table: "log", key: ["none"] }], relaxed);
      expect(await store.get("log", ["none"])).toBeNull();
      expect(await store.list("log", EVERYTHING)).toEqual([]);
    });

    it("[ST31] gives many values of one moment in the order asked for, null where there is none", async () => {
      await store.commit(
        [put([1], "one"), put([2, "b"], new Uint8Array([7])), put([3], 3)],
        relaxed,
      );
      const keys = [[3], [9], [1], [2, "b"], [1]];
      expect(await store.getMany("entries", keys)).toEqual([
        3,
        null,
        "one",
        new Uint8Array([7]),
        "one",
      ]);
      expect(await store.getMany("bodies", keys)).toEqual(keys.map(() => null));
      expect(await store.getMany("entries", [])).toEqual([]);
      await expect(store.getMany("entries", [[1], [Number.NaN]])).rejects.toThrow(TypeError);
      await expect(store.getMany("nowhere" as never, [[1]])).rejects.toThrow(TypeError);
      const given = new Uint8Array([4]);
      const asking = store.getMany("entries", [[given], [3]]);
      given[0] = 9;
      expect(await asking).toEqual([null, 3]);
    });

    it("[ST4] lists numbers before strings before bytes, prefix first", async () => {
      const sorted: Key[] = [
        [],
        [-Infinity],
        [-1.5],
        [0],
        [0, 0],
        [0, ""],
        [0, new Uint8Array([])],
        [2],
        [10],
        [2 ** 53 - 1],
        [Infinity],
        [""],
        ["", 1],
        ["10"],
        ["2"],
        ["Z"],
        ["a"],
        ["é"],
        ["\ud83d\ude00"],
        ["\uffff"],
        [new Uint8Array([])],
        [new Uint8Array([0])],
        [new Uint8Array([0, 0])],
        [new Uint8Array([1])],
        [new Uint8Array([1]), 5],
        [new Uint8Array([255])],
      ];
      const shuffled = [...sorted].sort((a, b) => String(a).length - String(b).length);
      await store.commit(
        shuffled.map((key) => put(key, null)),
        relaxed,
      );
      expect(await keysOf()).toEqual(sorted);
      expect(await keysOf(EVERYTHING, { reverse: true })).toEqual(sorted.toReversed());
      for (const key of sorted) await store.commit([put(key, 1)], relaxed);
      expect(await keysOf()).toEqual(sorted);
    });

    it("[ST4] takes -0 and 0 for one key, and gives back 0", async () => {
      await store.commit([put([0], "first"), put([-0], "second")], relaxed);
      expect(await store.list("entries", EVERYTHING)).toEqual([{ key: [0], value: "second" }]);
      expect(await store.get("entries", [-0])).toBe("second");
    });

    it("[ST5] includes the beginning of a range and excludes its end", async () => {
      await store.commit(
        [1, 2, 3, 4].map((n) => put([n], n)),
        relaxed,
      );
      expect(await keysOf({ from: [2], to: [4] })).toEqual([[2], [3]]);
      expect(await keysOf({ from: [2], to: [2] })).toEqual([]);
      expect(await keysOf({ from: [4], to: [2] })).toEqual([]);
      expect(await keysOf({ from: [2, []], to: [[]] })).toEqual([[3], [4]]);
    });

    it("[ST6] finds exactly the keys that begin with a prefix", async () => {
      const id = new Uint8Array([7]);
      const inside: Key[] = [["a"], ["a", 0], ["a", "b", 1], ["a", id], ["a", id, id]];
      const outside: Key[] = [["A"], [1, "a"], ["a\u0000"], ["b"], [id]];
      await store.commit(
        [...outside, ...inside].map((key) => put(key, 1)),
        relaxed,
      );
      expect(await keysOf(prefixRange(["a"]))).toEqual(inside);
      expect(await keysOf(prefixRange(["a", id]))).toEqual(inside.slice(3));
    });

    it("[ST7] lists at most the limit, from either end", async () => {
      await store.commit(
        [1, 2, 3, 4, 5].map((n) => put([n], n)),
        relaxed,
      );
      const range = { from: [2], to: [5] };
      expect(await keysOf(range, { limit: 2 })).toEqual([[2], [3]]);
      expect(await keysOf(range, { limit: 2, reverse: true })).toEqual([[4], [3]]);
      expect(await keysOf(range, { limit: 9, reverse: true })).toEqual([[4], [3], [2]]);
      expect(await keysOf(range, { limit: 0 })).toEqual([]);
      expect(await keysOf(range, { limit: 0, reverse: true })).toEqual([]);
      await expect(keysOf(range, { limit: -1 })).rejects.toThrow(TypeError);
      await expect(keysOf(range, { limit: 1.5 })).rejects.toThrow(TypeError);
    });

    it("[ST8] deletes a range in one table and nothing beside it", async () => {
      await store.commit(
        [
          ...[1, 2, 3].flatMap((day) => [put([day, "a"], day), put([day, "b"], day)]),
          { type: "put", table: "log", key: [2, "a"], value: 1 },
        ],
        relaxed,
      );
      const gone: Write = { type: "delete-range", table: "entries", range: prefixRange([2]) };
      const none: Write = {
        type: "delete-range",
        table: "entries",
        range: { from: [9], to: [1] },
      };
      await store.commit([gone, none, put([2, "c"], "after")], strict);
      expect(await keysOf()).toEqual([
        [1, "a"],
        [1, "b"],
        [2, "c"],
        [3, "a"],
        [3, "b"],
      ]);
      expect(await store.get("log", [2, "a"])).toBe(1);
    });

    it("[ST9] shares no bytes and no objects with its caller", async () => {
      const id = new Uint8Array([1]);
      const bytes = new Uint8Array([1, 2, 3]);
      const value = { bytes, list: [1] };
      const committing = store.commit([put(["k", id], value)], relaxed);
      bytes[0] = 99;
      value.list.push(2);
      id[0] = 9;
      await committing;
      const expected = { bytes: new Uint8Array([1, 2, 3]), list: [1] };
      const found = (await store.get("entries", ["k", new Uint8Array([1])])) as typeof value;
      expect(found).toEqual(expected);
      found.bytes[0] = 50;
      found.list.push(3);
      const [row] = await store.list("entries", EVERYTHING);
      expect(row).toEqual({ key: ["k", new Uint8Array([1])], value: expected });
      (row!.key[1] as Uint8Array)[0] = 77;
      expect(await keysOf()).toEqual([["k", new Uint8Array([1])]]);
    });

    it("[ST10] stores a view without the buffer behind it", async () => {
      const frame = new Uint8Array(65_536).fill(7);
      await store.commit([put(["v"], frame.subarray(10, 14))], relaxed);
      const found = (await store.get("entries", ["v"])) as Uint8Array;
      expect(found).toEqual(new Uint8Array([7, 7, 7, 7]));
      expect(found.buffer.byteLength).toBe(4);
    });

    it("[ST11] gives back every kind of value as it was", async () => {
      const values = [
        "",
        "\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67 \u05e9\u05dc\u05d5\u05dd",
        0,
        -1.5,
        2 ** 53 - 1,
        true,
        false,
        null,
        [],
        {},
        [1, ["two", null]],
        { a: { b: [new Uint8Array([0, 255])] } },
        new Uint8Array([]),
      ];
      await store.commit(
        values.map((value, index) => put([index], value)),
        relaxed,
      );
      expect((await store.list("entries", EVERYTHING)).map((row) => row.value)).toEqual(values);
    });

    it("[ST12] applies commits in the order of their calls, also when nobody waits", async () => {
      const commits = Array.from({ length: 30 }, (_, index) =>
        store.commit([put(["last"], index)], index % 3 === 0 ? strict : relaxed),
      );
      await Promise.all(commits);
      expect(await store.get("entries", ["last"])).toBe(29);
    });

    it("[ST13] keeps what it committed, strict and relaxed, over close and reopen", async () => {
      await store.commit([put(["s"], 1)], strict);
      await store.commit([put(["r"], 2)], relaxed);
      await store.close();
      store = await reopen();
      expect(await keysOf()).toEqual([["r"], ["s"]]);
    });

    it("[ST14] counts up with every take-over, also over a reopen", async () => {
      const first = await store.takeFence();
      const second = await (await reopen()).takeFence();
      expect(second).toBeGreaterThan(first);
      expect(first).toBeGreaterThan(0);
      expect(await store.get("meta", ["fence"])).toBe(second);
    });

    it("[ST15] refuses the older of two writers, and writes nothing for it", async () => {
      const older = await store.takeFence();
      await store.commit([put(["vote"], "older")], { ...strict, fence: older });
      const successor = await reopen();
      const newer = await successor.takeFence();
      const late = store.commit([put(["vote"], "late"), put(["x"], 1)], {
        ...strict,
        fence: older,
      });
      expect(await codeOf(late)).toBe("fenced");
      expect(await codeOf(store.commit([], { ...relaxed, fence: older }))).toBe("fenced");
      expect(await keysOf()).toEqual([["vote"]]);
      expect(await successor.get("entries", ["vote"])).toBe("older");
      await successor.commit([put(["vote"], "newer")], { ...relaxed, fence: newer });
      expect(await store.get("entries", ["vote"])).toBe("newer");
    });

    it("[ST15] lets exactly one of two racing writers through", async () => {
      const other = await reopen();
      const fences = await Promise.all([store.takeFence(), other.takeFence()]);
      expect(new Set(fences).size).toBe(2);
      const results = await Promise.allSettled(
        [store, other].map((writer, index) =>
          writer.commit([put(["by"], index)], { ...strict, fence: fences[index]! }),
        ),
      );
      const winner = fences[0] > fences[1] ? 0 : 1;
      expect(results.map((result) => result.status === "fulfilled")).toEqual([
        winner === 0,
        winner === 1,
      ]);
      expect(await store.get("entries", ["by"])).toBe(winner);
    });

    it("[ST15] takes a fence that was never taken for 0", async () => {
      await store.commit([put(["a"], 1)], { ...relaxed, fence: 0 });
      const early = store.commit([put(["b"], 1)], { ...relaxed, fence: 1 });
      expect(await codeOf(early)).toBe("fenced");
      expect(await keysOf()).toEqual([["a"]]);
    });

    it("[ST16] lets nobody but itself write the fence and its own name", async () => {
      const fence = await store.takeFence();
      const attempts: Write[] = [
        { type: "put", table: "meta", key: ["fence"], value: 0 },
        { type: "delete", table: "meta", key: ["fence"] },
        { type: "delete-range", table: "meta", range: prefixRange([]) },
        { type: "put", table: "meta", key: ["instance"], value: "x" },
      ];
      for (const write of attempts) {
        await expect(store.commit([write], relaxed)).rejects.toThrow(TypeError);
      }
      expect(await store.get("meta", ["fence"])).toBe(fence);
    });

    it("[ST17] refuses everything after close with the code closed", async () => {
      const settled: string[] = [];
      const before = store.commit([put(["before"], 1)], strict).then(() => settled.push("commit"));
      const closing = store.close().then(() => settled.push("close"));
      expect(await codeOf(store.get("entries", ["before"]))).toBe("closed");
      expect(await codeOf(store.list("entries", EVERYTHING))).toBe("closed");
      expect(await codeOf(store.commit([put(["after"], 1)], strict))).toBe("closed");
      expect(await codeOf(store.takeFence())).toBe("closed");
      expect(await codeOf(store.estimate())).toBe("closed");
      await Promise.all([before, closing, store.close()]);
      expect(settled).toEqual(["commit", "close"]);
      store = await reopen();
      expect(await keysOf()).toEqual([["before"]]);
    });

    it("[ST18] keeps a wrapping key that shows no bytes, over a reopen", async () => {
      const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, [
        "encrypt",
        "decrypt",
      ]);
      const iv = new Uint8Array(12);
      const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, iv);
      await store.commit([{ type: "put", table: "meta", key: ["wrap"], value: { key } }], strict);
      await store.close();
      store = await reopen();
      const found = (await store.get("meta", ["wrap"])) as { key: CryptoKey };
      expect(found.key.extractable).toBe(false);
      const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, found.key, sealed);
      expect(new Uint8Array(plain)).toEqual(iv);
    });

    it("[ST19] says how many bytes are used and allowed, or null", async () => {
      const estimate = await store.estimate();
      if (estimate === null) return expect(name).toContain("memory");
      expect(estimate.usedBytes).toBeGreaterThanOrEqual(0);
      expect(estimate.quotaBytes).toBeGreaterThan(estimate.usedBytes);
    });

    it("[ST20] agrees with a naive model on random histories", async () => {
      await runModel(store, options.modelRuns, MODEL_SEED);
    }, 120_000);
  });
}
