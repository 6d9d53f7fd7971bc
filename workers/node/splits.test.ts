/** A recovery that the old keepers never heard of: two sets of rules meet. Whole nodes, DESIGN §4.10. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SplitView } from "../api.ts";
import { toHex } from "../core/codec/ids.ts";
import { decodeFinalised } from "../core/ledger/block.ts";
import { PEER_FAULTS_MAX } from "./limits.ts";
import { value, type TestDevice } from "./testing/device.ts";
import { foundKeepers } from "./testing/keepers.ts";
import { createHousehold, memberNamed, textsOf, type Household } from "./testing/household.ts";

const HOUR = 3_600_000;

let house: Household;
let mum: TestDevice;
let tablet: TestDevice;
let dad: TestDevice;
let gran: TestDevice;
let mia: TestDevice;
let words: string;

const ledgerOf = (device: TestDevice) => device.running().family.ledger;
const heightOf = (device: TestDevice): number => ledgerOf(device).head()?.state.height ?? -1;
const epochOf = (device: TestDevice): number => ledgerOf(device).head()?.state.epoch ?? -1;
const splitOf = async (device: TestDevice): Promise<SplitView | null> =>
  (await device.snapshot()).ledger.split;
const away = async (...devices: readonly TestDevice[]): Promise<void> => {
  for (const one of devices) {
    for (const session of one.running().sessions()) session.close("away");
  }
  await house.settle();
};
const gather = async (...devices: readonly TestDevice[]): Promise<void> => {
  for (const [index, one] of devices.entries()) {
    for (const other of devices.slice(index + 1)) await house.meet(one, other);
  }
  await house.settle();
};
const daysPass = async (days: number, ...groups: readonly (readonly TestDevice[])[]) => {
  for (let day = 0; day < days; day += 1) {
    await house.sleepUntil(house.time.now() + 24 * HOUR);
    for (const group of groups) await gather(...group);
    await house.advance(2 * 60_000);
  }
};
/** Writes two blocks on that side. */
const write = async (device: TestDevice): Promise<void> => {
  const before = heightOf(device);
  const { invite } = await house.invite(device, "child");
  await house.until("the invite is written down", () => heightOf(device) > before);
  await value(device.node().revokeInvite(invite));
  await house.until("and taken back", () => heightOf(device) >= before + 2);
};

beforeEach(async () => {
  house = createHousehold();
  ({ mum, dad, gran, mia, tablet, words } = await foundKeepers(house));
});
afterEach(async () => house.stop());

/** Mum's words name her tablet for Dad and Mia; her phone and Gran's go on as before, unheard. */
async function split(): Promise<void> {
  await away(mum, tablet, dad, gran, mia);
  await gather(tablet, dad, mia);
  await gather(mum, gran);
  await value(tablet.node().recoverRules(words));
  await house.settle();
  await write(mum);
  await daysPass(4, [tablet, dad, mia], [mum, gran]);
  await write(tablet);
  expect([tablet, dad, mia, mum, gran].map(epochOf)).toEqual([1, 1, 1, 0, 0]);
}

describe("two sets of rules in one family", () => {
  test("[SL1] [SL2] are told on both sides, whose they are and which one began anew", async () => {
    await split();
    for (const one of [tablet, dad, mia, mum, gran]) expect(await splitOf(one)).toBeNull();
    await gather(dad, mum);
    expect(await splitOf(dad)).toEqual({ people: ["Mum"], isTheirs: false, isRead: false });
    expect(await splitOf(mum)).toEqual({ people: ["Dad"], isTheirs: true, isRead: false });
    await gather(dad, gran);
    expect(await splitOf(dad)).toMatchObject({ people: ["Gran", "Mum"] });
    // Nobody's rules have moved, nobody is blamed, and what was said is there.
    expect([epochOf(dad), epochOf(mum)]).toEqual([1, 0]);
    expect(dad.running().refusals()).toEqual({});
    expect(mum.running().refusals()).toEqual({});
  });

  test("[SL3] are told once for each device, over restarts", async () => {
    await split();
    await gather(mia, mum);
    expect(await splitOf(mia)).toMatchObject({ isRead: false });
    await mia.restart();
    expect(await splitOf(mia)).toMatchObject({ people: ["Mum"], isRead: false });
    await value(mia.node().noteSplit());
    expect(await splitOf(mia)).toMatchObject({ people: ["Mum"], isRead: true });
    await mia.restart();
    await gather(mia, mum);
    await house.advance(5_000);
    expect(await splitOf(mia)).toMatchObject({ people: ["Mum"], isRead: true });
    // Another device of the other side is something new.
    await gather(mia, gran);
    expect(await splitOf(mia)).toMatchObject({ people: ["Gran", "Mum"], isRead: false });
  });

  test("[SL4] are not made by a device's own word, nor by a block that nobody follows", async () => {
    await away(mum, tablet, dad, gran, mia);
    await gather(tablet, dad);
    await value(tablet.node().recoverRules(words));
    await house.settle();
    await away(tablet, dad);
    // The old keepers write something down: that ends it wherever it is heard in time.
    await gather(mum, gran);
    await write(mum);
    await gather(tablet, mum);
    await gather(dad, gran, mia);
    await house.advance(5_000);
    for (const one of [tablet, dad, mia, mum, gran]) {
      expect(await splitOf(one)).toBeNull();
      expect(epochOf(one)).toBe(0);
    }
    // A device that says it is of another epoch, at whatever height, and shows nothing for it.
    const { family } = gran.running();
    const to = family.sessions.get(toHex(dad.running().family.identity.device));
    for (const epoch of [1, 2, 7]) {
      const head = new Uint8Array(32).fill(epoch);
      to?.send({ type: "status", epoch, height: heightOf(dad) + epoch, head, secretEpoch: 1 });
      to?.send({ type: "status", epoch, height: heightOf(dad), head, secretEpoch: 1 });
    }
    await house.advance(5_000);
    expect(await splitOf(dad)).toBeNull();
    expect(await splitOf(gran)).toBeNull();
  });

  test("[SL4] nor by a block that its keepers did not sign: its bearer is blamed", async () => {
    await split();
    const bytes = await firstOther(mum, dad);
    const [after] = await ledgerOf(mum).blocksFrom(heightOfBlock(bytes) + 1, 1);
    const broken = bytes.slice();
    // The last bytes are a signature's.
    broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1;
    const { splits } = dad.running();
    const device = mum.running().family.identity.device;
    await splits.hears(device, { epoch: 0, height: heightOf(mum), head: new Uint8Array(32) });
    expect(await splits.look(device, [broken])).toEqual({ answer: null, faults: 1 });
    // What follows it is no proof, and no fault either.
    expect(await splits.look(device, after === undefined ? [] : [after])).toEqual({
      answer: null,
      faults: 0,
    });
    expect(await splitOf(dad)).toBeNull();
    expect((await splits.look(device, [bytes])).answer).not.toBeNull();
    expect(await splitOf(dad)).not.toBeNull();
  });

  test("[SL4] nor by a true block of a device that does not say it follows it", async () => {
    await split();
    const bytes = await firstOther(mum, dad);
    const { splits } = dad.running();
    const device = mia.running().family.identity.device;
    await splits.hears(device, { epoch: 1, height: 2, head: new Uint8Array(32) });
    expect(await splits.look(device, [bytes])).toEqual({ answer: null, faults: 0 });
    expect(await splitOf(dad)).toBeNull();
  });

  test("[SL5] are no reason to close a link: what was said goes on between them", async () => {
    await split();
    await gather(dad, mum);
    for (let index = 0; index < PEER_FAULTS_MAX + 2; index += 1) {
      await write(tablet);
      await gather(tablet, dad);
    }
    await write(mum);
    await house.advance(5_000);
    expect(mum.running().sessions().length).toBeGreaterThan(0);
    await value(dad.node().sendMessage(memberNamed(await dad.snapshot(), "Mum"), "which one?"));
    await house.advance(5_000);
    expect(await textsOf(dad, memberNamed(await dad.snapshot(), "Mum"))).toContain("which one?");
  });

  test("[SL6] of a device that the family has taken out since nothing is told any more", async () => {
    await split();
    await gather(dad, gran);
    expect(await splitOf(dad)).toMatchObject({ people: ["Gran"] });
    await gather(tablet, dad);
    const device = toHex(gran.running().family.identity.device);
    await value(dad.node().changeRules({ type: "revoke-device", device, reason: "lost" }));
    await house.until("Gran's is out", async () => (await splitOf(dad)) === null);
  });
});

function heightOfBlock(bytes: Uint8Array): number {
  const decoded = decodeFinalised(bytes);
  if (!decoded.ok) throw new Error(decoded.detail);
  return decoded.value.block.header.height;
}

/** The first block of `there` that `here` has another in the place of. */
async function firstOther(there: TestDevice, here: TestDevice): Promise<Uint8Array> {
  for (let height = 1; height <= heightOf(there); height += 1) {
    const [theirs] = await ledgerOf(there).blocksFrom(height, 1);
    const [mine] = await ledgerOf(here).blocksFrom(height, 1);
    if (theirs === undefined || mine === undefined) break;
    if (theirs.join() !== mine.join()) return theirs;
  }
  throw new Error("their chains are one");
}
