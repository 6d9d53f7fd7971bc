/** A message that another tab asked for, asked for again of the next leader. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { StoreError, type Write } from "../storage/store.ts";
import { SENT_RANGE, openSentRequests } from "./sent-requests.ts";
import { SENT_MS } from "./tab-limits.ts";
import { value, type TestDevice } from "./testing/device.ts";
import { createHousehold, memberNamed, textsOf, type Household } from "./testing/household.ts";

let house: Household;
let mum: TestDevice;
let dads: string;

beforeEach(async () => {
  house = createHousehold();
  mum = await house.found("Mum");
  await house.join(mum, "Dad", "parent");
  dads = memberNamed(await mum.snapshot(), "Dad");
});
afterEach(async () => house.stop());

const isMessage = (write: Write): boolean => write.type === "put" && write.table === "entries";
const isRegister = (write: Write): boolean => write.type === "put" && write.table === "registers";

test("[TB22] a message asked for twice under one request is sent once, also after a restart", async () => {
  const first = await value(mum.node().sendMessage(dads, "hello", null, "request-1"));
  expect(await value(mum.node().sendMessage(dads, "hello", null, "request-1"))).toEqual(first);
  await mum.restart();
  expect(await value(mum.node().sendMessage(dads, "hello", null, "request-1"))).toEqual(first);
  expect(await textsOf(mum, dads)).toEqual(["hello"]);
  await house.advance(5_000);
  const other = await value(mum.node().sendMessage(dads, "hello", null, "request-2"));
  expect(other).not.toEqual(first);
  expect(await textsOf(mum, dads)).toEqual(["hello", "hello"]);
});

test("[TB22] whichever commit was the last of a killed leader, the next one sends it exactly once", async () => {
  mum.record(true);
  await value(mum.node().sendMessage(dads, "hello", null, "request-1"));
  await house.settle();
  mum.record(false);
  const disks = [...mum.disks, mum.store().snapshot()];
  expect(disks.length).toBeGreaterThan(1);
  for (const disk of disks) {
    await mum.restart(disk);
    await value(mum.node().sendMessage(dads, "hello", null, "request-1"));
    expect(await textsOf(mum, dads)).toEqual(["hello"]);
  }
});

test("[TB22] a request that was not stored is forgotten", async () => {
  mum.fail((writes) => (writes.some(isMessage) ? new StoreError("fenced", "planned") : null));
  expect((await mum.node().sendMessage(dads, "hello", null, "request-1")).ok).toBe(false);
  mum.fail(null);
  expect((await mum.node().sendMessage(dads, "hello", null, "request-1")).ok).toBe(true);
  expect(await textsOf(mum, dads)).toEqual(["hello"]);
});

test("[TB23] what nobody can ask for any more goes with the next message", async () => {
  await value(mum.node().sendMessage(dads, "one", null, "request-1"));
  await value(mum.node().sendMessage(dads, "two", null, "request-2"));
  await mum.restart();
  expect(await mum.store().list("meta", SENT_RANGE)).toHaveLength(2);
  await house.advance(SENT_MS + 1_000);
  await value(mum.node().sendMessage(dads, "three", null, "request-3"));
  const rows = await mum.store().list("meta", SENT_RANGE);
  expect(rows.map(({ key }) => key[1])).toEqual(["request-3"]);
});

test("[TB23] a row that is none is nothing, and goes", async () => {
  await mum.store().commit([{ type: "put", table: "meta", key: ["sent", "x"], value: "bad" }], {
    durability: "strict",
  });
  const sent = await openSentRequests(mum.store());
  expect(sent.find("x")).toBeNull();
  expect(sent.writes("y", "00", house.time.now())).toContainEqual({
    type: "delete",
    table: "meta",
    key: ["sent", "x"],
  });
});

test("[TB24] a message that is stored was sent, whatever fails after it", async () => {
  mum.fail((writes) => (writes.some(isRegister) ? new StoreError("quota", "planned") : null));
  expect((await mum.node().sendMessage(dads, "hello")).ok).toBe(true);
  mum.fail(null);
  await house.advance(2_000);
  await mum.restart();
  expect(await textsOf(mum, dads)).toEqual(["hello"]);
});
