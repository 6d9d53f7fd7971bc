/** Places from the page of one device to that of another: whole nodes on virtual time. DESIGN §5, §9. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PlaceRow, PlacesView, PlaceTarget } from "../api.ts";
import { fromHex, toHex } from "../core/codec/ids.ts";
import { encodeWith } from "../core/codec/shape.ts";
import { placeShape } from "../core/gossip/payload.ts";
import { encodeAction, type TransactionBody } from "../core/ledger/transaction.ts";
import { openVault } from "../crypto/vault.ts";
import { prefixRange } from "../storage/store.ts";
import { signTransaction } from "./family.ts";
import { PLACE_LIFE_INTERVALS } from "./limits.ts";
import { readPlaces } from "./place-records.ts";
import { metresBetween, placeOf } from "./place-units.ts";
import { value, type TestDevice } from "./testing/device.ts";
import { createHousehold, memberNamed, type Household } from "./testing/household.ts";
import type { Wire } from "./testing/wire.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const HOME = { latitude: 51.5, longitude: -0.125, accuracy: 12 };
/** 1,112 metres to the north. */
const SCHOOL = { ...HOME, latitude: 51.51 };

let house: Household;
let mum: TestDevice;
let dad: TestDevice;
let gran: TestDevice;
let mia: TestDevice;
const wires = new Map<string, Wire | null>();
beforeEach(async () => {
  house = createHousehold();
  mum = await house.found("Mum");
  dad = await house.join(mum, "Dad", "parent");
  gran = await house.join(mum, "Gran", "relative");
  mia = await house.join(mum, "Mia", "child");
  await meet();
});
afterEach(async () => house.stop());

async function meet(): Promise<void> {
  const all = [mum, dad, gran, mia];
  for (const one of all) {
    for (const other of all) {
      if (one.name < other.name) {
        wires.set(`${one.name}${other.name}`, await house.meet(one, other));
      }
    }
  }
}

const placesOf = async (at: TestDevice): Promise<PlacesView> => {
  const { places } = await at.snapshot();
  if (places === null) throw new Error(`${at.name} has no places`);
  return places;
};
const rowOf = async (at: TestDevice, name = "Mia"): Promise<PlaceRow | undefined> =>
  (await placesOf(at)).rows.find(({ by }) => by.name === name);
const targetOf = async (at: TestDevice, name: string | null): Promise<PlaceTarget> => {
  const found = (await placesOf(at)).targets.find((one) =>
    name === null ? one.type === "family" : one.name === name,
  );
  if (found === undefined) throw new Error(`${at.name} cannot share with ${name ?? "everybody"}`);
  return found;
};
const namesOf = (some: readonly { readonly name: string | null }[]): readonly string[] =>
  some.map(({ name }) => name ?? "").toSorted((a, b) => (a < b ? -1 : 1));

async function share(
  by: TestDevice,
  minutes: 15 | 60 | null = 60,
  to: string | null = null,
  place = HOME,
): Promise<string> {
  const { id } = await targetOf(by, to);
  const answer = await by.node().sharePlace({ conversation: id, minutes }, place);
  await house.settle();
  return answer.ok ? "ok" : answer.code;
}
const stop = async (by: TestDevice): Promise<void> => {
  await value(by.node().stopPlace());
  await house.settle();
};
const note = async (by: TestDevice, place = HOME): Promise<void> => {
  await value(by.node().notePlace(place));
  await house.settle();
};
const write = async (by: TestDevice, body: TransactionBody): Promise<void> => {
  const { family } = by.running();
  expect(await family.ledger.submit(await signTransaction(family, body, []), [])).toBeNull();
  await house.advance(3 * SECOND);
};
const idOf = async (name: string): Promise<Uint8Array> =>
  fromHex(memberNamed(await mum.snapshot(), name));
const deny = async (
  name: string,
  permission: "share-place" | "see-place",
  of: string,
): Promise<void> =>
  write(mum, {
    type: "permission-denied",
    member: await idOf(name),
    permission,
    scope: { type: "member", member: await idOf(of) },
    condition: { type: "always" },
    expiresAt: null,
    cuts: [],
  });
/** When Mia said last where she is, as this device has it. */
const clockOf = async (at: TestDevice): Promise<number> => (await rowOf(at))?.at ?? 0;

describe("sharing", () => {
  test("[PN1] it is with all that it is shared with at once, and they are named before", async () => {
    const target = await targetOf(mia, null);
    expect(target).toMatchObject({ type: "family", leftOut: [] });
    expect(namesOf(target.readers)).toEqual(["Dad", "Gran", "Mum"]);
    expect(await share(mia)).toBe("ok");
    for (const one of [mum, dad, gran]) {
      const row = await rowOf(one);
      expect(row).toMatchObject({ by: { name: "Mia", isMe: false }, isOver: false });
      expect(row?.until).toBe(house.time.now() + HOUR);
      expect(metresBetween(row?.place ?? SCHOOL, HOME)).toBeLessThan(0.1);
      expect(row?.place.accuracy).toBe(12);
    }
    expect((await placesOf(mia)).mine).toMatchObject({
      with: { type: "family", name: null },
      until: house.time.now() + HOUR,
      isOver: false,
      saidAt: house.time.now(),
    });
    // It is no message.
    expect((await mum.snapshot()).conversations.every(({ unread }) => unread === 0)).toBe(true);
  });

  test("[PN1] with one it is that one's alone, and shared anew the last word counts", async () => {
    await share(mia, 60, "Mum");
    expect(await rowOf(mum)).toBeDefined();
    expect(await rowOf(dad)).toBeUndefined();
    await house.advance(6 * SECOND);
    await share(mia, null, "Dad", SCHOOL);
    expect(await rowOf(mum)).toBeUndefined();
    expect(await rowOf(dad)).toMatchObject({ until: null, goneAt: house.time.now() + 7 * DAY });
    expect((await placesOf(mia)).mine?.with).toMatchObject({ type: "member", name: "Dad" });
  });

  test("[PN1] [PN9] with nobody who may it is refused, and a contact sees none", async () => {
    const zoe = await house.join(mum, "Zoe", "contact");
    await house.meet(zoe, mia);
    expect((await zoe.snapshot()).places).toBeNull();
    expect((await placesOf(mia)).targets.map(({ name }) => name)).not.toContain("Zoe");
    const conversation = toHex(await idOf("Zoe"));
    expect(await mia.node().sharePlace({ conversation, minutes: 60 }, HOME)).toMatchObject({
      code: "not-allowed",
    });
    expect(
      await zoe.node().sharePlace({ conversation: toHex(await idOf("Mum")), minutes: 60 }, HOME),
    ).toMatchObject({ code: "not-allowed" });
    await share(mia);
    await house.advance(10 * SECOND);
    expect((await zoe.snapshot()).places).toBeNull();
    expect((await placesOf(mia)).mine?.with.readers.map(({ name }) => name)).not.toContain("Zoe");
  });

  test("[PN9] a place that is none, a time that is not offered and an unknown name are refused", async () => {
    const { id: conversation } = await targetOf(mia, null);
    const ask = async (request: { conversation: string; minutes: number | null }, place = HOME) => {
      const answer = await mia
        .node()
        .sharePlace(request as { conversation: string; minutes: 15 }, place);
      return answer.ok ? "ok" : answer.code;
    };
    expect(await ask({ conversation, minutes: 16 })).toBe("not-allowed");
    expect(await ask({ conversation, minutes: 15 }, { ...HOME, latitude: 91 })).toBe("not-allowed");
    expect(await ask({ conversation, minutes: 15 }, { ...HOME, longitude: Number.NaN })).toBe(
      "not-allowed",
    );
    expect(await ask({ conversation, minutes: 15 }, { ...HOME, accuracy: -1 })).toBe("not-allowed");
    expect(await ask({ conversation: "00".repeat(16), minutes: 15 })).toBe("unknown-conversation");
    await note(mia, { ...HOME, latitude: 91 });
    expect((await placesOf(mia)).mine).toBeNull();
    expect(await rowOf(mum)).toBeUndefined();
  });

  test("[PN1] [PN10] a rule or a hold leaves somebody out, and that is told before", async () => {
    await deny("Gran", "see-place", "Mia");
    const target = await targetOf(mia, null);
    expect(namesOf(target.readers)).toEqual(["Dad", "Mum"]);
    expect(namesOf(target.leftOut)).toEqual(["Gran"]);
    await value(mum.node().holdDevice(toHex(dad.running().family.identity.device), true));
    await house.settle();
    await share(mia);
    expect(await rowOf(mum)).toBeDefined();
    expect(await rowOf(gran)).toBeUndefined();
    expect(await rowOf(dad)).toBeUndefined();
  });

  test("[PN10] a device on hold says nothing new, and what it said before stays", async () => {
    await share(mia);
    const before = await clockOf(mum);
    await value(mum.node().holdDevice(toHex(mia.running().family.identity.device), true));
    await house.advance(2 * MINUTE);
    await note(mia, SCHOOL);
    await house.advance(10 * SECOND);
    expect(await clockOf(mum)).toBe(before);
    // Whoever brings it.
    const device = toHex(mia.running().family.identity.device);
    const said = mia.running().family.gossip?.core().places.get(device);
    if (said === undefined) throw new Error("Mia's own core has no place");
    expect(said.clock.ms).toBeGreaterThan(before);
    await mum.running().places()?.heard([said]);
    expect(await clockOf(mum)).toBe(before);
  });

  test("[PN1] a child whose place is its guardians' reads that, and shares with nobody else", async () => {
    const control: TransactionBody = {
      type: "control-set",
      child: await idOf("Mia"),
      version: 1,
      guardians: [await idOf("Mum"), await idOf("Dad")],
      contacts: "open",
      quiet: [],
      oversight: false,
      confidants: [],
      location: "guardians-only",
      dailyMessages: null,
      media: ["text", "place"],
      endsAt: house.time.now() + 3_000 * DAY,
      cuts: [],
    };
    // A place that they see is more than one parent gives itself.
    await write(mum, { type: "proposed", action: encodeAction(control) });
    const [open] = (await dad.snapshot()).ledger.proposals;
    await value(dad.node().decideProposal(open?.id ?? "", "agree"));
    await house.advance(3 * SECOND);
    const { onlyFor, targets } = await placesOf(mia);
    expect(namesOf(onlyFor ?? [])).toEqual(["Dad", "Mum"]);
    expect(targets.map(({ name }) => name)).not.toContain("Gran");
    expect(namesOf((await targetOf(mia, null)).leftOut)).toEqual(["Gran"]);
    await share(mia);
    expect(await rowOf(dad)).toBeDefined();
    expect(await rowOf(gran)).toBeUndefined();
    expect((await placesOf(mum)).onlyFor).toBeNull();
  });
});

describe("how often", () => {
  test("[PN3] one in an interval, whatever the page says", async () => {
    await share(mia);
    const seen = new Set([await clockOf(mum)]);
    const begun = house.time.now();
    for (let step = 1; step <= 40; step += 1) {
      await note(mia, { ...HOME, latitude: HOME.latitude + step / 100 });
      await house.advance(5 * SECOND);
      seen.add(await clockOf(mum));
    }
    // Three whole minutes and a bit.
    expect(house.time.now() - begun).toBeGreaterThan(3 * MINUTE);
    expect(seen.size).toBe(4);
    expect((await rowOf(mum))?.place.latitude).toBeGreaterThan(51.8);
  });

  test("[PN4] what has not moved is a sign of life in five, and none where the page is silent", async () => {
    await share(mia);
    const seen = [await clockOf(mum)];
    const minutes = 2 * PLACE_LIFE_INTERVALS;
    for (let minute = 0; minute < minutes; minute += 1) {
      await house.advance(MINUTE);
      await note(mia, { ...HOME, latitude: HOME.latitude + 0.0001 });
      const at = await clockOf(mum);
      if (!seen.includes(at)) seen.push(at);
    }
    expect(seen).toHaveLength(3);
    // Sharper, and then further away.
    await house.advance(MINUTE);
    await note(mia, { ...HOME, accuracy: 5 });
    expect((await rowOf(mum))?.place.accuracy).toBe(5);
    await house.advance(MINUTE);
    await note(mia, { ...HOME, latitude: HOME.latitude + 0.0003, accuracy: 40 });
    expect((await rowOf(mum))?.place.accuracy).toBe(5);
    await note(mia, SCHOOL);
    await house.advance(2 * SECOND);
    const last = await clockOf(mum);
    expect((await rowOf(mum))?.place.latitude).toBeCloseTo(51.51, 5);
    await house.advance(20 * MINUTE);
    expect(await clockOf(mum)).toBe(last);
  });

  test("[PN2] [PN3] nothing is said that is not shared, nor after its time", async () => {
    await note(mia);
    expect(await rowOf(mum)).toBeUndefined();
    await share(mia, 15);
    await house.advance(16 * MINUTE);
    await note(mia, SCHOOL);
    await house.advance(2 * MINUTE);
    expect((await rowOf(mum))?.place.latitude).toBeCloseTo(51.5, 5);
    expect((await placesOf(mia)).mine).toMatchObject({ isOver: true });
  });
});

describe("over restarts", () => {
  test("[PN2] sharing goes on as soon as the page says the place again", async () => {
    await share(mia, 60, "Mum");
    await house.advance(3 * SECOND);
    await mia.restart();
    await house.meet(mia, mum);
    expect((await placesOf(mia)).mine).toMatchObject({
      with: { name: "Mum" },
      isOver: false,
      saidAt: null,
      reached: [{ name: "Mum" }],
    });
    const before = await clockOf(mum);
    await house.advance(10 * MINUTE);
    expect(await clockOf(mum)).toBe(before);
    await note(mia, SCHOOL);
    expect((await rowOf(mum))?.place.latitude).toBeCloseTo(51.51, 5);
    expect(await rowOf(dad)).toBeUndefined();
  });

  test("[PN5] what was last said is there, until a day after its time, and not longer", async () => {
    await share(mia, 60);
    const shared = house.time.now();
    await mum.restart();
    expect(await rowOf(mum)).toMatchObject({ at: shared, isOver: false });
    await house.sleepUntil(shared + HOUR + 1);
    await house.advance(2 * SECOND);
    expect(await rowOf(mum)).toMatchObject({ isOver: true, goneAt: shared + HOUR + DAY });
    // Not shown for a second longer, whether it was let go of yet or not.
    mum.jump(DAY);
    expect(await rowOf(mum)).toBeUndefined();
    mum.jump(-DAY);
    expect(await rowOf(mum)).toBeDefined();
    await house.sleepUntil(shared + HOUR + DAY - MINUTE);
    expect(await rowOf(mum)).toBeDefined();
    await house.advance(MINUTE + SECOND);
    expect(await rowOf(mum)).toBeUndefined();
    expect(await mum.store().list("meta", prefixRange(["place"]))).toEqual([]);
    expect((await placesOf(mia)).mine).toBeNull();
  });

  test("[PN5] one that nobody ends goes a week after its last word", async () => {
    await share(mia, null);
    const shared = house.time.now();
    await mia.stop();
    await house.sleepUntil(shared + 7 * DAY - MINUTE);
    expect(await rowOf(mum)).toBeDefined();
    await house.advance(2 * MINUTE);
    expect(await rowOf(mum)).toBeUndefined();
  });

  test("[PN5] who was away gets the latest from whoever has it, and nothing that came before", async () => {
    await gran.stop();
    await share(mia);
    await house.advance(MINUTE);
    await note(mia, SCHOOL);
    await mia.stop();
    await house.advance(MINUTE);
    await gran.restart();
    expect(await rowOf(gran)).toBeUndefined();
    await house.meet(gran, dad);
    await house.settle();
    expect((await rowOf(gran))?.place.latitude).toBeCloseTo(51.51, 5);
  });

  test("[PN5] [PN7] a stop is on the disk: who hears the older one again after a restart keeps none", async () => {
    await share(mia);
    await mum.stop();
    await house.advance(6 * SECOND);
    await stop(mia);
    expect(await rowOf(dad)).toBeUndefined();
    expect(await rowOf(gran)).toBeUndefined();
    await dad.restart();
    // Mum was away and still has the place.
    await mum.restart();
    expect(await rowOf(mum)).toBeDefined();
    await house.meet(dad, mum);
    await house.advance(10 * SECOND);
    expect(await rowOf(dad)).toBeUndefined();
  });
});

describe("its end", () => {
  test("[PN7] a stop takes it from everybody, and from who comes later", async () => {
    await share(mia, null);
    await gran.stop();
    await house.advance(10 * SECOND);
    await stop(mia);
    expect((await placesOf(mia)).mine).toBeNull();
    for (const one of [mum, dad]) expect(await rowOf(one)).toBeUndefined();
    // Its author starts anew before the other one is there, two days later.
    await mia.restart();
    await house.sleepUntil(house.time.now() + 2 * DAY);
    await gran.restart();
    expect(await rowOf(gran)).toBeDefined();
    await house.meet(gran, mia);
    await house.advance(3 * SECOND);
    expect(await rowOf(gran)).toBeUndefined();
    expect((await placesOf(mia)).mine).toBeNull();
    await note(mia, SCHOOL);
    await house.advance(3 * SECOND);
    expect(await rowOf(gran)).toBeUndefined();
  });

  test("[PN7] a stop that was lost on its way is said again soon", async () => {
    await share(mia, null);
    await house.advance(10 * SECOND);
    const { core } = mia.running().family.gossip ?? { core: () => null };
    const links = [...(core()?.peers.entries() ?? [])];
    // Its own core knows of no link: nobody is given it.
    core()?.peers.clear();
    await stop(mia);
    for (const [peer, one] of links) core()?.peers.set(peer, one);
    await house.advance(30 * SECOND);
    expect(await rowOf(mum)).toBeDefined();
    await house.advance(31 * SECOND);
    expect(await rowOf(mum)).toBeUndefined();
    const clock = () => core()?.places.get(toHex(mia.running().family.identity.device))?.clock.ms;
    const second = clock();
    await house.advance(9 * MINUTE);
    expect(clock()).toBe(second);
    await house.advance(2 * MINUTE);
    expect(clock()).toBeGreaterThan(second ?? Number.POSITIVE_INFINITY);
    const third = clock();
    await house.advance(20 * MINUTE);
    expect(clock()).toBe(third);
  });

  test("[PN7] it is ended here also where it cannot be said yet, and said when it can", async () => {
    await share(mia);
    mia.jump(-10 * MINUTE);
    expect(await mia.node().stopPlace()).toMatchObject({ code: "clock-wrong" });
    expect((await placesOf(mia)).mine).toBeNull();
    expect(await rowOf(mum)).toBeDefined();
    mia.jump(10 * MINUTE);
    await house.advance(10 * SECOND);
    expect(await rowOf(mum)).toBeUndefined();
  });

  test("[PN7] a full disk keeps nobody from ending it", async () => {
    await share(mia);
    mia.failWith("quota");
    expect(await mia.node().stopPlace()).toMatchObject({ code: "storage-full" });
    await house.advance(10 * SECOND);
    expect((await placesOf(mia)).mine).toBeNull();
    expect(await rowOf(mum)).toBeUndefined();
    mia.failWith(null);
    await house.advance(3 * SECOND);
    await mia.restart();
    expect((await placesOf(mia)).mine).toBeNull();
  });

  test("[PN7] what is over can be taken back", async () => {
    await share(mia, 15);
    await house.advance(16 * MINUTE);
    expect(await rowOf(mum)).toMatchObject({ isOver: true });
    await stop(mia);
    await house.advance(6 * SECOND);
    expect(await rowOf(mum)).toBeUndefined();
  });

  test("[PN6] what a rule takes goes at once, from the disk too", async () => {
    await share(mia);
    expect(await rowOf(gran)).toBeDefined();
    await deny("Mia", "share-place", "Gran");
    await house.until("gone", async () => (await rowOf(gran)) === undefined);
    expect(await rowOf(mum)).toBeDefined();
    await gran.restart();
    expect(await rowOf(gran)).toBeUndefined();
  });

  test("[PN6] so does it where the rule came while the app was closed", async () => {
    await share(mia);
    await gran.stop();
    await deny("Gran", "see-place", "Mia");
    await gran.restart();
    expect(await rowOf(gran)).toBeDefined();
    await house.meet(gran, mum);
    await house.until("gone", async () => (await rowOf(gran)) === undefined);
  });

  test.each([
    { name: "whose time is over", minutes: 15 as const, after: 2 * HOUR, isOver: true },
    { name: "of three days ago", minutes: null, after: 3 * DAY, isOver: false },
  ])("[PN6] so does one $name, which gossip has let go", async ({ minutes, after, isOver }) => {
    await share(mia, minutes);
    const shared = house.time.now();
    await mia.stop();
    await house.sleepUntil(shared + after);
    await house.advance(2 * SECOND);
    expect(await rowOf(gran)).toMatchObject({ at: shared, isOver });
    await deny("Mia", "share-place", "Gran");
    await house.until("gone", async () => (await rowOf(gran)) === undefined);
    expect(await rowOf(mum)).toBeDefined();
    const kept = await readPlaces(gran.running().family);
    expect(kept.others.filter(({ said }) => said !== null)).toEqual([]);
  });

  test("[PN6] a device that is taken out takes its place along", async () => {
    await share(mia);
    const device = toHex(mia.running().family.identity.device);
    await value(
      mum.node().changeRules({ type: "remove-member", member: toHex(await idOf("Mia")) }),
    );
    await value(mum.node().changeRules({ type: "revoke-device", device, reason: "lost" }));
    await house.until("gone", async () => (await rowOf(mum)) === undefined);
    expect(await rowOf(dad)).toBeUndefined();
  });
});

test("[PN8] on whose devices it is is told, and no more than is known", async () => {
  await gran.stop();
  await house.settle();
  await share(mia);
  expect((await placesOf(mia)).mine?.reached).toEqual([]);
  await house.advance(3 * SECOND);
  expect(namesOf((await placesOf(mia)).mine?.reached ?? [])).toEqual(["Dad", "Mum"]);
  await gran.restart();
  await house.meet(gran, mia);
  await house.advance(3 * SECOND);
  expect(namesOf((await placesOf(mia)).mine?.reached ?? [])).toEqual(["Dad", "Gran", "Mum"]);
});

test("[PN5] [LC8] what is kept of places is sealed, over a lock too", async () => {
  let kept: CryptoKey | null = null;
  const vault = await openVault(
    async () => kept,
    async (key) => {
      kept = key;
    },
  );
  const tom = await house.add("Tom", { vault });
  const { invite } = await house.compare(mum, tom, "child");
  await value(mum.node().compareCode(invite, true));
  await value(mum.node().approveJoin(invite));
  await house.until("Tom is in", async () => (await tom.snapshot()).phase === "member");
  await house.meet(tom, mia);
  await share(mia);
  await share(tom, null);
  expect(await rowOf(tom)).toBeDefined();
  const rows = await tom.store().list("meta", prefixRange(["place"]));
  expect(rows).toHaveLength(2);
  const place = encodeWith(placeShape, placeOf(HOME) ?? { latitude: 0, longitude: 0, accuracy: 0 });
  for (const { value: sealed } of rows) expect(contains(sealed, place)).toBe(false);
  await value(tom.node().setLock({ next: "493817" }));
  await tom.restart();
  expect((await tom.snapshot()).places).toBeNull();
  await value(tom.node().unlock("493817"));
  expect(await rowOf(tom)).toMatchObject({ by: { name: "Mia" } });
  expect((await placesOf(tom)).mine).toMatchObject({ until: null });
});

function contains(value: unknown, part: Uint8Array): boolean {
  if (!(value instanceof Uint8Array)) return true;
  return Buffer.from(value).includes(Buffer.from(part));
}
