/** A device that is not to be trusted for now: whole nodes on virtual time. DESIGN §4.12. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { toHex } from "../core/codec/ids.ts";
import { encodeHold } from "../core/ledger/hold.ts";
import { createCryptoSuite } from "../crypto/webcrypto-suite.ts";
import { openStranger, createWire } from "./testing/wire.ts";
import { value, type TestDevice } from "./testing/device.ts";
import { createHousehold, memberNamed, textsOf, type Household } from "./testing/household.ts";

const HOUR_MS = 3_600_000;

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
  await house.meet(dad, gran);
  await house.meet(dad, mia);
  await house.meet(gran, mia);
  await house.advance(2_000);
});
afterEach(async () => house.stop());

const streamsOf = (device: TestDevice) => [
  ...(device.running().family.gossip?.core().streams.values() ?? []),
];
const deviceOf = (device: TestDevice): string => toHex(device.running().family.identity.device);
const idOf = (device: TestDevice, name: string): Promise<string> =>
  device.snapshot().then((snapshot) => memberNamed(snapshot, name));
const hold = async (by: TestDevice, device: TestDevice, isHeld = true): Promise<string> => {
  const answer = await by.node().holdDevice(deviceOf(device), isHeld);
  await house.advance(3_000);
  return answer.ok ? "said" : answer.code;
};
/** How a device is shown by another: who holds it, or null. */
const shownAt = async (at: TestDevice, device: TestDevice): Promise<string | null | undefined> =>
  (await at.snapshot()).members
    .flatMap((one) => one.devices)
    .find((one) => one.id === deviceOf(device))?.hold?.by ?? null;
const apart = async (device: TestDevice): Promise<void> => {
  for (const session of device.running().sessions()) session.close("away");
  await house.settle();
};
const say = async (from: TestDevice, to: string, text: string): Promise<void> => {
  await value(from.node().sendMessage(await idOf(from, to), text));
  await house.advance(3_000);
};
const reads = async (at: TestDevice, from: string): Promise<readonly string[]> =>
  textsOf(at, await idOf(at, from));
const isLinked = (one: TestDevice, other: TestDevice): boolean =>
  one.running().family.sessions.has(deviceOf(other));

describe("the word", () => {
  test("[HO6] is in force on receipt, without the device that keeps the rules, and handed on to who was away", async () => {
    await apart(mum);
    const height = dad.running().family.ledger.head()?.state.height;
    expect(await hold(dad, mia)).toBe("said");
    expect(await shownAt(gran, mia)).toBe("Dad");
    expect(dad.running().family.ledger.head()?.state.height).toBe(height);
    expect(await shownAt(mum, mia)).toBeNull();
    await house.meet(mum, gran);
    await house.advance(2_000);
    expect(await shownAt(mum, mia)).toBe("Dad");
  });

  test("[HO6] it is passed on by who hears it", async () => {
    await apart(mum);
    await house.meet(mum, gran);
    await house.advance(2_000);
    expect(isLinked(mum, dad)).toBe(false);
    expect(await hold(dad, mia)).toBe("said");
    expect(await shownAt(mum, mia)).toBe("Dad");
  });

  test("[HO6] it is kept over a restart, goes after three days, and is ended by another parent", async () => {
    expect(await hold(dad, mia)).toBe("said");
    await gran.restart();
    expect(await shownAt(gran, mia)).toBe("Dad");
    gran.jump(73 * HOUR_MS);
    await house.advance(2_000);
    expect(await shownAt(gran, mia)).toBeNull();
    gran.jump(100 * HOUR_MS);
    await house.advance(2_000);
    expect(await gran.env().store.list("meta", { from: ["hold"], to: ["hold", []] })).toEqual([]);
    expect(await hold(mum, mia, false)).toBe("said");
    expect(await shownAt(dad, mia)).toBeNull();
  });

  test("[HO6] however many words there are, no node stops, and those that count are passed on", async () => {
    const { identity } = mum.running().family;
    const device = mia.running().family.identity.device;
    const now = mum.env().now();
    const words = await Promise.all(
      Array.from({ length: 70 }, async (_, index) => {
        const word = { device, author: identity.device, isHeld: false, time: now - 1_000 + index };
        const bytes = encodeHold(word);
        const signature = await identity.signer.sign("hold", identity.profile.family, bytes);
        return { hold: bytes, signature };
      }),
    );
    for (const one of words) await gran.running().family.holds?.take([one], deviceOf(mum));
    const frame = gran.running().family.holds?.frame();
    expect(frame?.type === "holds" && frame.holds.length).toBe(16);
    await gran.restart();
    await house.meet(gran, dad);
    expect(await hold(dad, mia)).toBe("said");
    expect(await shownAt(gran, mia)).toBe("Dad");
    expect((await gran.snapshot()).phase).toBe("member");
  });

  test("[HO11] only a word that changes something is offered and taken", async () => {
    const canHold = async (at: TestDevice, device: TestDevice): Promise<boolean | undefined> =>
      (await at.snapshot()).members
        .flatMap((one) => one.devices)
        .find((one) => one.id === deviceOf(device))?.canHold;
    expect(await canHold(mum, mia)).toBe(true);
    expect(await canHold(mum, mum)).toBe(false);
    expect(await canHold(gran, mia)).toBe(false);
    expect(await hold(mum, mum)).toBe("not-allowed");
    expect(await hold(gran, mia)).toBe("not-allowed");
    expect(await hold(mum, mia, false)).toBe("not-allowed");
    expect(await mum.node().holdDevice("x", true)).toMatchObject({ code: "not-allowed" });
    expect(await hold(mum, mia)).toBe("said");
    expect(await hold(dad, mia)).toBe("not-allowed");
    expect(await hold(mum, dad)).toBe("said");
    expect(await canHold(dad, dad)).toBe(false);
    expect(await hold(mum, gran)).toBe("said");
    expect(await hold(mum, gran, false)).toBe("said");
    // Three on one day, and of a parent's device one a week.
    expect(await hold(mum, gran)).toBe("not-allowed");
  });

  test("[HO7] a forged word counts against who brought it, one of an unknown device is nothing", async () => {
    const { holds, identity } = gran.running().family;
    const { family } = identity.profile;
    const device = mia.running().family.identity.device;
    const author = mum.running().family.identity.device;
    const bytes = encodeHold({ device, author, isHeld: true, time: gran.env().now() });
    const forged = await identity.signer.sign("hold", family, bytes);
    const from = deviceOf(dad);
    expect(await holds?.take([{ hold: bytes, signature: forged }], from)).toBe(1);
    expect(await holds?.take([{ hold: new Uint8Array(3), signature: forged }], from)).toBe(1);
    const stranger = encodeHold({ device, author: new Uint8Array(16), isHeld: true, time: 1 });
    expect(await holds?.take([{ hold: stranger, signature: forged }], from)).toBe(0);
    // What who signed it may not say is no fault of whoever brings it, and counts for nothing.
    const mine = encodeHold({
      device,
      author: identity.device,
      isHeld: true,
      time: gran.env().now(),
    });
    const signature = await identity.signer.sign("hold", family, mine);
    expect(await holds?.take([{ hold: mine, signature }], from)).toBe(0);
    expect(holds?.frame()).toBeNull();
    expect(await shownAt(gran, mia)).toBeNull();
  });
});

describe("what it does", () => {
  test("[HO8, HO11] a child's device is linked to nobody and reads why; when it ended it is linked again", async () => {
    expect(await hold(dad, mia)).toBe("said");
    for (const one of [mum, dad, gran]) expect(isLinked(one, mia)).toBe(false);
    expect((await mia.snapshot()).notices).toContainEqual(
      expect.objectContaining({ type: "held", by: "Dad" }),
    );
    await house.advance(35_000);
    for (const one of [mum, dad, gran]) {
      expect(
        one
          .running()
          .sessions()
          .map((session) => session.peer()?.device),
      ).not.toContainEqual(mia.running().family.identity.device);
    }
    const wire = await house.link(gran, mia, [{ type: "family" }, { type: "family" }]);
    await house.advance(3_000);
    const said = new Set(wire.sent[0].map((frame) => frame.type));
    for (const type of ["hello", "auth", "ping", "pong"] as const) said.delete(type);
    expect([...said]).toEqual(["holds"]);
    expect(await hold(dad, mia, false)).toBe("said");
    await house.advance(35_000);
    await house.meet(gran, mia);
    await house.until("linked", async () => isLinked(gran, mia));
    expect((await mia.snapshot()).notices).toEqual([]);
  });

  test("[HO8] at most four such links are open, and a child that asks gets nothing", async () => {
    await apart(mia);
    expect(await hold(dad, mia)).toBe("said");
    const { identity } = mia.running().family;
    const crypto = house.time.counted(createCryptoSuite());
    const links = Array.from({ length: 5 }, () => {
      const wire = createWire([{ type: "family" }, { type: "family" }]);
      const stranger = openStranger(gran.env(), crypto, wire.links[1], {
        family: identity.profile.family,
        signer: identity.signer,
        prover: null,
        height: 0,
      });
      gran.node().link(wire.links[0], null);
      return stranger;
    });
    await house.settle();
    // Which of the five is one too many depends on whose handshake ends last.
    const open = links.filter((one) => one.ended() === null);
    expect(open).toHaveLength(4);
    open[0]?.session.send({ type: "blocks-wanted", from: 0, count: 16 });
    await house.advance(2_000);
    const heard = new Set(open[0]?.heard.map(({ type }) => type));
    for (const type of ["ping", "pong"] as const) heard.delete(type);
    expect([...heard]).toEqual(["holds"]);
  });

  test("[HO8] a parent's held device stays linked for the ledger and objects, and gives and gets no message", async () => {
    expect(await hold(mum, dad)).toBe("said");
    expect(isLinked(mum, dad)).toBe(true);
    const device = deviceOf(dad);
    expect(
      await value(mum.node().changeRules({ type: "revoke-device", device, reason: "lost" })),
    ).toBe("asked");
    await house.advance(3_000);
    const [open] = (await dad.snapshot()).ledger.proposals;
    await value(dad.node().decideProposal(open?.id ?? "", "object"));
    await house.advance(3_000);
    expect((await mum.snapshot()).ledger.proposals[0]?.isObjected).toBe(true);
    await say(dad, "Gran", "it is me");
    expect(await reads(gran, "Dad")).toEqual([]);
    // Over a new link it is the same.
    await apart(dad);
    const wire = await house.link(gran, dad, [{ type: "family" }, { type: "family" }]);
    await house.advance(3_000);
    expect(isLinked(gran, dad)).toBe(true);
    expect(wire.sent[0].map((frame) => frame.type)).not.toContain("register");
    expect(await reads(gran, "Dad")).toEqual([]);
    const taken = streamsOf(gran).some((one) => toHex(one.author) === device && one.known.size > 0);
    expect(taken).toBe(false);
    expect(await hold(mum, dad, false)).toBe("said");
    await house.until("it arrived", async () => (await reads(gran, "Dad")).includes("it is me"));
  });

  test("[HO9] nothing is locked for a held device", async () => {
    expect(await hold(mum, dad)).toBe("said");
    await say(gran, "Dad", "secret");
    const streams = [...(gran.running().family.gossip?.core().streams.values() ?? [])];
    const last = streams
      .filter((one) => toHex(one.author) === deviceOf(gran))
      .flatMap((one) => [...one.known.values()])
      .findLast(({ header }) => header.kind === "direct");
    const names = last?.header.recipients.map((one) => toHex(one.device)) ?? [];
    expect(names).toEqual([deviceOf(gran)]);
  });

  test("[HO9] it gets no secret, is asked for no old messages, and is not let keep the rules", async () => {
    const shares = (): number =>
      streamsOf(dad)
        .filter((one) => toHex(one.author) === deviceOf(dad))
        .flatMap((one) => [...one.known.values()])
        .filter(({ header }) => header.kind === "secret-share").length;
    await say(gran, "Dad", "for the old phone");
    const phone = await house.join(mum, "Dad's phone", "parent", await idOf(mum, "Dad"));
    await house.meet(phone, gran);
    await house.meet(phone, dad);
    await house.until("asked", async () => (await gran.snapshot()).refills.length === 1);
    const willing = async (one: TestDevice): Promise<void> => {
      await value(one.node().setLasting("persistent"));
      await one.running().keeping.setWilling(true);
    };
    // Ready and known as such before it is held; a second one is missing.
    await willing(phone);
    await house.advance(5_000);
    expect(await hold(mum, phone)).toBe("said");
    await willing(gran);
    expect((await gran.snapshot()).refills).toEqual([]);
    const before = shares();
    await dad.running().sharing()?.shareSecret(phone.running().family.identity.device);
    expect(shares()).toBe(before);
    await house.advance(10_000);
    expect(mum.running().family.ledger.head()?.state.replicas).toHaveLength(1);
    expect(await hold(mum, phone, false)).toBe("said");
    await house.until(
      "three keep",
      () => mum.running().family.ledger.head()?.state.replicas.length === 3,
    );
    expect((await gran.snapshot()).refills).toHaveLength(1);
    await dad.running().sharing()?.shareSecret(phone.running().family.identity.device);
    expect(shares()).toBe(before + 1);
  });

  test("[HO9, HO10] it keeps what it writes itself, and when the hold ended it reads what was written to it", async () => {
    expect(await hold(dad, mia)).toBe("said");
    await say(gran, "Mia", "call me");
    await say(mia, "Gran", "where are you?");
    expect(await reads(mia, "Gran")).toEqual(["where are you?"]);
    expect(await reads(gran, "Mia")).toEqual(["call me"]);
    await mia.restart();
    expect(await reads(mia, "Gran")).toEqual(["where are you?"]);
    expect(await hold(dad, mia, false)).toBe("said");
    await house.advance(35_000);
    await house.meet(gran, mia);
    await house.meet(dad, mia);
    await house.until("read", async () => (await reads(mia, "Gran")).includes("call me"));
    await house.until("read", async () => (await reads(gran, "Mia")).includes("where are you?"));
  });

  test("[HO8] who keeps the rules stays linked for them, whoever it is", async () => {
    for (const one of [dad, gran]) {
      await value(one.node().setLasting("persistent"));
      await one.running().keeping.setWilling(true);
    }
    const keepers = (): number => mum.running().family.ledger.head()?.state.replicas.length ?? 0;
    await house.until("three keep", () => keepers() === 3);
    expect(await hold(dad, gran)).toBe("said");
    expect(isLinked(mum, gran)).toBe(true);
    await apart(dad);
    const height = mum.running().family.ledger.head()?.state.height ?? 0;
    await house.invite(mum, "child");
    await house.until(
      "written down",
      () => (mum.running().family.ledger.head()?.state.height ?? 0) > height,
    );
  });

  test("[HO12] a held parent's device lets nobody in and takes nobody out, until the hold ends", async () => {
    expect(await hold(mum, dad)).toBe("said");
    const height = (): number => mum.running().family.ledger.head()?.state.height ?? -1;
    const before = height();
    await value(dad.node().createInvite({ role: "child", lifetime: "link" }));
    const device = deviceOf(gran);
    await value(dad.node().changeRules({ type: "revoke-device", device, reason: "lost" }));
    await house.advance(10_000);
    expect(height()).toBe(before);
    expect(mum.running().family.ledger.pending()).toHaveLength(2);
    // Nobody is told that it waits for a device to open.
    for (const one of [mum, gran]) expect((await one.snapshot()).ledger.pending).toBe(0);
    expect((await gran.snapshot()).phase).toBe("member");
    expect(await hold(mum, dad, false)).toBe("said");
    await house.until("written down", () => height() > before);
  });

  test("[HO10] what it says later is not shown wherever it comes from, what it said before is; ended, all is", async () => {
    await say(dad, "Gran", "before");
    expect(await reads(gran, "Dad")).toEqual(["before"]);
    // Mia has not heard of it, and carries what Dad says to Gran.
    await apart(mia);
    await apart(dad);
    expect(await hold(mum, dad)).toBe("said");
    await house.meet(dad, mia);
    await say(dad, "Gran", "after");
    await apart(dad);
    await house.meet(mia, gran);
    await house.advance(3_000);
    const had = streamsOf(gran).find((one) => toHex(one.author) === deviceOf(dad))?.known.size;
    expect(had).toBeGreaterThan(1);
    expect(await reads(gran, "Dad")).toEqual(["before"]);
    expect(
      (await gran.snapshot()).conversations.find((one) => one.name === "Dad")?.last?.text,
    ).toBe("before");
    expect(await hold(mum, dad, false)).toBe("said");
    await house.meet(mum, gran);
    await house.until("shown", async () => (await reads(gran, "Dad")).length === 2);
  });

  test("[HO10] taken out while it is held, its cut is what it had said before, whatever came by others", async () => {
    const leo = await house.join(mum, "Leo", "child");
    await house.meet(leo, mia);
    await say(mia, "Dad", "before");
    // Neither Mia nor Leo has heard of it, and Leo carries what Mia says to Dad.
    await apart(leo);
    await apart(mia);
    expect(await hold(dad, mia)).toBe("said");
    await house.meet(mia, leo);
    await say(mia, "Dad", "after");
    await apart(leo);
    await house.meet(leo, dad);
    await house.advance(3_000);
    const known = (): number =>
      Math.max(
        ...streamsOf(dad)
          .filter((one) => toHex(one.author) === deviceOf(mia))
          .flatMap((one) => [...one.known.keys()]),
      );
    const last = known();
    const device = deviceOf(mia);
    expect(
      await value(dad.node().changeRules({ type: "revoke-device", device, reason: "lost" })),
    ).toBe("waits");
    await house.advance(3_000);
    const head = dad.running().family.ledger.head();
    const cuts = head?.state.devices.find((one) => toHex(one.id) === device)?.revoked?.cuts ?? [];
    expect(cuts.map(({ seq }) => seq)).toEqual([last - 1]);
    expect(await reads(dad, "Mia")).toEqual(["before", ""]);
  });
});
