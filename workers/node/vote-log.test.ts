import { afterEach, beforeEach, expect, test } from "vitest";
import {
  proposalMessageOf,
  voteMessageOf,
  type ConsensusMessage,
} from "../core/consensus/messages.ts";
import type { Recorded } from "../core/consensus/replica-state.ts";
import { encodeVote } from "../core/ledger/block.ts";
import { prefixRange } from "../storage/store.ts";
import { createMemoryStore } from "../storage/memory-store.ts";
import { stateOf } from "./family.ts";
import { createHousehold, type Household } from "./testing/household.ts";
import { type TestDevice } from "./testing/device.ts";
import { aloneWrite, logWrite, pruneWrites, readLog, readSeen, seenWrite } from "./vote-log.ts";

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
  const { recorded } = await readLog(store, state);
  const votes = recorded.flatMap((one) => ("vote" in one ? [one] : []));
  expect(votes.map((one) => one.vote.phase)).toEqual(["prepare", "commit"]);
  const [prepare, commit] = votes;
  expect(commit?.request.prepared.map((one) => one.signature)).toEqual([prepare?.vote.signature]);
  expect(commit?.request.verified.hash).toEqual(commit?.vote.body.blockHash);
  const { crypto } = mum.running().family.env;
  const key = mum.running().family.identity.signer.publicKey;
  for (const { vote } of votes) {
    const message = encodeVote(vote.body);
    expect(await crypto.verify(key, vote.phase, state.family, message, vote.signature)).toBe(true);
  }
  const copy = createMemoryStore();
  const writes = recorded.map((one) => logWrite(one));
  await copy.commit(writes, { durability: "strict" });
  expect(await copy.list("log", prefixRange([]))).toEqual(await store.list("log", prefixRange([])));
});

test("[WL5] VIEW-CHANGEs, proposals of later views and the awake time come back as they were", async () => {
  const { store } = await diskWithVotes();
  const state = mum.running().family.ledger.stateAt(0);
  if (state === null) throw new Error("no state");
  const [prepare] = (await readLog(store, state)).recorded;
  if (prepare === undefined || !("vote" in prepare)) throw new Error("no PREPARE");
  const { body, verified } = prepare.request;
  const { blockHash, epoch, height } = body;
  const prepared = { view: 0, blockHash, prepares: [prepare.vote] };
  const { replica, signature } = prepare.vote;
  const claim = { epoch, height, view: 3, prepared: { view: 0, blockHash } };
  const change = { body: claim, prepared, replica, signature };
  const none = { ...change, body: { ...claim, view: 2, prepared: null }, prepared: null };
  const request = { phase: "view-change" as const, body: claim, prepared, verified };
  const later: Recorded = {
    request: { ...prepare.request, body: { ...body, view: 3 }, viewChanges: [change, none] },
    vote: { ...prepare.vote, body: { ...body, view: 3 } },
  };
  const log: readonly Recorded[] = [
    prepare,
    { request: { ...request, body: none.body, prepared: null, verified: null }, change: none },
    { request, change },
    later,
  ];
  const copy = createMemoryStore();
  const writes = [...log.toReversed().map((one) => logWrite(one)), aloneWrite(height, 61_234.6)];
  await copy.commit(writes, { durability: "strict" });
  expect(await readLog(copy, state)).toEqual({ recorded: log, aloneMs: 61_235 });
});

test("[WL6] of each other replica the latest word of each kind is kept, in the order to hand on", async () => {
  const { store } = await diskWithVotes();
  const state = mum.running().family.ledger.stateAt(0);
  if (state === null) throw new Error("no state");
  const [prepare] = (await readLog(store, state)).recorded;
  if (prepare === undefined || !("vote" in prepare)) throw new Error("no PREPARE");
  const { height, epoch } = prepare.request.body;
  const first = voteMessageOf(prepare.vote);
  const replica = new Uint8Array(16).fill(3);
  const other = { ...first, replica };
  const proposal = proposalMessageOf({ ...prepare.request, prepare: prepare.vote });
  const change = { epoch, height, view: 1, prepared: null, replica, signature: first.signature };
  const said: readonly ConsensusMessage[] = [
    { type: "view-change", change, block: null },
    other,
    { ...other, view: 4 },
    { ...first, type: "commit" },
    proposal,
    { ...proposal, replica },
  ];
  const copy = createMemoryStore();
  for (const one of said) await copy.commit([seenWrite(height, one)], { durability: "relaxed" });
  expect(await readSeen(copy, state)).toEqual([
    { ...proposal, replica },
    { ...other, view: 4 },
    { ...first, type: "commit" },
    { type: "view-change", change, block: null },
  ]);
  expect((await readLog(copy, state)).recorded).toEqual([]);
  await copy.commit([...pruneWrites(height)], { durability: "strict" });
  expect(await readSeen(copy, state)).toEqual([]);
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
