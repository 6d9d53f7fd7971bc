/** Who comes into groups and goes while nobody can write it down: whole nodes on virtual time. DESIGN §5, ADR 31, ADR 32. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ChangeRequest } from "../api.ts";
import { fromHex, toHex, type Signature } from "../core/codec/ids.ts";
import { JOIN_LIFE_MS } from "../core/gossip/limits.ts";
import type { TransactionBody } from "../core/ledger/transaction.ts";
import type { Change } from "../core/gossip/stream.ts";
import { encodeTransaction } from "../core/ledger/transaction.ts";
import { signTransaction, stateOf } from "./family.ts";
import { joinsIn } from "./joined.ts";
import { entryKey } from "./stored-entries.ts";
import { findGroup } from "./talks.ts";
import { value, type TestDevice } from "./testing/device.ts";
import { createHousehold, type Household } from "./testing/household.ts";
import { createTalking } from "./testing/talking.ts";

let house: Household;
let mum: TestDevice;
let dad: TestDevice;
let mia: TestDevice;
beforeEach(async () => {
  house = createHousehold();
  mum = await house.found("Mum");
  dad = await house.join(mum, "Dad", "parent");
  mia = await house.join(mum, "Mia", "child");
});
afterEach(async () => house.stop());

const { idAt, talkOf, talkId, messagesOf, linesOf, say, change, gather, groupAt } = createTalking(
  () => house,
);
const deviceOf = (device: TestDevice): Uint8Array => device.running().family.identity.device;
const write = async (by: TestDevice, body: TransactionBody): Promise<void> => {
  const { family } = by.running();
  expect(await family.ledger.submit(await signTransaction(family, body, []), [])).toBeNull();
  await house.advance(3_000);
};
const pendingAt = (...devices: readonly TestDevice[]): number =>
  devices.reduce((sum, one) => sum + one.running().family.ledger.pending().length, 0);
const isIn = async (at: TestDevice, name: string): Promise<boolean> =>
  (await groupAt(at, "Plans")).members.includes(await idAt(at, name));
const adding = async (by: TestDevice, group: string, name: string): Promise<string> =>
  change(by, { type: "add-to-group", group, member: await idAt(by, name) });
const removing = async (by: TestDevice, group: string, name: string): Promise<string> =>
  change(by, { type: "remove-from-group", group, member: await idAt(by, name) });

test("[GC15] who leaves while nobody can write it down is sent nothing more, and its own app closes", async () => {
  await gather(mum, "Plans", "Mia", "Dad");
  const group = await talkId(mum, "Plans");
  await say(dad, "Plans", "all of us");
  await mum.stop();
  await house.advance(1_000);
  await house.meet(dad, mia);
  await say(dad, "Plans", "without Mum's device");
  const leave: ChangeRequest = {
    type: "remove-from-group",
    group,
    member: await idAt(dad, "Mia"),
  };
  expect(await change(mia, leave)).toBe("waits");
  expect(await change(mia, leave)).toBe("already-done");
  expect(await talkOf(mia, "Plans")).toMatchObject({ isClosed: true });
  expect(await say(mia, "Plans", "one more")).toBe("not-allowed not-in-group");
  expect((await mia.snapshot()).groups).toEqual([]);
  expect((await groupAt(dad, "Plans")).members).toHaveLength(2);
  await say(dad, "Plans", "Mia has left");
  expect(await linesOf(mia, "Plans")).toEqual(["Dad: all of us", "Dad: without Mum's device"]);
  await mum.restart();
  await house.meet(dad, mum);
  await house.meet(mia, mum);
  await house.advance(5_000);
  const { height } = stateOf(mum.running().family);
  expect(stateOf(mia.running().family).height).toBe(height);
  expect((await groupAt(mum, "Plans")).members).toHaveLength(2);
  expect((await linesOf(mum, "Plans")).at(-1)).toBe("Dad: Mia has left");
  expect((await messagesOf(dad, "Plans")).at(-1)?.delivery).toMatchObject({ type: "delivered" });
});

test("[GC16, GC17] who is put into a group while nobody can write it down reads and writes there at once", async () => {
  const gran = await house.join(mum, "Gran", "relative");
  await gather(mum, "Plans", "Dad", "Mia");
  const group = await talkId(mum, "Plans");
  await house.meet(gran, dad);
  await house.advance(3_000);
  await mum.stop();
  await mia.stop();
  const { height } = stateOf(dad.running().family);
  const add: ChangeRequest = { type: "add-to-group", group, member: await idAt(dad, "Gran") };
  expect(await change(dad, add)).toBe("waits");
  expect(await change(dad, add)).toBe("already-done");
  expect(await groupAt(dad, "Plans")).toMatchObject({ coming: [await idAt(dad, "Gran")] });
  await say(dad, "Plans", "welcome, Gran");
  expect(await linesOf(gran, "Plans")).toEqual(["Dad: welcome, Gran"]);
  expect(await talkOf(gran, "Plans")).toMatchObject({ isClosed: false });
  await say(gran, "Plans", "here I am");
  const lines = ["Dad: welcome, Gran", "Gran: here I am"];
  expect(await linesOf(dad, "Plans")).toEqual(lines);
  expect(stateOf(dad.running().family).height).toBe(height);
  // Who never met whoever signed it has it from the messages, and hands it on.
  await dad.stop();
  await mia.restart();
  await house.meet(mia, gran);
  await house.advance(5_000);
  expect(await linesOf(mia, "Plans")).toEqual(lines);
  await say(mia, "Plans", "hello, Gran");
  expect(await linesOf(gran, "Plans")).toEqual([...lines, "Mia: hello, Gran"]);
  await gran.stop();
  await mum.restart();
  await house.meet(mum, mia);
  await house.advance(5_000);
  expect(stateOf(mum.running().family).height).toBe(height + 1);
  expect(await linesOf(mum, "Plans")).toEqual([...lines, "Mia: hello, Gran"]);
  expect(await groupAt(mum, "Plans")).toMatchObject({ coming: [] });
  expect((await groupAt(mum, "Plans")).members).toHaveLength(4);
  await gran.restart();
  await house.meet(mum, gran);
  await house.advance(5_000);
  await say(gran, "Plans", "written down");
  expect((await linesOf(mum, "Plans")).at(-1)).toBe("Gran: written down");
  const own = [...(gran.running().family.gossip?.core().streams.values() ?? [])]
    .flatMap((stream) => [...stream.known.values()])
    .filter(
      (one) => one.header.kind === "group" && one.header.author.join() === deviceOf(gran).join(),
    );
  expect(own.map(({ header }) => header.joins.length)).toEqual([1, 0]);
  expect(own.map(({ verdict }) => verdict.type)).toEqual(["accepted", "accepted"]);
});

test("[GC16] who has come like that may leave at once, and both are written down", async () => {
  const gran = await house.join(mum, "Gran", "relative");
  await gather(mum, "Plans", "Dad");
  const group = await talkId(mum, "Plans");
  await house.meet(gran, dad);
  await house.advance(3_000);
  await mum.stop();
  const { height } = stateOf(dad.running().family);
  const member = await idAt(dad, "Gran");
  expect(await change(dad, { type: "add-to-group", group, member })).toBe("waits");
  expect(await talkOf(gran, "Plans")).toMatchObject({ isClosed: false });
  expect(await change(gran, { type: "remove-from-group", group, member })).toBe("waits");
  expect(await talkOf(gran, "Plans")).toBeUndefined();
  expect((await groupAt(dad, "Plans")).members).toHaveLength(2);
  await say(dad, "Plans", "without Gran");
  expect(await linesOf(gran, "Plans")).toEqual([]);
  await mum.restart();
  await house.meet(mum, dad);
  await house.advance(5_000);
  expect(stateOf(mum.running().family).height).toBeGreaterThan(height);
  const kept = findGroup(stateOf(mum.running().family), group);
  const grans = kept?.members.filter((one) => toHex(one.member) === member) ?? [];
  expect(grans.map(({ ended }) => ended !== null)).toEqual([true]);
});

test("[GC17] a change that came with a message alone is the ledger's to have from then on", async () => {
  const gran = await house.join(mum, "Gran", "relative");
  await gather(mum, "Plans", "Dad", "Mia");
  const group = fromHex(await talkId(mum, "Plans"));
  await house.meet(gran, dad);
  await house.advance(3_000);
  for (const one of [mum, mia]) await one.stop();
  const member = await idAt(dad, "Gran");
  await change(dad, { type: "add-to-group", group: toHex(group), member });
  await say(dad, "Plans", "welcome, Gran");
  await mia.restart();
  const { family } = mia.running();
  expect(family.ledger.pending()).toEqual([]);
  const [known] = [...(dad.running().family.gossip?.core().streams.values() ?? [])]
    .flatMap((stream) => [...stream.known.values()])
    .filter(({ header }) => header.joins.length > 0);
  if (known === undefined) throw new Error("nothing carries it");
  const row = await dad.store().get("entries", entryKey(known.header));
  const [header, signature] = row as [Uint8Array, Signature];
  const body = (await dad.store().get("bodies", entryKey(known.header))) as Uint8Array;
  const entry = { header, signature, body, hops: 0 };
  const frame = { type: "entries", entries: [entry], isAnswer: false, isLast: true } as const;
  expect(await family.gossip?.takeEntries(frame, toHex(deviceOf(dad)))).toBe(0);
  await house.advance(1_000);
  expect(family.ledger.pending().map(({ content }) => content.body)).toEqual([
    { type: "group-member-added", group, member: fromHex(member) },
  ]);
  expect((await groupAt(mia, "Plans")).coming).toEqual([member]);
  // Lost on its way to the ledger, which it is given after the message is stored: a start finds it.
  const [waiting] = family.ledger.pending();
  if (waiting === undefined) throw new Error("nothing waits");
  const fence = await mia.store().takeFence();
  const lost = { type: "delete", table: "pending", key: [waiting.id] } as const;
  await mia.store().commit([lost], { durability: "strict", fence });
  await mia.restart();
  await house.advance(1_000);
  expect((await groupAt(mia, "Plans")).coming).toEqual([member]);
});

test("[GC17] one that is accepted late is handed over then, and none that is refused", () => {
  const { family } = mum.running();
  const body = {
    type: "group-member-added",
    group: new Uint8Array(16),
    member: new Uint8Array(16),
  };
  const bytes = encodeTransaction({
    version: 1,
    author: family.identity.device,
    time: 1,
    expiresHeight: 9,
    salt: new Uint8Array(16),
    body: body as TransactionBody,
  });
  const joins = [{ transaction: bytes, signature: new Uint8Array(64) }];
  const known = (type: string) => ({ verdict: { type }, header: { joins } });
  const handed = (before: string | null, after: string): number => {
    const change = { before: before === null ? null : { type: before }, known: known(after) };
    return joinsIn([change as unknown as Change]).length;
  };
  expect([handed(null, "accepted"), handed("provisional", "accepted")]).toEqual([1, 1]);
  expect([handed("accepted", "accepted"), handed(null, "refused")]).toEqual([0, 0]);
});

test("[GC16] what a held device signs puts nobody into a group", async () => {
  const gran = await house.join(mum, "Gran", "relative");
  await gather(mum, "Plans", "Dad", "Mia");
  const group = fromHex(await talkId(mum, "Plans"));
  await house.meet(gran, dad);
  await house.advance(3_000);
  expect(await mum.node().holdDevice(toHex(deviceOf(dad)), true)).toMatchObject({ ok: true });
  await house.advance(3_000);
  const member = fromHex(await idAt(mum, "Gran"));
  const { height } = stateOf(mum.running().family);
  await write(dad, { type: "group-member-added", group, member });
  // It waits, as everything of a held device does.
  expect(stateOf(mum.running().family).height).toBe(height);
  for (const one of [mum, mia]) {
    expect(one.running().family.ledger.pending()).toHaveLength(1);
    expect(await groupAt(one, "Plans")).toMatchObject({ coming: [] });
  }
  expect(await talkOf(gran, "Plans")).toBeUndefined();
});

/** Dad and Gran, apart from each other, put Tia into Gran's group while Mum's device is closed. */
async function putInByTwo(): Promise<{ readonly gran: TestDevice; readonly group: string }> {
  const gran = await house.join(mum, "Gran", "relative");
  const tia = await house.join(mum, "Tia", "relative");
  await house.meet(gran, mum);
  await house.advance(3_000);
  await gather(gran, "Plans", "Dad", "Mum");
  await house.advance(3_000);
  const group = await talkId(mum, "Plans");
  for (const one of [mia, tia, mum]) await one.stop();
  await house.advance(3_000);
  for (const one of [dad, gran]) expect(await adding(one, group, "Tia")).toBe("waits");
  return { gran, group };
}

test("[GC17, GR5] who was put in by two apart and taken out is not brought back by an old message", async () => {
  const { gran, group } = await putInByTwo();
  await say(gran, "Plans", "welcome, Tia");
  await mum.restart();
  await house.meet(mum, dad);
  await house.advance(3_000);
  await house.meet(mum, gran);
  await house.advance(5_000);
  expect([await isIn(mum, "Tia"), pendingAt(mum, dad, gran)]).toEqual([true, 0]);
  expect(await removing(mum, group, "Tia")).toBe("done");
  await house.advance(20_000);
  const { height } = stateOf(mum.running().family);
  await mia.restart();
  await house.meet(mia, mum);
  await house.advance(10_000);
  expect([await isIn(mum, "Tia"), stateOf(mum.running().family).height]).toEqual([false, height]);
  // Asked for again she is.
  expect(await adding(mum, group, "Tia")).toBe("done");
  expect(await isIn(gran, "Tia")).toBe(true);
});

test("[GC15, GR5] put in by two, taken out by one, she is out, in whichever order it comes to be written down", async () => {
  const { gran, group } = await putInByTwo();
  await house.meet(gran, dad);
  await house.advance(3_000);
  expect(await removing(dad, group, "Tia")).toBe("waits");
  expect([await isIn(dad, "Tia"), await isIn(gran, "Tia")]).toEqual([false, false]);
  await mum.restart();
  await house.meet(mum, dad);
  await house.advance(5_000);
  await house.meet(mum, gran);
  await house.advance(5_000);
  for (const one of [mum, dad, gran]) expect(await isIn(one, "Tia")).toBe(false);
  expect(pendingAt(mum, dad, gran)).toBe(0);
});

test("[GC15] who came and left while nobody could write it down is out, also after a restart and a hand-over", async () => {
  const names = ["Gran", "Aunt", "Uncle", "Niece"];
  const people: TestDevice[] = [];
  for (const name of names) people.push(await house.join(mum, name, "relative"));
  await gather(mum, "Plans", "Dad");
  const group = await talkId(mum, "Plans");
  for (const one of people) await house.meet(one, dad);
  await house.advance(3_000);
  await mum.stop();
  for (const [index, name] of names.entries()) {
    const leaver = people[index];
    if (leaver === undefined) throw new Error("nobody");
    await adding(dad, group, name);
    expect(await removing(leaver, group, name)).toBe("waits");
  }
  expect((await groupAt(dad, "Plans")).members).toHaveLength(2);
  for (const one of people) await one.stop();
  await dad.restart();
  await mum.restart();
  await house.meet(mum, dad);
  await house.advance(60_000);
  expect((await groupAt(mum, "Plans")).members).toHaveLength(2);
  expect((await groupAt(dad, "Plans")).members).toHaveLength(2);
  expect(pendingAt(mum, dad)).toBe(0);
  const entries = findGroup(stateOf(mum.running().family), group)?.members ?? [];
  expect(entries).toHaveLength(2 + names.length);
});

test("[GC15] whose leaving waits may be put in again, and both are written down", async () => {
  const gran = await house.join(mum, "Gran", "relative");
  await gather(mum, "Plans", "Dad", "Gran");
  const group = await talkId(mum, "Plans");
  await house.meet(gran, dad);
  await house.advance(3_000);
  await mum.stop();
  expect(await removing(gran, group, "Gran")).toBe("waits");
  expect(await isIn(dad, "Gran")).toBe(false);
  expect((await groupAt(dad, "Plans")).canAdd).toContain(await idAt(dad, "Gran"));
  expect(await adding(dad, group, "Gran")).toBe("waits");
  expect(await isIn(dad, "Gran")).toBe(true);
  await say(dad, "Plans", "stay, Gran");
  expect(await linesOf(gran, "Plans")).toEqual(["Dad: stay, Gran"]);
  await mum.restart();
  await house.meet(mum, dad);
  await house.advance(10_000);
  for (const one of [mum, dad, gran]) expect(await isIn(one, "Gran")).toBe(true);
  expect(pendingAt(mum, dad, gran)).toBe(0);
  expect(await linesOf(mum, "Plans")).toEqual(["Dad: stay, Gran"]);
});

test("[GC15, PN6] who goes says and sees no place there any more", async () => {
  const gran = await house.join(mum, "Gran", "relative");
  await gather(mum, "Plans", "Dad", "Gran");
  const group = await talkId(mum, "Plans");
  await house.meet(gran, dad);
  await house.advance(3_000);
  await mum.stop();
  const place = { latitude: 51.5, longitude: -0.125, accuracy: 12 };
  for (const one of [dad, gran]) {
    await value(one.node().sharePlace({ conversation: group, minutes: null }, place));
  }
  await house.advance(8_000);
  expect((await gran.snapshot()).places?.rows).toHaveLength(1);
  expect((await dad.snapshot()).places?.rows).toHaveLength(1);
  await removing(gran, group, "Gran");
  await house.advance(8_000);
  expect((await gran.snapshot()).places?.rows).toEqual([]);
  expect((await dad.snapshot()).places?.rows).toEqual([]);
  const readers = (await dad.snapshot()).places?.mine?.with.readers.map(({ name }) => name);
  expect(readers).toEqual(["Mum"]);
});

test("[GC16] a join whose week is over may be asked for again", async () => {
  const gran = await house.join(mum, "Gran", "relative");
  await gather(mum, "Plans", "Dad");
  const group = await talkId(mum, "Plans");
  await house.meet(gran, dad);
  await house.advance(3_000);
  await mum.stop();
  await adding(dad, group, "Gran");
  expect(await isIn(dad, "Gran")).toBe(true);
  await dad.stop();
  await gran.stop();
  await house.sleepUntil(house.time.now() + JOIN_LIFE_MS);
  await dad.restart();
  expect(await isIn(dad, "Gran")).toBe(false);
  expect(await adding(dad, group, "Gran")).toBe("waits");
  expect(await isIn(dad, "Gran")).toBe(true);
});

test("[GC16, GR5] an app dates a change after the last one about the same person, whose clock was ahead", async () => {
  await gather(mum, "Plans", "Dad");
  const group = await talkId(mum, "Plans");
  const member = fromHex(await idAt(mum, "Dad"));
  const { family } = mum.running();
  const body: TransactionBody = {
    type: "group-member-removed",
    group: fromHex(group),
    member,
    cuts: [],
  };
  const ahead = house.time.now() + 60_000;
  const signed = await signTransaction(family, body, [], ahead);
  expect(await family.ledger.submit(signed, [])).toBeNull();
  await house.advance(1_000);
  expect(await isIn(mum, "Dad")).toBe(false);
  expect(await adding(mum, group, "Dad")).toBe("done");
  expect(await isIn(mum, "Dad")).toBe(true);
  expect(await removing(mum, group, "Dad")).toBe("done");
  expect(await isIn(mum, "Dad")).toBe(false);
});
