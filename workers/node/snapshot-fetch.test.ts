/** Fetching a large first state from several devices, some of which lie or fall silent. */
import { beforeEach, expect, test } from "vitest";
import { blockHashOf, NO_PARENT, type BlockHeader } from "../core/ledger/block.ts";
import type { Head } from "../core/ledger/chain.ts";
import { actorOf, FAMILY, fill, keyOf, stateOf } from "../core/ledger/family-fixture.suite.test.ts";
import { SNAPSHOT_INTERVAL } from "../core/ledger/limits.ts";
import { NO_MANIFEST, type Manifest } from "../core/ledger/snapshot.ts";
import { partHashOf, partsOf } from "../core/ledger/state-parts.ts";
import {
  encodeState,
  replicaSetHash,
  stateRootOf,
  type LedgerState,
} from "../core/ledger/state.ts";
import { createMemoryStore, type MemoryStore } from "../storage/memory-store.ts";
import type { Frame } from "./frames.ts";
import { PEER_FAULTS_MAX, SNAPSHOT_ANSWER_MS, SNAPSHOT_PARTS_ASKED_MAX } from "./limits.ts";
import type { Session } from "./session.ts";
import { createSnapshotFetch, type SnapshotFetch } from "./snapshot-fetch.ts";
import { openSnapshotKeeper, type SnapshotKeeper } from "./snapshot-keeper.ts";

const FOUNDER = actorOf(keyOf(1));
const STATE: LedgerState = {
  ...stateOf([{ actor: FOUNDER, role: "parent", isReplica: true }], SNAPSHOT_INTERVAL),
  // Six parts of 64 KiB.
  executed: Array.from({ length: 9_000 }, (_, index) => ({
    id: keyOf(index + 1),
    expiresHeight: SNAPSHOT_INTERVAL + 1_000,
  })),
};
const PARTS = partsOf(encodeState(STATE));
const SET = replicaSetHash(FAMILY, STATE.replicas);
const HEADER: BlockHeader = {
  rulesVersion: 1,
  epoch: 0,
  height: SNAPSHOT_INTERVAL,
  parent: NO_PARENT,
  primary: FOUNDER.device,
  time: STATE.time,
  replicaSet: SET,
  nextReplicaSet: SET,
  stateRoot: stateRootOf(STATE),
  transactions: fill(32, 1),
};
const PIN = { height: SNAPSHOT_INTERVAL, hash: blockHashOf(FAMILY, HEADER) };
const MANIFEST: Manifest = {
  headers: [HEADER],
  parts: PARTS.map((one) => partHashOf(FAMILY, one)),
};

interface Peer {
  readonly session: Session;
  readonly heard: Frame[];
  blamed: number;
}

function peerOf(): Peer {
  const heard: Frame[] = [];
  const peer: Peer = {
    heard,
    blamed: 0,
    session: {
      send: (frame: Frame) => heard.push(frame),
      blame: (faults: number) => {
        peer.blamed += faults;
      },
    } as unknown as Session,
  };
  return peer;
}

let now = 0;
let store: MemoryStore;
let heads: Head[];
let keeper: SnapshotKeeper;
let fetch: SnapshotFetch;
let alice: Peer;
let bob: Peer;

async function open(): Promise<void> {
  heads = [];
  keeper = await openSnapshotKeeper({ store, rulesKnown: 1 }, FAMILY, PIN, {
    commit: async (writes, durability) => store.commit(writes, { durability }),
    hasHead: () => heads.length > 0,
    standOn: async (head) => {
      heads.push(head);
    },
  });
  fetch = createSnapshotFetch(keeper, () => now);
}

beforeEach(async () => {
  now = 0;
  store = createMemoryStore();
  alice = peerOf();
  bob = peerOf();
  await open();
});

/** Indices of the parts that a device was asked for since the last look. */
function asked(peer: Peer): readonly number[] {
  return peer.heard
    .splice(0)
    .flatMap((frame) => (frame.type === "state-wanted" ? [frame.part] : []));
}

const partOf = (index: number, bytes = PARTS[index] ?? new Uint8Array()) =>
  ({ type: "state-part", height: SNAPSHOT_INTERVAL, part: index, bytes }) as const;

async function meetBoth(): Promise<void> {
  fetch.ask(alice.session);
  expect(alice.heard.splice(0)).toEqual([{ type: "snapshot-wanted", ...PIN }]);
  await fetch.takeManifest(alice.session, MANIFEST);
  fetch.ask(alice.session);
  fetch.ask(bob.session);
}

test("[XC11] parts come from every device that has them, two at once from each, none twice", async () => {
  expect(PARTS).toHaveLength(6);
  await meetBoth();
  expect(asked(alice)).toEqual([0, 1]);
  expect(asked(bob)).toEqual([2, 3]);
  fetch.ask(alice.session);
  expect(asked(alice)).toEqual([]);
  await fetch.takePart(bob.session, partOf(3));
  fetch.ask(bob.session);
  expect(asked(bob)).toEqual([4]);
  for (const [peer, index] of [
    [alice, 0],
    [alice, 1],
    [bob, 2],
    [bob, 4],
  ] as const) {
    await fetch.takePart(peer.session, partOf(index));
  }
  fetch.ask(alice.session);
  expect(asked(alice)).toEqual([5]);
  expect(heads).toEqual([]);
  await fetch.takePart(alice.session, partOf(5));
  expect(heads.map(({ state }) => state)).toEqual([STATE]);
  expect(SNAPSHOT_PARTS_ASKED_MAX).toBe(2);
  expect([alice.blamed, bob.blamed]).toEqual([0, 0]);
  expect(fetch.ask(alice.session)).toBe(false);
});

test("[XC11] whoever is silent, or gone, is not waited for", async () => {
  await meetBoth();
  asked(alice);
  fetch.part(bob.session);
  await fetch.takePart(alice.session, partOf(0));
  await fetch.takePart(alice.session, partOf(1));
  fetch.ask(alice.session);
  expect(asked(alice)).toEqual([2, 3]);
  now += SNAPSHOT_ANSWER_MS;
  const carol = peerOf();
  fetch.ask(carol.session);
  expect(asked(carol)).toEqual([2, 3]);
  // A late answer to what another was asked for in the meantime is passed over.
  await fetch.takePart(alice.session, partOf(2, new Uint8Array([1])));
  expect(alice.blamed).toBe(0);
});

test("[XC12] who brings a false part is cut off at once, and nothing of the others is lost", async () => {
  await meetBoth();
  const [first = -1] = asked(bob);
  await fetch.takePart(alice.session, partOf(0));
  const lie = (PARTS[first] ?? new Uint8Array()).slice();
  lie[9] = (lie[9] ?? 0) ^ 1;
  await fetch.takePart(bob.session, partOf(first, lie));
  expect([alice.blamed, bob.blamed]).toEqual([0, PEER_FAULTS_MAX]);
  fetch.part(bob.session);
  await fetch.takePart(alice.session, partOf(1));
  for (let round = 0; round < 6 && heads.length === 0; round += 1) {
    fetch.ask(alice.session);
    for (const index of asked(alice)) {
      if (index !== 0 && index !== 1) await fetch.takePart(alice.session, partOf(index));
    }
  }
  expect(heads.map(({ state }) => state)).toEqual([STATE]);
});

test("[XC12] a manifest that does not lead to the pin cuts off who brought it, and another is asked", async () => {
  fetch.ask(alice.session);
  const forged = { ...MANIFEST, headers: [{ ...HEADER, time: 1 }] };
  await fetch.takeManifest(alice.session, forged);
  expect(alice.blamed).toBe(PEER_FAULTS_MAX);
  expect(fetch.ask(alice.session)).toBe(false);
  fetch.ask(bob.session);
  await fetch.takeManifest(bob.session, { ...MANIFEST, parts: MANIFEST.parts.slice(1) });
  expect(bob.blamed).toBe(PEER_FAULTS_MAX);
  // Nobody asked: nothing is taken, nobody blamed.
  const carol = peerOf();
  await fetch.takeManifest(carol.session, forged);
  expect(carol.blamed).toBe(0);
  expect(keeper.wanted()?.parts).toBeNull();
});

test("[XC12] who has none, or no such part, is asked for blocks and not blamed", async () => {
  fetch.ask(alice.session);
  await fetch.takeManifest(alice.session, NO_MANIFEST);
  expect(fetch.ask(alice.session)).toBe(false);
  expect(alice.blamed).toBe(0);
  fetch.ask(bob.session);
  await fetch.takeManifest(bob.session, MANIFEST);
  fetch.ask(bob.session);
  await fetch.takePart(bob.session, partOf(0, new Uint8Array()));
  expect(fetch.ask(bob.session)).toBe(false);
  expect(bob.blamed).toBe(0);
});

test("[LP16] after a restart only the parts that are missing are asked for", async () => {
  await meetBoth();
  await fetch.takePart(alice.session, partOf(0));
  await fetch.takePart(bob.session, partOf(3));
  store = store.connect();
  await open();
  expect(keeper.wanted()?.parts).toEqual([1, 2, 4, 5]);
  const carol = peerOf();
  for (let round = 0; round < 6 && heads.length === 0; round += 1) {
    fetch.ask(carol.session);
    for (const index of asked(carol)) await fetch.takePart(carol.session, partOf(index));
  }
  expect(heads.map(({ state }) => state)).toEqual([STATE]);
});

test("[LP16] a part that was damaged on the disk is asked for again", async () => {
  await meetBoth();
  await fetch.takePart(alice.session, partOf(0));
  await store.commit(
    [{ type: "put", table: "meta", key: ["snapshot", "part", 0], value: new Uint8Array([1]) }],
    { durability: "strict" },
  );
  store = store.connect();
  await open();
  expect(keeper.wanted()?.parts).toContain(0);
});

test("[LP16] a commit that fails at the end is made up for", async () => {
  await meetBoth();
  for (const index of [0, 1]) await fetch.takePart(alice.session, partOf(index));
  let isFull = true;
  const ports = {
    commit: async (
      writes: Parameters<MemoryStore["commit"]>[0],
      durability: "strict" | "relaxed",
    ) => {
      if (isFull && durability === "strict") throw new Error("full");
      await store.commit(writes, { durability });
    },
    hasHead: () => heads.length > 0,
    standOn: async (head: Head) => {
      heads.push(head);
    },
  };
  keeper = await openSnapshotKeeper({ store, rulesKnown: 1 }, FAMILY, PIN, ports);
  for (const index of [2, 3, 4]) await keeper.takePart(index, PARTS[index] ?? new Uint8Array());
  await expect(keeper.takePart(5, PARTS[5] ?? new Uint8Array())).rejects.toThrow("full");
  expect(heads).toEqual([]);
  isFull = false;
  await keeper.complete();
  expect(heads.map(({ state }) => state)).toEqual([STATE]);
});
