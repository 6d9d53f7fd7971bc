import { afterEach, beforeEach, expect, test } from "vitest";
import { encodeVote } from "../core/ledger/block.ts";
import { prefixRange } from "../storage/store.ts";
import { createMemoryStore } from "../storage/memory-store.ts";
import { stateOf } from "./family.ts";
import { createHousehold, type Household } from "./testing/household.ts";
import { type TestDevice } from "./testing/device.ts";
import { logWrite, pruneWrites, readLog } from "./vote-log.ts";

let house: Household;
let mum: TestDevice;
beforeEach(async () => {
  house = createHousehold();
  mum = await house.found("Mum");
});
afterEach(async () => house.stop());

/** Mum's disk with both votes of the next block in the log, and no block yet. */
async function diskWithVotes() {
  mum.record(true);
  await house.invite(mum, "child");
  mum.record(false);
  for (const disk of mum.disks.toReversed()) {
    const store = createMemoryStore({ disk });
    if ((await store.list("log", prefixRange([]))).length === 2) return { disk, store };
  }
  throw new Error("no disk has both votes");
}

test("[WL1] a vote comes back with its block, its certificate and the same bytes", async () => {
  const { store } = await diskWithVotes();
  const state = mum.running().family.ledger.stateAt(0);
  if (state === null) throw new Error("no state");
  const recorded = await readLog(store, state);
  expect(recorded.map((one) => one.vote.phase)).toEqual(["prepare", "commit"]);
  const [prepare, commit] = recorded;
  expect(commit?.request.prepared.map((one) => one.signature)).toEqual([prepare?.vote.signature]);
  expect(commit?.request.verified.hash).toEqual(commit?.vote.body.blockHash);
  const { crypto } = mum.running().family.env;
  const key = mum.running().family.identity.signer.publicKey;
  for (const { vote } of recorded) {
    const message = encodeVote(vote.body);
    expect(await crypto.verify(key, vote.phase, state.family, message, vote.signature)).toBe(true);
  }
  const copy = createMemoryStore();
  const writes = recorded.map((one) => logWrite(one.request, one.vote));
  await copy.commit(writes, { durability: "strict" });
  expect(await copy.list("log", prefixRange([]))).toEqual(await store.list("log", prefixRange([])));
});

test("[WL2] a restart with votes in the log finishes the very block that was voted for", async () => {
  mum.record(true);
  await house.invite(mum, "child");
  mum.record(false);
  const hash = mum.running().family.ledger.head()?.hash;
  let withVotes = 0;
  for (const disk of mum.disks) {
    const store = createMemoryStore({ disk });
    const votes = (await store.list("log", prefixRange([]))).length;
    if (votes === 0) continue;
    withVotes += 1;
    const other = createHousehold();
    // A clock that has moved on: a block made anew would have another time, and hash.
    const again = await other.add("Mum", { disk, clockOffsetMs: 90_000 });
    expect(again.running().family.ledger.head()?.hash).toEqual(hash);
    await other.stop();
  }
  expect(withVotes).toBe(2);
});

test("[WL3] a finalised height is pruned, the height in flight is not", async () => {
  const { store } = await diskWithVotes();
  await store.commit([...pruneWrites(0)], { durability: "strict" });
  expect(await store.list("log", prefixRange([]))).toHaveLength(2);
  await store.commit([...pruneWrites(1)], { durability: "strict" });
  expect(await store.list("log", prefixRange([]))).toEqual([]);
});

test("[WL4] a log that does not read is a corrupt store, not a fresh start", async () => {
  const { store } = await diskWithVotes();
  const rows = await store.list("log", prefixRange([]));
  const state = mum.running().family.ledger.stateAt(0) ?? stateOf(mum.running().family);
  for (const bad of [new Uint8Array([1, 2]), "text", 7]) {
    await store.commit([{ type: "put", table: "log", key: rows[0]?.key ?? [0], value: bad }], {
      durability: "strict",
    });
    await expect(readLog(store, state)).rejects.toMatchObject({ code: "corrupt" });
  }
});
