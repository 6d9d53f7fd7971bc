/** Two votes of one device come before the family: whole nodes on virtual time. DESIGN §4.9. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { toHex } from "../core/codec/ids.ts";
import { encodeConsensus, type Phase } from "../core/consensus/messages.ts";
import { encodeVote } from "../core/ledger/block.ts";
import { findDevice } from "../core/ledger/state.ts";
import { signTransaction } from "./family.ts";
import { value, type TestDevice } from "./testing/device.ts";
import { createHousehold, type Household } from "./testing/household.ts";

let house: Household;
let mum: TestDevice;
let dad: TestDevice;
let gran: TestDevice;
beforeEach(async () => {
  house = createHousehold();
  mum = await house.found("Mum");
  dad = await house.join(mum, "Dad", "parent");
  gran = await house.join(mum, "Gran", "relative");
  await house.meet(dad, gran);
  for (const one of [dad, gran]) await help(one);
  await house.until("three", () => [mum, dad, gran].every((one) => count(one) === 3));
});
afterEach(async () => house.stop());

async function help(device: TestDevice): Promise<void> {
  await value(device.node().setLasting("persistent"));
  await value(device.node().setHelping(true));
}

function headOf(device: TestDevice) {
  const head = device.running().family.ledger.head();
  if (head === null) throw new Error("no head");
  return head;
}

const count = (device: TestDevice): number => headOf(device).state.replicas.length;
const idOf = (device: TestDevice): Uint8Array => device.running().family.identity.device;
const convictedAt = (by: TestDevice, device: TestDevice): number | null | undefined =>
  findDevice(headOf(by).state, idOf(device))?.convictedAt;
const viewOf = async (by: TestDevice, device: TestDevice) =>
  (await by.snapshot()).members
    .flatMap(({ devices }) => devices)
    .find(({ id }) => id === toHex(idOf(device)));

/** A vote of the device for a block that nobody has, as its own hand would sign it. */
async function vote(device: TestDevice, block: number, phase: Phase = "prepare") {
  const { signer, profile } = device.running().family.identity;
  const { height, epoch } = headOf(device).state;
  const blockHash = new Uint8Array(32).fill(block);
  const body = { epoch, height: height + 1, view: 0, blockHash };
  const signature = await signer.sign(phase, profile.family, encodeVote(body));
  return { type: phase, ...body, replica: idOf(device), signature };
}

async function lie(device: TestDevice, to: TestDevice): Promise<void> {
  for (const block of [1, 2]) {
    const message = encodeConsensus(await vote(device, block));
    await to.running().family.ledger.takeConsensus(message, toHex(idOf(device)));
  }
}

test("[KP14] two votes that cannot both be honest are written down by who sees them, once, and everybody is told", async () => {
  await lie(dad, mum);
  await house.until("written", () =>
    [mum, dad, gran].every((one) => convictedAt(one, dad) === headOf(one).state.height),
  );
  const { height } = headOf(mum).state;
  // Of three it stays, until a parent takes it out; its own person reads it too.
  expect(count(mum)).toBe(3);
  expect(await viewOf(gran, dad)).toMatchObject({ isConvicted: true, isReplica: true });
  expect(await viewOf(dad, dad)).toMatchObject({ isConvicted: true, isMe: true });
  expect(await viewOf(dad, mum)).toMatchObject({ isConvicted: false });
  await lie(dad, gran);
  await house.advance(5_000);
  expect(headOf(mum).state.height).toBe(height);
  expect(await viewOf(mum, dad)).toMatchObject({ canGo: true });
  await value(mum.node().takeOut(toHex(idOf(dad))));
  await house.until("out", () => count(mum) === 2);
  expect((await dad.snapshot()).ledger.help).toBe("cannot");
  expect(await dad.node().setHelping(true)).toMatchObject({ code: "not-allowed" });
});

test("[KP14] of four it is taken out by the proof alone", async () => {
  const aunt = await house.join(mum, "Aunt", "relative");
  for (const one of [dad, gran]) await house.meet(one, aunt);
  await help(aunt);
  await house.until("four", () => [mum, dad, gran, aunt].every((one) => count(one) === 4));
  await lie(gran, dad);
  await house.until("out", () => [mum, dad, gran, aunt].every((one) => count(one) === 3));
  expect(convictedAt(aunt, gran)).not.toBeNull();
});

test("[EX19] a proof that the device did not sign is nobody's, and one vote said twice is no proof", async () => {
  const { family } = mum.running();
  const [first, second] = [await vote(dad, 1), await vote(dad, 2)];
  const { epoch, height, view } = first;
  const body = {
    type: "evidence" as const,
    device: idOf(dad),
    epoch,
    height,
    view,
    phase: "prepare" as const,
    first: { blockHash: first.blockHash, signature: first.signature },
    second: { blockHash: second.blockHash, signature: second.signature },
  };
  const other = await vote(gran, 2);
  const commit = await vote(dad, 2, "commit");
  for (const forged of [
    { ...body, device: idOf(gran) },
    { ...body, phase: "commit" as const },
    { ...body, view: 1 },
    { ...body, height: height + 1 },
    { ...body, second: { ...body.second, signature: other.signature } },
    { ...body, second: { ...body.second, signature: commit.signature } },
    { ...body, second: { ...body.second, blockHash: new Uint8Array(32) } },
  ]) {
    const signed = await signTransaction(family, forged, []);
    expect(await family.ledger.submit(signed, [])).toBe("invalid");
  }
  const repeated = await signTransaction(family, { ...body, second: body.first }, []);
  expect(await family.ledger.submit(repeated, [])).toBe("no-conflict");
  expect(convictedAt(mum, dad)).toBeNull();
});
