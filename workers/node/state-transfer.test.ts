/** Whole nodes: a newcomer that begins with a snapshot, and the blocks below it that follow later. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { decodeFinalised } from "../core/ledger/block.ts";
import { encodeState } from "../core/ledger/state.ts";
import { SNAPSHOT_INTERVAL } from "../core/ledger/limits.ts";
import { prefixRange } from "../storage/store.ts";
import { openLedger } from "./ledger-keeper.ts";
import { createMemoryStore } from "../storage/memory-store.ts";
import type { Environment } from "./environment.ts";
import { value, type TestDevice } from "./testing/device.ts";
import { createHousehold, textsOf, memberNamed, type Household } from "./testing/household.ts";

const DAY_MS = 24 * 3_600_000;

let house: Household;
let mum: TestDevice;
beforeEach(async () => {
  house = createHousehold();
  mum = await house.found("Mum");
});
afterEach(async () => house.stop());

const ledgerOf = (device: TestDevice) => device.running().family.ledger;
const heightOf = (device: TestDevice): number => ledgerOf(device).head()?.state.height ?? -1;

/** Invites of one person that its day bears (BD1), with room for those of the test itself. */
const INVITES_A_DAY = 15;

/** Blocks until the ledger of Mum's family is as high as this, over as many days as it takes. */
async function growTo(height: number): Promise<void> {
  await writeUpTo(house, mum, height);
}

async function writeUpTo(where: Household, device: TestDevice, height: number): Promise<void> {
  for (let count = 1; heightOf(device) < height; count += 1) {
    const { invite } = await where.invite(device, "child");
    await value(device.node().revokeInvite(invite));
    await value(device.node().dismissInvite(invite));
    if (count % INVITES_A_DAY === 0) await where.sleepUntil(where.time.now() + DAY_MS);
  }
  await where.sleepUntil(where.time.now() + DAY_MS);
}

async function storedHeights(device: TestDevice): Promise<readonly unknown[]> {
  return (await device.store().list("blocks", prefixRange([]))).map(({ key }) => key[0]);
}

/** Mum gives away nothing that lies below a height. */
function withholdBelow(device: TestDevice, height: number): () => void {
  const ledger = ledgerOf(device);
  const { blocksFrom } = ledger;
  Object.assign(ledger, {
    blocksFrom: async (from: number, count: number) =>
      from < height ? [] : blocksFrom(from, count),
  });
  return () => Object.assign(ledger, { blocksFrom });
}

/** Up to an approval that stands in the ledger while the newcomer hears nothing. */
async function approveUnheard(newcomer: TestDevice): Promise<string> {
  const { invite, wire } = await house.compare(mum, newcomer, "parent");
  await value(mum.node().compareCode(invite, true));
  await house.cut(wire);
  await value(mum.node().approveJoin(invite));
  await house.settle();
  return invite;
}

const isWhole = (device: TestDevice): boolean => ledgerOf(device).missingBelow() === null;

/** Both say the same of every height, and can give the same away. */
function expectSameHistory(device: TestDevice): void {
  for (let height = 0; height <= heightOf(mum); height += 1) {
    expect(ledgerOf(device).stateAt(height)).toEqual(ledgerOf(mum).stateAt(height));
  }
}

/** A device of no replica that takes blocks, with every check of a signature counted by its domain. */
async function countingObserver() {
  const { family } = mum.running();
  const counts = new Map<string, number>();
  const env: Environment = {
    ...mum.env(),
    store: createMemoryStore(),
    crypto: {
      ...family.env.crypto,
      verify: async (key, domain, id, message, signature) => {
        counts.set(domain, (counts.get(domain) ?? 0) + 1);
        return family.env.crypto.verify(key, domain, id, message, signature);
      },
    },
  };
  const signer = await env.crypto.createSigner(new Uint8Array(32).fill(9));
  const id = family.identity.profile.family;
  const ledger = await openLedger(env, id, signer, new Uint8Array(16), 0, null, {
    broadcast: () => {},
    onAdvanced: async () => {},
    refusedWrites: () => [],
    onRefused: () => {},
    onStopped: () => {},
    onDelayed: () => {},
    linked: () => ({ devices: [], roundTripMs: 0 }),
    inTurn: () => {},
    mayPropose: () => true,
    mayPrepare: () => true,
    onRecovery: () => {},
    onEvidence: () => {},
    onForged: () => {},
    onSilenced: () => {},
    onNewerRules: () => {},
  });
  return { ledger, counts };
}

test("[LP15] an observer checks exactly q signatures a block beside those of its transactions", async () => {
  // Three replicas from some block on: q is 1 before it and 2 from it on.
  const dad = await house.join(mum, "Dad", "parent");
  const gran = await house.join(mum, "Gran", "relative");
  for (const one of [dad, gran]) {
    await value(one.node().setLasting("persistent"));
    await one.running().keeping.setWilling(true);
  }
  await house.meet(dad, gran);
  await house.until("three keep the rules", () => {
    const { replicas } = ledgerOf(mum).head()?.state ?? { replicas: [] };
    return replicas.length === 3;
  });
  const { invite } = await house.invite(mum, "child");
  await value(mum.node().revokeInvite(invite));
  await house.until("written", () => ledgerOf(mum).pending().length === 0);
  const { ledger, counts } = await countingObserver();
  const blocks = await ledgerOf(mum).blocksFrom(0, 16);
  const quorums = new Set<number>();
  for (const block of blocks) {
    const decoded = decodeFinalised(block);
    if (!decoded.ok) throw new Error("block");
    const q = decoded.value.certificate.commits.length;
    quorums.add(q);
    counts.clear();
    expect(await ledger.takeBlocks([block])).toEqual({ applied: 1, fault: null });
    expect(counts.get("commit")).toBe(q);
    expect(counts.get("transaction")).toBe(decoded.value.block.transactions.length);
    expect(counts.get("prepare")).toBeUndefined();
    expect(counts.get("view-change")).toBeUndefined();
  }
  expect([...quorums]).toEqual([1, 2]);
  expect(ledger.head()?.hash).toEqual(ledgerOf(mum).head()?.hash);
});

test("[LP15] of a block that is not certified or out of place no transaction's signature is checked", async () => {
  await house.invite(mum, "child");
  const [founding, first] = await ledgerOf(mum).blocksFrom(0, 2);
  if (founding === undefined || first === undefined) throw new Error("two blocks");
  const { ledger, counts } = await countingObserver();
  await ledger.takeBlocks([founding]);
  counts.clear();
  const forged = first.slice();
  forged[first.length - 1] = (forged[first.length - 1] ?? 0) ^ 1;
  expect((await ledger.takeBlocks([forged])).fault).toBe("certificate");
  expect(counts).toEqual(new Map([["commit", 1]]));
  await ledger.takeBlocks([first]);
  counts.clear();
  expect((await ledger.takeBlocks([founding, first])).applied).toBe(0);
  expect(counts.size).toBe(0);
});

test("[LP16] a newcomer above height 64 begins with a snapshot and takes part before it has what lies below", async () => {
  await growTo(SNAPSHOT_INTERVAL + 2);
  const dad = await house.add("Dad");
  await approveUnheard(dad);
  withholdBelow(mum, SNAPSHOT_INTERVAL + 1);
  await house.meet(mum, dad);
  await house.until("Dad is in", async () => (await dad.snapshot()).phase === "member");
  expect(ledgerOf(dad).head()?.hash).toEqual(ledgerOf(mum).head()?.hash);
  expect((await storedHeights(dad))[0]).toBe(SNAPSHOT_INTERVAL + 1);
  expect(ledgerOf(dad).missingBelow()).toBe(0);
  await value(dad.node().sendMessage(memberNamed(await dad.snapshot(), "Mum"), "hello"));
  await house.settle();
  expect(await textsOf(mum, memberNamed(await mum.snapshot(), "Dad"))).toEqual(["hello"]);
  // It may write rules too, and reads on after a restart.
  const before = heightOf(mum);
  await house.invite(dad, "child");
  await house.until("written", () => [mum, dad].every((one) => heightOf(one) === before + 1));
  await dad.restart();
  expect(ledgerOf(dad).head()?.hash).toEqual(ledgerOf(mum).head()?.hash);
  expect(ledgerOf(dad).missingBelow()).toBe(0);
});

test("[LP17] what lies below comes behind it, is judged from the founding block up, and stays", async () => {
  await growTo(SNAPSHOT_INTERVAL + 2);
  const dad = await house.join(mum, "Dad", "parent");
  await house.until("all is here", () => isWhole(dad));
  expect(await storedHeights(dad)).toEqual(await storedHeights(mum));
  expectSameHistory(dad);
  expect(await dad.store().list("meta", prefixRange(["snapshot"]))).toEqual([]);
  await dad.restart();
  expect(isWhole(dad)).toBe(true);
  expectSameHistory(dad);
});

test("[LP17] it comes from whoever has it, one device after the other, over restarts", async () => {
  await growTo(SNAPSHOT_INTERVAL + 2);
  const gran = await house.join(mum, "Gran", "relative");
  await house.until("Gran has all", () => isWhole(gran));
  const dad = await house.add("Dad");
  await approveUnheard(dad);
  withholdBelow(mum, SNAPSHOT_INTERVAL + 1);
  await house.meet(mum, dad);
  await house.until("Dad is in", async () => (await dad.snapshot()).phase === "member");
  await house.advance(30_000);
  expect(ledgerOf(dad).missingBelow()).toBe(0);
  // Gran stops in the middle of it; then Dad's app is closed, and opened again.
  const { blocksFrom } = ledgerOf(gran);
  Object.assign(ledgerOf(gran), {
    blocksFrom: async (from: number, count: number) =>
      from > 20 && from < SNAPSHOT_INTERVAL ? [] : blocksFrom(from, count),
  });
  await house.meet(gran, dad);
  await house.settle();
  const half = ledgerOf(dad).missingBelow() ?? 0;
  expect(half).toBeGreaterThan(20);
  await dad.restart();
  expect(ledgerOf(dad).missingBelow()).toBe(half);
  Object.assign(ledgerOf(gran), { blocksFrom });
  await house.meet(gran, dad);
  await house.until("all is here", () => isWhole(dad));
  expectSameHistory(dad);
});

test("[LP18] another chain below the snapshot is let go of and asked for again", async () => {
  await growTo(SNAPSHOT_INTERVAL);
  const fork = await forkedBelow(10);
  await growTo(SNAPSHOT_INTERVAL + 2);
  const dad = await house.add("Dad");
  await approveUnheard(dad);
  const ledger = ledgerOf(mum);
  const { blocksFrom } = ledger;
  let isLying = true;
  Object.assign(ledger, {
    blocksFrom: async (from: number, count: number) => {
      if (from > SNAPSHOT_INTERVAL || !isLying) return blocksFrom(from, count);
      return fork.slice(from, from + Math.min(count, 16));
    },
  });
  const wire = await house.meet(mum, dad);
  await house.until("Dad is in", async () => (await dad.snapshot()).phase === "member");
  await house.settle();
  // Blocks that its one replica of then has certified twice: only the pin tells them apart.
  expect(ledgerOf(dad).missingBelow()).not.toBeNull();
  expect(ledgerOf(dad).head()?.hash).toEqual(ledger.head()?.hash);
  isLying = false;
  await house.cut(wire);
  await house.advance(60_000);
  await house.meet(mum, dad);
  await house.until("all is here", () => isWhole(dad));
  expectSameHistory(dad);
});

test("[LP16] killed before any commit of its first state and of what lies below, it has it all in the end", async () => {
  await growTo(SNAPSHOT_INTERVAL + 2);
  const dad = await house.add("Dad");
  await approveUnheard(dad);
  dad.record(true);
  await house.meet(mum, dad);
  await house.until("all is here", () => isWhole(dad));
  dad.record(false);
  const disks = dad.disks.splice(0);
  const begins = disks.findIndex((disk) =>
    disk.get("meta")?.some(({ key }) => key[0] === "snapshot"),
  );
  const mumDisk = mum.store().snapshot();
  const startMs = house.time.now();
  expect(begins).toBeGreaterThan(0);
  // Every commit up to the first old blocks, then now and then.
  const chosen = disks.filter((_, index) => index < begins + 6 || index % 17 === 0);
  for (const disk of chosen) {
    const other = createHousehold({ startMs });
    const again = await other.add("Mum", { disk: mumDisk });
    const late = await other.add("Dad", { disk });
    await other.meet(again, late);
    await other.until("Dad is in", async () => (await late.snapshot()).phase === "member");
    await other.until("all is here", () => isWhole(late));
    expect(ledgerOf(late).head()?.hash).toEqual(ledgerOf(again).head()?.hash);
    await other.stop();
  }
});

test("[XC11] an answer that was lost on the way is asked for again", async () => {
  await growTo(SNAPSHOT_INTERVAL + 2);
  const dad = await house.add("Dad");
  const { invite } = await house.compare(mum, dad, "parent");
  const lost = new Set(["snapshot", "state-part", "blocks"]);
  for (const session of mum.running().sessions()) {
    const { send } = session;
    Object.assign(session, {
      send: (frame: Parameters<typeof send>[0]) => {
        // The first of each.
        if (!lost.delete(frame.type)) send(frame);
      },
    });
  }
  await value(mum.node().compareCode(invite, true));
  await value(mum.node().approveJoin(invite));
  await house.until("all is here", () => ledgerOf(dad).head() !== null && isWhole(dad));
  expect(lost.size).toBe(0);
  expectSameHistory(dad);
});

test("[LP16] whoever has no such snapshot gives blocks instead", async () => {
  await growTo(SNAPSHOT_INTERVAL + 2);
  const { NO_MANIFEST } = await import("../core/ledger/snapshot.ts");
  Object.assign(ledgerOf(mum), { manifestFor: async () => NO_MANIFEST });
  const dad = await house.join(mum, "Dad", "parent");
  await house.settle();
  expect(isWhole(dad)).toBe(true);
  expect(await storedHeights(dad)).toEqual(await storedHeights(mum));
});

test("[LP18] a snapshot is given away only of heights that are here, and only for a pin that is", async () => {
  await growTo(SNAPSHOT_INTERVAL + 2);
  const { hash } = ledgerOf(mum).head() ?? { hash: new Uint8Array(32) };
  const height = heightOf(mum);
  const { headers, parts } = await ledgerOf(mum).manifestFor({ height, hash });
  expect(headers.map((one) => one.height)).toEqual([64, 65, 66]);
  const state = ledgerOf(mum).stateAt(64);
  expect(ledgerOf(mum).partFor(64, 0)).toEqual(state === null ? null : encodeState(state));
  expect(parts).toHaveLength(1);
  expect(ledgerOf(mum).partFor(64, 1)).toBeNull();
  expect(ledgerOf(mum).partFor(65, 0)).toBeNull();
  expect(ledgerOf(mum).partFor(128, 0)).toBeNull();
  expect(ledgerOf(mum).partFor(0, 0)).toBeNull();
  const nothing = { headers: [], parts: [] };
  expect(await ledgerOf(mum).manifestFor({ height, hash: new Uint8Array(32) })).toEqual(nothing);
  expect(await ledgerOf(mum).manifestFor({ height: height + 1, hash })).toEqual(nothing);
  expect(await ledgerOf(mum).manifestFor({ height: 60, hash })).toEqual(nothing);
});

/** Mum's chain up to 64 with other blocks from a height on, all certified by her key. */
async function forkedBelow(height: number): Promise<readonly Uint8Array[]> {
  const own = await storedBlocks(mum);
  const disk = new Map(mum.store().snapshot());
  disk.set(
    "blocks",
    (disk.get("blocks") ?? []).filter(({ key }) => typeof key[0] === "number" && key[0] < height),
  );
  disk.set("pending", []);
  disk.set("log", []);
  const other = createHousehold({ startMs: house.time.now() });
  const twin = await other.add("Mum", { disk });
  await writeUpTo(other, twin, SNAPSHOT_INTERVAL);
  const forked = await storedBlocks(twin);
  await other.stop();
  expect(forked[height - 1]).toEqual(own[height - 1]);
  expect(forked[height]).not.toEqual(own[height]);
  return forked;
}

async function storedBlocks(device: TestDevice): Promise<readonly Uint8Array[]> {
  const rows = await device.store().list("blocks", prefixRange([]));
  return rows.flatMap(({ value: one }) => (one instanceof Uint8Array ? one : []));
}
