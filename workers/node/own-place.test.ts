/** For whom an own place is sealed, and what is on the disk before anybody hears of it. DESIGN §5, §9. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { toHex } from "../core/codec/ids.ts";
import { prefixRange } from "../storage/store.ts";
import { PLACE_SILENT_MS } from "./limits.ts";
import { value, type TestDevice } from "./testing/device.ts";
import { createHousehold, memberNamed, type Household } from "./testing/household.ts";

const MINUTE = 60_000;
const HOME = { latitude: 51.5, longitude: -0.125, accuracy: 12 };

let house: Household;
let mum: TestDevice;
let dad: TestDevice;
beforeEach(async () => {
  house = createHousehold();
  mum = await house.found("Mum");
  dad = await house.join(mum, "Dad", "parent");
});
afterEach(async () => house.stop());

const idOf = (device: TestDevice): string => toHex(device.running().family.identity.device);
const memberOf = async (name: string): Promise<string> => memberNamed(await mum.snapshot(), name);

/** Mum's place, for everybody, until she stops. */
async function share(conversation?: string): Promise<string> {
  const { places } = await mum.snapshot();
  const everybody = places?.targets.find(({ type }) => type === "family")?.id;
  const id = conversation ?? everybody ?? (await memberOf("Dad"));
  const answer = await mum.node().sharePlace({ conversation: id, minutes: null }, HOME);
  await house.settle();
  return answer.ok ? "ok" : answer.code;
}

/** Devices for which the place that Mum said last is sealed. */
function sealedFor(): readonly string[] {
  const held = mum.running().family.gossip?.core().places.get(idOf(mum));
  return (held?.entry?.header.recipients ?? []).map(({ device }) => toHex(device));
}

const rowsAt = async (device: TestDevice): Promise<number> =>
  (await device.snapshot()).places?.rows.length ?? 0;
const ownRow = async (): Promise<number> =>
  (await mum.store().list("meta", prefixRange(["place", "own"]))).length;

test("[PN1] with nobody who may, one's other device is nobody either", async () => {
  await house.join(mum, "Mum's tablet", "parent", await memberOf("Mum"));
  const zoe = await house.join(mum, "Zoe", "contact");
  expect(await share(await memberOf("Zoe"))).toBe("not-allowed");
  expect(sealedFor()).toEqual([]);
  expect((await zoe.snapshot()).places).toBeNull();
  expect(await ownRow()).toBe(0);
});

test("[PN1] [PN3] who comes into the family while it is shared gets it with the next interval", async () => {
  await house.join(mum, "Leo", "child");
  await share();
  const gran = await house.join(mum, "Gran", "relative");
  await house.meet(gran, mum);
  expect(sealedFor()).not.toContain(idOf(gran));
  await house.advance(2 * MINUTE);
  await value(mum.node().notePlace(HOME));
  await house.advance(5_000);
  expect(sealedFor()).toContain(idOf(gran));
  expect(await rowsAt(gran)).toBe(1);
});

test("[PN10] it is not sealed for a device on hold", async () => {
  const gran = await house.join(mum, "Gran", "relative");
  await house.meet(gran, mum);
  await value(mum.node().holdDevice(idOf(gran), true));
  await house.settle();
  expect(await share()).toBe("ok");
  expect(sealedFor()).toEqual([idOf(dad)]);
});

test("[PN1] where it cannot be written down nobody hears of it", async () => {
  mum.failWith("quota");
  expect(await share()).toBe("storage-full");
  expect(sealedFor()).toEqual([]);
  mum.failWith(null);
  await house.advance(5_000);
  expect(await rowsAt(dad)).toBe(0);
  expect((await mum.snapshot()).places?.mine).toBeNull();
});

test("[PN7] a stop that all have had time to hear is forgotten", async () => {
  await share();
  await value(mum.node().stopPlace());
  expect(await ownRow()).toBe(1);
  mum.jump(PLACE_SILENT_MS + MINUTE);
  await house.advance(10_000);
  expect(await ownRow()).toBe(0);
});

test("[PN1] who has stopped may share again at once", async () => {
  await share();
  await value(mum.node().stopPlace());
  await house.advance(6_000);
  expect(await rowsAt(dad)).toBe(0);
  expect(await share()).toBe("ok");
  await house.advance(6_000);
  expect((await mum.snapshot()).places?.mine).toMatchObject({ isOver: false });
  expect(await rowsAt(dad)).toBe(1);
});

test("[PN8] a link that is there at one look alone carried nothing for sure", async () => {
  await share();
  const reached = async (): Promise<number> =>
    (await mum.snapshot()).places?.mine?.reached.length ?? 0;
  await house.advance(1_000);
  expect(await reached()).toBe(0);
  await house.advance(3_000);
  expect(await reached()).toBe(1);
});
