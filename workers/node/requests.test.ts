/** Requests from the child's press to the ledger and back: whole nodes on virtual time. DESIGN §4, §9. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { RequestView, RequestWish } from "../api.ts";
import { isSameBytes } from "../core/codec/cbor.ts";
import { fromHex, toHex } from "../core/codec/ids.ts";
import { REQUEST_LIFE_MS, REQUEST_SHOWN_MS } from "../core/gossip/limits.ts";
import { ORDINARY_PER_DAY_MAX } from "../core/ledger/limits.ts";
import { devicesOf } from "../core/ledger/state.ts";
import { familyNow, myMember, signTransaction, stateOf } from "./family.ts";
import { publish } from "./publishing.ts";
import { value, type TestDevice } from "./testing/device.ts";
import { createHousehold, memberNamed, textsOf, type Household } from "./testing/household.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const WISH: RequestWish = {
  thing: "time",
  about: null,
  until: null,
  text: "Until ten? It is Friday",
};

let house: Household;
let mum: TestDevice;
let dad: TestDevice;
let mia: TestDevice;
beforeEach(async () => {
  house = createHousehold();
  mum = await house.found("Mum");
  dad = await house.join(mum, "Dad", "parent");
  mia = await house.join(mum, "Mia", "child");
  await house.meet(mum, dad);
  await house.meet(dad, mia);
  await house.meet(mum, mia);
});
afterEach(async () => house.stop());

const all = (): readonly TestDevice[] => [mum, dad, mia];
const requestsOf = async (device: TestDevice): Promise<readonly RequestView[]> =>
  (await device.snapshot()).requests;
const only = async (device: TestDevice): Promise<RequestView> => {
  const [one, ...more] = await requestsOf(device);
  if (one === undefined || more.length > 0) throw new Error(`${device.name} has not one request`);
  return one;
};
async function ask(wish: Partial<RequestWish> = {}, by = mia): Promise<string> {
  await value(by.node().askFor({ ...WISH, ...wish }));
  await house.settle();
  const [newest] = await requestsOf(by);
  return newest?.id ?? "";
}
const now = (device: TestDevice): number => familyNow(device.running().family);
const say = (device: TestDevice, id: string, isYes: boolean, ms = 3 * HOUR, changesRule = false) =>
  device.node().answerRequest(id, { isYes, until: now(device) + ms, changesRule });
const decisionsOf = (device: TestDevice) => stateOf(device.running().family).rules.decisions;
const until = async (what: string, state: RequestView["state"], id: string): Promise<void> =>
  house.until(what, async () => {
    for (const one of all()) {
      const found = (await requestsOf(one)).find((view) => view.id === id);
      if (found?.state !== state) return false;
    }
    return true;
  });

test("[RQN1] a request goes to those who decide, who read what, until when and in words; nobody else has it", async () => {
  const gran = await house.join(mum, "Gran", "relative");
  for (const one of all()) await house.meet(one, gran);
  const id = await ask({ until: now(mia) + HOUR });
  await house.advance(2_000);
  for (const parent of [mum, dad]) {
    expect(await only(parent)).toMatchObject({
      id,
      by: { name: "Mia", isMe: false },
      thing: "time",
      about: null,
      text: "Until ten? It is Friday",
      state: "open",
      answer: null,
      canAnswer: true,
      rule: null,
      endsAt: (await only(mia)).at + REQUEST_LIFE_MS,
    });
    expect((await only(parent)).until).toBeGreaterThan(now(mia));
  }
  expect(await requestsOf(gran)).toEqual([]);
  // Its bytes are there, for who missed them.
  const streams = [...(gran.running().family.gossip?.core().streams.values() ?? [])];
  const kinds = streams.flatMap(({ known }) =>
    [...known.values()].map(({ header }) => header.kind),
  );
  expect(kinds).toContain("request");
  // It is no message.
  const toMia = memberNamed(await mum.snapshot(), "Mia");
  expect(await textsOf(mum, toMia)).toEqual([]);
  expect((await mum.snapshot()).conversations.every(({ unread }) => unread === 0)).toBe(true);
});

test("[RQN2] who asked reads whom it was sent to and whose devices have it, over a restart too", async () => {
  for (const session of mia.running().sessions()) session.close("away");
  await house.settle();
  await ask();
  const names = (people: RequestView["asked"]): readonly string[] =>
    people.map(({ name }) => name ?? "").toSorted((a, b) => (a < b ? -1 : 1));
  expect(names((await only(mia)).asked)).toEqual(["Dad", "Mum"]);
  expect(await only(mia)).toMatchObject({ reached: [], canAnswer: false, state: "open" });
  await house.meet(dad, mia);
  await house.until("both have it", async () => (await only(mia)).reached.length === 2);
  expect(names((await only(mia)).reached)).toEqual(["Dad", "Mum"]);
  const before = await only(mum);
  await mum.restart();
  expect(await only(mum)).toEqual(before);
});

test("[RQN3] one parent's yes stands in the rules, and all three read it, who said it and until when", async () => {
  const id = await ask();
  await value(say(dad, id, true));
  await until("answered everywhere", "answered", id);
  for (const one of all()) {
    const { answer, canAnswer } = await only(one);
    expect(answer).toMatchObject({ by: { name: "Dad" }, isYes: true });
    expect(answer?.until).toBe((await only(dad)).answer?.until);
    expect(canAnswer).toBe(false);
    expect(decisionsOf(one)).toHaveLength(1);
  }
  // The other one has nothing left to say.
  expect(await say(mum, id, false)).toMatchObject({ ok: false, code: "already-done" });
  const { blocks } = await value(
    mia.node().listHistory({ before: null, limit: 5, isAboutMe: true }),
  );
  expect(blocks[0]?.changes[0]).toMatchObject({
    by: { name: "Dad" },
    change: { type: "request-decided", member: { name: "Mia", isMe: true }, isApproved: true },
  });
});

test("[RQN3] a no stands as well, for as long as the request would have", async () => {
  const id = await ask();
  await value(say(mum, id, false, -HOUR));
  await until("answered everywhere", "answered", id);
  expect((await only(mia)).answer).toMatchObject({ by: { name: "Mum" }, isYes: false });
  expect(decisionsOf(mia)[0]?.until).toBeGreaterThan(now(mia) + REQUEST_LIFE_MS - HOUR);
});

test("[RQN4] while it cannot be written down it is said, and nobody says it a second time", async () => {
  const keepers = stateOf(mum.running().family).replicas.map((one) => toHex(one));
  expect(keepers).toEqual([toHex(mum.running().family.identity.device)]);
  const id = await ask();
  await house.advance(2_000);
  // The one that keeps the rules is away.
  for (const session of mum.running().sessions()) session.close("away");
  await house.settle();
  await value(say(dad, id, true));
  await house.settle();
  for (const one of [dad, mia]) {
    expect(await only(one)).toMatchObject({
      state: "answering",
      answer: { by: { name: "Dad" }, isYes: true },
      canAnswer: false,
    });
  }
  expect(await say(dad, id, false)).toMatchObject({ ok: false, code: "already-done" });
  // Taking it back comes too late for what is said already.
  await value(mia.node().takeBackRequest(id));
  expect(await only(mum)).toMatchObject({ state: "open" });
  // Meanwhile the other parent says no: one of them counts, the same everywhere.
  await value(say(mum, id, false));
  await house.meet(mum, dad);
  await house.meet(mum, mia);
  await until("answered everywhere", "answered", id);
  const answers = await Promise.all(all().map(async (one) => (await only(one)).answer));
  expect(new Set(answers.map((one) => one?.isYes)).size).toBe(1);
  expect(answers[0]).toMatchObject({ by: { name: "Mum" }, isYes: false });
});

test("[RQN5] its author takes it back, nobody else does, and then nobody answers it", async () => {
  const id = await ask();
  expect(await mum.node().takeBackRequest(id)).toMatchObject({ ok: false, code: "already-done" });
  await value(mia.node().takeBackRequest(id));
  await house.settle();
  await until("taken back everywhere", "taken-back", id);
  expect(await say(mum, id, true)).toMatchObject({ ok: false, code: "already-done" });
  expect(await mia.node().takeBackRequest(id)).toMatchObject({ ok: false, code: "already-done" });
  expect(decisionsOf(mum)).toEqual([]);
});

test("[RQN6] a yes lets a child write to its contact where nothing else is missing, if the parent wants that too", async () => {
  const zoe = await house.join(mum, "Zoe", "contact");
  for (const one of all()) await house.meet(one, zoe);
  const about = { type: "member" as const, id: memberNamed(await mia.snapshot(), "Zoe") };
  const toMia = memberNamed(await zoe.snapshot(), "Mum");
  expect((await mia.node().sendMessage(about.id, "hi")).ok).toBe(false);
  // As a word alone it changes nothing.
  const word = await ask({ thing: "contact", about });
  expect(await only(dad)).toMatchObject({ rule: "send", about: { member: { name: "Zoe" } } });
  await value(say(dad, word, true));
  await until("answered everywhere", "answered", word);
  expect(stateOf(mia.running().family).rules.grants).toEqual([]);
  expect((await mia.node().sendMessage(about.id, "hi")).ok).toBe(false);
  await house.advance(1_000);
  const id = await ask({ thing: "contact", about, text: "please" });
  await value(say(dad, id, true, 3 * HOUR, true));
  await until("answered everywhere", "answered", id);
  await house.until("granted", () => stateOf(mia.running().family).rules.grants.length === 1);
  await value(mia.node().sendMessage(about.id, "hi"));
  await house.sleepUntil(house.time.now() + 3 * HOUR);
  expect((await mia.node().sendMessage(about.id, "late")).ok).toBe(false);
  expect(toMia).not.toBe("");
  // What the rules let already is nothing to change.
  const gran = await house.join(mum, "Gran", "relative");
  const granny = { type: "member" as const, id: memberNamed(await mia.snapshot(), "Gran") };
  await house.meet(mum, gran);
  const other = await ask({ thing: "contact", about: granny });
  await house.settle();
  const views = await requestsOf(mum);
  expect(views.find((one) => one.id === other)).toMatchObject({ canAnswer: true, rule: null });
  expect(await say(mum, other, true, HOUR, true)).toMatchObject({ ok: false, code: "not-allowed" });
});

test("[RQN7] a yes puts a child into the group that it names, where its parent may", async () => {
  await value(mum.node().changeRules({ type: "create-group", name: "Band", members: [] }));
  await house.until("a group", async () => (await mum.snapshot()).groups.length === 1);
  const [group] = (await mum.snapshot()).groups;
  const about = { type: "group" as const, id: group?.id ?? "" };
  const id = await ask({ thing: "group", about });
  await house.advance(2_000);
  const seen = (await requestsOf(mum)).find((one) => one.id === id);
  expect(seen).toMatchObject({ rule: "join", about: { type: "group", name: "Band" } });
  // Dad is not in that group, and may not add to it.
  const dads = (await requestsOf(dad)).find((one) => one.id === id);
  const dadMay = (await dad.snapshot()).groups.some((one) => one.canAdd.length > 0);
  expect(dads?.rule).toBe(dadMay ? "join" : null);
  await value(say(mum, id, true, DAY, true));
  await until("answered everywhere", "answered", id);
  await house.until("in it", async () => (await mia.snapshot()).groups[0]?.isMember === true);
});

test("[RQN8] what nobody can answer is not sent: no words, too many, nobody to ask, nothing of that name", async () => {
  const refused = async (wish: Partial<RequestWish>, by = mia): Promise<string> => {
    const answer = await by.node().askFor({ ...WISH, ...wish });
    return answer.ok ? "sent" : answer.code;
  };
  expect(await refused({ thing: "other", text: "  " })).toBe("text-empty");
  expect(await refused({ text: "ä".repeat(501) })).toBe("text-too-long");
  expect(await refused({ until: 1.5 })).toBe("not-allowed");
  for (const id of ["00".repeat(16), "zz", "", toHex(new Uint8Array(3))]) {
    expect(await refused({ thing: "contact", about: { type: "member", id } })).toBe("already-done");
    expect(await refused({ thing: "group", about: { type: "group", id } })).toBe("already-done");
  }
  expect(await requestsOf(mia)).toEqual([]);
  for (const id of ["00".repeat(16), "zz", ""]) {
    expect(await say(mum, id, true)).toMatchObject({ ok: false, code: "already-done" });
    expect(await mia.node().takeBackRequest(id)).toMatchObject({ ok: false });
  }
  const id = await ask();
  await house.advance(1_000);
  for (const ms of [-1, 0, 400 * DAY, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(await say(mum, id, true, ms)).toMatchObject({ ok: false, code: "not-allowed" });
  }
  // A child decides nothing, not its own either.
  expect(await say(mia, id, true)).toMatchObject({ ok: false, code: "not-allowed" });
  expect(await only(mum)).toMatchObject({ state: "open" });
});

test("[RQN9] after seven days nobody answers, and after two weeks it is shown no more", async () => {
  const id = await ask();
  await house.sleepUntil(house.time.now() + REQUEST_LIFE_MS + HOUR);
  await house.advance(2_000);
  expect(await only(mum)).toMatchObject({ state: "expired", canAnswer: false });
  expect(await say(mum, id, true)).toMatchObject({ ok: false, code: "already-done" });
  await house.sleepUntil(house.time.now() + REQUEST_SHOWN_MS - REQUEST_LIFE_MS);
  await house.advance(2_000);
  expect(await requestsOf(mum)).toEqual([]);
});

test("[RQN1] what a changed app asks of somebody who does not decide is shown to nobody", async () => {
  const gran = await house.join(mum, "Gran", "relative");
  for (const one of all()) await house.meet(one, gran);
  const { family } = mia.running();
  const state = stateOf(family);
  const to = memberNamed(await mia.snapshot(), "Gran");
  const payload = {
    type: "request" as const,
    thing: "other" as const,
    about: null,
    until: null,
    text: "psst",
  };
  const devices = [
    ...devicesOf(state, fromHex(to)),
    ...devicesOf(state, fromHex(memberNamed(await mia.snapshot(), "Mum"))),
  ];
  await publish(family, "request", { type: "family" }, devices, payload);
  await house.settle();
  expect([await requestsOf(gran), await requestsOf(mum)]).toEqual([[], []]);
});

test("[RQN3] an answer to a name that nobody asked under is nothing on any screen", async () => {
  const id = await ask();
  const { family } = dad.running();
  const member = fromHex(memberNamed(await dad.snapshot(), "Mia"));
  const body = {
    type: "request-decided" as const,
    request: fromHex("77".repeat(16)),
    member,
    grant: null,
    isApproved: true,
    until: now(dad) + HOUR,
  };
  await family.ledger.submit(await signTransaction(family, body, []), []);
  await house.until("written", () => decisionsOf(mia).length === 1);
  expect(await only(mia)).toMatchObject({ id, state: "open", answer: null });
});

test("[RQN1] what a held device asks is shown to nobody who knows of the hold", async () => {
  for (const session of mia.running().sessions()) session.close("away");
  for (const session of dad.running().sessions()) session.close("away");
  await house.settle();
  const device = toHex(mia.running().family.identity.device);
  await value(mum.node().holdDevice(device, true));
  await house.advance(5_000);
  await ask();
  // Dad has not heard of it yet.
  await house.meet(dad, mia);
  await house.advance(1_000);
  expect(await requestsOf(dad)).toHaveLength(1);
  await house.meet(mum, dad);
  await house.advance(5_000);
  expect([await requestsOf(mum), await requestsOf(dad)]).toEqual([[], []]);
  await value(mum.node().holdDevice(device, false));
  await house.advance(5_000);
  expect(await requestsOf(dad)).toHaveLength(1);
});

test("[RQN3] a parent that asks the other one does not answer itself", async () => {
  const id = await ask({ text: "May I?" }, dad);
  await house.advance(1_000);
  expect(await only(dad)).toMatchObject({ canAnswer: false, state: "open" });
  expect(await requestsOf(mia)).toEqual([]);
  expect(await say(dad, id, true)).toMatchObject({ ok: false, code: "not-allowed" });
  await value(say(mum, id, true));
  await house.until("answered", async () => (await only(dad)).state === "answered");
});

test("[RQN6] where a day has room for one change more, the rule is not changed without the answer", async () => {
  const zoe = await house.join(mum, "Zoe", "contact");
  for (const one of all()) await house.meet(one, zoe);
  const about = { type: "member" as const, id: memberNamed(await mia.snapshot(), "Zoe") };
  const id = await ask({ thing: "contact", about });
  const [group] = await groupsBy(mum);
  while (ordinaryBy(mum) < ORDINARY_PER_DAY_MAX - 1) {
    const name = `band ${ordinaryBy(mum)}`;
    await value(mum.node().changeRules({ type: "rename-group", group, name }));
    await house.advance(1_000);
  }
  expect(await say(mum, id, true, HOUR, true)).toMatchObject({ code: "too-many-today" });
  expect(stateOf(mum.running().family).rules.grants).toEqual([]);
  await value(say(mum, id, true, HOUR));
  await until("answered everywhere", "answered", id);
});

test("[RQN3] [NW1] a device that is too new to decide says so, and answers nothing", async () => {
  const phone = await house.join(
    mum,
    "Mum's phone",
    "parent",
    memberNamed(await dad.snapshot(), "Mum"),
  );
  for (const one of all()) await house.meet(one, phone);
  const id = await ask();
  await house.advance(2_000);
  expect(await only(phone)).toMatchObject({ id, canAnswer: false, isTooNew: true });
  expect(await only(mum)).toMatchObject({ id, canAnswer: true, isTooNew: false });
  expect(await say(phone, id, true)).toMatchObject({ code: "new-device" });
  expect(decisionsOf(mum)).toEqual([]);
});

/** Changes of today that count. */
function ordinaryBy(device: TestDevice): number {
  const { tallies } = stateOf(device.running().family).rules;
  const member = myMember(device.running().family)?.id ?? new Uint8Array();
  return tallies.find((one) => isSameBytes(one.id, member))?.ordinary ?? 0;
}

/** A group of its own, by its id. */
async function groupsBy(device: TestDevice): Promise<readonly [string]> {
  await value(device.node().changeRules({ type: "create-group", name: "band", members: [] }));
  await house.advance(1_000);
  const [group] = (await device.snapshot()).groups;
  if (group === undefined) throw new Error("no group");
  return [group.id];
}
