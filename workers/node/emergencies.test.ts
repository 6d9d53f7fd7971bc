/** Calls for help from the press to the ledger: whole nodes on virtual time. DESIGN §5, §9. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { EmergencyView } from "../api.ts";
import { toHex } from "../core/codec/ids.ts";
import { WANT_ENTRIES_MAX } from "../core/gossip/asking.ts";
import { isEmergencyBytes } from "../core/gossip/header.ts";
import { packWants } from "../core/gossip/packing.ts";
import { decodeTransaction, type TransactionBody } from "../core/ledger/transaction.ts";
import { stateOf, signTransaction } from "./family.ts";
import { RECORD_AGAIN_MS } from "./limits.ts";
import { value, type TestDevice } from "./testing/device.ts";
import { createHousehold, memberNamed, type Household } from "./testing/household.ts";

const MINUTE = 60_000;
const HERE = { latitude: 51.5, longitude: -0.125, accuracy: 12 };

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
  for (const [one, other] of [
    [mum, dad],
    [dad, gran],
    [dad, mia],
    [gran, mia],
  ] as const) {
    await house.meet(one, other);
  }
});
afterEach(async () => house.stop());

const all = (): readonly TestDevice[] => [mum, dad, gran, mia];
const callOn = async (device: TestDevice): Promise<EmergencyView | undefined> =>
  (await device.snapshot()).emergencies[0];
const records = (device: TestDevice) => stateOf(device.running().family).rules.emergencies;
const names = (people: readonly { readonly name: string | null }[]): readonly string[] =>
  people.map(({ name }) => name ?? "").toSorted((a, b) => (a < b ? -1 : 1));
const pendingOf = (device: TestDevice, type: TransactionBody["type"]): number =>
  device
    .running()
    .family.ledger.pending()
    .filter(({ content }) => content.body.type === type).length;
const call = async (by: TestDevice, text = "Help", place?: typeof HERE) =>
  (await value(by.node().callForHelp(text, place))).call;

test("[EM6] a call is on everybody's screen at once, with who, when, text and place; its author reads who has it", async () => {
  const id = await call(mia, "I fell", HERE);
  await house.settle();
  for (const one of [mum, dad, gran]) {
    expect(await callOn(one)).toMatchObject({
      id,
      by: { name: "Mia", isMe: false },
      text: "I fell",
      place: { accuracy: 12 },
      mine: "none",
      over: null,
      isFine: false,
    });
  }
  const shown = (await callOn(gran))?.place;
  expect(shown?.latitude).toBeCloseTo(51.5, 6);
  expect(shown?.longitude).toBeCloseTo(-0.125, 6);
  await house.until("held", async () => (await callOn(mia))?.reached.length === 3);
  expect(names((await callOn(mia))?.reached ?? [])).toEqual(["Dad", "Gran", "Mum"]);
  expect((await callOn(mum))?.canEnd).toBe(true);
  expect([await callOn(gran), await callOn(mia)].map((one) => one?.canEnd)).toEqual([false, false]);
  // It is no message.
  expect((await mum.snapshot()).conversations.every(({ unread }) => unread === 0)).toBe(true);
});

test("[EM6] without a text and without a place it goes as well, and the place comes later", async () => {
  const id = await call(mia, "");
  await house.settle();
  expect(await callOn(mum)).toMatchObject({ text: "", place: null });
  await value(mia.node().addPlace(id, HERE));
  await house.settle();
  expect((await callOn(mum))?.place).toMatchObject({ accuracy: 12 });
  expect(await gran.node().addPlace(id, HERE)).toMatchObject({ code: "not-allowed" });
  const odd = { latitude: 91, longitude: Number.NaN, accuracy: -1 };
  expect(await mia.node().addPlace(id, odd)).toMatchObject({ code: "not-allowed" });
  await house.advance(1_000);
  const other = await call(mia, "again", odd);
  await house.settle();
  expect(await callOn(mum)).toMatchObject({ id: other, text: "again", place: null });
  expect(await mia.node().callForHelp("x".repeat(1_001))).toMatchObject({
    code: "text-too-long",
  });
});

test("[EM7] the first parent who is on it writes it down, once, and all see who comes", async () => {
  const id = await call(mia);
  await house.settle();
  await value(gran.node().answerCall(id, "coming"));
  await house.advance(2_000);
  expect(records(mum)).toEqual([]);
  await value(dad.node().answerCall(id, "coming"));
  await value(mum.node().answerCall(id, "seen"));
  await house.until("written", () => all().every((one) => records(one).length === 1));
  await value(mum.node().answerCall(id, "coming"));
  await house.advance(20 * MINUTE);
  expect(records(mum)).toHaveLength(1);
  for (const one of all()) {
    const view = await callOn(one);
    expect(names(view?.coming ?? [])).toEqual(["Dad", "Gran", "Mum"]);
    expect(view).toMatchObject({ isRecorded: true, over: null });
  }
  expect((await callOn(mum))?.mine).toBe("coming");
});

test("[EM8] a parent ends it, in the rules too; nobody else does, and not its own", async () => {
  const id = await call(mia);
  await house.settle();
  for (const [one, answer] of [
    [gran, "over"],
    [mia, "over"],
    [mum, "fine"],
    [mia, "coming"],
  ] as const) {
    expect(await one.node().answerCall(id, answer)).toMatchObject({ code: "not-allowed" });
  }
  expect(await mum.node().answerCall("zz", "over")).toMatchObject({ code: "not-allowed" });
  await value(mia.node().answerCall(id, "fine"));
  await house.settle();
  expect(await callOn(gran)).toMatchObject({ isFine: true, over: null });
  await value(dad.node().answerCall(id, "over"));
  await house.until("over", () => records(gran)[0]?.resolved?.height !== undefined);
  for (const one of all()) {
    expect(await callOn(one)).toMatchObject({ over: { name: "Dad" }, canEnd: false });
  }
  await house.advance(5 * MINUTE);
  expect(records(mum)).toHaveLength(1);
});

test("[EM9] nobody answered: its author's device writes it down after ten minutes, over restarts", async () => {
  await call(mia);
  await house.advance(9 * MINUTE);
  expect(records(mum)).toEqual([]);
  await value(mia.restart());
  await house.meet(mia, mum);
  await house.advance(2 * MINUTE);
  await house.until("written", () => records(mum).length === 1);
  expect(toHex(records(mum)[0]?.member ?? new Uint8Array(0))).toBe(
    memberNamed(await mum.snapshot(), "Mia"),
  );
  await value(mia.restart());
  await value(mum.restart());
  await house.advance(10 * MINUTE);
  expect(records(mum)).toHaveLength(1);
});

test("[EM9] its phone went off: another writes it down after fifteen, one of them", async () => {
  await call(mia);
  await house.settle();
  await mia.stop();
  await house.advance(14 * MINUTE);
  expect(records(mum)).toEqual([]);
  await house.advance(2 * MINUTE);
  await house.until("written", () => records(gran).length === 1);
  await house.advance(10 * MINUTE);
  expect(records(mum)).toHaveLength(1);
});

/** Counts what the device gives to its ledger; `hold` keeps it from it. */
function countRecords(device: TestDevice, hold = false): () => number {
  const { ledger } = device.running().family;
  const { submit } = ledger;
  let count = 0;
  Object.assign(ledger, {
    submit: async (...given: Parameters<typeof submit>) => {
      const content = decodeTransaction(given[0].bytes);
      if (content.ok && content.value.body.type === "emergency-recorded") count += 1;
      return hold ? null : submit(...given);
    },
  });
  return () => count;
}

test("[EM9] of all that could write it down after fifteen minutes a parent's device does, whichever looks first", async () => {
  // Gran's device looks at the beginning of a second, Dad's in its middle, the call is behind both.
  await house.advance(400);
  await value(dad.restart());
  for (const one of [mum, gran, mia]) await house.meet(dad, one);
  await house.advance(100);
  await call(mia);
  await house.settle();
  await mia.stop();
  await mum.stop();
  const [dads, grans] = [countRecords(dad), countRecords(gran)];
  await house.advance(17 * MINUTE);
  expect([dads(), grans()]).toEqual([1, 0]);
});

test("[EM9] what was not taken is tried again after a minute, not at once", async () => {
  await call(mia);
  await house.settle();
  for (const one of [mum, dad, gran]) await one.stop();
  const tries = countRecords(mia, true);
  await house.advance(10 * MINUTE + 5_000);
  expect(tries()).toBe(1);
  await house.advance(RECORD_AGAIN_MS - 10_000);
  expect(tries()).toBe(1);
  await house.advance(10_000);
  expect(tries()).toBe(2);
});

test("[EM9] while nothing can be decided one writes it down for all, and a word that it is over waits for that", async () => {
  const id = await call(mia);
  await house.settle();
  await mum.stop();
  await value(dad.node().answerCall(id, "coming"));
  await house.advance(20 * MINUTE);
  for (const one of [dad, gran, mia]) expect(pendingOf(one, "emergency-recorded")).toBe(1);
  await value(dad.node().answerCall(id, "over"));
  await house.advance(MINUTE);
  expect(await callOn(mia)).toMatchObject({ over: { name: "Dad" } });
  await value(mum.restart());
  await house.meet(mum, dad);
  await house.until("both", () => typeof records(dad)[0]?.resolved?.height === "number");
  expect(records(mum)).toHaveLength(1);
});

test("[EM10] after a day it is nobody's any more, whatever is written down", async () => {
  await call(mia);
  await house.settle();
  await house.sleepUntil(house.time.now() + 24 * 60 * MINUTE);
  await house.advance(MINUTE);
  for (const one of all()) expect(await callOn(one)).toBeUndefined();
  const before = records(mum).length;
  await house.advance(20 * MINUTE);
  expect(records(mum)).toHaveLength(before);
});

test("[EM11] a contact calls whom it may write to, reads their words, and nobody else has them", async () => {
  const zoe = await house.join(mum, "Zoe", "contact");
  await house.meet(zoe, dad);
  const id = await call(zoe, "by the lake");
  await house.settle();
  expect(await callOn(dad)).toMatchObject({ text: "by the lake", by: { name: "Zoe" } });
  await value(dad.node().answerCall(id, "coming"));
  await house.settle();
  expect(names((await callOn(zoe))?.coming ?? [])).toEqual(["Dad"]);
  // Who may not write to it is told nothing.
  expect(await callOn(mia)).toBeUndefined();
  const own = await call(mia, "for the family");
  await house.settle();
  expect((await zoe.snapshot()).emergencies.map((one) => one.id)).not.toContain(own);
});

test("[EM12] a device whose clock is wrong, that is held, or that has said too much calls all the same", async () => {
  for (let count = 0; count < 520; count += 1) {
    const sent = await mia.node().sendMessage(memberNamed(await mia.snapshot(), "Mum"), "x");
    if (!sent.ok) break;
  }
  mia.jump(-60 * MINUTE);
  await value(mum.node().holdDevice(toHex(dad.running().family.identity.device), true));
  await house.settle();
  const [late, held] = [await call(mia, "late"), await call(dad, "held")];
  await house.settle();
  await house.advance(3_000);
  const ids = (await gran.snapshot()).emergencies.map((one) => one.id);
  expect(ids).toContain(late);
  expect(ids).toContain(held);
}, 60_000);

test("[EM7] what History says of a record names who called, where that is known", async () => {
  const id = await call(mia);
  await house.settle();
  await value(dad.node().answerCall(id, "coming"));
  await house.until("written", () => records(mum).length === 1);
  const history = async (by: TestDevice) =>
    (await value(by.node().listHistory({ before: null, limit: 3, isAboutMe: false }))).blocks
      .flatMap((one) => one.changes)
      .find(({ change }) => change.type === "emergency-recorded");
  expect(await history(gran)).toMatchObject({
    by: { name: "Dad" },
    change: { type: "emergency-recorded", member: { name: "Mia" } },
  });
  const { family } = mum.running();
  const body = { type: "emergency-recorded" as const, alert: new Uint8Array(16).fill(3) };
  expect(await family.ledger.submit(await signTransaction(family, body, []), [])).toBeNull();
  expect(await history(mum)).toMatchObject({ by: { name: "Mum" }, change: { member: null } });
});

test("[GP26] after a long absence a call is there before the messages that were missed", async () => {
  const sleeper = await house.join(mum, "Ben", "relative");
  for (const one of all()) await house.meet(one, sleeper);
  await house.advance(5_000);
  for (const session of sleeper.running().sessions()) session.close("away");
  await house.settle();
  const toDad = memberNamed(await mum.snapshot(), "Dad");
  for (let index = 0; index < 300; index += 1) {
    await value(mum.node().sendMessage(toDad, `word ${index}`));
  }
  await call(mia, "still here");
  await house.advance(10_000);
  const wire = await house.meet(dad, sleeper);
  await house.advance(20_000);
  const frames = (wire?.sent[0] ?? []).flatMap((one) =>
    one.type === "entries" && one.isAnswer ? [one] : [],
  );
  const kinds = frames.map(({ entries }) => entries.map(({ header }) => isEmergencyBytes(header)));
  // The first frame of the first answer is the call and nothing else; over 256 more come after it.
  expect(kinds[0]).toEqual([true]);
  expect(kinds.slice(1).flat().length).toBeGreaterThan(WANT_ENTRIES_MAX);
  expect(kinds.slice(1).flat()).not.toContain(true);
  expect(frames[0]?.isLast).toBe(false);
  expect(await callOn(sleeper)).toMatchObject({ text: "still here" });
});

test("[GP26] whatever order a question has, calls for help are given first and in frames of their own", async () => {
  const toGran = memberNamed(await mia.snapshot(), "Gran");
  await value(mia.node().sendMessage(toGran, "hello"));
  await call(mia, "help");
  await house.advance(2_000);
  const wire = await house.meet(gran, dad);
  await house.advance(5_000);
  const id = mia.running().family.identity.device;
  const ranges = [{ from: 1, to: 9 }];
  const ask = async (...streams: readonly number[]): Promise<readonly unknown[]> => {
    const sent = wire?.sent[1] ?? [];
    sent.length = 0;
    const wants = streams.map((stream) => ({ author: id, stream, ranges }));
    const packed = packWants(wants, [{ id }]);
    for (const session of gran.running().sessions()) session.send({ type: "want", packed });
    await house.settle();
    return sent.flatMap((one) =>
      one.type === "entries" && one.isAnswer
        ? [{ calls: one.entries.map(({ header }) => isEmergencyBytes(header)), last: one.isLast }]
        : [],
    );
  };
  expect(await ask(0, 30)).toEqual([
    { calls: [true], last: false },
    { calls: [false], last: true },
  ]);
  // A last part is never overtaken, nor overtakes: where nothing else is asked for it is empty.
  expect(await ask(30)).toEqual([
    { calls: [true], last: false },
    { calls: [], last: true },
  ]);
});
