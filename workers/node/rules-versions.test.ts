/** Two builds in one family, one of which knows the next version of the rules: whole nodes. DESIGN §4.2. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { toHex } from "../core/codec/ids.ts";
import { decodeFinalised, encodeFinalised, type FinalisedBlock } from "../core/ledger/block.ts";
import { signTransaction } from "./family.ts";
import { createHousehold, memberNamed, type Household } from "./testing/household.ts";
import { value, type TestDevice } from "./testing/device.ts";

let house: Household;
let mum: TestDevice;
let dad: TestDevice;
let gran: TestDevice;
let mia: TestDevice;
beforeEach(async () => {
  house = createHousehold();
  mum = await house.found("Mum");
  dad = await house.join(mum, "Dad", "parent");
  gran = await house.join(mum, "Gran", "relative");
  mia = await house.join(mum, "Mia", "child");
});
afterEach(async () => house.stop());

const [OLD, NEW] = [1, 2] as const;

const headOf = (device: TestDevice) => {
  const head = device.running().family.ledger.head();
  if (head === null) throw new Error("no head");
  return head;
};
const heightOf = (device: TestDevice): number => headOf(device).state.height;
const versionOf = (device: TestDevice): number => headOf(device).state.rulesVersion;
const idOf = (device: TestDevice): string => toHex(device.running().family.identity.device);
const linksOf = (device: TestDevice): number => device.running().family.sessions.size;
const isHeld = async (device: TestDevice): Promise<boolean> =>
  (await device.snapshot()).notices.some(({ type }) => type === "update-needed");
/** What this device itself has signed for the height in flight. */
const signedBy = async (device: TestDevice): Promise<number> =>
  (await device.store().list("log", { from: [], to: [[]] })).filter(({ key }) => key[1] !== "seen")
    .length;

/** Everybody is linked; Mum's, Dad's and Gran's devices keep the rules. */
async function three(): Promise<void> {
  await house.meet(dad, gran);
  for (const one of [dad, gran]) await house.meet(one, mia);
  for (const one of [dad, gran]) {
    await value(one.node().setLasting("persistent"));
    await one.running().keeping.setWilling(true);
  }
  await house.until("three", () =>
    [mum, dad, gran, mia].every((one) => headOf(one).state.replicas.length === 3),
  );
}

/** These are closed and come back with a build that knows the new rules; then all meet. */
async function update(...devices: readonly TestDevice[]): Promise<void> {
  for (const one of devices) await one.update(NEW);
  await meetAll();
}

async function meetAll(): Promise<void> {
  const all = [mum, dad, gran, mia];
  for (const [index, one] of all.entries()) {
    for (const other of all.slice(index + 1)) {
      if (!one.running().family.sessions.has(idOf(other))) await house.meet(one, other);
    }
  }
}

async function raise(by: TestDevice): Promise<void> {
  const { family } = by.running();
  const signed = await signTransaction(family, { type: "rules-raised", version: NEW }, []);
  expect(await family.ledger.submit(signed, [])).toBeNull();
  await house.settle();
}

describe("a quorum of three knows the new rules", () => {
  beforeEach(async () => {
    await three();
    await update(mum, dad);
  });

  test("[LV3] the family goes on; who does not know them stays below, signs nothing, and asks for an update", async () => {
    const before = heightOf(mum);
    await raise(mum);
    await house.until("raised", () => versionOf(mum) === NEW && versionOf(dad) === NEW);
    await house.invite(mum, "child");
    await house.until("more", () => heightOf(mum) === before + 2 && heightOf(dad) === before + 2);
    await house.advance(20_000);
    for (const one of [gran, mia]) {
      expect([heightOf(one), versionOf(one), await isHeld(one)]).toEqual([before, OLD, true]);
      // Nobody was blamed for what is nobody's fault.
      expect(linksOf(one)).toBe(3);
    }
    expect(await signedBy(gran)).toBe(0);
    expect((await gran.snapshot()).notices).not.toContainEqual(
      expect.objectContaining({ type: "ledger-stopped" }),
    );
    expect([await isHeld(mum), await isHeld(dad)]).toEqual([false, false]);
  });

  test("[LV3] what it wants itself is written down by the others meanwhile", async () => {
    await raise(mum);
    await house.until("raised", () => versionOf(dad) === NEW);
    const before = heightOf(dad);
    await dad.stop();
    await house.invite(mum, "child");
    await house.advance(5_000);
    // Gran is held: of three two are wanted, and Mum's is one.
    expect(heightOf(mum)).toBe(before);
  });

  test("[LV6] updated, it takes the blocks, shows what waited, and votes again", async () => {
    await raise(mum);
    await house.until("raised", () => versionOf(dad) === NEW);
    await value(
      mum.node().sendMessage(memberNamed(await mum.snapshot(), "Mia"), "under the new rules"),
    );
    await house.advance(3_000);
    const texts = async (): Promise<readonly string[]> => {
      const snapshot = await mia.snapshot();
      return snapshot.conversations.flatMap(({ last }) => last?.text ?? []);
    };
    expect(await texts()).toEqual([]);
    await update(mia, gran);
    await house.until("caught up", () =>
      [gran, mia].every((one) => toHex(headOf(one).hash) === toHex(headOf(mum).hash)),
    );
    await house.until("shown", async () => (await texts()).includes("under the new rules"));
    expect([await isHeld(mia), await isHeld(gran)]).toEqual([false, false]);
    await dad.stop();
    const before = heightOf(mum);
    await house.invite(mum, "child");
    await house.until("with Gran's vote", () => heightOf(mum) > before && heightOf(gran) > before);
  });

  test("[LV7] a disk that a later build has written is opened up to what is known, and held", async () => {
    const before = heightOf(mum);
    await raise(mum);
    await house.until("raised", () => versionOf(dad) === NEW);
    expect((await dad.update(OLD)).ok).toBe(true);
    expect([heightOf(dad), await isHeld(dad)]).toEqual([before, true]);
    await meetAll();
    await house.invite(mum, "child");
    await house.advance(5_000);
    expect([heightOf(dad), await signedBy(dad)]).toEqual([before, 0]);
    await update(dad);
    await house.until("as before", () => heightOf(dad) === before + 2);
    expect(await isHeld(dad)).toBe(false);
  });

  test("[LV7] so is a log with a vote for a block that is not known", async () => {
    for (const one of [dad, gran, mia]) await one.stop();
    const before = heightOf(mum);
    await raise(mum);
    await house.advance(3_000);
    expect(await signedBy(mum)).toBeGreaterThan(0);
    expect((await mum.update(OLD)).ok).toBe(true);
    await house.advance(3_000);
    expect([heightOf(mum), await isHeld(mum)]).toEqual([before, true]);
    // Nor does it vote again once somebody has said what is known of its votes.
    const logOf = async () =>
      mum.store().list("log", { from: [before + 1, 0], to: [before + 1, 9] });
    const signed = await logOf();
    expect(signed.length).toBeGreaterThan(0);
    await mia.restart();
    await house.meet(mum, mia);
    await house.invite(mum, "child");
    await house.advance(3_000);
    expect(await logOf()).toEqual(signed);
    expect((await mum.update(NEW)).ok).toBe(true);
    expect(await isHeld(mum)).toBe(false);
  });

  test("[LV5] they are handed on to whoever stands at the same height, as far as the known set certifies them", async () => {
    const before = heightOf(mum);
    await gran.stop();
    await raise(mum);
    await house.invite(mum, "child");
    await house.until("two blocks", () => [mum, dad].every((one) => heightOf(one) === before + 2));
    const { newerBlocks, reach } = mia.running().family.ledger;
    await house.until("both are here", () => newerBlocks().length === 2 && reach() === before + 2);
    // Gran's device is updated while nobody but the one that cannot read them is open.
    for (const one of [mum, dad]) await one.stop();
    await gran.update(NEW);
    await house.meet(gran, mia);
    await house.until("given", () => heightOf(gran) === before + 2);
    await gran.stop();
    // The set changes; what comes after it cannot be checked here, and is nobody's fault.
    for (const one of [mum, dad]) await one.restart();
    await house.meet(mum, dad);
    for (const one of [mum, dad]) await house.meet(one, mia);
    expect((await mum.node().takeOut(idOf(gran))).ok).toBe(true);
    await house.until("out", () => headOf(mum).state.replicas.length === 2);
    for (let count = 0; count < 9; count += 1) {
      const { invite } = await house.invite(mum, "child");
      await house.advance(1_000);
      await value(mum.node().revokeInvite(invite));
      await house.advance(1_000);
    }
    expect(heightOf(dad)).toBeGreaterThan(before + 10);
    expect([newerBlocks().length, reach(), linksOf(mia)]).toEqual([3, before + 3, 2]);
  });

  test("[LV8] what is pending goes on through it, and what cannot be read here is nobody's fault", async () => {
    await raise(mum);
    await house.until("raised", async () => isHeld(mia));
    const held = mia.running().family.ledger;
    const { family } = mum.running();
    const body = { type: "rules-raised", version: NEW + 1 } as const;
    const signed = await signTransaction(family, body, []);
    const unreadable = { ...signed, bytes: new Uint8Array([1, 2, 3]) };
    expect(await held.takeTransactions([unreadable, signed], [], idOf(mum))).toBe(0);
    expect(held.pending().map((one) => one.signed.bytes)).toContainEqual(signed.bytes);
    // By the head that stands here it would be for another block.
    const removed = [gran.running().family.identity.device];
    const change = {
      type: "replicas-changed",
      parent: headOf(mum).hash,
      added: [],
      removed,
    } as const;
    const later = await signTransaction(family, change, []);
    await held.takeTransactions([later], [], idOf(mum));
    expect(held.pending().map((one) => one.signed.bytes)).toContainEqual(later.bytes);
  });
});

test("[LV3] a block of later rules that the set has not certified holds nobody, and is its bearer's fault", async () => {
  const { ledger } = mum.running().family;
  const [bytes] = await ledger.blocksFrom(heightOf(mum), 1);
  const last = bytes === undefined ? null : decodeFinalised(bytes);
  if (last?.ok !== true) throw new Error("no block");
  const { block, certificate } = last.value;
  const header = {
    ...block.header,
    rulesVersion: NEW,
    height: heightOf(mum) + 1,
    parent: headOf(mum).hash,
  };
  const forged = (part: Partial<FinalisedBlock["block"]["header"]>): Uint8Array =>
    encodeFinalised({ block: { ...block, header: { ...header, ...part } }, certificate });
  for (const [part, fault] of [
    [{}, "certificate"],
    [{ height: heightOf(mum) + 2 }, "height"],
    [{ parent: new Uint8Array(32) }, "parent"],
    [{ epoch: 1 }, "epoch"],
  ] as const) {
    expect(await ledger.takeBlocks([forged(part)])).toEqual({ applied: 0, fault });
  }
  expect([ledger.isBehindRules(), await isHeld(mum)]).toEqual([false, false]);
});

test("[LV3] no words make a device that is held keep the rules, where they would at once", async () => {
  const ann = await house.add("Ann");
  await value(ann.node().startFamily({ familyName: "The Lees", myName: "Ann" }));
  const paper = await value(ann.node().recoveryWords());
  const asked = [1, 5, 9].map((position) => ({ position, word: paper[position - 1] ?? "" }));
  await value(ann.node().confirmWords(asked));
  const rose = await house.join(ann, "Rose", "relative");
  expect((await rose.snapshot()).ledger.canRecover).toBe(true);
  await ann.update(NEW);
  await house.meet(ann, rose);
  await raise(ann);
  await house.until("held", async () => isHeld(rose));
  expect((await rose.snapshot()).ledger.canRecover).toBe(false);
  const typed = await rose.node().recoverRules(paper.join(" "));
  expect(typed).toMatchObject({ ok: false, code: "not-allowed" });
  expect([versionOf(rose), headOf(rose).state.epoch]).toEqual([OLD, 0]);
});

test("[LV3] a recovery that is shown is not taken any more where the family has gone on by newer rules", async () => {
  const ann = await house.add("Ann");
  await value(ann.node().startFamily({ familyName: "The Lees", myName: "Ann" }));
  const paper = await value(ann.node().recoveryWords());
  const asked = [1, 5, 9].map((position) => ({ position, word: paper[position - 1] ?? "" }));
  await value(ann.node().confirmWords(asked));
  await house.join(ann, "Bob", "parent");
  const rose = await house.join(ann, "Rose", "relative");
  await ann.stop();
  await value(rose.node().recoverRules(paper.join(" ")));
  expect((await rose.snapshot()).ledger.recoveries).toHaveLength(1);
  await ann.update(NEW);
  await raise(ann);
  await house.meet(ann, rose);
  await house.until("held", async () => isHeld(rose));
  await ann.stop();
  for (let day = 0; day < 5; day += 1) {
    await house.sleepUntil(house.time.now() + 24 * 3_600_000);
    await house.advance(180_000);
  }
  expect([headOf(rose).state.epoch, headOf(rose).state.replicas.length]).toEqual([0, 1]);
  expect(toHex(headOf(rose).state.replicas[0] ?? new Uint8Array())).toBe(idOf(ann));
});

test("[LV3] a newcomer whose build is too old for the family is told so, and blames nobody", async () => {
  const ann = await house.add("Ann", { rulesKnown: NEW });
  await value(ann.node().startFamily({ familyName: "The Lees", myName: "Ann" }));
  const paper = await value(ann.node().recoveryWords());
  const asked = [1, 5, 9].map((position) => ({ position, word: paper[position - 1] ?? "" }));
  await value(ann.node().confirmWords(asked));
  const rose = await house.add("Rose");
  const { invite } = await house.compare(ann, rose, "relative");
  await value(ann.node().compareCode(invite, true));
  await value(ann.node().approveJoin(invite));
  await house.until("told", async () => isHeld(rose));
  await house.advance(5_000);
  expect((await rose.snapshot()).phase).not.toBe("member");
  await rose.update(NEW);
  await house.meet(ann, rose);
  await house.until("in", async () => (await rose.snapshot()).phase === "member");
  expect([versionOf(rose), await isHeld(rose)]).toEqual([NEW, false]);
});

test("[LV4] [LV5] who was not updated carries between two that were and never meet", async () => {
  await three();
  await update(mum, dad);
  const before = heightOf(mum);
  for (const one of [mum, dad, gran]) await one.stop();
  const alone = async (device: TestDevice): Promise<void> => {
    await device.restart();
    await house.meet(device, mia);
    await house.advance(3_000);
    await device.stop();
  };
  await mum.restart();
  await house.meet(mum, mia);
  await raise(mum);
  await house.advance(3_000);
  await mum.stop();
  // What raises the rules waits with whoever does not know them, too.
  expect(mia.running().family.ledger.pending()).toHaveLength(1);
  // Over the carrier's own restarts, too.
  for (let round = 0; round < 3 && !(await isHeld(mia)); round += 1) {
    for (const one of [dad, mum]) {
      await mia.restart();
      await alone(one);
      if (await isHeld(mia)) break;
    }
  }
  expect([await isHeld(mia), heightOf(mia)]).toEqual([true, before]);
  // Each of them has the block now, or is given it by the one that cannot read it.
  for (const one of [mum, dad]) {
    await one.restart();
    await house.meet(one, mia);
    await house.until("the block", () => heightOf(one) === before + 1 && versionOf(one) === NEW);
    await one.stop();
  }
  expect(heightOf(mia)).toBe(before);
});
