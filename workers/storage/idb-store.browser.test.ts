import fc from "fast-check";
import { openDB } from "idb";
import { afterEach, describe, expect, it } from "vitest";
import { cdp } from "vitest/browser";
import { codeOf, storeConformance } from "./conformance.suite.test.ts";
import { type Migration, MIGRATIONS } from "./idb-connection.ts";
import { toIdbKey } from "./idb-rows.ts";
import { deleteIdbStore, openIdbStore } from "./idb-store.ts";
import { compareKeys, type KeyBound } from "./keys.ts";
import { prefixRange, type Store, TABLES, type Write } from "./store.ts";

const everything = prefixRange([]);
const strict = { durability: "strict" } as const;
const relaxed = { durability: "relaxed" } as const;
const opened: Store[] = [];
const names: string[] = [];

function newName(): string {
  const name = `storage-test-${crypto.randomUUID()}`;
  names.push(name);
  return name;
}

async function open(name: string, options = {}): Promise<Store> {
  const store = await openIdbStore(name, options);
  opened.push(store);
  return store;
}

const put = (key: string, value: Extract<Write, { type: "put" }>["value"]): Write => ({
  type: "put",
  table: "log",
  key: [key],
  value,
});

/** The DevTools session of this page: real quotas and real wipes. */
async function devtools(method: string, parameters: object): Promise<void> {
  const session = cdp() as unknown as { send(name: string, options: object): Promise<unknown> };
  await session.send(method, parameters);
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
  await Promise.all(names.splice(0).map(deleteIdbStore));
});

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
    const original = IDBDatabase.prototype.transaction;
    IDBDatabase.prototype.transaction = function (this: IDBDatabase, ...given) {
      const transaction = original.apply(this, given);
      if (transaction.mode === "readwrite") asked.push(transaction.durability);
      return transaction;
    };
    try {
      await store.commit([put("a", 1)], relaxed);
      await store.commit([put("a", 2)], strict);
      await store.takeFence();
    } finally {
      IDBDatabase.prototype.transaction = original;
    }
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
    const store = await open(newName());
    await store.commit([put("kept", 1)], strict);
    await devtools("Storage.overrideQuotaForOrigin", { origin, quotaSize: megabyte });
    try {
      const full = store.commit([put("kept", 2), put("big", bulk())], strict);
      expect(await codeOf(full)).toBe("quota");
      expect(await store.list("log", everything)).toEqual([{ key: ["kept"], value: 1 }]);
    } finally {
      await devtools("Storage.overrideQuotaForOrigin", { origin });
    }
    await store.commit([put("kept", 3), put("big", bulk())], strict);
    expect(await store.get("log", ["kept"])).toBe(3);
  });
});

describe("another tab", () => {
  it("[ST23] gives way to a deletion, then refuses with closed and makes nothing anew", async () => {
    const name = newName();
    const store = await open(name);
    await store.commit([put("a", 1)], strict);
    const last = store.commit([put("b", 2)], strict);
    await deleteIdbStore(name);
    await last.catch((error: unknown) => expect(error).toMatchObject({ code: "closed" }));
    expect(await codeOf(store.get("log", ["a"]))).toBe("closed");
    expect(await codeOf(store.commit([put("c", 3)], strict))).toBe("closed");
    const found = await indexedDB.databases();
    expect(found.map((database) => database.name)).not.toContain(name);
  });

  it("[ST23] gives way to an upgrade by a newer version of the app", async () => {
    const name = newName();
    const store = await open(name);
    await store.commit([put("a", 1)], strict);
    const newer = await open(name, { migrations: [...MIGRATIONS, () => undefined] });
    expect(await newer.get("log", ["a"])).toBe(1);
    expect(await codeOf(store.get("log", ["a"]))).toBe("closed");
    expect(await codeOf(openIdbStore(name))).toBe("unavailable");
  });

  it("[ST23] is waited for with a bound when it does not give way", async () => {
    const name = newName();
    const first = await open(name);
    await first.close();
    const stuck = await openDB(name, 1);
    const migrations = [...MIGRATIONS, () => undefined];
    const blocked = openIdbStore(name, { migrations, blockedWaitMs: 20 });
    expect(await codeOf(blocked)).toBe("blocked");
    stuck.close();
    expect(await (await open(name, { migrations })).get("log", ["a"])).toBeNull();
  });
});

describe("upgrade", () => {
  /** Version 2 of a made-up schema: what `log` held as a number becomes an object. */
  const wrapNumbers: Migration = async (_database, transaction) => {
    const table = transaction.objectStore("log");
    for (const key of await table.getAllKeys()) {
      await table.put({ number: (await table.get(key)) as number }, key);
    }
  };

  it("[ST27] makes all tables in a new database", async () => {
    const store = await open(newName());
    for (const table of TABLES) {
      expect(await store.list(table, everything)).toHaveLength(table === "meta" ? 1 : 0);
    }
  });

  it("[ST27] takes an old version with its content, its fence and its name to the new one", async () => {
    const name = newName();
    const old = await openIdbStore(name);
    await old.commit([put("a", 1), put("b", 2)], strict);
    const fence = await old.takeFence();
    const instance = await old.get("meta", ["instance"]);
    await old.close();
    const store = await open(name, { migrations: [...MIGRATIONS, wrapNumbers] });
    expect(await store.list("log", everything)).toEqual([
      { key: ["a"], value: { number: 1 } },
      { key: ["b"], value: { number: 2 } },
    ]);
    expect(await store.get("meta", ["instance"])).toBe(instance);
    await store.commit([put("c", 3)], { ...strict, fence });
  });

  it("[ST27] leaves the old version whole if a step fails", async () => {
    const name = newName();
    const old = await openIdbStore(name);
    await old.commit([put("a", 1)], strict);
    await old.close();
    const fails: Migration = async (database, transaction) => {
      await wrapNumbers(database, transaction);
      throw new DOMException("this value cannot be read", "DataError");
    };
    const failing = openIdbStore(name, { migrations: [...MIGRATIONS, fails] });
    expect(await codeOf(failing)).toBe("corrupt");
    expect(await (await open(name)).get("log", ["a"])).toBe(1);
  });
});

describe("a lost connection", () => {
  /** Makes the next `count` transactions end as Safari's do when its storage process dies. */
  function loseConnections(count: number, name: string, mode: IDBTransactionMode): () => number {
    const original = IDBDatabase.prototype.transaction;
    let left = count;
    IDBDatabase.prototype.transaction = function (this: IDBDatabase, ...given) {
      if (left > 0 && given[1] === mode && this.name === name) {
        left -= 1;
        if (left === 0) IDBDatabase.prototype.transaction = original;
        throw new DOMException("Connection to Indexed Database server lost.", "UnknownError");
      }
      return original.apply(this, given);
    };
    return () => {
      IDBDatabase.prototype.transaction = original;
      return left;
    };
  }

  it("[ST28] is opened once more, and what was asked is done", async () => {
    const name = newName();
    const store = await open(name);
    const undo = loseConnections(1, name, "readwrite");
    await store.commit([put("a", 1)], strict);
    expect(undo()).toBe(0);
    expect(await store.get("log", ["a"])).toBe(1);
  });

  it("[ST28] keeps the order of commits when the first one is repeated", async () => {
    const name = newName();
    const store = await open(name);
    const undo = loseConnections(1, name, "readwrite");
    await Promise.all([1, 2, 3].map((n) => store.commit([put("a", n)], strict)));
    expect(undo()).toBe(0);
    expect(await store.get("log", ["a"])).toBe(3);
  });

  it("[ST28] is reported when the new connection is lost as well, and tried again later", async () => {
    const name = newName();
    const store = await open(name);
    const undo = loseConnections(2, name, "readwrite");
    expect(await codeOf(store.commit([put("a", 1), put("b", 1)], strict))).toBe("unavailable");
    expect(undo()).toBe(0);
    expect(await store.list("log", everything)).toEqual([]);
    await store.commit([put("a", 2)], strict);
    expect(await store.get("log", ["a"])).toBe(2);
  });

  it("[ST29] to a database that the browser wiped is corrupt, and it is not made anew", async () => {
    const name = newName();
    const store = await open(name);
    const fence = await store.takeFence();
    await store.commit([put("vote", 1)], { ...strict, fence });
    await devtools("Storage.clearDataForOrigin", {
      origin: location.origin,
      storageTypes: "indexeddb",
    });
    expect(await codeOf(store.commit([put("vote", 2)], { ...strict, fence }))).toBe("corrupt");
    expect(await codeOf(store.get("log", ["vote"]))).toBe("corrupt");
    const found = await indexedDB.databases();
    expect(found.map((database) => database.name)).not.toContain(name);
  });

  it("[ST29] to a database that somebody made anew is corrupt, and nothing is written to it", async () => {
    const name = newName();
    const store = await open(name);
    await store.commit([put("vote", 1)], strict);
    await devtools("Storage.clearDataForOrigin", {
      origin: location.origin,
      storageTypes: "indexeddb",
    });
    const other = await open(name);
    expect(await codeOf(store.commit([put("vote", 2)], strict))).toBe("corrupt");
    expect(await other.list("log", everything)).toEqual([]);
  });
});
