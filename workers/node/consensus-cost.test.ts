/** What a change of the rules costs four devices that are all linked: messages and signatures checked. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Frame } from "./frames.ts";
import { toHex } from "../core/codec/ids.ts";
import { encodeConsensus } from "../core/consensus/messages.ts";
import { PEER_FAULTS_MAX, RELAY_DELAY_MS, UNCHECKED_WORDS_MAX } from "./limits.ts";
import { value, type TestDevice } from "./testing/device.ts";
import { createHousehold, type Household } from "./testing/household.ts";
import type { Wire } from "./testing/wire.ts";

let house: Household;
let devices: TestDevice[];
beforeEach(async () => {
  house = createHousehold();
  const mum = await house.found("Mum");
  devices = [mum];
  for (const [name, role] of [
    ["Dad", "parent"],
    ["Gran", "relative"],
    ["Ben", "relative"],
  ] as const) {
    const newcomer = await house.join(mum, name, role);
    for (const one of devices.slice(1)) await house.meet(one, newcomer);
    devices.push(newcomer);
    await value(newcomer.node().setLasting("persistent"));
    await newcomer.running().keeping.setWilling(true);
  }
  await house.until("four keep the rules", () =>
    devices.every((one) => ledgerOf(one).head()?.state.replicas.length === 4),
  );
  await house.advance(5_000);
  await part();
});
afterEach(async () => house.stop());

const ledgerOf = (device: TestDevice) => device.running().family.ledger;
const deviceOf = (device: TestDevice) => device.running().family.identity.device;
const heightOf = (device: TestDevice): number => ledgerOf(device).head()?.state.height ?? -1;

async function part(): Promise<void> {
  for (const one of devices) await partFrom(one);
}

async function partFrom(device: TestDevice): Promise<void> {
  for (const session of device.running().sessions()) session.close("away");
  await house.settle();
}

/** Links these to each other; the frames that pass from now on. */
async function link(...pairs: readonly (readonly [TestDevice, TestDevice])[]): Promise<Wire[]> {
  const wires: Wire[] = [];
  for (const [a, b] of pairs) {
    const wire = await house.meet(a, b);
    if (wire !== null) wires.push(wire);
  }
  await house.advance(2_000);
  for (const { sent } of wires) for (const frames of sent) frames.length = 0;
  return wires;
}

const consensusIn = (wires: readonly Wire[]): readonly Frame[] =>
  wires.flatMap(({ sent }) => sent.flat()).filter(({ type }) => type === "consensus");

function everyPair(): readonly (readonly [TestDevice, TestDevice])[] {
  return devices.flatMap((one, index) =>
    devices.slice(index + 1).map((other): readonly [TestDevice, TestDevice] => [one, other]),
  );
}

/** Signatures that a device has checked since. */
function countChecks(device: TestDevice): () => number {
  let checks = 0;
  const { crypto } = device.env();
  const verify = crypto.verify.bind(crypto);
  Object.assign(crypto, {
    verify: async (...one: Parameters<typeof verify>) => {
      checks += 1;
      return verify(...one);
    },
  });
  return () => checks;
}

/** A PREPARE of the height in flight that its signer has not signed. */
function forgePrepare(at: TestDevice, by: TestDevice, view: number, which = 0): Uint8Array {
  const head = ledgerOf(at).head();
  if (head === null) throw new Error("no head");
  return encodeConsensus({
    type: "prepare",
    epoch: head.state.epoch,
    height: head.state.height + 1,
    view,
    blockHash: new Uint8Array(32).fill(which),
    replica: deviceOf(by),
    signature: new Uint8Array(64),
  });
}

/** A device that keeps no rules, linked to all four. */
async function follower(): Promise<TestDevice> {
  const [mum, ...others] = devices;
  if (mum === undefined) throw new Error("Mum");
  const leo = await house.join(mum, "Leo", "child");
  await house.meet(mum, leo);
  for (const one of others) await house.meet(one, leo);
  await house.advance(2_000);
  return leo;
}

test("[LP19] [LP20] a block costs four linked replicas 24 messages, and each at most five signatures", async () => {
  const wires = await link(...everyPair());
  const checks = devices.map((one) => countChecks(one));
  const [mum] = devices;
  if (mum === undefined) throw new Error("Mum");
  const before = heightOf(mum);
  await house.invite(mum, "child");
  await house.settle();
  expect(devices.map((one) => heightOf(one))).toEqual(devices.map(() => before + 1));
  await house.advance(10 * RELAY_DELAY_MS);
  // PRE-PREPARE to three, PREPARE of three to three each, COMMIT of four to three each.
  expect(consensusIn(wires)).toHaveLength(3 + 9 + 12);
  for (const count of checks) expect(count()).toBeLessThanOrEqual(5);
});

test("[LP19] between devices that are not all linked words are passed on, a moment later", async () => {
  const [mum, dad, gran, ben] = devices;
  if (mum === undefined || dad === undefined || gran === undefined || ben === undefined) {
    throw new Error("four");
  }
  // A row: what Mum says reaches Ben over two others.
  const wires = await link([mum, dad], [dad, gran], [gran, ben]);
  const before = heightOf(mum);
  await house.invite(mum, "child");
  await house.settle();
  await house.advance(RELAY_DELAY_MS - 1);
  // Mum's proposal to Dad, and his PREPARE to both whom he is linked to.
  expect(consensusIn(wires)).toHaveLength(3);
  expect(heightOf(ben)).toBe(before);
  await house.until("written", () => devices.every((one) => heightOf(one) === before + 1));
  expect(consensusIn(wires).length).toBeGreaterThan(8);
});

test("[LP20] a transaction that waits here with the same signatures is not checked again, another is", async () => {
  await link(...everyPair());
  const [mum, dad] = devices;
  if (mum === undefined || dad === undefined) throw new Error("two");
  // Mum is alone with it: nobody decides.
  await part();
  await house.invite(mum, "child");
  const [waiting] = ledgerOf(mum).pending();
  if (waiting === undefined) throw new Error("nothing waits");
  const { signed } = waiting;
  const checks = countChecks(mum);
  expect(await ledgerOf(mum).takeTransactions([signed], [], "aa")).toBe(0);
  expect(checks()).toBe(0);
  const forged = { ...signed, signature: new Uint8Array(64) };
  expect(await ledgerOf(mum).takeTransactions([forged], [], "aa")).toBe(1);
  expect(checks()).toBeGreaterThan(0);
});

test("[LP22] a block costs a device that only follows five signatures: no PREPARE that came in time", async () => {
  await link(...everyPair());
  const leo = await follower();
  const [mum] = devices;
  if (mum === undefined) throw new Error("Mum");
  const before = heightOf(leo);
  const checks = countChecks(leo);
  await house.invite(mum, "relative");
  await house.settle();
  expect(heightOf(leo)).toBe(before + 1);
  await house.advance(10 * RELAY_DELAY_MS);
  expect(checks()).toBe(5);
});

test("[LP22] while the height is open a PREPARE is checked a moment later and carried; a forged one is blamed", async () => {
  await link(...everyPair());
  const leo = await follower();
  const [mum, dad] = devices;
  if (mum === undefined || dad === undefined) throw new Error("two");
  await part();
  await partFrom(leo);
  // Two of four decide nothing: the height stays open.
  await link([mum, dad], [dad, leo]);
  const checks = countChecks(leo);
  await house.invite(mum, "relative");
  await house.settle();
  const inFlight = (): number =>
    ledgerOf(leo)
      .handOver()
      .filter(({ type }) => type === "consensus").length;
  // Mum's proposal, her PREPARE that is in it, and his.
  await house.until("Dad's PREPARE is here", () => inFlight() === 3);
  // Mum's proposal, its transaction, and his PREPARE.
  expect(checks()).toBe(3);
  const forged = Array.from({ length: PEER_FAULTS_MAX }, (_, which) =>
    forgePrepare(leo, mum, which + 1),
  );
  for (const one of forged) {
    expect(await ledgerOf(leo).takeConsensus(one, toHex(deviceOf(dad)))).toBeNull();
  }
  expect(checks()).toBe(3);
  expect(leo.running().sessions()).toHaveLength(1);
  await house.advance(RELAY_DELAY_MS);
  expect(checks()).toBe(3 + PEER_FAULTS_MAX);
  expect(leo.running().sessions()).toHaveLength(0);
  expect(inFlight()).toBe(3);
});

test("[LP22] PREPAREs for which there is no room to wait are checked as they come", async () => {
  await link(...everyPair());
  const leo = await follower();
  const [mum, dad] = devices;
  if (mum === undefined || dad === undefined) throw new Error("two");
  await part();
  await partFrom(leo);
  await link([dad, leo]);
  const checks = countChecks(leo);
  const forge = (view: number): Uint8Array => forgePrepare(leo, mum, view);
  for (let which = 0; which < UNCHECKED_WORDS_MAX; which += 1) {
    expect(await ledgerOf(leo).takeConsensus(forge(which), toHex(deviceOf(dad)))).toBeNull();
  }
  expect(checks()).toBe(0);
  // The same again takes no room.
  expect(await ledgerOf(leo).takeConsensus(forge(0), toHex(deviceOf(dad)))).toBeNull();
  const more = await ledgerOf(leo).takeConsensus(forge(UNCHECKED_WORDS_MAX), toHex(deviceOf(dad)));
  expect(more).toBe("invalid");
  expect(checks()).toBe(1);
});

test("[LP22] two PREPAREs of one signer and view are checked as soon as both are here", async () => {
  await link(...everyPair());
  const leo = await follower();
  const [mum, dad] = devices;
  if (mum === undefined || dad === undefined) throw new Error("two");
  await part();
  await partFrom(leo);
  await link([dad, leo]);
  const checks = countChecks(leo);
  const say = async (view: number, which: number): Promise<string | null> =>
    ledgerOf(leo).takeConsensus(forgePrepare(leo, mum, view, which), toHex(deviceOf(dad)));
  expect(await say(0, 1)).toBeNull();
  expect(await say(1, 1)).toBeNull();
  expect(checks()).toBe(0);
  expect(await say(0, 2)).toBe("invalid");
  await house.settle();
  expect(checks()).toBe(2);
});
