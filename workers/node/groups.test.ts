/** Groups and the family's own conversation: whole nodes on virtual time. DESIGN §4, §5. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ChangeRequest } from "../api.ts";
import { fromHex, toHex } from "../core/codec/ids.ts";
import type { TransactionBody } from "../core/ledger/transaction.ts";
import { myMember, signTransaction, stateOf } from "./family.ts";
import { publish } from "./publishing.ts";
import { addressed, everybodyOf, findTalk } from "./talks.ts";
import { value, type TestDevice } from "./testing/device.ts";
import { createTalking } from "./testing/talking.ts";
import { createHousehold, memberNamed, type Household } from "./testing/household.ts";

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

const { talkOf, talkId, messagesOf, linesOf, say, change, gather, groupAt } = createTalking(
  () => house,
);
const idOf = async (name: string): Promise<string> => memberNamed(await mum.snapshot(), name);
const write = async (by: TestDevice, body: TransactionBody): Promise<void> => {
  const { family } = by.running();
  expect(await family.ledger.submit(await signTransaction(family, body, []), [])).toBeNull();
  await house.advance(3_000);
};
const deviceOf = (device: TestDevice): Uint8Array => device.running().family.identity.device;

describe("the family's own conversation", () => {
  test("[GC1, GC8] what one says reaches everybody, with who says it, and counts as unread", async () => {
    await say(mum, "", "supper at six");
    await say(mia, "", "can Zoe come?");
    const lines = ["Mum: supper at six", "Mia: can Zoe come?"];
    for (const one of [mum, dad, mia]) expect(await linesOf(one, "")).toEqual(lines);
    const seen = await talkOf(dad, "");
    expect(seen).toMatchObject({ unread: 2, role: null, name: "", isClosed: false });
    expect(seen?.last).toMatchObject({ text: "can Zoe come?", authorName: "Mia", isMine: false });
    await value(dad.node().markRead(seen?.id ?? ""));
    expect((await talkOf(dad, ""))?.unread).toBe(0);
    expect((await talkOf(mum, ""))?.unread).toBe(1);
    const [first] = await messagesOf(dad, "");
    expect(first?.author).toBe(await idOf("Mum"));
  });

  test("[GC2] it is there from three people on, for everybody but contacts", async () => {
    const lee = await house.join(mum, "Lee", "contact");
    await house.advance(3_000);
    expect(await talkOf(lee, "")).toBeUndefined();
    const names = new Set((await talkOf(mia, ""))?.members.map(({ member }) => member) ?? []);
    expect(names).toEqual(new Set([await idOf("Mum"), await idOf("Dad"), await idOf("Mia")]));
    await say(mum, "", "not for Lee");
    const id = await talkId(mum, "");
    expect(await lee.node().sendMessage(id, "hello?")).toMatchObject({
      code: "not-allowed",
      detail: "not-by-role",
    });
    expect((await value(lee.node().listMessages(id, { limit: 9 }))).messages).toEqual([]);
    const two = createHousehold();
    const alone = await two.found("Ann");
    await two.join(alone, "Bob", "parent");
    expect(await talkOf(alone, "")).toBeUndefined();
    await two.stop();
  });

  test("[GC4] an edit tells who came later nothing of what was said before", async () => {
    await gather(mum, "Plans", "Dad");
    const message = await say(mum, "Plans", "a party for Mia on Sonday");
    const group = await talkId(mum, "Plans");
    await change(mum, { type: "add-to-group", group, member: await idOf("Mia") });
    const text = "a party for Mia on Sunday";
    await value(mum.node().changeMessage(group, message, { type: "edit", text }));
    await house.advance(3_000);
    expect(await linesOf(dad, "Plans")).toEqual([`Mum: ${text}`]);
    const edits = [...(mia.running().family.gossip?.core().streams.values() ?? [])]
      .flatMap((stream) => [...stream.known.values()])
      .filter((one) => one.header.kind === "edit");
    expect(edits).toHaveLength(1);
    const mine = toHex(mia.running().family.identity.device);
    const readers = edits.flatMap((one) =>
      one.header.recipients.map(({ device }) => toHex(device)),
    );
    expect(readers).not.toContain(mine);
  });

  test("[GC4] who comes later reads from then on", async () => {
    await say(mum, "", "before Gran");
    const gran = await house.join(mum, "Gran", "relative");
    await house.meet(gran, dad);
    await house.advance(5_000);
    expect(await linesOf(gran, "")).toEqual([]);
    expect((await mum.snapshot()).refills).toEqual([]);
    await say(dad, "", "welcome, Gran");
    expect(await linesOf(gran, "")).toEqual(["Dad: welcome, Gran"]);
    expect(await linesOf(mia, "")).toEqual(["Mum: before Gran", "Dad: welcome, Gran"]);
  });

  test("[GC6, GC7] delivered is told with how many of them have it, and by name", async () => {
    const gran = await house.join(mum, "Gran", "relative");
    await house.advance(3_000);
    await gran.stop();
    const message = await say(mum, "", "where is Gran?");
    await house.advance(3_000);
    const [mine] = (await messagesOf(mum, "")).toReversed();
    expect(mine?.delivery).toEqual({ type: "partly", members: 2, of: 3 });
    const id = await talkId(mum, "");
    const reach = await value(mum.node().listReach(id, message));
    expect(Object.fromEntries(reach.map((one) => [one.name, one.state]))).toEqual({
      Dad: "delivered",
      Mia: "delivered",
      Gran: "waiting",
    });
    expect(await value(dad.node().listReach(id, message))).toEqual([]);
    expect((await messagesOf(dad, "")).at(-1)?.delivery).toBeNull();
    await gran.restart();
    await house.meet(gran, dad);
    await house.until("all have it", async () => {
      return (await messagesOf(mum, "")).at(-1)?.delivery?.type === "delivered";
    });
  });

  test("[GC14] who has left is not waited for, and stays among those who had it before", async () => {
    const gran = await house.join(mum, "Gran", "relative");
    const lee = await house.join(mum, "Lee", "relative");
    await house.meet(gran, lee);
    await house.advance(3_000);
    const early = await say(mum, "", "all of you");
    await house.until("all have it", async () => {
      return (await messagesOf(mum, "")).at(-1)?.delivery?.type === "delivered";
    });
    await lee.stop();
    const late = await say(mum, "", "not Lee");
    await house.advance(3_000);
    expect((await messagesOf(mum, "")).at(-1)?.delivery).toEqual({
      type: "partly",
      members: 3,
      of: 4,
    });
    const member = await idOf("Lee");
    await change(mum, { type: "remove-member", member });
    const [open] = (await dad.snapshot()).ledger.proposals;
    if (open !== undefined) await value(dad.node().decideProposal(open.id, "agree"));
    await house.until("removed", async () =>
      (await mum.snapshot()).members.every(({ name }) => name !== "Lee"),
    );
    const states = async (message: string): Promise<Readonly<Record<string, string>>> => {
      const reach = await value(mum.node().listReach(await talkId(mum, ""), message));
      return Object.fromEntries(reach.map((one) => [one.name, one.state]));
    };
    expect(await states(early)).toMatchObject({ Gran: "delivered", Lee: "delivered" });
    expect(await states(late)).toMatchObject({ Gran: "delivered", Lee: "left" });
    const told = (await messagesOf(mum, "")).map(({ delivery }) => delivery?.type);
    expect(told).toEqual(["delivered", "delivered"]);
  });

  test("[GC13] what is written alone is queued, and reaches each of them over the others", async () => {
    for (const one of [dad, mia]) await one.stop();
    await house.advance(2_000);
    await say(mum, "", "anybody?");
    expect((await messagesOf(mum, ""))[0]?.delivery).toEqual({ type: "queued" });
    await mum.restart();
    await dad.restart();
    await house.meet(mum, dad);
    await house.advance(5_000);
    await mum.stop();
    await mia.restart();
    await house.meet(mia, dad);
    await house.advance(5_000);
    expect(await linesOf(mia, "")).toEqual(["Mum: anybody?"]);
  });
});

describe("groups", () => {
  test("[GC9] a parent makes one; those in it talk, nobody else hears of what is said", async () => {
    expect(await gather(mum, "Holiday 🏖", "Mia")).toBe("done");
    await say(mum, "Holiday 🏖", "where to?");
    await say(mia, "Holiday 🏖", "the sea!");
    const lines = ["Mum: where to?", "Mia: the sea!"];
    expect(await linesOf(mum, "Holiday 🏖")).toEqual(lines);
    expect(await linesOf(mia, "Holiday 🏖")).toEqual(lines);
    expect(await talkOf(dad, "Holiday 🏖")).toBeUndefined();
    const group = fromHex(await talkId(mum, "Holiday 🏖"));
    expect(findTalk(stateOf(dad.running().family), toHex(group))).not.toBeNull();
    expect(await dad.node().sendMessage(toHex(group), "and me?")).toMatchObject({
      code: "not-allowed",
      detail: "not-in-group",
    });
  });

  test("[GC9] what each may do with it is told: a parent everything, its members to read and leave", async () => {
    await gather(mum, "Plans", "Mia");
    expect(await groupAt(dad, "Plans")).toMatchObject({
      kind: "family",
      isMember: false,
      canRename: true,
      canRemove: true,
      canArchive: true,
      canAdd: [await idOf("Dad")],
    });
    expect(await groupAt(mia, "Plans")).toMatchObject({
      isMember: true,
      canRename: false,
      canRemove: false,
      canArchive: false,
      canAdd: [],
    });
    expect((await mia.snapshot()).canGather).toBeNull();
    const all = [await idOf("Dad"), await idOf("Mia")].sort();
    expect([...((await mum.snapshot()).canGather ?? [])].sort()).toEqual(all);
    const gran = await house.join(mum, "Gran", "relative");
    await house.advance(3_000);
    expect([...((await gran.snapshot()).canGather ?? [])].sort()).toEqual(
      [await idOf("Dad"), await idOf("Mum")].sort(),
    );
    expect(await gather(gran, "With Mia", "Mia")).toBe("not-allowed");
    expect(await gather(mia, "Children", "Dad")).toBe("not-allowed");
    expect((await gran.snapshot()).groups).toEqual([]);
  });

  test("[GC9, GC10] renaming, adding, taking out, leaving and archiving", async () => {
    await gather(mum, "Plans", "Mia");
    const group = await talkId(mum, "Plans");
    expect(await change(dad, { type: "rename-group", group, name: "Big plans" })).toBe("waits");
    await say(mia, "Big plans", "before Dad");
    const dads = await idOf("Dad");
    expect(await change(mum, { type: "add-to-group", group, member: dads })).toBe("done");
    await say(mum, "Big plans", "Dad is here");
    expect(await linesOf(dad, "Big plans")).toEqual(["Mum: Dad is here"]);
    const mias = await idOf("Mia");
    expect(await change(dad, { type: "remove-from-group", group, member: mias })).toBe("waits");
    expect(await say(mum, "Big plans", "without Mia")).toMatch(/^[0-9a-f]{32}$/);
    expect(await linesOf(mia, "Big plans")).toEqual(["Mia: before Dad", "Mum: Dad is here"]);
    expect(await talkOf(mia, "Big plans")).toMatchObject({ isClosed: true, unread: 1 });
    expect(await say(mia, "Big plans", "hello?")).toBe("not-allowed not-in-group");
    expect((await mia.snapshot()).groups).toEqual([]);
    expect(await linesOf(dad, "Big plans")).toEqual(["Mum: Dad is here", "Mum: without Mia"]);
    expect(await change(dad, { type: "remove-from-group", group, member: dads })).toBe("waits");
    expect(await talkOf(dad, "Big plans")).toMatchObject({ isClosed: true });
    expect(await change(mum, { type: "archive-group", group })).toBe("done");
    expect(await say(mum, "Big plans", "anybody?")).toBe("not-allowed unknown-group");
    expect(await talkOf(mum, "Big plans")).toMatchObject({ isClosed: true, members: [] });
  });

  test("[GC10] what somebody says after it was taken out, in a changed app, is shown by nobody", async () => {
    await gather(mum, "Plans", "Mia", "Dad");
    const group = await talkId(mum, "Plans");
    await say(mia, "Plans", "while I am in it");
    const { family } = mia.running();
    const talk = findTalk(stateOf(family), group);
    const to = talk === null ? null : addressed(family, talk, "group");
    if (talk === null || to?.ok !== true) throw new Error("Mia is in the group");
    await change(mum, { type: "remove-from-group", group, member: await idOf("Mia") });
    const payload = { type: "text" as const, text: "still here", replyTo: null, parents: [] };
    expect((await publish(family, "group", talk.audience, to.devices, payload)).ok).toBe(true);
    await house.advance(3_000);
    expect(await linesOf(mum, "Plans")).toEqual(["Mia: while I am in it"]);
    expect(await linesOf(dad, "Plans")).toEqual(["Mia: while I am in it"]);
    expect((await messagesOf(mia, "Plans")).at(-1)?.delivery).toMatchObject({
      type: "refused",
      reason: "not-in-group",
    });
  });

  test("[GC10] what was on its way to somebody who was taken out meanwhile is told to its author", async () => {
    await gather(mum, "Plans", "Mia", "Dad");
    const group = await talkId(mum, "Plans");
    await dad.stop();
    await house.advance(1_000);
    await dad.restart();
    await say(dad, "Plans", "written away from the others");
    await change(mum, { type: "remove-from-group", group, member: await idOf("Mia") });
    await house.meet(dad, mum);
    await house.advance(5_000);
    expect((await messagesOf(dad, "Plans")).at(-1)?.delivery).toMatchObject({
      type: "refused",
      reason: "not-in-group",
    });
    expect(await linesOf(mum, "Plans")).toEqual([]);
    await say(dad, "Plans", "written away from the others");
    expect(await linesOf(mum, "Plans")).toEqual(["Dad: written away from the others"]);
  });

  test("[GC11] what is asked twice, of nobody, or without a name is told", async () => {
    await gather(mum, "Plans", "Mia");
    const group = await talkId(mum, "Plans");
    const mias = await idOf("Mia");
    expect(await change(mum, { type: "add-to-group", group, member: mias })).toBe("already-done");
    const dads = await idOf("Dad");
    const removal: ChangeRequest = { type: "remove-from-group", group, member: dads };
    expect(await change(mum, removal)).toBe("already-done");
    const nobody = "00".repeat(16);
    expect(await change(mum, { type: "add-to-group", group, member: nobody })).toBe("already-done");
    expect(await change(mum, { type: "archive-group", group: nobody })).toBe("already-done");
    for (const name of ["", "   ", "\u202e", "x".repeat(65)]) {
      expect(await change(mum, { type: "rename-group", group, name })).toBe("bad-name");
      expect(await change(mum, { type: "create-group", name, members: [mias] })).toBe("bad-name");
    }
    const strange = { type: "create-group" as const, name: "Us", members: ["zz"] };
    expect(await change(mum, strange)).toBe("not-allowed");
    await mum.stop();
    expect(await change(dad, { type: "archive-group", group })).toBe("waits");
    expect(await change(dad, { type: "archive-group", group })).toBe("already-asked");
  });

  test("[GC9] with a contact in it a group is one of friends, and its name is sealed", async () => {
    const lee = await house.join(mum, "Lee", "contact");
    await house.advance(2_000);
    expect(await gather(mum, "Allotment", "Lee", "Dad")).toBe("done");
    expect(await groupAt(mum, "Allotment")).toMatchObject({ kind: "friends" });
    await gather(mum, "Plans", "Mia");
    expect((await groupAt(mum, "Plans")).canAdd).toEqual([await idOf("Dad")]);
    await say(mum, "Allotment", "rain at last");
    expect(await linesOf(lee, "Allotment")).toEqual(["Mum: rain at last"]);
    const text = new TextEncoder().encode("Allotment").join();
    const disk = [...mum.store().snapshot().values()].flat();
    expect(disk.length).toBeGreaterThan(10);
    expect(
      disk.filter(({ value: row }) => row instanceof Uint8Array && row.join().includes(text)),
    ).toEqual([]);
  });
});

describe("rules between two of them", () => {
  test("[GC5] whom a rule keeps apart from me is left out and named, the others have it", async () => {
    await gather(mum, "Plans", "Mia", "Dad");
    const gran = await house.join(mum, "Gran", "relative");
    await house.advance(2_000);
    const grans = fromHex(await idOf("Gran"));
    const mias = fromHex(await idOf("Mia"));
    await write(mum, {
      type: "permission-denied",
      member: grans,
      permission: "send",
      scope: { type: "member", member: mias },
      condition: { type: "always" },
      expiresAt: null,
      cuts: [],
    });
    const all = (await talkOf(gran, ""))?.members ?? [];
    expect(all.filter((one) => one.isLeftOut).map((one) => one.member)).toEqual([toHex(mias)]);
    expect((await talkOf(mia, ""))?.members.some((one) => one.isLeftOut)).toBe(false);
    await say(gran, "", "cake on Sunday");
    expect(await linesOf(dad, "")).toEqual(["Gran: cake on Sunday"]);
    expect(await linesOf(mia, "")).toEqual([]);
    expect((await messagesOf(gran, ""))[0]?.delivery).toEqual({ type: "delivered" });
  });

  test("[GC12] a new device is given, after a yes, what its member could read there, and no more", async () => {
    await gather(mum, "Plans", "Mia");
    await say(mum, "Plans", "for Mia and me");
    await say(mum, "", "for all");
    const member = (await dad.snapshot()).me?.member ?? "";
    const tablet = await house.join(dad, "Dad", "parent", member);
    await house.meet(tablet, mum);
    await house.advance(5_000);
    expect(await linesOf(tablet, "")).toEqual(["Mum: undecryptable"]);
    expect((await mum.snapshot()).refills).toMatchObject([{ memberName: "Dad", messages: 1 }]);
    await value(mum.node().answerRefill(toHex(deviceOf(tablet)), true));
    await house.advance(5_000);
    expect(await linesOf(tablet, "")).toEqual(["Mum: for all"]);
    expect(await talkOf(tablet, "Plans")).toBeUndefined();
  });

  test("[GC3] more than 64 devices are refused before anything is sent", async () => {
    const { family } = mum.running();
    const head = family.ledger.head();
    if (head === null) throw new Error("no head");
    const [one] = head.state.devices;
    if (one === undefined) throw new Error("no device");
    const me = myMember(family);
    const crowd = Array.from({ length: 62 }, (_, index) => ({
      ...one,
      id: new Uint8Array(16).fill(index + 1),
      member: me?.id ?? one.member,
    }));
    const devices = [...head.state.devices];
    const state = head.state as unknown as { devices: typeof devices };
    state.devices = [...devices, ...crowd];
    const id = everybodyOf(head.state);
    expect(await mum.node().sendMessage(id, "hello all")).toMatchObject({
      code: "too-many-devices",
    });
    expect(await messagesOf(mum, "")).toEqual([]);
    state.devices = [...devices, ...crowd.slice(1)];
    expect((await mum.node().sendMessage(id, "hello 64")).ok).toBe(true);
    state.devices = devices;
  });
});
