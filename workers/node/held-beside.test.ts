/**
 * Holds and what stands beside them: a held primary, a second device of a held child's, and who leaves or
 * retires a device under a hold. Whole nodes on virtual time. DESIGN §4.12.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { toHex } from "../core/codec/ids.ts";
import { findDevice } from "../core/ledger/state.ts";
import { stateOf } from "./family.ts";
import { value, type TestDevice } from "./testing/device.ts";
import { createHousehold, memberNamed, textsOf, type Household } from "./testing/household.ts";

const DAY_MS = 24 * 3_600_000;

let house: Household;
let mum: TestDevice;
let dad: TestDevice;
let gran: TestDevice;
beforeEach(async () => {
  house = createHousehold();
  mum = await house.found("Mum");
  dad = await house.join(mum, "Dad", "parent");
  gran = await house.join(mum, "Gran", "relative");
  await house.meet(dad, gran);
  await house.advance(2_000);
});
afterEach(async () => house.stop());

const deviceOf = (device: TestDevice): string => toHex(device.running().family.identity.device);
const heightOf = (device: TestDevice): number => stateOf(device.running().family).height;
const idOf = async (at: TestDevice, name: string): Promise<string> =>
  memberNamed(await at.snapshot(), name);
const hold = async (by: TestDevice, device: TestDevice, isHeld = true): Promise<string> => {
  const answer = await by.node().holdDevice(deviceOf(device), isHeld);
  await house.advance(3_000);
  return answer.ok ? "said" : answer.code;
};
const holdAt = async (at: TestDevice, device: TestDevice): Promise<string | null> =>
  (await at.snapshot()).members
    .flatMap((one) => one.devices)
    .find((one) => one.id === deviceOf(device))?.hold?.by ?? null;
const say = async (from: TestDevice, to: string, text: string): Promise<void> => {
  await value(from.node().sendMessage(await idOf(from, to), text));
  await house.advance(3_000);
};
const reads = async (at: TestDevice, from: string): Promise<readonly string[]> =>
  textsOf(at, await idOf(at, from));
const phaseOf = async (device: TestDevice): Promise<string> => (await device.snapshot()).phase;
const later = async (devices: readonly TestDevice[], ms: number): Promise<void> => {
  for (const one of devices) one.jump(ms);
  await house.advance(60_000);
};

describe("a held primary", () => {
  const threeKeep = async (): Promise<void> => {
    for (const one of [dad, gran]) {
      await value(one.node().setLasting("persistent"));
      await one.running().keeping.setWilling(true);
    }
    const keepers = (): number => stateOf(mum.running().family).replicas.length;
    await house.until("three keep", () => keepers() === 3);
  };
  /** Its app was changed: it takes no notice of any hold. */
  const deaf = (device: TestDevice): void => {
    device.running().family.holds = null;
  };

  test("[HO12] gets no name for a block in which it puts its own changes, and the others go on", async () => {
    await threeKeep();
    expect(await hold(dad, mum)).toBe("said");
    deaf(mum);
    const before = heightOf(dad);
    await value(mum.node().createInvite({ role: "child", lifetime: "link" }));
    await house.advance(20_000);
    expect([heightOf(mum), heightOf(dad), heightOf(gran)]).toEqual([before, before, before]);
    expect(mum.running().family.ledger.pending()).toHaveLength(1);
    // What others write is written down, by another primary, without hers.
    await value(gran.node().changeRules({ type: "create-group", name: "Us", members: [] }));
    await house.until("written down", () => heightOf(dad) > before);
    expect(dad.running().family.ledger.pending()).toHaveLength(1);
    expect(await hold(dad, mum, false)).toBe("said");
    await house.until("hers too", () => dad.running().family.ledger.pending().length === 0);
  });

  test("[HO12] gets one for its objection, which it may write", async () => {
    await threeKeep();
    expect(await hold(dad, mum)).toBe("said");
    const device = deviceOf(mum);
    await value(dad.node().changeRules({ type: "revoke-device", device, reason: "lost" }));
    await house.advance(5_000);
    const [open] = (await mum.snapshot()).ledger.proposals;
    const before = heightOf(dad);
    await value(mum.node().decideProposal(open?.id ?? "", "object"));
    await house.until("written down", () => heightOf(dad) > before);
    const primary = dad.running().family.ledger.head()?.primary ?? new Uint8Array();
    expect(toHex(primary)).toBe(device);
  });

  test("[HO12] is followed where a quorum that had not heard of it has written it down", async () => {
    await threeKeep();
    for (const session of dad.running().sessions()) session.close("away");
    await house.settle();
    const before = heightOf(dad);
    expect(await hold(dad, mum)).toBe("said");
    await value(mum.node().createInvite({ role: "child", lifetime: "link" }));
    await house.until("written down", () => heightOf(mum) > before);
    await house.meet(dad, gran);
    await house.until("followed", () => heightOf(dad) > before);
  });
});

describe("a child's second device beside one that is held", () => {
  let mia: TestDevice;
  beforeEach(async () => {
    mia = await house.join(mum, "Mia", "child");
    await house.meet(dad, mia);
    await house.meet(gran, mia);
  });

  /** Mum alone lets it in. */
  const second = async (): Promise<TestDevice> => {
    const phone = await house.add("Mia's new phone");
    const { invite } = await house.compare(mum, phone, "child", await idOf(mum, "Mia"));
    await value(mum.node().compareCode(invite, true));
    await value(mum.node().approveJoin(invite));
    await house.advance(5_000);
    return phone;
  };

  test("[HO13] let in before the hold, it is not heard for its first day, then it is", async () => {
    const phone = await second();
    await house.until("it is in", async () => (await phaseOf(phone)) === "member");
    await house.meet(phone, gran);
    await say(phone, "Gran", "before");
    expect(await hold(mum, mia)).toBe("said");
    expect(await holdAt(gran, phone)).toBe("Mum");
    expect(await holdAt(dad, mia)).toBe("Mum");
    await say(phone, "Gran", "it is me");
    expect(await reads(gran, "Mia")).toEqual([]);
    await later([mum, dad, gran, phone], DAY_MS);
    await house.meet(phone, gran);
    expect(await holdAt(gran, phone)).toBeNull();
    await house.until("heard", async () => (await reads(gran, "Mia")).length === 2);
    expect(await holdAt(gran, mia)).toBe("Mum");
  });

  test("[HO13] let in after it, it comes in when a day has passed", async () => {
    expect(await hold(mum, mia)).toBe("said");
    const phone = await second();
    expect(
      findDevice(stateOf(gran.running().family), phone.running().family.identity.device),
    ).not.toBeNull();
    expect(await holdAt(gran, phone)).toBe("Mum");
    await house.advance(30_000);
    expect(await phaseOf(phone)).toBe("joining");
    await later([mum, dad, gran, phone], DAY_MS);
    await house.meet(mum, phone);
    await house.until("it is in", async () => (await phaseOf(phone)) === "member");
  });

  test("[HO13] or when another parent ends its hold, and not by who alone did both", async () => {
    expect(await hold(mum, mia)).toBe("said");
    const phone = await second();
    const canEnd = async (at: TestDevice): Promise<boolean | undefined> =>
      (await at.snapshot()).members
        .flatMap((one) => one.devices)
        .find((one) => one.id === deviceOf(phone))?.canHold;
    expect([await canEnd(mum), await canEnd(dad)]).toEqual([false, true]);
    expect(await hold(mum, phone, false)).toBe("not-allowed");
    expect(await hold(dad, phone, false)).toBe("said");
    await house.until("it is in", async () => (await phaseOf(phone)) === "member");
    expect(await holdAt(gran, phone)).toBeNull();
    expect(await holdAt(gran, mia)).toBe("Mum");
  });
});

describe("who goes while another of its devices is held", () => {
  let tablet: TestDevice;
  beforeEach(async () => {
    tablet = await house.join(mum, "Dad's tablet", "parent", await idOf(mum, "Dad"));
    await house.meet(tablet, gran);
    await later([mum, dad, gran, tablet], 8 * DAY_MS);
    await house.meet(mum, dad);
    await house.meet(mum, tablet);
    await house.meet(mum, gran);
    await house.meet(dad, gran);
    await house.meet(tablet, gran);
    await house.advance(3_000);
  });
  /** Somebody has Dad's tablet: it says something before the hold, and under it. */
  const saidUnderHold = async (): Promise<void> => {
    await say(tablet, "Gran", "before");
    expect(await reads(gran, "Dad")).toEqual(["before"]);
    // Gran hears what is said under the hold before she hears of that.
    for (const session of gran.running().sessions()) session.close("away");
    await house.settle();
    expect(await hold(mum, tablet)).toBe("said");
    await house.meet(tablet, gran);
    await say(tablet, "Gran", "send money");
    await house.meet(mum, gran);
    await house.meet(dad, gran);
    await house.advance(5_000);
    expect(await reads(gran, "Dad")).toEqual(["before"]);
  };

  test("[HO14] leaving takes it out with the cut of before its hold: what was said under it stays unseen", async () => {
    await saidUnderHold();
    const id = await idOf(gran, "Dad");
    await value(dad.node().changeRules({ type: "leave-family" }));
    const state = (): ReturnType<typeof stateOf> => stateOf(gran.running().family);
    await house.until("it has left", () =>
      state().members.some((one) => toHex(one.id) === id && one.leftAt !== null),
    );
    const revoked = findDevice(state(), tablet.running().family.identity.device)?.revoked;
    expect(revoked).toMatchObject({ reason: "lost", staysUntil: 0 });
    await later([mum, gran], 8 * DAY_MS);
    const texts = await textsOf(gran, id);
    expect(texts[0]).toBe("before");
    expect(texts).not.toContain("send money");
  });

  test("[HO14] so does retiring it, and one that is not held is retired as ever", async () => {
    await saidUnderHold();
    const device = deviceOf(tablet);
    await value(dad.node().changeRules({ type: "revoke-device", device, reason: "retired" }));
    const revoked = (): unknown =>
      findDevice(stateOf(gran.running().family), tablet.running().family.identity.device)?.revoked;
    await house.until("it is out", () => revoked() !== null);
    expect(revoked()).toMatchObject({ reason: "lost", staysUntil: 0 });
    await house.advance(3_000);
    expect(await reads(gran, "Dad")).not.toContain("send money");
  });

  test("[HO14] one that is not held is retired as ever", async () => {
    const device = deviceOf(tablet);
    await value(dad.node().changeRules({ type: "revoke-device", device, reason: "retired" }));
    const revoked = (): unknown =>
      findDevice(stateOf(gran.running().family), tablet.running().family.identity.device)?.revoked;
    await house.until("it is out", () => revoked() !== null);
    expect(revoked()).toMatchObject({ reason: "retired", cuts: [] });
  });
});
