import { describe, expect, it } from "vitest";
import { codeOf } from "./conformance.suite.test.ts";
import {
  cleanUpAfterEach,
  EVERYTHING,
  interceptWrites,
  newName,
  open,
  put,
  strict,
} from "./idb-fixture.suite.test.ts";

cleanUpAfterEach();

describe("a lost connection", () => {
  /** Makes the next `count` commits end as Safari's do when its storage process dies; gives the
   * number of those that are still to come. */
  function loseConnections(count: number): () => number {
    let left = count;
    interceptWrites((begin) => {
      if (left === 0) return begin();
      left -= 1;
      throw new DOMException("Connection to Indexed Database server lost.", "UnknownError");
    });
    return () => left;
  }

  it("[ST28] is opened once more, and what was asked is done", async () => {
    const name = newName();
    const store = await open(name);
    const countLeft = loseConnections(1);
    await store.commit([put("a", 1)], strict);
    expect(countLeft()).toBe(0);
    expect(await store.get("log", ["a"])).toBe(1);
  });

  it("[ST28] keeps the order of commits when the first one is repeated", async () => {
    const name = newName();
    const store = await open(name);
    const countLeft = loseConnections(1);
    await Promise.all([1, 2, 3].map((n) => store.commit([put("a", n)], strict)));
    expect(countLeft()).toBe(0);
    expect(await store.get("log", ["a"])).toBe(3);
  });

  it("[ST28] is reported when every new connection is lost as well, and tried again later", async () => {
    const name = newName();
    const store = await open(name);
    const countLeft = loseConnections(3);
    expect(await codeOf(store.commit([put("a", 1), put("b", 1)], strict))).toBe("unavailable");
    expect(countLeft()).toBe(0);
    expect(await store.list("log", EVERYTHING)).toEqual([]);
    await store.commit([put("a", 2)], strict);
    expect(await store.get("log", ["a"])).toBe(2);
  });

  it("[ST28] is opened again when the browser ends a transaction in the middle", async () => {
    const name = newName();
    const store = await open(name);
    await store.commit([put("a", 1)], strict);
    const ended: IDBTransaction[] = [];
    interceptWrites((begin) => {
      const transaction = begin();
      if (ended.length > 0) return transaction;
      ended.push(transaction);
      queueMicrotask(() => transaction.abort());
      return transaction;
    });
    await store.commit([put("a", 2), put("b", 2)], strict);
    expect(ended).toHaveLength(1);
    expect((await store.list("log", EVERYTHING)).map((row) => row.value)).toEqual([2, 2]);
  });
});
