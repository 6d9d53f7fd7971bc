import { expect, test } from "vitest";
import { createMemoryStore } from "../workers/storage/memory-store.ts";
import type { Write } from "../workers/storage/store.ts";
import { createFaultyStore } from "./store-faults.ts";

const put = (value: number): readonly Write[] => [
  { type: "put", table: "meta", key: ["x"], value },
];
const STRICT = { durability: "strict" } as const;

test.each([
  ["before", 1],
  ["after", 2],
] as const)(
  "[SI6] killed just %s its second commit, a run leaves %i and does nothing more",
  async (side, left) => {
    const disk = createMemoryStore();
    let deaths = 0;
    const store = createFaultyStore(disk, {
      isFull: () => false,
      onDeath: () => {
        deaths += 1;
      },
    });
    store.planDeath({ commits: 2, side });
    await store.commit(put(1), STRICT);
    await expect(store.commit(put(2), STRICT)).rejects.toMatchObject({ code: "closed" });
    await expect(store.commit(put(3), STRICT)).rejects.toMatchObject({ code: "closed" });
    await expect(store.get("meta", ["x"])).rejects.toMatchObject({ code: "closed" });
    expect(deaths).toBe(1);
    expect(await disk.get("meta", ["x"])).toBe(left);
  },
);

test("[SI7] a full disk refuses with quota and writes nothing", async () => {
  const disk = createMemoryStore();
  let isFull = true;
  const store = createFaultyStore(disk, { isFull: () => isFull, onDeath: () => {} });
  await expect(store.commit(put(1), STRICT)).rejects.toMatchObject({ code: "quota" });
  expect(await disk.get("meta", ["x"])).toBeNull();
  isFull = false;
  await store.commit(put(1), STRICT);
  expect(await disk.get("meta", ["x"])).toBe(1);
});
