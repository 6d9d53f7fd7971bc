/** Reading and writing told to others, between whole nodes on virtual time. DESIGN §5. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { DeliveryState, ReachView } from "../api.ts";
import { toHex } from "../core/codec/ids.ts";
import { stateOf } from "./family.ts";
import { everybodyOf } from "./talks.ts";
import { value, type TestDevice } from "./testing/device.ts";
import { createHousehold, memberNamed, type Household } from "./testing/household.ts";

let house: Household;
let mum: TestDevice;
let dad: TestDevice;
let mia: TestDevice;
let all = "";
beforeEach(async () => {
  house = createHousehold();
  mum = await house.found("Mum");
  dad = await house.join(mum, "Dad", "parent");
  mia = await house.join(mum, "Mia", "child");
  all = everybodyOf(stateOf(mum.running().family));
});
afterEach(async () => house.stop());

const say = async (from: TestDevice, conversation: string, text: string): Promise<string> => {
  const { message } = await value(from.node().sendMessage(conversation, text));
  await house.advance(3_000);
  return message;
};
const read = async (at: TestDevice, conversation: string): Promise<void> => {
  await value(at.node().markRead(conversation));
  await house.advance(3_000);
};
const share = async (at: TestDevice, isShared: boolean): Promise<void> => {
  await value(at.node().shareReading(isShared));
};
const deliveryOf = async (at: TestDevice, conversation: string): Promise<DeliveryState | null> => {
  const { messages } = await value(at.node().listMessages(conversation, { limit: 9 }));
  return messages.at(-1)?.delivery ?? null;
};
const states = (reach: readonly ReachView[]): Record<string, string> =>
  Object.fromEntries(reach.map((one) => [one.name, one.state]));
const entriesOf = (device: TestDevice): number =>
  [...(device.running().family.gossip?.core().streams.values() ?? [])]
    .filter(({ author }) => toHex(author) === toHex(device.running().family.identity.device))
    .reduce((sum, { known }) => sum + known.size, 0);
const typingAt = (device: TestDevice): readonly string[] =>
  device.events.flatMap((one) => (one.type === "typing" ? `${one.name} in ${one.id}` : []));

test("[MK10] nobody is told of reading unless the person lets; then its author is, over a restart too", async () => {
  const toDad = memberNamed(await mum.snapshot(), "Dad");
  const toMum = memberNamed(await dad.snapshot(), "Mum");
  await say(mum, toDad, "are you there?");
  const before = entriesOf(dad);
  await read(dad, toMum);
  expect(entriesOf(dad)).toBe(before);
  expect(await deliveryOf(mum, toDad)).toEqual({ type: "delivered" });
  expect((await dad.snapshot()).sharesReading).toBe(false);
  await share(dad, true);
  await say(mum, toDad, "and now?");
  await read(dad, toMum);
  expect(await deliveryOf(mum, toDad)).toEqual({ type: "read" });
  const { messages } = await value(mum.node().listMessages(toDad, { limit: 9 }));
  expect(messages.map((one) => one.delivery?.type)).toEqual(["read", "read"]);
  await dad.restart();
  await mum.restart();
  expect((await dad.snapshot()).sharesReading).toBe(true);
  expect(await deliveryOf(mum, toDad)).toEqual({ type: "read" });
  await house.meet(mum, dad);
  await share(dad, false);
  await say(mum, toDad, "and after that?");
  await read(dad, toMum);
  expect(await deliveryOf(mum, toDad)).toEqual({ type: "delivered" });
});

test("[MK10] in a group it is told by name, and as read once all have", async () => {
  await share(dad, true);
  await share(mia, true);
  const id = await say(mum, all, "supper at six");
  await read(dad, all);
  expect(await deliveryOf(mum, all)).toEqual({ type: "delivered" });
  const reach = async () => states(await value(mum.node().listReach(all, id)));
  expect(await reach()).toEqual({ Dad: "read", Mia: "delivered" });
  await read(mia, all);
  expect(await deliveryOf(mum, all)).toEqual({ type: "read" });
  expect(await reach()).toEqual({ Dad: "read", Mia: "read" });
});

test("[MK10] it is told at most once in five seconds, never back, and not for own messages", async () => {
  await share(dad, true);
  await read(dad, all);
  const none = entriesOf(dad);
  for (const text of ["one", "two", "three"]) {
    await value(mum.node().sendMessage(all, text));
    await house.advance(500);
    await value(dad.node().markRead(all));
  }
  await house.advance(500);
  expect(entriesOf(dad) - none).toBe(1);
  await house.advance(6_000);
  expect(entriesOf(dad) - none).toBe(2);
  expect(await deliveryOf(mum, all)).toEqual({ type: "delivered" });
  const reach = await value(mum.node().listReach(all, await lastId(mum)));
  expect(states(reach)["Dad"]).toBe("read");
  await say(dad, all, "mine");
  const after = entriesOf(dad);
  await read(dad, all);
  await house.advance(10_000);
  expect(entriesOf(dad)).toBe(after);
});

async function lastId(at: TestDevice): Promise<string> {
  const { messages } = await value(at.node().listMessages(all, { limit: 1 }));
  return messages[0]?.id ?? "";
}

test("[MK11] writing is told to who is linked, now and then, and stored by nobody", async () => {
  await value(mia.node().noteTyping(all));
  await house.advance(2_000);
  expect(typingAt(mum)).toEqual([]);
  await share(mia, true);
  const stored = entriesOf(mia);
  const rows = mum.store().snapshot().get("entries")?.length;
  for (let count = 0; count < 5; count += 1) {
    await value(mia.node().noteTyping(all));
    await house.advance(1_000);
  }
  expect(typingAt(mum)).toEqual([`Mia in ${all}`, `Mia in ${all}`]);
  expect(typingAt(dad)).toEqual([`Mia in ${all}`, `Mia in ${all}`]);
  expect(typingAt(mia)).toEqual([]);
  expect(entriesOf(mia)).toBe(stored);
  expect(mum.store().snapshot().get("entries")?.length).toBe(rows);
  const toMum = memberNamed(await mia.snapshot(), "Mum");
  await value(mia.node().noteTyping(toMum));
  await house.advance(1_000);
  expect(typingAt(mum).at(-1)).toBe(`Mia in ${memberNamed(await mum.snapshot(), "Mia")}`);
  expect(typingAt(dad)).toHaveLength(2);
  expect(await mia.node().noteTyping("zz")).toMatchObject({ code: "unknown-conversation" });
});

test("[MK11] of who is held nobody is told that it writes", async () => {
  await share(mia, true);
  const device = toHex(mia.running().family.identity.device);
  await value(mum.node().holdDevice(device, true));
  await value(mia.node().noteTyping(all));
  await house.advance(2_000);
  expect(typingAt(mum)).toEqual([]);
  expect(typingAt(dad)).toEqual([]);
});
