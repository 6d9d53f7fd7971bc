/** Several devices keep the rules: whole nodes on virtual time. DESIGN §4.1, §4.4 to §4.8. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { toHex } from "../core/codec/ids.ts";
import { createHousehold, memberNamed, type Household } from "./testing/household.ts";
import { value, type TestDevice } from "./testing/device.ts";

let house: Household;
let mum: TestDevice;
let dad: TestDevice;
let gran: TestDevice;
beforeEach(async () => {
  house = createHousehold();
  mum = await house.found("Mum");
  dad = await house.join(mum, "Dad", "parent");
  gran = await house.join(mum, "Gran", "relative");
});
afterEach(async () => house.stop());

const replicasOf = (device: TestDevice): readonly string[] =>
  (device.running().family.ledger.head()?.state.replicas ?? []).map((one) => toHex(one));
const idOf = (device: TestDevice): string => toHex(device.running().family.identity.device);
const heightOf = (device: TestDevice): number =>
  device.running().family.ledger.head()?.state.height ?? -1;
/** Their browsers have promised to keep what is stored, and the people there let them help. */
const willing = async (...devices: readonly TestDevice[]): Promise<void> => {
  for (const one of devices) {
    await value(one.node().setLasting("persistent"));
    await one.running().keeping.setWilling(true);
  }
};

/** Mum, Dad and Gran keep the rules together, all linked to each other. */
async function three(): Promise<void> {
  await house.meet(dad, gran);
  await willing(dad, gran);
  await house.until("three", () => [mum, dad, gran].every((one) => replicasOf(one).length === 3));
}

describe("the path", () => {
  test("[KP1] nobody is added who was not asked; one alone is not added, two are, in one step", async () => {
    await house.advance(10_000);
    expect(replicasOf(mum)).toEqual([idOf(mum)]);
    await willing(dad);
    await house.advance(10_000);
    expect(replicasOf(mum)).toEqual([idOf(mum)]);
    const before = heightOf(mum);
    await willing(gran);
    await house.until("three", () => replicasOf(mum).length === 3);
    expect(heightOf(mum)).toBe(before + 1);
    expect(new Set(replicasOf(mum))).toEqual(new Set([mum, dad, gran].map(idOf)));
  });

  test("[KP2] consent is kept over a restart, and can be taken back before it took effect", async () => {
    await willing(dad);
    await dad.restart();
    expect(dad.running().keeping.isWilling()).toBe(true);
    await dad.running().keeping.setWilling(false);
    await house.meet(mum, dad);
    await willing(gran);
    await house.advance(10_000);
    expect(replicasOf(mum)).toHaveLength(1);
  });

  test("[KP3] a child's device is never asked, whatever it says", async () => {
    const mia = await house.join(mum, "Mia", "child");
    expect(mia.running().keeping.isEligible()).toBe(false);
    await willing(mia, gran);
    await house.advance(10_000);
    expect(replicasOf(mum)).toHaveLength(1);
  });

  test("[KP4] a READY that is forged counts against who brought it, one for another head is nothing", async () => {
    const head = mum.running().family.ledger.head();
    if (head === null) throw new Error("no head");
    const { keeping } = mum.running();
    const { device, signer, profile } = dad.running().family.identity;
    const { encodeReady } = await import("../core/ledger/transaction.ts");
    const old = new Uint8Array(32).fill(1);
    const forOld = await signer.sign("ready", profile.family, encodeReady(old));
    expect(await keeping.takeReady(device, head.hash, forOld)).toBe(false);
    expect(await keeping.takeReady(device, old, forOld)).toBe(true);
    await willing(gran);
    await house.advance(10_000);
    expect(replicasOf(mum)).toHaveLength(1);
  });
});

describe("browsers that may forget", () => {
  const helpOf = async (device: TestDevice): Promise<string> =>
    (await device.snapshot()).ledger.help;

  test("[KP8] nobody is asked to help before the page has said that its browser keeps what is stored", async () => {
    expect(await helpOf(dad)).toBe("cannot");
    await value(dad.node().setLasting("may-forget"));
    expect(await helpOf(dad)).toBe("may-forget");
    expect(await dad.node().setHelping(true)).toMatchObject({ code: "not-allowed" });
    await value(dad.node().setLasting("persistent"));
    expect(await helpOf(dad)).toBe("can");
    await value(dad.node().setHelping(true));
    expect(await helpOf(dad)).toBe("ready");
    await value(dad.node().setLasting("may-forget"));
    expect(await helpOf(dad)).toBe("may-forget");
    await value(dad.node().setHelping(false));
  });

  test("[KP8] consent in a browser that may forget is none, and counts once it keeps what is stored", async () => {
    await value(gran.node().setLasting("may-forget"));
    await gran.running().keeping.setWilling(true);
    await willing(dad);
    await house.advance(10_000);
    expect(replicasOf(mum)).toHaveLength(1);
    await value(gran.node().setLasting("installed"));
    await house.until("three", () => replicasOf(mum).length === 3);
  });

  test("[KP8] a READY of a device that says, of itself, that it may forget is not counted", async () => {
    await willing(dad);
    await house.advance(3_000);
    // Ready already, and then no more: a promise can be taken back.
    await value(dad.node().setLasting("may-forget"));
    await house.advance(3_000);
    await willing(gran);
    await house.advance(10_000);
    expect(replicasOf(mum)).toHaveLength(1);
    await dad.running().family.gossip?.keep("persistent");
    await house.until("three", () => replicasOf(mum).length === 3);
  });
});

describe("three devices", () => {
  test("[KP5] a rule is written while the founder's device is away: the family depends on no one phone", async () => {
    await three();
    await mum.stop();
    const before = heightOf(dad);
    await house.invite(dad, "child");
    await house.until("written", () => heightOf(dad) > before && heightOf(gran) > before);
    expect(toHex(dad.running().family.ledger.head()?.primary ?? new Uint8Array())).not.toBe(
      idOf(mum),
    );
  });

  test("[KP5] one of three alone writes nothing, and goes on when another is back", async () => {
    await three();
    await mum.stop();
    await gran.stop();
    const before = heightOf(dad);
    await house.invite(dad, "child");
    await house.advance(20_000);
    expect(heightOf(dad)).toBe(before);
    await gran.restart();
    await house.meet(dad, gran);
    await house.until("written", () => heightOf(dad) > before && heightOf(gran) > before);
  });

  test("[KP6] a block is finished although no two of them meet: a child's device carries the votes", async () => {
    const mia = await house.join(mum, "Mia", "child");
    await three();
    const before = heightOf(mum);
    for (const one of [mum, dad, gran]) await one.stop();
    // One after the other, each meeting the child's device alone.
    await mum.restart();
    await house.meet(mum, mia);
    await house.invite(mum, "child");
    await house.advance(3_000);
    await mum.stop();
    expect(heightOf(mia)).toBe(before);
    for (let round = 0; round < 6 && heightOf(mia) === before; round += 1) {
      for (const one of [dad, gran, mum]) {
        await one.restart();
        await house.meet(one, mia);
        await house.advance(3_000);
        await one.stop();
        await mia.restart();
      }
    }
    expect(heightOf(mia)).toBe(before + 1);
  });

  test("[XC14] a device that lacks the last block votes for the next one in the same opening", async () => {
    const mia = await house.join(mum, "Mia", "child");
    await three();
    await house.meet(dad, mia);
    await gran.stop();
    const before = heightOf(mum);
    await house.invite(mum, "child");
    await house.until("without Gran's", () =>
      [mum, dad, mia].every((one) => heightOf(one) > before),
    );
    await dad.stop();
    await house.invite(mum, "child");
    await house.advance(3_000);
    await mum.stop();
    expect(heightOf(mia)).toBe(before + 1);
    // Gran's is behind by one block; Mia's has that, and what Mum's has begun.
    await gran.restart();
    expect(heightOf(gran)).toBe(before);
    await house.meet(gran, mia);
    await house.advance(3_000);
    expect(heightOf(gran)).toBe(before + 1);
    const log = await gran.store().list("log", { from: [before + 2], to: [[]] });
    expect(log.map(({ key }) => key[2])).toContain("prepare");
  });

  test("[KP7] a fourth is added alone; a fifth is not", async () => {
    await three();
    const aunt = await house.join(mum, "Aunt", "relative");
    for (const one of [dad, gran]) await house.meet(one, aunt);
    await willing(aunt);
    await house.until("four", () => replicasOf(mum).length === 4);
    const uncle = await house.join(mum, "Uncle", "relative");
    await willing(uncle);
    await house.advance(10_000);
    expect(replicasOf(mum)).toHaveLength(4);
  });
});

describe("stepping down", () => {
  const takeOut = async (by: TestDevice, device: TestDevice): Promise<string> => {
    const answer = await by.node().takeOut(idOf(device));
    return answer.ok ? "asked" : answer.code;
  };
  const viewOf = async (by: TestDevice, device: TestDevice) =>
    (await by.snapshot()).members
      .flatMap(({ devices }) => devices)
      .find(({ id }) => id === idOf(device));

  test("[KP9] a parent's device stops before a long absence, and is not taken again without a new yes", async () => {
    await three();
    expect(await takeOut(dad, dad)).toBe("asked");
    await house.until("two", () => [mum, dad, gran].every((one) => replicasOf(one).length === 2));
    expect(replicasOf(mum)).not.toContain(idOf(dad));
    await house.advance(10_000);
    expect(replicasOf(mum)).toHaveLength(2);
    expect((await dad.snapshot()).ledger.help).toBe("can");
    await dad.stop();
    const before = heightOf(mum);
    await house.invite(mum, "child");
    await house.until("written without it", () => heightOf(mum) > before);
    await dad.restart();
    await house.meet(mum, dad);
    await value(dad.node().setLasting("persistent"));
    await value(dad.node().setHelping(true));
    await house.until("three again", () => replicasOf(mum).length === 3);
  });

  test("[KP9] what waits for others is asked for again after a restart and after other blocks, until it has happened", async () => {
    await three();
    for (const one of [mum, gran]) await one.stop();
    expect(await takeOut(dad, dad)).toBe("asked");
    expect(await viewOf(dad, dad)).toMatchObject({ isReplica: true, isGoing: true });
    await dad.stop();
    // The others write something meanwhile: what he signed was for another block.
    for (const one of [mum, gran]) await one.restart();
    await house.meet(mum, gran);
    const before = heightOf(mum);
    await house.invite(mum, "child");
    await house.until("written", () => heightOf(mum) > before);
    await dad.restart();
    await house.meet(mum, dad);
    await house.until("out", () => !replicasOf(mum).includes(idOf(dad)));
    await house.until("he knows", () => !replicasOf(dad).includes(idOf(dad)));
    expect(await viewOf(dad, dad)).toMatchObject({ isReplica: false, isGoing: false });
  });

  test("[KP10] the last one is refused, with words", async () => {
    expect(await takeOut(mum, mum)).toBe("last-keeper");
    expect(await takeOut(mum, dad)).toBe("not-allowed");
    expect(replicasOf(mum)).toHaveLength(1);
  });

  test("[KP11] a parent takes out a relative's lost device; another parent's, and a stranger to it, not", async () => {
    await three();
    await gran.stop();
    expect(await viewOf(mum, dad)).toMatchObject({ canGo: false });
    expect(await viewOf(mum, gran)).toMatchObject({ canGo: true });
    expect(await takeOut(mum, dad)).toBe("not-allowed");
    expect(await mum.node().takeOut("no id")).toMatchObject({ code: "not-allowed" });
    expect(await takeOut(mum, gran)).toBe("asked");
    await house.until("two", () => replicasOf(dad).length === 2);
    expect(replicasOf(dad)).not.toContain(idOf(gran));
  });

  test("[KP12] a relative takes back its own device's help, and nobody else's", async () => {
    await three();
    expect(await takeOut(gran, mum)).toBe("not-allowed");
    expect(await takeOut(gran, gran)).toBe("asked");
    await house.until("two", () => replicasOf(mum).length === 2);
    expect(replicasOf(mum)).not.toContain(idOf(gran));
  });

  test("[KP10] who would leave one person's devices in charge is refused, with words", async () => {
    await three();
    const tablet = await house.join(mum, "Mum", "parent", (await mum.snapshot()).me?.member);
    for (const one of [dad, gran]) await house.meet(one, tablet);
    await willing(tablet);
    await house.until("four", () => replicasOf(mum).length === 4);
    const phone = await house.join(dad, "Dad", "parent", memberNamed(await mum.snapshot(), "Dad"));
    await house.until("all know it", () => heightOf(gran) === heightOf(phone));
    expect(await takeOut(gran, gran)).toBe("one-hand");
  });
});

describe("a device that was set back", () => {
  test("[KP13] a disk from before its vote: its person is told, it stops helping, and the rest goes on", async () => {
    const mia = await house.join(mum, "Mia", "child");
    await three();
    for (const one of [mum, dad, gran]) await one.stop();
    await mum.restart();
    await house.meet(mum, mia);
    await house.invite(mum, "child");
    await house.advance(3_000);
    await mum.stop();
    const before = dad.store().snapshot();
    await dad.restart();
    const wire = await house.meet(dad, mia);
    await house.advance(3_000);
    await house.cut(wire);
    await dad.restart(before);
    expect((await dad.snapshot()).ledger.isSilenced).toBe(false);
    await house.meet(dad, mia);
    await house.until("told", async () => (await dad.snapshot()).ledger.isSilenced);
    expect((await dad.snapshot()).notices).toContainEqual({ type: "votes-lost" });
    await value(dad.node().takeOut(idOf(dad)));
    await mum.restart();
    await gran.restart();
    for (const one of [mum, gran]) await house.meet(one, mia);
    await house.meet(mum, gran);
    await house.until("out", () => replicasOf(dad).length === 2);
    expect(replicasOf(mum)).not.toContain(idOf(dad));
    const after = await dad.snapshot();
    expect([after.ledger.isSilenced, after.notices]).toEqual([false, []]);
  });
});
