/** Whole nodes whose rule keepers are lost, or only asleep: DESIGN §4.10 with people and clocks. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RecoveryView } from "../api.ts";
import { toHex } from "../core/codec/ids.ts";
import { blockHashOf, encodeFinalised, encodeVote } from "../core/ledger/block.ts";
import { encodeTransaction } from "../core/ledger/transaction.ts";
import { createMemoryStore } from "../storage/memory-store.ts";
import { openLedger } from "./ledger-keeper.ts";
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
const keepersOf = (device: TestDevice): readonly string[] =>
  (ledgerOf(device).head()?.state.replicas ?? []).map((one) => toHex(one));
const idOf = (device: TestDevice): string => toHex(device.running().family.identity.device);
const seenBy = async (device: TestDevice): Promise<readonly RecoveryView[]> =>
  (await device.snapshot()).ledger.recoveries;
const onlySeenBy = async (device: TestDevice): Promise<RecoveryView> => {
  const [only, ...others] = await seenBy(device);
  if (only === undefined || others.length > 0) throw new Error("not one recovery");
  return only;
};

beforeEach(async () => {
  house = createHousehold();
  ({ mum, dad, gran, mia, tablet, words } = await foundKeepers(house));
});
afterEach(async () => house.stop());

/** Two of three phones are gone for good: the tablet, Mia's phone and what is named are left. */
async function lose(...devices: readonly TestDevice[]): Promise<void> {
  for (const one of devices) await one.stop();
  await house.settle();
}

/** Everybody who is left is linked to everybody. */
async function gather(...devices: readonly TestDevice[]): Promise<void> {
  for (const [index, one] of devices.entries()) {
    for (const other of devices.slice(index + 1)) await house.meet(one, other);
  }
  await house.settle();
}

/** Opened once a day for a few minutes, with everybody linked. */
async function daysPass(days: number, ...devices: readonly TestDevice[]): Promise<void> {
  for (let day = 0; day < days; day += 1) {
    await house.sleepUntil(house.time.now() + 24 * HOUR);
    await gather(...devices);
    await house.advance(2 * 60_000);
  }
}

describe("a recovery", () => {
  test("[RK9] words typed on a device that is left name it, and everybody is shown it", async () => {
    await lose(mum, gran);
    await gather(tablet, dad, mia);
    expect((await tablet.snapshot()).ledger.canRecover).toBe(true);
    await value(tablet.node().recoverRules(words));
    await house.settle();
    for (const one of [tablet, dad, mia]) {
      const seen = await onlySeenBy(one);
      expect(seen).toMatchObject({
        wordsOf: "Mum",
        by: "Mum",
        standing: "waits",
        objectedBy: null,
      });
      expect(seen.isMine).toBe(one === tablet);
      expect(seen.canObject).toBe(one === dad);
      expect(seen.takesAt).toBeGreaterThan(house.time.now() + 71 * HOUR);
      expect(epochOf(one)).toBe(0);
    }
    // Typed again, it is the same one.
    await value(tablet.node().recoverRules(words));
    await house.settle();
    expect(await seenBy(dad)).toHaveLength(1);
  });

  test("[RK1] it is taken after 72 hours of each device's own clock, over its restarts, not before", async () => {
    await lose(mum, gran);
    await gather(tablet, dad, mia);
    await value(tablet.node().recoverRules(words));
    await house.settle();
    const before = heightOf(tablet);
    await daysPass(2, tablet, dad, mia);
    await dad.restart();
    await gather(tablet, dad, mia);
    await house.sleepUntil(house.time.now() + 23 * HOUR);
    await house.advance(2 * 60_000);
    expect([tablet, dad, mia].map((one) => epochOf(one))).toEqual([0, 0, 0]);
    await gather(tablet, dad, mia);
    await house.sleepUntil(house.time.now() + HOUR);
    await gather(tablet, dad, mia);
    await house.advance(5 * 60_000);
    for (const one of [tablet, dad, mia]) {
      expect(epochOf(one)).toBe(1);
      expect(keepersOf(one)).toEqual([idOf(tablet)]);
      expect(await seenBy(one)).toEqual([]);
    }
    // The family goes on: rules are written, people talk, a newcomer comes in.
    const { invite } = await house.invite(dad, "child");
    await value(dad.node().revokeInvite(invite));
    await house.until("written", () => heightOf(mia) >= before + 2);
    await value(mia.node().sendMessage(memberNamed(await mia.snapshot(), "Dad"), "still here"));
    await house.settle();
    expect(await textsOf(dad, memberNamed(await dad.snapshot(), "Mia"))).toEqual(["still here"]);
    const leo = await house.join(tablet, "Leo", "child");
    expect(epochOf(leo)).toBe(1);
    await leo.restart();
    expect(epochOf(leo)).toBe(1);
  });

  test("[RK4] a block of the old keepers ends it, wherever it was shown", async () => {
    await lose(gran);
    await gather(tablet, mia);
    await value(tablet.node().recoverRules(words));
    await house.settle();
    expect(await seenBy(mia)).toHaveLength(1);
    // Mum's and Dad's phones were only asleep.
    await gather(mum, dad);
    const before = heightOf(mum);
    const { invite } = await house.invite(mum, "child");
    await value(mum.node().revokeInvite(invite));
    await house.until("written", () => heightOf(mum) > before);
    await gather(mum, dad, tablet, mia);
    for (const one of [mum, dad, tablet, mia]) expect(await seenBy(one)).toEqual([]);
    await daysPass(4, mum, dad, tablet, mia);
    for (const one of [mum, dad, tablet, mia]) {
      expect(epochOf(one)).toBe(0);
      expect(heightOf(one)).toBe(heightOf(mum));
    }
  });

  test("[RK5] another parent's no ends it on every device, whichever comes first, over restarts", async () => {
    await lose(mum, gran);
    await gather(tablet, dad);
    await value(tablet.node().recoverRules(words));
    await house.settle();
    const { id } = await onlySeenBy(dad);
    expect(await tablet.node().decideRecovery(id, "object")).toMatchObject({ code: "not-allowed" });
    await value(dad.node().decideRecovery(id, "object"));
    await house.settle();
    const said = { standing: "objected", objectedBy: "Dad", canObject: false, takesAt: 0 };
    expect(await onlySeenBy(tablet)).toMatchObject(said);
    // Mia hears the no before the recovery itself.
    const { recoveries } = ledgerOf(mia);
    for (const frame of ledgerOf(dad).recoveries.frames()) {
      if (frame.type !== "recovery") continue;
      for (const one of frame.objections) await recoveries.takeObjection(one, null);
      expect(recoveries.all()).toEqual([]);
      for (const one of frame.blocks) await recoveries.takeBlock(one, null);
    }
    expect(await onlySeenBy(mia)).toMatchObject(said);
    await tablet.restart();
    expect(await onlySeenBy(tablet)).toMatchObject(said);
    await daysPass(4, tablet, dad, mia);
    expect([tablet, dad, mia].map((one) => epochOf(one))).toEqual([0, 0, 0]);
  });

  test("[RK5] [RC9] a parent whose paper was found and typed on the other's device says no to it", async () => {
    await lose(mum, gran);
    await gather(tablet, dad);
    // The words are Mum's; her tablet is left.
    await value(dad.node().recoverRules(words));
    await house.settle();
    const { id, canObject } = await onlySeenBy(tablet);
    expect(canObject).toBe(true);
    expect((await onlySeenBy(dad)).canObject).toBe(false);
    expect(await dad.node().decideRecovery(id, "object")).toMatchObject({ code: "not-allowed" });
    await value(tablet.node().decideRecovery(id, "object"));
    await house.settle();
    await daysPass(4, tablet, dad);
    expect(await onlySeenBy(dad)).toMatchObject({ standing: "objected", objectedBy: "Mum" });
    expect([tablet, dad].map((one) => epochOf(one))).toEqual([0, 0]);
  });

  test("[RK5] a no that comes before the block on which the recovery builds is not lost", async () => {
    await lose(gran);
    for (const session of mia.running().sessions()) session.close("away");
    await house.settle();
    // A block that Mia's phone does not have; then the recovery, and Dad's no to it.
    const before = heightOf(tablet);
    await house.invite(mum, "child");
    await house.until("written", () => heightOf(tablet) > before);
    await lose(mum);
    await gather(tablet, dad);
    await value(tablet.node().recoverRules(words));
    await house.settle();
    await value(dad.node().decideRecovery((await onlySeenBy(dad)).id, "object"));
    await house.settle();
    const { recoveries, takeBlocks } = ledgerOf(mia);
    for (const frame of ledgerOf(dad).recoveries.frames()) {
      if (frame.type !== "recovery") continue;
      for (const one of frame.blocks) expect(await recoveries.takeBlock(one, null)).toBeNull();
      for (const one of frame.objections) await recoveries.takeObjection(one, null);
    }
    expect(recoveries.all()).toEqual([]);
    await takeBlocks(await ledgerOf(dad).blocksFrom(heightOf(mia) + 1, 16));
    expect(await onlySeenBy(mia)).toMatchObject({ standing: "objected", objectedBy: "Dad" });
    await mia.restart();
    expect(await onlySeenBy(mia)).toMatchObject({ standing: "objected", objectedBy: "Dad" });
  });

  test("[RK6] of two none is taken by itself; one that people choose on each device is", async () => {
    await lose(mum, dad);
    await gather(tablet, mia);
    await value(tablet.node().recoverRules(words));
    await value(gran.node().recoverRules(words));
    await house.settle();
    await gather(tablet, gran, mia);
    for (const one of [tablet, gran, mia]) {
      const seen = await seenBy(one);
      expect(seen.map(({ standing }) => standing)).toEqual(["rivalled", "rivalled"]);
    }
    await daysPass(4, tablet, gran, mia);
    expect([tablet, gran, mia].map((one) => epochOf(one))).toEqual([0, 0, 0]);
    const mine = (await seenBy(tablet)).find((one) => one.isMine)?.id ?? "";
    for (const one of [tablet, gran, mia]) {
      await value(one.node().decideRecovery(mine, "choose"));
      await house.settle();
    }
    for (const one of [tablet, gran, mia]) expect(keepersOf(one)).toEqual([idOf(tablet)]);
  });

  test("[RK7] a device that was away is shown it too, for its own 72 hours, and then follows", async () => {
    await lose(mum, gran);
    await gather(tablet, dad);
    await value(tablet.node().recoverRules(words));
    await house.settle();
    await daysPass(4, tablet, dad);
    expect(epochOf(tablet)).toBe(1);
    const { invite } = await house.invite(tablet, "child");
    await value(tablet.node().revokeInvite(invite));
    await gather(tablet, mia);
    expect(epochOf(mia)).toBe(0);
    expect(await onlySeenBy(mia)).toMatchObject({ standing: "waits", by: "Mum" });
    // Nobody is blamed for what the other cannot follow yet.
    for (let round = 0; round < 2 * PEER_FAULTS_MAX; round += 1) {
      const again = await house.invite(tablet, "child");
      await value(tablet.node().revokeInvite(again.invite));
    }
    await house.settle();
    expect((await mia.snapshot()).connection.linked).toBe(1);
    await daysPass(4, tablet, mia);
    expect(epochOf(mia)).toBe(1);
    expect(heightOf(mia)).toBe(heightOf(tablet));
  });

  test("[RK8] an old keeper that comes back afterwards is shown it, and its old votes count nowhere", async () => {
    await lose(gran);
    await house.cut(null);
    for (const session of mum.running().sessions()) session.close("away");
    await gather(tablet, dad);
    await value(tablet.node().recoverRules(words));
    await house.settle();
    await daysPass(4, tablet, dad);
    expect(epochOf(dad)).toBe(1);
    await gather(mum, tablet, dad);
    expect(epochOf(mum)).toBe(0);
    expect(await seenBy(mum)).toHaveLength(1);
    await daysPass(4, mum, tablet, dad);
    expect(epochOf(mum)).toBe(1);
    expect(heightOf(mum)).toBe(heightOf(tablet));
  });

  test("[RK2] in a family of one parent it is taken at once by whoever hears of it", async () => {
    const other = createHousehold();
    const phone = await other.add("Ada");
    await value(phone.node().startFamily({ familyName: "Ada's", myName: "Ada" }));
    const paper = await value(phone.node().recoveryWords());
    const child = await other.join(phone, "Kim", "child");
    const laptop = await other.join(
      phone,
      "Laptop",
      "parent",
      memberNamed(await phone.snapshot(), "Ada"),
    );
    await phone.stop();
    await value(laptop.node().recoverRules(paper.join(" ")));
    await other.settle();
    expect(epochOf(laptop)).toBe(1);
    expect(keepersOf(laptop)).toEqual([idOf(laptop)]);
    await other.meet(laptop, child);
    expect(epochOf(child)).toBe(1);
    await other.stop();
  });

  test("[RK3] a clock that is set forward gains a day at most, one that is set back loses nothing", async () => {
    await lose(mum, gran);
    await gather(tablet, dad);
    await value(tablet.node().recoverRules(words));
    await house.settle();
    const leftAt = (): number => {
      const standing = ledgerOf(dad).recoveries.all()[0]?.standing;
      return standing?.type === "waits" ? standing.leftMs : -1;
    };
    dad.jump(400 * 24 * HOUR);
    await house.advance(2_000);
    expect(leftAt()).toBeLessThanOrEqual(48 * HOUR);
    expect(leftAt()).toBeGreaterThan(47 * HOUR);
    dad.jump(-800 * 24 * HOUR);
    await house.advance(2_000);
    expect(leftAt()).toBeLessThan(48 * HOUR);
    expect(leftAt()).toBeGreaterThan(47 * HOUR);
    expect(epochOf(dad)).toBe(0);
  });

  test("[RK12] after a start it is not taken before others could say what they know of it", async () => {
    await lose(mum, gran);
    await gather(tablet, dad);
    await value(tablet.node().recoverRules(words));
    await house.settle();
    await daysPass(2, dad);
    await dad.stop();
    await house.sleepUntil(house.time.now() + 24 * HOUR);
    await dad.restart();
    await house.advance(50_000);
    expect(await onlySeenBy(dad)).toMatchObject({ standing: "due", canObject: true });
    expect(epochOf(dad)).toBe(0);
    await house.advance(15_000);
    expect(epochOf(dad)).toBe(1);
  });

  test("[RK9] wrong words, another family's, a child's device and one that keeps them alone do nothing", async () => {
    const refused = async (device: TestDevice, typed: string) => device.node().recoverRules(typed);
    expect(await refused(tablet, "one two")).toMatchObject({ code: "bad-words" });
    const other = createHousehold();
    const eve = await other.add("Eve");
    await value(eve.node().startFamily({ familyName: "Eve's", myName: "Eve" }));
    const foreign = (await value(eve.node().recoveryWords())).join(" ");
    expect(await refused(eve, foreign)).toMatchObject({ code: "not-allowed" });
    expect((await eve.snapshot()).ledger.canRecover).toBe(false);
    await other.stop();
    expect(await refused(tablet, foreign)).toMatchObject({ code: "other-words" });
    expect(await refused(mia, words)).toMatchObject({ code: "not-allowed" });
    expect((await mia.snapshot()).ledger.canRecover).toBe(false);
    expect(await tablet.node().decideRecovery("00", "object")).toMatchObject({
      code: "not-allowed",
    });
    expect(await tablet.node().decideRecovery("00".repeat(32), "choose")).toMatchObject({
      code: "not-allowed",
    });
    expect(await seenBy(tablet)).toEqual([]);
  });

  test("[RK10] killed before any commit of it, a device shows it or is given it again, and takes it once", async () => {
    await lose(mum, gran);
    await gather(tablet, dad);
    dad.record(true);
    await value(tablet.node().recoverRules(words));
    await house.settle();
    await daysPass(3, tablet, dad);
    await house.advance(5 * 60_000);
    dad.record(false);
    expect(epochOf(dad)).toBe(1);
    const disks = dad.disks.splice(0);
    const tabletDisk = tablet.store().snapshot();
    const startMs = house.time.now();
    const chosen = disks.filter((disk, index) => {
      const before = disks[index - 1];
      const rows = (one: typeof disk | undefined): number =>
        (one?.get("meta")?.length ?? 0) + (one?.get("blocks")?.length ?? 0);
      return index === 0 || rows(disk) !== rows(before) || index % 10 === 0;
    });
    expect(chosen.length).toBeGreaterThan(2);
    for (const disk of chosen) {
      const later = createHousehold({ startMs });
      const again = await later.add("Dad", { disk });
      const left = await later.add("Tablet", { disk: tabletDisk });
      await later.meet(again, left);
      for (let day = 0; day < 4; day += 1) {
        await later.sleepUntil(later.time.now() + 24 * HOUR);
        await later.meet(again, left);
        await later.advance(2 * 60_000);
      }
      expect(epochOf(again)).toBe(1);
      expect(heightOf(again)).toBe(heightOf(left));
      await later.stop();
    }
  });

  test("[RK11] what is forged, malformed or of another head is nobody's recovery", async () => {
    await lose(mum, gran);
    await gather(tablet, dad);
    await value(tablet.node().recoverRules(words));
    await house.settle();
    const [frame] = ledgerOf(dad).recoveries.frames();
    if (frame?.type !== "recovery") throw new Error("no recovery");
    const [bytes] = frame.blocks;
    if (bytes === undefined) throw new Error("no block");
    const { recoveries } = ledgerOf(mia);
    const faults = new Set<string | null>();
    for (let at = 0; at < bytes.length; at += 3) {
      const changed = bytes.slice();
      changed[at] = (changed[at] ?? 0) ^ 1;
      faults.add(await recoveries.takeBlock(changed, null));
      expect(recoveries.all()).toEqual([]);
    }
    expect(faults).toEqual(new Set(["malformed", "invalid", null]));
    // With words of somebody else it stops nobody, also where an invite would vouch for its height.
    const forged = await forgedRecovery(tablet);
    expect(await ledgerOf(mia).recoveries.takeBlock(forged, null)).toBe("invalid");
    const { identity, env } = mia.running().family;
    const { profile, signer, device: me } = identity;
    const pin = { height: heightOf(mia) + 1, hash: new Uint8Array(32) };
    let stopped = 0;
    const store = createMemoryStore({ disk: mia.store().snapshot() });
    const newcomer = await openLedger(
      { ...env, store },
      profile.family,
      signer,
      me,
      await store.takeFence(),
      pin,
      { ...NO_PORTS, onStopped: () => (stopped += 1) },
    );
    expect(await newcomer.takeBlocks([forged])).toEqual({ applied: 0, fault: "certificate" });
    expect(stopped).toBe(0);
    const { device } = dad.running().family.identity;
    const recovery = new Uint8Array(32).fill(1);
    const signature = new Uint8Array(64);
    expect(await recoveries.takeObjection({ recovery, device, signature }, null)).toBe("invalid");
    expect(await recoveries.takeBlock(bytes, null)).toBeNull();
    expect(recoveries.all()).toHaveLength(1);
  });
});

const NO_PORTS = {
  broadcast: () => {},
  onAdvanced: async () => {},
  refusedWrites: () => [],
  onRefused: () => {},
  mayPropose: () => true,
  mayPrepare: () => true,
  onRecovery: () => {},
  onDelayed: () => {},
  linked: () => ({ devices: [], roundTripMs: 0 }),
  inTurn: () => {},
  onEvidence: () => {},
  onForged: () => {},
  onSilenced: () => {},
  onNewerRules: () => {},
};

/** A recovery by a device of the family with a key that is nobody's words. */
async function forgedRecovery(device: TestDevice): Promise<Uint8Array> {
  const { family } = device.running();
  const { crypto } = family.env;
  const { identity } = family;
  const { family: id } = identity.profile;
  const head = ledgerOf(device).head();
  if (head === null) throw new Error("no head");
  const key = await crypto.createSigner(new Uint8Array(32).fill(3));
  const bytes = encodeTransaction({
    version: 1,
    author: identity.device,
    time: device.env().now(),
    expiresHeight: head.state.height + 1,
    salt: new Uint8Array(16),
    body: {
      type: "recovery",
      epoch: head.state.epoch + 1,
      parent: head.hash,
      replicas: [identity.device],
      recoveryKey: key.publicKey,
    },
  });
  const signed = {
    bytes,
    signature: await identity.signer.sign("transaction", id, bytes),
    proofs: [await key.sign("recovery", id, bytes)],
  };
  const hash = new Uint8Array(32);
  const header = {
    rulesVersion: 1,
    epoch: head.state.epoch + 1,
    height: head.state.height + 1,
    parent: head.hash,
    primary: identity.device,
    time: device.env().now(),
    replicaSet: hash,
    nextReplicaSet: hash,
    stateRoot: hash,
    transactions: hash,
  };
  const { epoch, height } = header;
  const vote = encodeVote({ epoch, height, view: 0, blockHash: blockHashOf(id, header) });
  const signature = await identity.signer.sign("commit", id, vote);
  const commits = [{ replica: identity.device, signature }];
  return encodeFinalised({
    block: { header, transactions: [signed] },
    certificate: { view: 0, commits },
  });
}
