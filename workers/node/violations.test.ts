/** What breaks a rule comes before the family, once: whole nodes on virtual time. DESIGN §5 Violations. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { toHex } from "../core/codec/ids.ts";
import { devicesOf } from "../core/ledger/state.ts";
import type { TransactionBody } from "../core/ledger/transaction.ts";
import { holdOf, signTransaction, stateOf } from "./family.ts";
import { REPORT_AGAIN_MS, REPORT_SETTLE_MS, REPORT_TURN_MS } from "./limits.ts";
import { publish } from "./publishing.ts";
import { value, type TestDevice } from "./testing/device.ts";
import { createHousehold, memberNamed, type Household } from "./testing/household.ts";
import type { Wire } from "./testing/wire.ts";
import { turnOf } from "./turns.ts";

const DAY = 86_400_000;
const SETTLED = REPORT_SETTLE_MS + 2 * REPORT_TURN_MS;

let house: Household;
let mum: TestDevice;
let dad: TestDevice;
let gran: TestDevice;
let mia: TestDevice;
let parents: Wire | null;
beforeEach(async () => {
  house = createHousehold();
  mum = await house.found("Mum");
  dad = await house.join(mum, "Dad", "parent");
  gran = await house.join(mum, "Gran", "relative");
  mia = await house.join(mum, "Mia", "child");
  parents = await house.meet(mum, dad);
  for (const [one, other] of [
    [dad, gran],
    [dad, mia],
    [gran, mia],
  ] as const) {
    await house.meet(one, other);
  }
});
afterEach(async () => house.stop());

const memberOf = (device: TestDevice): Uint8Array => {
  const { family } = device.running();
  const mine = stateOf(family).devices.find(
    (one) => toHex(one.id) === toHex(family.identity.device),
  );
  if (mine === undefined) throw new Error(`${device.name} is no member`);
  return mine.member;
};
const records = (device: TestDevice) => stateOf(device.running().family).rules.violations;
const heightOf = (device: TestDevice): number => stateOf(device.running().family).height;
/** What a changed app sends: it asks no rule. */
async function blurt(from: TestDevice, to: TestDevice, text = "psst"): Promise<void> {
  const { family } = from.running();
  const state = stateOf(family);
  const devices = [...devicesOf(state, memberOf(to)), ...devicesOf(state, memberOf(from))];
  const audience = { type: "member" as const, member: memberOf(to) };
  const payload = { type: "text" as const, text, replyTo: null, parents: [] };
  expect(await publish(family, "direct", audience, devices, payload)).toMatchObject({ ok: true });
}

/** Mum forbids Mia to write to Gran. */
async function deny(by = mum): Promise<void> {
  const body: TransactionBody = {
    type: "permission-denied",
    member: memberOf(mia),
    permission: "send",
    scope: { type: "member", member: memberOf(gran) },
    condition: { type: "always" },
    expiresAt: null,
    cuts: [],
  };
  const { family } = by.running();
  expect(await family.ledger.submit(await signTransaction(family, body, []), [])).toBeNull();
  const { height } = stateOf(family);
  const all = [mum, dad, gran, mia];
  await house.until("known", () => all.every((one) => heightOf(one) >= height));
}

test("[VR1] what breaks a rule is written down once, whoever has seen it, and everybody reads it", async () => {
  await deny();
  await blurt(mia, gran);
  await blurt(mia, gran);
  await house.advance(SETTLED);
  await house.until("written", () => [mum, dad, gran, mia].every((one) => records(one).length > 0));
  await house.advance(10 * SETTLED);
  expect(records(mia)).toMatchObject([{ count: 2 }]);
  const { blocks } = await value(
    mia.node().listHistory({ before: null, limit: 5, isAboutMe: true }),
  );
  const changes = blocks.flatMap((one) => one.changes);
  expect(changes[0]).toMatchObject({
    isAboutMe: true,
    change: { type: "violation-recorded", rule: "denied", count: 2, member: { isMe: true } },
  });
  expect(changes[0]?.by.name).toMatch(/Mum|Dad/);
});

test("[VR1] and an honest app's words, before and after the rule, are nobody's report", async () => {
  const to = memberNamed(await mia.snapshot(), "Gran");
  await value(mia.node().sendMessage(to, "before"));
  await house.advance(2_000);
  await deny();
  expect(await mia.node().sendMessage(to, "after")).toMatchObject({ code: "not-allowed" });
  await house.advance(10 * SETTLED);
  expect(records(mum)).toEqual([]);
});

test("[VR1] nor is what was said while the rule was not known there", async () => {
  const alone = await house.join(mum, "Tom", "child");
  const to = memberNamed(await alone.snapshot(), "Gran");
  const wire = await house.meet(alone, gran);
  await house.cut(wire);
  await house.cut((await house.meet(alone, mum)) ?? null);
  const sessions = [...alone.running().family.sessions.values()];
  for (const one of sessions) one.close("test");
  await house.settle();
  await value(alone.node().sendMessage(to, "alone"));
  const { family } = mum.running();
  const body: TransactionBody = {
    type: "permission-denied",
    member: memberOf(alone),
    permission: "send",
    scope: { type: "member", member: memberOf(gran) },
    condition: { type: "always" },
    expiresAt: null,
    cuts: [],
  };
  expect(await family.ledger.submit(await signTransaction(family, body, []), [])).toBeNull();
  await house.meet(alone, mum);
  const author = toHex(alone.running().family.identity.device);
  await house.until("refused", () =>
    [...(mum.running().family.gossip?.core().streams.values() ?? [])].some(
      (one) =>
        toHex(one.author) === author &&
        [...one.known.values()].some(({ verdict }) => verdict.type === "refused"),
    ),
  );
  await house.advance(10 * SETTLED);
  expect(records(mum)).toEqual([]);
});

test("[VR2] a flood is one record of the day, and another on the next", async () => {
  await deny();
  for (let count = 0; count < 30; count += 1) await blurt(mia, gran, `flood ${count}`);
  await house.advance(REPORT_SETTLE_MS - 5_000);
  expect(records(mum)).toHaveLength(0);
  await house.advance(SETTLED);
  for (let count = 0; count < 30; count += 1) await blurt(mia, gran, `more ${count}`);
  await house.advance(5 * SETTLED);
  expect(records(mum)).toHaveLength(1);
  expect(records(mum)[0]?.count).toBeGreaterThan(1);
  await house.sleepUntil(house.time.now() + DAY);
  await blurt(mia, gran);
  await house.advance(5 * SETTLED);
  await house.until("both", () => records(mum).length === 2);
  expect(new Set(records(mum).map(({ day }) => day)).size).toBe(2);
});

test("[VR2] linked devices have different turns, parents' before all others'", async () => {
  for (const [one, other] of [
    [mum, dad],
    [mum, gran],
    [mum, mia],
    [dad, gran],
    [dad, mia],
    [gran, mia],
  ] as const) {
    await house.meet(one, other);
  }
  const turns = [mum, dad, gran, mia].map((one) => turnOf(one.running().family));
  expect(turns.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3]);
  for (const parent of turns.slice(0, 2)) expect(parent).toBeLessThan(2);
  const first = turns[0] === 0 ? mum : dad;
  await deny();
  await blurt(mia, gran);
  await house.until("written", () => records(mum).length === 1);
  expect(records(mum)[0]?.by).toEqual(memberOf(first));
});

test("[VR3] a device that is alone with it reports after a restart, and one that hears of both later does not", async () => {
  await deny();
  await dad.stop();
  await blurt(mia, gran);
  await house.until("seen", () => refusals(mum) === 1);
  await value(mum.restart());
  await house.advance(SETTLED);
  await house.until("written", () => records(mum).length === 1);
  await value(dad.restart());
  for (const one of [mum, mia]) await house.meet(dad, one);
  await house.until("told", () => records(dad).length === 1 && refusals(dad) === 1);
  await house.advance(5 * SETTLED);
  await value(mum.restart());
  await house.advance(5 * SETTLED);
  for (const one of [mum, dad]) expect(records(one)).toHaveLength(1);
});

test("[VR3] of two that cannot hear each other each says it once", async () => {
  await deny();
  await house.cut(parents);
  await blurt(mia, gran);
  await house.until("seen", () => refusals(mum) === 1 && refusals(dad) === 1);
  for (const one of mum.running().family.sessions.values()) one.close("test");
  await house.advance(3 * SETTLED);
  await house.meet(mum, dad);
  await house.until("told", () => records(dad).length === 2);
  await house.advance(5 * SETTLED);
  expect(new Set(records(mum).map(({ by }) => toHex(by))).size).toBe(2);
  expect(records(mum)).toHaveLength(2);
});

test("[VR3] nothing is said while another's report is on its way", async () => {
  await deny();
  // Nothing is decided any more: what is written waits.
  const { ledger } = dad.running().family;
  for (const one of mum.running().family.sessions.values()) one.close("test");
  await mum.stop();
  await blurt(mia, gran);
  await house.advance(SETTLED);
  await house.until("on its way", () => reportsIn(dad) === 1);
  await house.sleepUntil(house.time.now() + 3 * DAY);
  await house.advance(5 * SETTLED);
  for (const one of [dad, gran, mia]) expect(reportsIn(one)).toBe(1);
  expect(ledger.pending()).toHaveLength(1);
});

test("[VR4] relatives and children say it when no parent has for a day", async () => {
  await deny();
  for (const one of [mum, dad]) await one.stop();
  await blurt(mia, gran);
  await house.advance(5 * SETTLED);
  expect(reportsIn(gran)).toBe(0);
  await house.sleepUntil((Math.floor(house.time.now() / DAY) + 2) * DAY + 1_000);
  await house.advance(SETTLED);
  expect(reportsIn(gran)).toBe(1);
  // The child's own phone does not accuse its person.
  const own = mia.running().family.identity.device.join();
  expect(
    mia
      .running()
      .family.ledger.pending()
      .map(({ content }) => content.author.join()),
  ).not.toContain(own);
});

test("[VR5] what cannot be written down is tried again, not at once, and stops no node", async () => {
  await deny();
  const today = Math.floor(house.time.now() / DAY);
  for (const [subject, by] of [1, 2, 3, 4].flatMap((one) => [
    [one, mum],
    [one + 4, dad],
  ]) as readonly [number, TestDevice][]) {
    const body = {
      type: "violation-recorded" as const,
      subject: new Uint8Array(16).fill(subject),
      rule: 1,
      day: today,
      count: 1,
    };
    const own = by.running().family;
    expect(await own.ledger.submit(await signTransaction(own, body, []), [])).toBeNull();
  }
  await house.until("full", () => records(dad).length === 8 && records(mum).length === 8);
  await blurt(mia, gran);
  await house.advance(5 * SETTLED);
  expect(records(mum)).toHaveLength(8);
  expect(mum.running().refused.views()).toEqual([]);
  await house.sleepUntil((today + 1) * DAY + 1_000);
  await house.advance(SETTLED);
  await house.until("written", () => records(mum).length === 9);
});

test("[VR5] a day that has not begun by the block's time is tried again each minute", async () => {
  await deny();
  const midnight = (Math.floor(house.time.now() / DAY) + 1) * DAY;
  await house.sleepUntil(midnight - 110_000);
  const { ledger } = mum.running().family;
  const { submit } = ledger;
  let tries = 0;
  Object.assign(ledger, {
    submit: async (...given: Parameters<typeof submit>) => {
      tries += 1;
      return submit(...given);
    },
  });
  mia.jump(115_000);
  await blurt(mia, gran);
  await house.advance(105_000);
  expect(records(mum)).toEqual([]);
  expect(tries).toBeGreaterThan(0);
  expect(tries).toBeLessThan(3);
  await house.advance(REPORT_AGAIN_MS + SETTLED);
  expect(records(mum)).toMatchObject([{ day: midnight / DAY }]);
});

test("[VR4] a held device says nothing", async () => {
  await deny();
  const held = dad.running().family;
  await blurt(mia, gran);
  await house.until("seen", () => refusals(dad) === 1);
  await value(mum.node().holdDevice(toHex(held.identity.device), true));
  await house.until("held", () => holdOf(held, held.identity.device) !== null);
  await mum.stop();
  await house.advance(5 * SETTLED);
  expect(reportsIn(dad)).toBe(0);
});

function reportsIn(device: TestDevice): number {
  const bodies = device
    .running()
    .family.ledger.pending()
    .map(({ content }) => content.body);
  return bodies.filter(({ type }) => type === "violation-recorded").length;
}

function refusals(device: TestDevice): number {
  const streams = [...(device.running().family.gossip?.core().streams.values() ?? [])];
  const known = streams.flatMap((one) => [...one.known.values()]);
  return known.filter(({ verdict }) => verdict.type === "refused").length;
}
