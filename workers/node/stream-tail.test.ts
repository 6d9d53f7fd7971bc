import { afterEach, expect, test } from "vitest";
import { DAY_MS } from "../core/gossip/limits.ts";
import { streamKey } from "../core/gossip/header.ts";
import { markFork } from "../core/gossip/stream.ts";
import { viewOf } from "./family.ts";
import { decodeTail, encodeTail, markOf, NEW_TAIL } from "./stream-tail.ts";
import { createHousehold, memberNamed, textsOf } from "./testing/household.ts";
import { value, type TestDevice } from "./testing/device.ts";

const house = createHousehold();
afterEach(async () => house.stop());

function ownStream(device: TestDevice, of: TestDevice) {
  const { gossip } = device.running().family;
  const author = of.running().family.identity.device;
  const stream = gossip?.core().streams.get(streamKey(author, 0));
  if (stream === undefined) throw new Error("no stream");
  return stream;
}

async function sleep(devices: readonly TestDevice[], ms: number): Promise<void> {
  for (const device of devices) await device.stop();
  await house.advance(ms);
  for (const device of devices) await device.restart();
}

test("[TA1] [TA2] a stream goes on after all of it has expired, over restarts on both sides", async () => {
  const mum = await house.found("Mum");
  const dad = await house.join(mum, "Dad", "parent");
  const toDad = memberNamed(await mum.snapshot(), "Dad");
  const toMum = memberNamed(await dad.snapshot(), "Mum");
  await value(mum.node().sendMessage(toDad, "old"));
  await house.advance(5_000);
  await sleep([mum, dad], 40 * DAY_MS);
  await house.meet(mum, dad);
  await house.advance(5_000);
  expect(await textsOf(dad, toMum)).toEqual([]);
  expect(ownStream(mum, mum).known.size).toBe(0);
  const { first } = ownStream(mum, mum);
  expect(first).toBeGreaterThan(1);
  await sleep([mum, dad], 1_000);
  expect(ownStream(mum, mum).base).not.toBeNull();
  await house.meet(mum, dad);
  await value(mum.node().sendMessage(toDad, "new"));
  await house.advance(5_000);
  expect(await textsOf(dad, toMum)).toEqual(["new"]);
  expect(ownStream(dad, mum).known.get(first)?.verdict.type).toBe("accepted");
});

test("[TA3] a fork is remembered over a restart", async () => {
  const mum = await house.found("Gran");
  const dad = await house.join(mum, "Leo", "child");
  await value(mum.node().sendMessage(memberNamed(await mum.snapshot(), "Leo"), "one"));
  await house.advance(5_000);
  const stream = ownStream(dad, mum);
  markFork(stream, 1, viewOf(dad.running().family), 1);
  await value(mum.node().sendMessage(memberNamed(await mum.snapshot(), "Leo"), "two"));
  await house.advance(5_000);
  await dad.restart();
  expect(ownStream(dad, mum).forkAt).toBe(1);
  expect(ownStream(dad, mum).known.get(2)?.verdict).toMatchObject({ rule: "fork" });
});

test("[TA1] a tail reads back as it was written; other bytes are no tail", async () => {
  const mum = await house.found("Rose");
  const kid = await house.join(mum, "Ann", "child");
  await value(mum.node().sendMessage(memberNamed(await mum.snapshot(), "Ann"), "x"));
  await house.advance(3_000);
  const stream = ownStream(kid, mum);
  expect(markOf(stream)).toBe(NEW_TAIL);
  expect(decodeTail(encodeTail(stream))).toMatchObject({ stream: 0, first: 1, forkAt: null });
  expect(decodeTail(new Uint8Array([1, 2, 3]))).toBeNull();
});
