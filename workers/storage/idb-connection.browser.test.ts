import { openDB } from "idb";
import { describe, expect, it } from "vitest";
import { codeOf } from "./conformance.suite.test.ts";
import { type Migration, MIGRATIONS } from "./idb-connection.ts";
import {
  cleanUpAfterEach,
  EVERYTHING,
  interceptWrites,
  newName,
  open,
  put,
  strict,
} from "./idb-fixture.suite.test.ts";
import { deleteIdbStore, openIdbStore } from "./idb-store.ts";
import { TABLES } from "./store.ts";

cleanUpAfterEach();

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

  it("[ST23] is not written to again by a commit that was under way when it gave way", async () => {
    const name = newName();
    const store = await open(name);
    let begun = 0;
    interceptWrites((begin, database) => {
      begun += 1;
      if (begun > 1) return begin();
      database.dispatchEvent(
        new IDBVersionChangeEvent("versionchange", { oldVersion: 1, newVersion: 2 }),
      );
      throw new DOMException("The database connection is closing.", "InvalidStateError");
    });
    const commits = [1, 2].map((n) => store.commit([put("a", n)], strict));
    for (const commit of commits) expect(await codeOf(commit)).toBe("closed");
    expect(begun).toBe(1);
    expect(await (await open(name)).get("log", ["a"])).toBeNull();
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
    // What was given up must not be done later, behind the back of who was told so.
    await (await open(name)).close();
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
      expect(await store.list(table, EVERYTHING)).toHaveLength(table === "meta" ? 1 : 0);
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
    expect(await store.list("log", EVERYTHING)).toEqual([
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
