/** Who was away for so long that the keys it knows are over, and writes: whole nodes on virtual time. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { MessageView } from "../api.ts";
import { isSameBytes } from "../core/codec/cbor.ts";
import { fromHex, toHex } from "../core/codec/ids.ts";
import {
  associatedData,
  decodeBody,
  unbind,
  type Header,
  type Kind,
} from "../core/gossip/header.ts";
import { HEADER } from "../core/codec/wire-samples.suite.test.ts";
import { DAY_MS } from "../core/gossip/limits.ts";
import { REFILL_KEYS_MAX, type Payload } from "../core/gossip/payload.ts";
import { findDevice, type Device } from "../core/ledger/state.ts";
import type { DiskContent } from "../storage/memory-store.ts";
import { stateOf } from "./family.ts";
import { createHandedKeys } from "./handed-keys.ts";
import { HANDED_KEYS_MAX } from "./limits.ts";
import { publish } from "./publishing.ts";
import { createHousehold, memberNamed, type Household } from "./testing/household.ts";
import { value, type TestDevice } from "./testing/device.ts";

let house: Household;
let mum: TestDevice;
let dad: TestDevice;
let gran: TestDevice;
let tom: TestDevice | null = null;
beforeEach(async () => {
  tom = null;
  house = createHousehold();
  mum = await house.found("Mum");
  dad = await house.join(mum, "Dad", "parent");
  gran = await house.join(mum, "Gran", "relative");
  await house.meet(dad, gran);
});
afterEach(async () => house.stop());

function never(): never {
  throw new Error("there is none");
}
const apart = async (device: TestDevice): Promise<void> => {
  for (const session of device.running().sessions()) session.close("away");
  await house.settle();
};
const everybody = async (at: TestDevice): Promise<string> =>
  (await at.snapshot()).conversations.find(({ kind }) => kind === "family")?.id ?? never();
const withDad = async (at: TestDevice): Promise<string> => memberNamed(await at.snapshot(), "Dad");
const messages = async (at: TestDevice, talk: string): Promise<readonly MessageView[]> =>
  (await value(at.node().listMessages(talk, { limit: 99 }))).messages;
const texts = async (at: TestDevice, talk: string): Promise<readonly string[]> =>
  (await messages(at, talk)).map(({ text, hidden }) => hidden ?? text);
const say = async (from: TestDevice, talk: string, text: string): Promise<string> =>
  (await value(from.node().sendMessage(talk, text))).message;

/** Entries of this kind by a device, as another has them. */
const entriesOf = (at: TestDevice, author: TestDevice, kind: Kind) =>
  [...(at.running().family.gossip?.core().streams.values() ?? [])]
    .filter((one) => isSameBytes(one.author, author.running().family.identity.device))
    .flatMap(({ known }) => [...known.values()])
    .filter(({ header }) => header.kind === kind);
const deviceAt = (at: TestDevice, device: TestDevice): Device =>
  findDevice(stateOf(at.running().family), device.running().family.identity.device) ?? never();

/** For so many days these meet each week, and nobody else. */
async function weekly(days: number, ...pairs: readonly [TestDevice, TestDevice][]): Promise<void> {
  const end = house.time.now() + days * DAY_MS;
  while (house.time.now() < end) {
    for (const each of everyone()) await apart(each);
    await house.sleepUntil(Math.min(end, house.time.now() + 7 * DAY_MS));
    for (const [one, other] of pairs) await house.meet(one, other);
    await house.advance(5_000);
  }
  for (const each of everyone()) await apart(each);
}
/** Mum is away, and the others stay linked. */
async function mumAway(days: number): Promise<void> {
  await weekly(days, [dad, gran]);
  await house.meet(dad, gran);
  await house.advance(5_000);
}
async function withTom(): Promise<TestDevice> {
  tom = await house.join(mum, "Tom", "relative");
  await house.meet(tom, gran);
  await house.advance(5_000);
  return tom;
}
const everyone = (): readonly TestDevice[] => [mum, dad, gran, ...(tom === null ? [] : [tom])];

describe("who is back after forty days and writes before it has met anybody", () => {
  test("[KA14] is read by everybody, once, as soon as it is linked", async () => {
    await mumAway(40);
    await say(mum, await everybody(mum), "I am back");
    await say(mum, await withDad(mum), "for you alone");
    await house.meet(mum, gran);
    await house.advance(5_000);
    for (const one of [dad, gran]) {
      expect(await texts(one, await everybody(one))).toEqual(["I am back"]);
    }
    expect(await texts(dad, memberNamed(await dad.snapshot(), "Mum"))).toEqual(["for you alone"]);
    expect(await texts(mum, await everybody(mum))).toEqual(["I am back"]);
    for (const talk of [await everybody(mum), await withDad(mum)]) {
      const [message, ...others] = await messages(mum, talk);
      expect([message?.delivery, others]).toEqual([{ type: "delivered" }, []]);
    }
    // Nothing of it is done twice, after a restart neither.
    const done = entriesOf(dad, mum, "rewrap").length;
    for (const one of [mum, dad, gran]) await one.restart();
    await house.meet(mum, gran);
    await house.meet(dad, gran);
    await house.advance(5_000);
    expect([done, entriesOf(dad, mum, "rewrap").length]).toEqual([2, 2]);
    for (const one of [mum, dad, gran]) {
      expect(await texts(one, await everybody(one))).toEqual(["I am back"]);
    }
  });

  test("[KA14] is read after a hundred days, when nobody knows the keys any more that it knew", async () => {
    await weekly(14, [mum, dad], [dad, gran]);
    await mumAway(100);
    await say(mum, await everybody(mum), "after the winter");
    await house.meet(mum, dad);
    await house.advance(5_000);
    for (const one of [mum, dad, gran]) {
      expect(await texts(one, await everybody(one))).toEqual(["after the winter"]);
    }
  });

  test("[KA14] what it answers, edits, takes back and reacts to is where it was said", async () => {
    await mumAway(39);
    const theirs = await say(dad, await everybody(dad), "where is Mum?");
    await house.meet(mum, gran);
    await house.advance(5_000);
    await apart(mum);
    // The keys that it has are old again, and the question is not over yet.
    await house.sleepUntil(house.time.now() + 1_000);
    const talk = await everybody(mum);
    const keep = mum.running().family.keys ?? never();
    const { current } = keep;
    Object.assign(keep, {
      current: (device: Device) => ({ number: 0, key: device.encryptionKey }),
    });
    const answer = await value(mum.node().sendMessage(talk, "on a bpat", theirs));
    await value(
      mum.node().changeMessage(talk, answer.message, { type: "edit", text: "on a boat" }),
    );
    const wrong = await say(mum, talk, "not for you");
    await value(mum.node().changeMessage(talk, wrong, { type: "delete" }));
    await value(mum.node().changeMessage(talk, theirs, { type: "react", emoji: "❤️" }));
    Object.assign(keep, { current });
    await mum.restart();
    await house.meet(mum, gran);
    await house.advance(5_000);
    for (const one of [dad, gran]) {
      const all = await messages(one, await everybody(one));
      expect(all).toMatchObject([
        { id: theirs, text: "where is Mum?", reactions: [{ emoji: "❤️", names: ["Mum"] }] },
        { id: answer.message, text: "on a boat", isEdited: true, quote: { id: theirs } },
        { id: wrong, hidden: "deleted" },
      ]);
    }
  });

  test("[KA14] its call for help is shown at once, and says in what words as soon as it is wrapped again", async () => {
    await mumAway(40);
    await value(mum.node().callForHelp("the boat is leaking"));
    await house.meet(mum, gran);
    const shown = (await dad.snapshot()).emergencies;
    expect(shown).toMatchObject([{ by: { name: "Mum" } }]);
    await house.advance(5_000);
    for (const one of [dad, gran]) {
      expect((await one.snapshot()).emergencies).toMatchObject([{ text: "the boat is leaking" }]);
    }
  });

  test("[KA14] two who were away together read each other, and the others read both once", async () => {
    const fourth = await withTom();
    await weekly(42, [mum, dad], [gran, fourth]);
    await house.meet(mum, dad);
    await say(mum, await everybody(mum), "the two of us are well");
    await house.advance(3_000);
    expect(await texts(dad, await everybody(dad))).toEqual(["the two of us are well"]);
    await apart(mum);
    await house.meet(dad, gran);
    await house.meet(gran, fourth);
    await house.advance(5_000);
    // Its author has not heard of newer keys yet, and nobody else can say it for her.
    expect(await texts(gran, await everybody(gran))).toEqual(["undecryptable"]);
    await house.meet(mum, fourth);
    await house.advance(5_000);
    for (const one of everyone()) {
      expect(await texts(one, await everybody(one))).toEqual(["the two of us are well"]);
    }
  });

  test("[KA14] what it wrapped again to keys that are over as well it wraps once more", async () => {
    const fourth = await withTom();
    await weekly(8, [dad, gran], [gran, fourth]);
    await weekly(52, [gran, fourth]);
    await say(mum, await everybody(mum), "two months");
    // Dad knows newer keys than Mum does, and they are old too.
    await house.meet(mum, dad);
    await house.advance(5_000);
    expect(entriesOf(mum, mum, "rewrap")).toHaveLength(1);
    await house.meet(mum, gran);
    await house.meet(gran, fourth);
    await house.advance(5_000);
    expect(entriesOf(mum, mum, "rewrap")).toHaveLength(2);
    for (const one of everyone()) {
      expect(await texts(one, await everybody(one))).toEqual(["two months"]);
    }
  });

  test("[KA14] however much it has written, and to whom, all of it is read", async () => {
    await mumAway(40);
    const count = REFILL_KEYS_MAX + 4;
    const talk = await everybody(mum);
    for (let index = 0; index < count; index += 1) await say(mum, talk, `day ${index}`);
    await say(mum, await withDad(mum), "to you alone");
    await house.meet(mum, gran);
    await house.advance(10_000);
    const { messages: all } = await value(gran.node().listMessages(talk, { limit: 200 }));
    expect(all.map(({ text }) => text)).toEqual(
      Array.from({ length: 200 }, (_, index) => `day ${count - 200 + index}`),
    );
    const [first] = all;
    const before = await value(
      gran.node().listMessages(talk, { limit: 200, before: first?.id ?? never() }),
    );
    expect(before.messages.map(({ text }) => text)).toEqual(
      Array.from({ length: count - 200 }, (_, index) => `day ${index}`),
    );
    expect(await texts(dad, memberNamed(await dad.snapshot(), "Mum"))).toEqual(["to you alone"]);
    expect(entriesOf(mum, mum, "rewrap")).toHaveLength(3);
  });

  test("[KA14] killed after its words and before it has wrapped them again, it does so at its next start", async () => {
    await mumAway(40);
    await say(mum, await everybody(mum), "I am back");
    await house.meet(mum, gran);
    expect(await texts(gran, await everybody(gran))).toEqual(["undecryptable"]);
    await apart(mum);
    await mum.restart();
    await house.advance(2_000);
    await house.meet(mum, gran);
    await house.advance(5_000);
    for (const one of [mum, dad, gran]) {
      expect(await texts(one, await everybody(one))).toEqual(["I am back"]);
    }
  });

  test("[KA14] killed before any commit, from the first word on, it is read once", async () => {
    await mumAway(40);
    const [dads, grans] = [dad.store().snapshot(), gran.store().snapshot()];
    mum.record(true);
    await say(mum, await everybody(mum), "I am back");
    await house.meet(mum, gran);
    await house.advance(5_000);
    const disks: readonly DiskContent[] = [...mum.disks.slice(1), mum.store().snapshot()];
    const at = house.time.now();
    expect(disks.length).toBeGreaterThan(5);
    for (const disk of disks) {
      const again = createHousehold({ startMs: at });
      const mumAgain = await again.add("Mum", { disk });
      const others = [
        await again.add("Dad", { disk: dads }),
        await again.add("Gran", { disk: grans }),
      ];
      for (const one of others) await again.meet(mumAgain, one);
      await again.advance(5_000);
      for (const one of [mumAgain, ...others]) {
        expect(await texts(one, await everybody(one))).toEqual(["I am back"]);
      }
      await again.stop();
    }
  });

  test("[KA15] a reader that is killed before any commit of it reads it once, and without a link where it has it", async () => {
    await mumAway(40);
    await say(mum, await everybody(mum), "I am back");
    gran.record(true);
    await house.meet(mum, gran);
    await house.advance(5_000);
    const disks: readonly DiskContent[] = [...gran.disks, gran.store().snapshot()];
    const [at, mums] = [house.time.now(), mum.store().snapshot()];
    let alone = 0;
    for (const disk of disks) {
      const again = createHousehold({ startMs: at });
      const mumAgain = await again.add("Mum", { disk: mums });
      const granAgain = await again.add("Gran", { disk });
      const talk = await everybody(granAgain);
      if (entriesOf(granAgain, mumAgain, "rewrap").length > 0) {
        expect(await texts(granAgain, talk)).toEqual(["I am back"]);
        alone += 1;
      }
      await again.meet(mumAgain, granAgain);
      await again.advance(5_000);
      expect(await texts(granAgain, talk)).toEqual(["I am back"]);
      await again.stop();
    }
    expect(alone).toBeGreaterThan(1);
  });

  test("[KA14] what the store does not take is done when it does", async () => {
    await mumAway(40);
    await say(mum, await everybody(mum), "I am back");
    await house.meet(mum, gran);
    mum.failWith("quota");
    await house.advance(5_000);
    expect(await texts(gran, await everybody(gran))).toEqual(["undecryptable"]);
    mum.failWith(null);
    // A full disk has ended the link.
    await house.advance(2_000);
    await house.meet(mum, gran);
    await house.advance(5_000);
    for (const one of [mum, dad, gran]) {
      expect(await texts(one, await everybody(one))).toEqual(["I am back"]);
    }
  });

  test("[KA14] what its clock does not allow is done when that is right again", async () => {
    await mumAway(40);
    await say(mum, await everybody(mum), "I am back");
    await house.meet(mum, gran);
    mum.jump(-3_600_000);
    await house.advance(5_000);
    expect(await texts(gran, await everybody(gran))).toEqual(["undecryptable"]);
    mum.jump(3_600_000);
    await house.advance(5_000);
    expect(await texts(gran, await everybody(gran))).toEqual(["I am back"]);
  });

  test("[KA14] its own words stand on its own screen all the time", async () => {
    await mumAway(40);
    await say(mum, await everybody(mum), "I am back");
    expect(await texts(mum, await everybody(mum))).toEqual(["I am back"]);
    await mum.restart();
    await house.meet(mum, gran);
    expect(await texts(mum, await everybody(mum))).toEqual(["I am back"]);
  });

  test("[KA14] what is not over for anybody is not wrapped again", async () => {
    await mumAway(21);
    await say(mum, await everybody(mum), "three weeks");
    await house.meet(mum, gran);
    await house.advance(5_000);
    expect(await texts(dad, await everybody(dad))).toEqual(["three weeks"]);
    expect(entriesOf(dad, mum, "rewrap")).toEqual([]);
  });

  test("[KA15] who is held meanwhile gets nothing, the others read, and it does when that has ended", async () => {
    await mumAway(40);
    await say(mum, await everybody(mum), "I am back");
    const grans = toHex(gran.running().family.identity.device);
    await value(dad.node().holdDevice(grans, true));
    await house.meet(mum, dad);
    await house.advance(5_000);
    expect(await texts(dad, await everybody(dad))).toEqual(["I am back"]);
    const [rewrap] = entriesOf(dad, mum, "rewrap");
    expect(rewrap?.header.recipients.map(({ device }) => toHex(device))).not.toContain(grans);
    await value(dad.node().holdDevice(grans, false));
    await house.meet(dad, gran);
    await house.advance(5_000);
    for (const one of [mum, dad, gran]) {
      expect(await texts(one, await everybody(one))).toEqual(["I am back"]);
    }
  });
});

test("[KA15] who hears later that a reader is held reads then what that one was not given", async () => {
  const fourth = await withTom();
  await weekly(40, [dad, gran], [dad, fourth]);
  await say(mum, await everybody(mum), "I am back");
  const holds = fourth.running().family.holds ?? never();
  const { take } = holds;
  const waiting: Parameters<typeof take>[] = [];
  Object.assign(holds, {
    take: async (...all: Parameters<typeof take>) => {
      waiting.push(all);
      return 0;
    },
  });
  await value(dad.node().holdDevice(toHex(gran.running().family.identity.device), true));
  await house.meet(dad, fourth);
  await house.meet(mum, dad);
  await house.advance(5_000);
  expect(await texts(dad, await everybody(dad))).toEqual(["I am back"]);
  expect(await texts(fourth, await everybody(fourth))).toEqual(["undecryptable"]);
  Object.assign(holds, { take });
  for (const all of waiting) await take(...all);
  await house.advance(5_000);
  expect(await texts(fourth, await everybody(fourth))).toEqual(["I am back"]);
  const [message] = await messages(mum, await everybody(mum));
  expect(message?.delivery).toEqual({ type: "partly", members: 2, of: 3 });
});

test("[KA16] of one author the keys that came last are kept, and a newer entry's take the place of an older's", () => {
  const { family } = mum.running();
  const author = family.identity.device;
  const handed = createHandedKeys(family);
  const at = (ms: number): Header => ({ ...HEADER, author, clock: { ms, counter: 0 } });
  const nameOf = (index: number): Uint8Array =>
    new Uint8Array(16).map((_, place) => (place < 2 ? (index >> (8 * place)) & 255 : 0));
  const keys = (from: number, count: number, key: number) =>
    Array.from({ length: count }, (_, index) => ({
      message: nameOf(from + index),
      contentKey: new Uint8Array(32).fill(key),
    }));
  const keyOf = (index: number, by = author): number | undefined =>
    handed.of(nameOf(index), { ...at(1), author: by, recipients: [] })?.[0];
  expect(handed.take(at(2), keys(0, 10, 1))).toHaveLength(10);
  expect(handed.take(at(1), keys(0, 10, 2))).toEqual([]);
  expect([keyOf(0), keyOf(9), keyOf(10)]).toEqual([1, 1, undefined]);
  expect(handed.take(at(3), keys(0, 1, 3))).toHaveLength(1);
  expect(keyOf(0)).toBe(3);
  expect(keyOf(0, dad.running().family.identity.device)).toBeUndefined();
  for (let from = 10; from < HANDED_KEYS_MAX + 8; from += 1) handed.take(at(4), keys(from, 1, 4));
  // 1 to 8 are the oldest by now.
  expect([keyOf(0), keyOf(8), keyOf(9), keyOf(10)]).toEqual([3, undefined, 1, 4]);
});

describe("a changed app that lists a reader by a key that is over", () => {
  let talk = "";
  let message = "";
  beforeEach(async () => {
    await weekly(49, [mum, dad], [dad, gran]);
    await house.meet(mum, dad);
    await house.meet(dad, gran);
    await house.advance(5_000);
    const keep = mum.running().family.keys ?? never();
    const { current } = keep;
    const grans = deviceAt(mum, gran);
    Object.assign(keep, {
      current: (device: Device) =>
        isSameBytes(device.id, grans.id)
          ? { number: 0, key: device.encryptionKey }
          : current(device),
    });
    talk = await everybody(mum);
    message = await say(mum, talk, "not for Gran");
    Object.assign(keep, { current });
    await house.advance(5_000);
  });

  /** Whoever was listed under a key that is right can open it, where its app does not ask for the others. */
  async function contentKeyAt(device: TestDevice): Promise<Uint8Array> {
    const { env, identity, gossip } = device.running().family;
    const [found] = entriesOf(device, mum, "group").filter(({ id }) => toHex(id) === message);
    const header = found?.header ?? never();
    const body = decodeBody((await gossip?.bodyOf(header)) ?? never());
    const mine = header.recipients.findIndex((one) => isSameBytes(one.device, identity.device));
    const pair = identity.profile.encryptionKeys.find(
      ({ number }) => number === header.recipients[mine]?.keyNumber,
    );
    if (!body.ok || pair === undefined) return never();
    const opened = await env.crypto.openBody({
      family: identity.profile.family,
      body: body.value,
      associatedData: associatedData(unbind(header)),
      targets: header.recipients.map((one) => ({ ...one, key: null })),
      mine,
      privateKey: pair.privateKey,
    });
    return opened.ok ? opened.contentKey : never();
  }

  /** Hands it over, or what it says is it, as an app of its own, to whom it likes. */
  async function hand(
    by: TestDevice,
    to: readonly TestDevice[],
    contentKey?: Uint8Array,
  ): Promise<void> {
    const keys = [
      { message: fromHex(message), contentKey: contentKey ?? (await contentKeyAt(by)) },
    ];
    const devices = [by, ...to].map((one) => deviceAt(by, one));
    const payload: Payload = { type: "refill", keys };
    const { family } = by.running();
    const published = await publish(family, "rewrap", { type: "family" }, devices, payload);
    expect(published.ok).toBe(true);
    await house.advance(5_000);
  }

  const shown = async (): Promise<readonly string[]> => [
    ...(await texts(dad, talk)),
    ...(await texts(gran, talk)),
  ];

  test("[KA15] shows it to nobody by handing its key to the others alone, and to all by handing it to all", async () => {
    expect(await shown()).toEqual(["undecryptable", "undecryptable"]);
    await hand(mum, [dad]);
    expect(await shown()).toEqual(["undecryptable", "undecryptable"]);
    await hand(mum, [dad, gran]);
    expect(await shown()).toEqual(["not for Gran", "not for Gran"]);
  });

  test("[KA15] shows it to nobody by handing all of them another key, though some could open it by their own", async () => {
    await hand(mum, [dad, gran], new Uint8Array(32).fill(7));
    expect(await shown()).toEqual(["undecryptable", "undecryptable"]);
    for (const one of [dad, gran]) await one.restart();
    expect(await shown()).toEqual(["undecryptable", "undecryptable"]);
  });

  test("[KA15] has no other device's word for it", async () => {
    await hand(dad, [mum, gran]);
    expect(await shown()).toEqual(["undecryptable", "undecryptable"]);
    for (const one of [dad, gran]) await one.restart();
    expect(await shown()).toEqual(["undecryptable", "undecryptable"]);
  });

  test("[KA15] shows nothing by a refill, which is for one member", async () => {
    const { family } = mum.running();
    const keys = [{ message: fromHex(message), contentKey: await contentKeyAt(mum) }];
    for (const device of [dad, gran].map((one) => deviceAt(mum, one))) {
      const audience = { type: "member", member: device.member } as const;
      await publish(family, "refill", audience, [device], { type: "refill", keys });
    }
    await house.advance(5_000);
    expect(await shown()).toEqual(["undecryptable", "undecryptable"]);
  });
});
