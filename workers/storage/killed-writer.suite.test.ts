/**
 * A worker that writes to two tables without end, and is killed by its test in the middle of it.
 * It is sent the database's name and answers with the number of each round that is on disk.
 */
import { openIdbStore } from "./idb-store.ts";
import type { Write } from "./store.ts";

const ROWS_A_ROUND = 300;

function writesOf(round: number): Write[] {
  const rows = Array.from({ length: ROWS_A_ROUND }, (_, index) =>
    (["log", "entries"] as const).map((table): Write => ({
      type: "put",
      table,
      key: ["row", index],
      value: round,
    })),
  );
  return [...rows.flat(), { type: "put", table: "log", key: ["round"], value: round }];
}

addEventListener("message", (event: MessageEvent<string>) => {
  void write(event.data);
});

async function write(name: string): Promise<void> {
  const store = await openIdbStore(name);
  for (let round = 1; ; round += 1) {
    await store.commit(writesOf(round), { durability: "strict" });
    postMessage(round);
  }
}
