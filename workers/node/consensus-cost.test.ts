/** What a change of the rules costs four devices that are all linked: messages and signatures checked. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Frame } from "./frames.ts";
import { RELAY_DELAY_MS } from "./limits.ts";
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
const heightOf = (device: TestDevice): number => ledgerOf(device).head()?.state.height ?? -1;

async function part(): Promise<void> {
  for (const one of devices) for (const session of one.running().sessions()) session.close("away");
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

test("[LP19] [LP20] a block costs four linked replicas 24 messages, and each at most five signatures", async () => {
  const wires = await link(...everyPair());
  const checks = new Map<TestDevice, number>();
  for (const device of devices) {
    const { crypto } = device.env();
    const verify = crypto.verify.bind(crypto);
    Object.assign(crypto, {
      verify: async (...one: Parameters<typeof verify>) => {
        checks.set(device, (checks.get(device) ?? 0) + 1);
        return verify(...one);
      },
    });
  }
  const [mum] = devices;
  if (mum === undefined) throw new Error("Mum");
  const before = heightOf(mum);
  await house.invite(mum, "child");
  await house.settle();
  expect(devices.map((one) => heightOf(one))).toEqual(devices.map(() => before + 1));
  await house.advance(10 * RELAY_DELAY_MS);
  // PRE-PREPARE to three, PREPARE of three to three each, COMMIT of four to three each.
  expect(consensusIn(wires)).toHaveLength(3 + 9 + 12);
  for (const device of devices) expect(checks.get(device) ?? 0).toBeLessThanOrEqual(5);
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
  let checked = 0;
  const { crypto } = mum.env();
  const verify = crypto.verify.bind(crypto);
  Object.assign(crypto, {
    verify: async (...one: Parameters<typeof verify>) => {
      checked += 1;
      return verify(...one);
    },
  });
  expect(await ledgerOf(mum).takeTransactions([signed], [], "aa")).toBe(0);
  expect(checked).toBe(0);
  const forged = { ...signed, signature: new Uint8Array(64) };
  expect(await ledgerOf(mum).takeTransactions([forged], [], "aa")).toBe(1);
  expect(checked).toBeGreaterThan(0);
});
