/** How a new message reaches the page: with the word of it, and never before it is on the disk. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { NodeEvent } from "../api.ts";
import { value, type TestDevice } from "./testing/device.ts";
import { createHousehold, memberNamed, textsOf, type Household } from "./testing/household.ts";

let house: Household;
let mum: TestDevice;
let dad: TestDevice;
let toDad: string;
let toMum: string;
beforeEach(async () => {
  house = createHousehold();
  mum = await house.found("Mum");
  dad = await house.join(mum, "Dad", "parent");
  toDad = memberNamed(await mum.snapshot(), "Dad");
  toMum = memberNamed(await dad.snapshot(), "Mum");
});
afterEach(async () => house.stop());

type Told = Extract<NodeEvent, { type: "conversation" }>;

async function toldDuring(at: TestDevice, task: () => Promise<unknown>): Promise<Told[]> {
  const before = at.events.length;
  await task();
  await house.settle();
  return at.events.slice(before).filter((one) => one.type === "conversation");
}

test("[CV7] one message more comes with the word of it, and follows the one before", async () => {
  const first = await value(mum.node().sendMessage(toDad, "one"));
  await house.settle();
  const sent: Told[] = [];
  const heard = await toldDuring(dad, async () => {
    sent.push(...(await toldDuring(mum, async () => mum.node().sendMessage(toDad, "two"))));
  });
  for (const [told, isMine] of [
    [heard, false],
    [sent, true],
  ] as const) {
    expect(told).toHaveLength(1);
    expect(told[0]?.added).toMatchObject({
      after: first.message,
      message: { text: "two", isMine, hidden: null },
    });
  }
  const listed = await value(dad.node().listMessages(toMum, { limit: 1 }));
  expect(heard[0]?.added?.message).toEqual(listed.messages[0]);
});

test("[CV7] a delivery, and a message that belongs before another, only ask to read again", async () => {
  await value(mum.node().sendMessage(toDad, "one"));
  const delivered = await toldDuring(mum, async () => house.advance(2_000));
  expect(delivered.length).toBeGreaterThan(0);
  expect(delivered.filter((one) => one.added !== undefined)).toEqual([]);

  mum.running().sessions()[0]?.close("away");
  await house.settle();
  await value(mum.node().sendMessage(toDad, "earlier"));
  await house.advance(5_000);
  await value(dad.node().sendMessage(toMum, "later"));
  const caughtUp = await toldDuring(dad, async () => house.meet(mum, dad));
  expect(await textsOf(dad, toMum)).toEqual(["one", "earlier", "later"]);
  expect(caughtUp.filter((one) => one.added?.message.text === "earlier")).toEqual([]);
});

test("[OP5] what could not be written is on no screen, and comes again", async () => {
  dad.failWith("quota");
  const told = await toldDuring(dad, async () => value(mum.node().sendMessage(toDad, "kept")));
  expect(told).toEqual([]);
  expect(await textsOf(dad, toMum)).toEqual([]);
  dad.failWith(null);
  await house.meet(mum, dad);
  await house.until("it comes again", async () => (await textsOf(dad, toMum)).length > 0);
  expect(await textsOf(dad, toMum)).toEqual(["kept"]);
});
