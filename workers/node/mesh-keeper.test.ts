/** The mesh's shape on whole nodes: a family of twelve, and one of three beside it. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { toHex } from "../core/codec/ids.ts";
import { ACCEPTED_MAX, LINKS_MAX } from "../core/gossip/mesh-limits.ts";
import type { Frame } from "./frames.ts";
import type { TestDevice } from "./testing/device.ts";
import { createHousehold, type Household } from "./testing/household.ts";
import type { Wire } from "./testing/wire.ts";
import { turnOf } from "./turns.ts";

let house: Household;
beforeEach(() => {
  house = createHousehold();
});
afterEach(async () => house.stop());

const nameOf = (device: TestDevice): string => toHex(device.running().family.identity.device);
const isLinked = (a: TestDevice, b: TestDevice): boolean =>
  a.running().family.sessions.has(nameOf(b));
const saysConnected = async (at: TestDevice, of: TestDevice): Promise<boolean> =>
  (await at.snapshot()).members
    .flatMap(({ devices }) => devices)
    .some(({ id, isConnected }) => id === nameOf(of) && isConnected);
const link = async (a: TestDevice, b: TestDevice): Promise<Wire> =>
  house.link(a, b, [{ type: "family" }, { type: "family" }]);
const places = (frames: readonly Frame[]): Frame[] =>
  frames.filter(({ type }) => type === "places");

/** All joined, each linked to the next of them and the next but `step`, and heard of by each other. */
async function joined(
  count: number,
  step: number,
): Promise<{ devices: TestDevice[]; wires: Wire[] }> {
  const founder = await house.found("D0");
  const devices = [founder];
  for (let index = 1; index < count; index += 1) {
    const inviter = (index % 2 === 0 ? devices[1] : founder) ?? founder;
    devices.push(await house.join(inviter, `D${index}`, index === 1 ? "parent" : "relative"));
  }
  await house.advance(2_000);
  for (const one of devices) for (const session of one.running().sessions()) session.close("cut");
  await house.settle();
  const wires: Wire[] = [];
  for (const [index, one] of devices.entries()) {
    for (const other of [devices[index + 1], devices[index + step]]) {
      if (other !== undefined && !isLinked(one, other)) wires.push(await link(one, other));
    }
  }
  await house.advance(130_000);
  return { devices, wires };
}

test(
  "[MX13] [MX14] [MX16] a device that has its links turns away, tells it, and lets newcomers in",
  { tags: ["long"] },
  async () => {
    const { devices, wires } = await joined(12, 3);
    const [hub, , , , , ...others] = devices as [TestDevice, ...TestDevice[]];
    const taken: Wire[] = [];
    for (const other of others) {
      taken.push(await link(hub, other));
      if (!isLinked(hub, other)) break;
    }
    const links = [...hub.running().family.sessions.keys()];
    expect(links.length).toBeGreaterThanOrEqual(ACCEPTED_MAX);
    expect(links.length).toBeLessThanOrEqual(LINKS_MAX);
    const refused = others[taken.length - 1];
    if (refused === undefined) throw new Error("somebody was turned away");
    expect(isLinked(refused, hub)).toBe(false);
    const last = taken.at(-1);
    expect(places(last?.sent[0] ?? []).at(-1)).toMatchObject({ links: links.length, isFull: true });
    expect(hub.running().refusals()).toEqual({});
    expect(refused.running().refusals()).toEqual({});
    // Each neighbour was told when the number changed.
    await house.advance(1_500);
    expect(places(wires[0]?.sent[0] ?? []).at(-1)).toMatchObject({ links: links.length });

    // No penalty: with a place it is taken at once.
    for (const session of [...hub.running().family.sessions.values()].slice(2))
      session.close("cut");
    await house.settle();
    await link(refused, hub);
    expect(isLinked(hub, refused)).toBe(true);

    const newcomer = await house.join(hub, "New", "relative");
    expect(isLinked(hub, newcomer)).toBe(true);
    await house.advance(60_000);
    expect(isLinked(hub, newcomer)).toBe(true);
  },
);

test("[MX15] who is joined over others is connected on the screen, until nothing more is heard", async () => {
  const { devices } = await joined(12, 3);
  const [first, second] = devices as [TestDevice, TestDevice];
  const last = devices.at(-1) ?? first;
  for (const one of devices.slice(1)) expect(await saysConnected(first, one)).toBe(true);
  expect((await first.snapshot()).connection).toMatchObject({ linked: 11, others: 11 });
  const talks = (await first.snapshot()).conversations;
  expect(talks.find(({ name }) => name === "D11")?.isConnected).toBe(true);

  // A link of its own that is lost says at once that it is away; its next word says otherwise.
  const wire = await link(first, last);
  expect(isLinked(first, last)).toBe(true);
  await house.cut(wire);
  expect(await saysConnected(first, last)).toBe(false);
  await house.advance(100_000);
  expect(await saysConnected(first, last)).toBe(true);

  const beside = devices.at(-2) ?? first;
  for (const session of last.running().sessions()) session.close("gone");
  await house.settle();
  expect(await saysConnected(beside, last)).toBe(false);
  expect(await saysConnected(first, last)).toBe(true);
  await house.advance(125_000);
  expect(await saysConnected(first, last)).toBe(false);
  expect(await saysConnected(first, second)).toBe(true);
  expect(await saysConnected(first, beside)).toBe(true);
});

test("[MX15] who was turned away stays connected on the screen", { tags: ["long"] }, async () => {
  const { devices } = await joined(12, 3);
  const [hub] = devices as [TestDevice];
  const other = devices[6] ?? hub;
  const wire = await link(hub, other);
  const session = hub.running().family.sessions.get(nameOf(other));
  const device = session?.peer()?.device;
  if (session === undefined || device === undefined) throw new Error("linked");
  hub.running().family.mesh?.turnAway(session, device);
  await house.settle();
  expect(isLinked(hub, other)).toBe(false);
  expect(isLinked(other, hub)).toBe(false);
  expect(places(wire.sent[0]).at(-1)).toMatchObject({ isFull: true });
  expect(await saysConnected(hub, other)).toBe(true);
  expect(await saysConnected(other, hub)).toBe(true);
});

test("[MX11] [MX15] in a family of three nothing is said of it, and only links count", async () => {
  const { devices, wires } = await joined(3, 3);
  const [first, second, third] = devices as [TestDevice, TestDevice, TestDevice];
  expect(await saysConnected(first, second)).toBe(true);
  expect(await saysConnected(first, third)).toBe(false);
  for (const { sent } of wires) expect([...places(sent[0]), ...places(sent[1])]).toEqual([]);
  const [channel] = first.running().channels();
  expect(channel?.mesh?.call(null)).toBe("");
  const key = third.running().family.identity.signer.publicKey;
  expect(channel?.mesh?.answer(key, "")).toBe("yes");
  expect(channel?.isComplete?.()).toBe(false);
});

test(
  "[DI5] [MX15] those that are joined over others take turns too, each a turn of its own",
  { tags: ["long"] },
  async () => {
    const { devices } = await joined(12, 3);
    const turns = devices.map((one) => turnOf(one.running().family));
    expect(turns.toSorted((a, b) => a - b)).toEqual(devices.map((_, index) => index));
    // The two parents' come first.
    expect(turns.slice(0, 2).toSorted((a, b) => a - b)).toEqual([0, 1]);
  },
);
