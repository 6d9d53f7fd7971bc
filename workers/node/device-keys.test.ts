/** Encryption keys that change: whole nodes on virtual time. DESIGN §3. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { toHex } from "../core/codec/ids.ts";
import { encodeAnnouncement } from "../core/gossip/device-keys.ts";
import { DAY_MS, KEY_GRACE_DAYS } from "../core/gossip/limits.ts";
import { dayOf } from "../core/gossip/clock.ts";
import { findDevice } from "../core/ledger/state.ts";
import type { DiskContent } from "../storage/memory-store.ts";
import type { Frame } from "./frames.ts";
import { KEY_LIFE_DAYS } from "./limits.ts";
import { value, type TestDevice } from "./testing/device.ts";
import { createHousehold, memberNamed, textsOf, type Household } from "./testing/household.ts";

type SignedKey = Extract<Frame, { type: "keys" }>["keys"][number];

let house: Household;
let mum: TestDevice;
let dad: TestDevice;
beforeEach(async () => {
  house = createHousehold();
  mum = await house.found("Mum");
  dad = await house.join(mum, "Dad", "parent");
});
afterEach(async () => house.stop());

const familyOf = (device: TestDevice) => device.running().family;
const idOf = (device: TestDevice): Uint8Array => familyOf(device).identity.device;
const today = (): number => dayOf(house.time.now());
const ownNumbers = (device: TestDevice): readonly number[] =>
  familyOf(device).identity.profile.encryptionKeys.map(({ number }) => number);
/** To which number of a device another one would seal now. */
const numberOf = (at: TestDevice, device: TestDevice): number => {
  const { ledger, keys } = familyOf(at);
  const found = findDevice(ledger.head()?.state ?? never(), idOf(device));
  return keys?.current(found ?? never()).number ?? never();
};
function never(): never {
  throw new Error("there is none");
}
const apart = async (device: TestDevice): Promise<void> => {
  for (const session of device.running().sessions()) session.close("away");
  await house.settle();
};
/** Everybody sleeps, then all are open and these meet. */
async function later(days: number, ...pairs: readonly [TestDevice, TestDevice][]): Promise<void> {
  for (const pair of pairs) for (const one of pair) await apart(one);
  await house.sleepUntil(house.time.now() + days * DAY_MS);
  for (const [one, other] of pairs) await house.meet(one, other);
  await house.advance(5_000);
}
const say = async (from: TestDevice, to: TestDevice, text: string): Promise<void> => {
  await value(from.node().sendMessage(memberNamed(await from.snapshot(), to.name), text));
  await house.advance(3_000);
};
const reads = async (at: TestDevice, from: TestDevice): Promise<readonly string[]> =>
  textsOf(at, memberNamed(await at.snapshot(), from.name));
/** What a device with another app signs. */
async function signedBy(device: TestDevice, number: number, key: Uint8Array): Promise<SignedKey> {
  const { identity } = familyOf(device);
  const announcement = encodeAnnouncement(identity.device, number, key);
  const { family } = identity.profile;
  const signature = await identity.signer.sign("encryption-key", family, announcement);
  return { announcement, signature };
}
const freshKey = async (device: TestDevice): Promise<Uint8Array> => {
  const { crypto } = device.env();
  return crypto.encryptionKeyOf(crypto.randomBytes(32));
};
const take = async (at: TestDevice, from: TestDevice, ...keys: SignedKey[]): Promise<number> => {
  const faults = await familyOf(at).keys?.take(keys, toHex(idOf(from)));
  await house.settle();
  return faults ?? never();
};

describe("an own key", () => {
  test("[KA11] is the registration's for a week, then each week another, which the others seal to", async () => {
    await later(KEY_LIFE_DAYS - 1, [mum, dad]);
    expect(ownNumbers(mum)).toEqual([0]);
    await later(1, [mum, dad]);
    const first = today();
    expect(ownNumbers(mum)).toEqual([0, first]);
    expect([numberOf(mum, mum), numberOf(dad, mum)]).toEqual([first, first]);
    await say(dad, mum, "under the new one");
    const streams = [...(familyOf(dad).gossip?.core().streams.values() ?? [])];
    const cited = streams.flatMap(({ known }) =>
      [...known.values()].flatMap(({ header }) => header.recipients.map((one) => one.keyNumber)),
    );
    expect(cited).toContain(first);
    expect(await reads(mum, dad)).toEqual(["under the new one"]);
    await later(KEY_LIFE_DAYS, [mum, dad]);
    expect(ownNumbers(mum)).toEqual([0, first, today()]);
    await mum.restart();
    await house.meet(mum, dad);
    await say(dad, mum, "after a restart");
    expect(await reads(mum, dad)).toEqual(["under the new one", "after a restart"]);
  });

  test("[UI125] its person and the others read when it last changed, as far as each has heard", async () => {
    const shownAt = async (at: TestDevice, of: TestDevice) => {
      const members = (await at.snapshot()).members.filter(({ name }) => name === of.name);
      return members[0]?.devices[0]?.keys;
    };
    const first = { since: today() * DAY_MS, areFirst: true };
    expect(await shownAt(mum, mum)).toEqual(first);
    await later(KEY_LIFE_DAYS, [mum, dad]);
    const next = { since: today() * DAY_MS, areFirst: false };
    expect([await shownAt(mum, mum), await shownAt(dad, mum)]).toEqual([next, next]);
    await apart(dad);
    await house.sleepUntil(house.time.now() + KEY_LIFE_DAYS * DAY_MS);
    await house.advance(5_000);
    expect((await shownAt(mum, mum))?.since).toBe(today() * DAY_MS);
    expect(await shownAt(dad, mum)).toEqual(next);
  });

  test("[KA11] killed before any commit of it, a device has both halves or neither, and reads on", async () => {
    await apart(mum);
    await house.sleepUntil(house.time.now() + (KEY_LIFE_DAYS - 1) * DAY_MS);
    await house.meet(mum, dad);
    await house.advance(5_000);
    await apart(mum);
    const [dadBefore, mumBefore] = [dad.store().snapshot(), mum.store().snapshot()];
    mum.record(true);
    await house.sleepUntil(house.time.now() + DAY_MS);
    await house.meet(mum, dad);
    await house.advance(5_000);
    const disks: readonly DiskContent[] = [mumBefore, ...mum.disks, mum.store().snapshot()];
    expect(ownNumbers(mum)).toEqual([0, today()]);
    const at = house.time.now();
    const pairs: number[] = [];
    for (const disk of disks) {
      const again = createHousehold({ startMs: at });
      const mumAgain = await again.add("Mum", { disk });
      const dadAgain = await again.add("Dad", { disk: dadBefore });
      expect(numberOf(mumAgain, mumAgain)).toBe(ownNumbers(mumAgain).at(-1));
      pairs.push(ownNumbers(mumAgain).length);
      await again.meet(mumAgain, dadAgain);
      await again.advance(5_000);
      const toMum = memberNamed(await dadAgain.snapshot(), "Mum");
      await value(dadAgain.node().sendMessage(toMum, "are you there"));
      await again.advance(3_000);
      expect(await reads(mumAgain, dadAgain)).toEqual(["are you there"]);
      expect(numberOf(dadAgain, mumAgain)).toBe(today());
      await again.stop();
    }
    expect(new Set(pairs)).toEqual(new Set([1, 2]));
  });

  test("[KA11] a device whose disk was set back to before its last key makes another, and reads on", async () => {
    await later(KEY_LIFE_DAYS - 1, [mum, dad]);
    const before = mum.store().snapshot();
    await later(1, [mum, dad]);
    const lost = today();
    await mum.restart(before);
    await house.meet(mum, dad);
    await house.advance(5_000);
    // Two under the number of today: the others go back to the one before, which it has.
    expect([ownNumbers(mum), numberOf(dad, mum)]).toEqual([[0, lost], 0]);
    await say(dad, mum, "on the same day");
    await later(2, [mum, dad]);
    await mum.restart(before);
    await house.meet(mum, dad);
    await house.advance(5_000);
    expect([ownNumbers(mum), numberOf(dad, mum)]).toEqual([[0, today()], today()]);
    await say(dad, mum, "two days later");
    expect(await reads(mum, dad)).toEqual(["on the same day", "two days later"]);
  });

  test("[KA12] its private half goes from the disk when no body can be left that was sealed to it", async () => {
    const [first] = familyOf(mum).identity.profile.encryptionKeys;
    const onDisk = (): boolean =>
      [...mum.store().snapshot().values()].some((rows) =>
        rows.some((row) => JSON.stringify(bytesIn(row)).includes(bytesOf(first?.privateKey))),
      );
    await later(KEY_LIFE_DAYS, [mum, dad]);
    const successor = today();
    const retention = familyOf(mum).gossip?.core().retentionDays ?? never();
    for (let weeks = 0; weeks < 6; weeks += 1) await later(7, [mum, dad]);
    await later(successor + retention + KEY_GRACE_DAYS - today(), [mum, dad]);
    expect(ownNumbers(mum).slice(0, 2)).toEqual([0, successor]);
    expect(onDisk()).toBe(true);
    await later(1, [mum, dad]);
    expect(ownNumbers(mum)[0]).toBe(successor);
    expect(onDisk()).toBe(false);
    // It still invites: what the comparison code covers is in the registration.
    await mum.restart();
    await house.meet(mum, dad);
    const gran = await house.join(mum, "Gran", "relative");
    expect([numberOf(gran, mum), numberOf(gran, dad)]).toEqual([
      numberOf(dad, mum),
      numberOf(mum, dad),
    ]);
  });

  test("[KA13] a clock that nobody confirms makes no key and deletes none", async () => {
    await later(KEY_LIFE_DAYS, [mum, dad]);
    const before = ownNumbers(mum);
    await apart(mum);
    for (const days of [60, 60, 60]) {
      mum.jump(days * DAY_MS);
      await house.advance(5_000);
    }
    expect(ownNumbers(mum)).toEqual(before);
    mum.jump(-180 * DAY_MS);
    await house.meet(mum, dad);
    await say(dad, mum, "what day is it");
    expect(await reads(mum, dad)).toEqual(["what day is it"]);
  });
});

describe("others' keys", () => {
  test("[KA9] an announcement goes to all at once, is passed on, and comes to who was away or is new; the same is not said again", async () => {
    const gran = await house.join(mum, "Gran", "relative");
    await house.meet(dad, gran);
    await apart(mum);
    await house.meet(mum, dad);
    await house.advance(2_000);
    const number = today();
    const word = await signedBy(mum, number, await freshKey(mum));
    expect(await take(dad, mum, word)).toBe(0);
    // Gran is not linked to Mum.
    expect([numberOf(dad, mum), numberOf(gran, mum)]).toEqual([number, number]);
    const tom = await house.join(dad, "Tom", "relative");
    expect(numberOf(tom, mum)).toBe(number);
    await apart(tom);
    await take(dad, mum, await signedBy(dad, number, await freshKey(dad)));
    const wire = await house.meet(tom, gran);
    await house.advance(1_000);
    expect(numberOf(tom, dad)).toBe(number);
    await house.cut(wire);
    const sent: string[] = [];
    const keep = familyOf(gran).keys ?? never();
    const { take: takeKeys, compare } = keep;
    Object.assign(keep, {
      take: async (...all: Parameters<typeof takeKeys>) => {
        sent.push("keys");
        return takeKeys(...all);
      },
      compare: (...all: Parameters<typeof compare>) => {
        sent.push(all[0].ids === null ? "digest" : "list");
        compare(...all);
      },
    });
    await house.meet(tom, gran);
    await house.advance(90_000);
    expect(sent).toEqual(["digest"]);
  });

  test("[KA10] one that is forged, malformed or of a bad key counts against its bearer; one that is early or of somebody unknown does not", async () => {
    const number = today();
    const key = await freshKey(mum);
    const word = await signedBy(mum, number, key);
    const forged = { ...word, signature: word.signature.map((one) => one ^ 1) };
    const bad = await signedBy(mum, number, new Uint8Array(32));
    const broken = { ...word, announcement: word.announcement.slice(1) };
    expect(await take(dad, mum, forged, bad, broken)).toBe(3);
    const early = await signedBy(mum, number + 1, key);
    const stranger = { ...word, announcement: encodeAnnouncement(new Uint8Array(16), number, key) };
    expect(await take(dad, mum, early, stranger)).toBe(0);
    expect(numberOf(dad, mum)).toBe(0);
    expect(await take(dad, mum, word)).toBe(0);
    expect(numberOf(dad, mum)).toBe(number);
  });

  test("[KA10] what came too early is asked for again", async () => {
    dad.jump(-DAY_MS);
    await take(mum, mum, await signedBy(mum, today(), await freshKey(mum)));
    await house.advance(2_000);
    expect(numberOf(mum, mum)).toBe(today());
    expect(numberOf(dad, mum)).toBe(0);
    dad.jump(DAY_MS);
    await house.advance(61_000);
    expect(numberOf(dad, mum)).toBe(today());
  });
});

describe("a message", () => {
  test("[KA5] that is sealed to a number which is not known is not shown and not delivered until it is", async () => {
    await later(KEY_LIFE_DAYS, [mum, dad]);
    await apart(mum);
    // Dad's app has not heard yet what Mum's next key is.
    const keep = familyOf(dad).keys ?? never();
    const { take: takeKeys } = keep;
    const waiting: Parameters<typeof takeKeys>[] = [];
    Object.assign(keep, {
      take: async (...all: Parameters<typeof takeKeys>) => {
        waiting.push(all);
        return 0;
      },
    });
    await house.sleepUntil(house.time.now() + KEY_LIFE_DAYS * DAY_MS);
    await house.meet(mum, dad);
    await house.advance(5_000);
    expect(numberOf(mum, mum)).toBe(today());
    await say(mum, dad, "to a key that is new");
    const reach = async (): Promise<readonly string[]> => {
      const conversation = memberNamed(await mum.snapshot(), "Dad");
      const { messages } = await value(mum.node().listMessages(conversation, { limit: 9 }));
      return messages.map((one) => one.delivery?.type ?? "none");
    };
    expect(await reads(dad, mum)).toEqual([""]);
    expect(await reach()).not.toContain("delivered");
    Object.assign(keep, { take: takeKeys });
    for (const all of waiting) await keep.take(...all);
    await house.advance(3_000);
    expect(await reads(dad, mum)).toEqual(["to a key that is new"]);
    expect(await reach()).toEqual(["delivered"]);
  });

  test("[KA6] that is sealed to a key which its device may have let go of is not shown", async () => {
    await later(KEY_LIFE_DAYS, [mum, dad]);
    await later(KEY_LIFE_DAYS, [mum, dad]);
    const keep = familyOf(mum).keys ?? never();
    const { current } = keep;
    const sealOld = (): void => {
      Object.assign(keep, {
        current: (device: Parameters<typeof current>[0]) => ({
          number: 0,
          key: device.encryptionKey,
        }),
      });
    };
    sealOld();
    await say(mum, dad, "to an old key");
    expect(await reads(dad, mum)).toEqual(["to an old key"]);
    await later(KEY_GRACE_DAYS - KEY_LIFE_DAYS + 1, [mum, dad]);
    await say(mum, dad, "to one that is over");
    expect(await reads(dad, mum)).toEqual(["to an old key", ""]);
  });

  test("[KA6] of somebody who is back from three weeks away is read, though its device has met nobody yet", async () => {
    const gran = await house.join(mum, "Gran", "relative");
    await house.meet(dad, gran);
    await house.advance(2_000);
    await apart(mum);
    for (let weeks = 0; weeks < 3; weeks += 1) await later(KEY_LIFE_DAYS, [dad, gran]);
    expect([numberOf(gran, dad), numberOf(mum, dad)]).toEqual([today(), 0]);
    await value(mum.node().sendMessage(memberNamed(await mum.snapshot(), "Dad"), "I am back"));
    await house.meet(mum, dad);
    await house.advance(5_000);
    expect(await reads(dad, mum)).toEqual(["I am back"]);
    expect(numberOf(mum, dad)).toBe(today());
  });

  test("[KA4] to a device that announced two keys under one number is hidden from nobody who knows that", async () => {
    const gran = await house.join(mum, "Gran", "relative");
    await house.meet(dad, gran);
    for (const one of [mum, dad, gran]) await apart(one);
    const number = today();
    await take(mum, gran, await signedBy(gran, number, await freshKey(gran)));
    await take(dad, gran, await signedBy(gran, number, await freshKey(gran)));
    const everybody = async (at: TestDevice): Promise<string> =>
      (await at.snapshot()).conversations.find(({ kind }) => kind === "family")?.id ?? never();
    await value(mum.node().sendMessage(await everybody(mum), "to all of you"));
    const [entry] = [...(familyOf(mum).gossip?.core().streams.values() ?? [])].flatMap(
      ({ known }) => [...known.values()].slice(-1),
    );
    expect(entry?.header.recipients.map((one) => one.keyNumber)).toContain(number);
    // Dad does not hear of what Mum has heard.
    const keep = familyOf(dad).keys ?? never();
    const { take: takeKeys } = keep;
    Object.assign(keep, { take: async () => 0 });
    await house.meet(mum, dad);
    await house.advance(5_000);
    expect(await textsOf(dad, await everybody(dad))).toEqual([""]);
    Object.assign(keep, { take: takeKeys });
    await apart(mum);
    await house.meet(mum, dad);
    await house.advance(5_000);
    expect(await textsOf(dad, await everybody(dad))).toEqual(["to all of you"]);
    expect([numberOf(mum, gran), numberOf(dad, gran)]).toEqual([0, 0]);
  });
});

const bytesOf = (bytes: Uint8Array | undefined): string => toHex(bytes ?? never());

/** All bytes in a row, as hex. */
function bytesIn(row: unknown): readonly string[] {
  if (row instanceof Uint8Array) return [toHex(row)];
  if (Array.isArray(row)) return row.flatMap(bytesIn);
  return typeof row === "object" && row !== null ? Object.values(row).flatMap(bytesIn) : [];
}
