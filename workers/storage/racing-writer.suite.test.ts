/**
 * A worker that wants to be the only writer of a database, again and again, whatever others do: takes
 * the fence, counts what is there, and writes under its fence until it is refused. Sent the name of
 * the database; answers with what it saw at each take-over and how often it was refused.
 */
import { openIdbStore } from "./idb-store.ts";
import { prefixRange, StoreError } from "./store.ts";

/** The rows that were there when this fence had been taken, and what was written under it. */
export interface TakeOver {
  readonly fence: number;
  readonly seen: number;
  readonly written: number;
}

const BURST = 40;

addEventListener("message", (event: MessageEvent<string>) => {
  void race(event.data);
});

async function race(name: string): Promise<void> {
  const store = await openIdbStore(name);
  for (;;) {
    const fence = await store.takeFence();
    const seen = (await store.list("log", prefixRange(["race"]))).length;
    postMessage({ fence, seen, written: await write(fence) } satisfies TakeOver);
  }

  /** Many commits are under way at once: some of them begin after the next one has taken over. */
  async function write(fence: number): Promise<number> {
    const commits = Array.from({ length: BURST }, async (_, index) =>
      store.commit(
        [{ type: "put", table: "log", key: ["race", fence, index], value: performance.now() }],
        { durability: "relaxed", fence },
      ),
    );
    const answers = await Promise.allSettled(commits);
    for (const answer of answers) {
      if (answer.status === "fulfilled") continue;
      if (!(answer.reason instanceof StoreError) || answer.reason.code !== "fenced") {
        throw answer.reason;
      }
    }
    return answers.filter(({ status }) => status === "fulfilled").length;
  }
}
