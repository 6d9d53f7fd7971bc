/** Workers that race for one database, each with a connection of its own. */
import { expect, test } from "vitest";
import { deleteIdbStore, openIdbStore } from "./idb-store.ts";
import type { TakeOver } from "./racing-writer.suite.test.ts";
import { prefixRange } from "./store.ts";

const WRITERS = 3;
const TAKE_OVERS = 120;

test("[TB5, ST15] of workers that race for one database none writes after a later one has taken over", async () => {
  const name = `tinyweb-race-${crypto.randomUUID()}`;
  const takeOvers: TakeOver[] = [];
  const { promise: enough, resolve, reject } = Promise.withResolvers<void>();
  const workers = Array.from({ length: WRITERS }, () => {
    const worker = new Worker(new URL("./racing-writer.suite.test.ts", import.meta.url), {
      type: "module",
    });
    worker.addEventListener("message", ({ data }: MessageEvent<TakeOver>) => {
      takeOvers.push(data);
      if (takeOvers.length >= TAKE_OVERS) resolve();
    });
    worker.addEventListener("error", (event) => reject(new Error(event.message)));
    worker.postMessage(name);
    return worker;
  });
  await enough;
  for (const worker of workers) worker.terminate();

  const store = await openIdbStore(name);
  const rows = await store.list("log", prefixRange(["race"]));
  const fences = rows.map(({ key }) => Number(key[1]));
  for (const { fence, seen, written } of takeOvers) {
    // What was there under earlier fences when this one was taken is all that there ever was.
    expect(fences.filter((one) => one < fence)).toHaveLength(seen);
    expect(fences.filter((one) => one === fence)).toHaveLength(written);
  }
  expect(new Set(takeOvers.map(({ fence }) => fence)).size).toBe(takeOvers.length);
  // The race was one: some bursts were cut short by the next writer.
  expect(takeOvers.some(({ written }) => written === 0 || written < 40)).toBe(true);
  expect(rows.length).toBeGreaterThan(0);
  await store.close();
  await deleteIdbStore(name);
});
