/** What is said about messages, between whole nodes on virtual time. DESIGN §5, §9. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { MessageChange, MessageView } from "../api.ts";
import { fromHex } from "../core/codec/ids.ts";
import type { Kind } from "../core/gossip/header.ts";
import type { Payload } from "../core/gossip/payload.ts";
import { stateOf } from "./family.ts";
import { publish } from "./publishing.ts";
import { addressed, everybodyOf, findTalk } from "./talks.ts";
import { value, type TestDevice } from "./testing/device.ts";
import { createHousehold, memberNamed, type Household } from "./testing/household.ts";

let house: Household;
let mum: TestDevice;
let dad: TestDevice;
let mia: TestDevice;
let all = "";
beforeEach(async () => {
  house = createHousehold();
  mum = await house.found("Mum");
  dad = await house.join(mum, "Dad", "parent");
  mia = await house.join(mum, "Mia", "child");
  all = everybodyOf(stateOf(mum.running().family));
});
afterEach(async () => house.stop());

const talkBetween = async (at: TestDevice, other: string): Promise<string> =>
  other === "" ? all : memberNamed(await at.snapshot(), other);
const listOf = async (at: TestDevice, other = ""): Promise<readonly MessageView[]> => {
  const id = await talkBetween(at, other);
  return (await value(at.node().listMessages(id, { limit: 200 }))).messages;
};
const lastOf = async (at: TestDevice, other = ""): Promise<MessageView> => {
  const last = (await listOf(at, other)).at(-1);
  if (last === undefined) throw new Error("nothing was said");
  return last;
};
const say = async (
  from: TestDevice,
  text: string,
  other = "",
  replyTo: string | null = null,
): Promise<string> => {
  const id = await talkBetween(from, other);
  const { message } = await value(from.node().sendMessage(id, text, replyTo));
  await house.advance(3_000);
  return message;
};
const mark = async (
  by: TestDevice,
  message: string,
  change: MessageChange,
  other = "",
): Promise<string> => {
  const answer = await by.node().changeMessage(await talkBetween(by, other), message, change);
  await house.advance(3_000);
  return answer.ok ? "done" : answer.code;
};
/** A mark as only a changed app would send it. */
const smuggle = async (by: TestDevice, kind: Kind, payload: Payload): Promise<void> => {
  const { family } = by.running();
  const talk = findTalk(stateOf(family), all);
  const to = talk === null ? null : addressed(family, talk, kind);
  if (talk === null || to?.ok !== true) throw new Error("the conversation is there");
  expect((await publish(family, kind, talk.audience, to.devices, payload)).ok).toBe(true);
  await house.advance(3_000);
};

describe("edits and deletes", () => {
  test("[MK7] an edit is on every screen, in a direct conversation and with all", async () => {
    for (const other of ["", "Dad"]) {
      const id = await say(mum, "supper at sicks", other);
      expect(await mark(mum, id, { type: "edit", text: "supper at six" }, other)).toBe("done");
      expect(await lastOf(dad, other === "" ? "" : "Mum")).toMatchObject({
        text: "supper at six",
        isEdited: true,
        id,
      });
      expect(await lastOf(mum, other)).toMatchObject({ text: "supper at six", isEdited: true });
      expect(await listOf(dad, other === "" ? "" : "Mum")).toHaveLength(1);
    }
    expect((await dad.snapshot()).conversations.find((one) => one.id === all)?.last?.text).toBe(
      "supper at six",
    );
  });

  test("[MK7] what is taken back leaves a line, counts as one message, and no text anywhere", async () => {
    await say(mia, "first");
    const id = await say(mia, "oops, wrong chat");
    expect(await mark(mia, id, { type: "delete" })).toBe("done");
    for (const one of [mum, dad, mia]) {
      expect(await lastOf(one)).toMatchObject({ id, text: "", hidden: "deleted", reactions: [] });
      expect(await listOf(one)).toHaveLength(2);
    }
    const talk = (await mum.snapshot()).conversations.find((one) => one.id === all);
    expect(talk?.last).toMatchObject({ text: "", hidden: "deleted" });
    expect(talk?.unread).toBe(2);
    expect(await mark(mia, id, { type: "edit", text: "again" })).toBe("done");
    expect(await lastOf(dad)).toMatchObject({ hidden: "deleted" });
  });

  test("[MK7] nobody edits or takes back what another said: the app refuses, and so does every device", async () => {
    const id = await say(mum, "be home at six");
    expect(await mark(mia, id, { type: "edit", text: "be home at ten" })).toBe("not-allowed");
    expect(await mark(dad, id, { type: "delete" })).toBe("not-allowed");
    const target = fromHex(id);
    await smuggle(mia, "edit", { type: "edit", target, text: "be home at ten" });
    await smuggle(mia, "delete", { type: "delete", target });
    for (const one of [mum, dad, mia]) {
      expect(await lastOf(one)).toMatchObject({ text: "be home at six", isEdited: false });
    }
  });

  test("[MK7] what is empty, too long, unknown or elsewhere is refused in words", async () => {
    const id = await say(mum, "hello");
    expect(await mark(mum, id, { type: "edit", text: "  " })).toBe("text-empty");
    expect(await mark(mum, id, { type: "edit", text: "x".repeat(32_769) })).toBe("text-too-long");
    expect(await mark(mum, "00".repeat(16), { type: "delete" })).toBe("unknown-message");
    expect(await mark(mum, id, { type: "delete" }, "Dad")).toBe("unknown-message");
    expect(await mark(mum, id, { type: "react", emoji: "words" })).toBe("not-allowed");
    const nowhere = await mum.node().changeMessage("zz", id, { type: "delete" });
    expect(nowhere).toMatchObject({ code: "unknown-conversation" });
    expect(await mum.node().sendMessage(all, "re", "00".repeat(16))).toMatchObject({
      code: "unknown-message",
    });
  });

  test("[MK7] a payload under a mark's name counts for nothing", async () => {
    const id = await say(mum, "hello");
    await smuggle(mum, "reaction", { type: "delete", target: fromHex(id) });
    expect(await lastOf(dad)).toMatchObject({ text: "hello", hidden: null });
  });
});

describe("reactions and replies", () => {
  test("[MK7] each has one reaction, seen with who gave it, until it is taken back", async () => {
    const id = await say(mum, "pizza?");
    await mark(dad, id, { type: "react", emoji: "👍" });
    await mark(mia, id, { type: "react", emoji: "👍" });
    await mark(mum, id, { type: "react", emoji: "❤️" });
    expect((await lastOf(mia)).reactions).toEqual([
      { emoji: "👍", names: ["Dad"], isMine: true },
      { emoji: "❤️", names: ["Mum"], isMine: false },
    ]);
    await mark(dad, id, { type: "react", emoji: "😂" });
    await mark(mia, id, { type: "react", emoji: null });
    for (const one of [dad, mum, mia]) {
      expect((await lastOf(one)).reactions.map(({ emoji }) => emoji)).toEqual(["❤️", "😂"]);
    }
  });

  test("[MK8] a reply shows what it answers as it reads now", async () => {
    const first = await say(mum, "who takes the bin out?");
    await say(dad, "me", "", first);
    const quoteOf = async (at: TestDevice): Promise<unknown> => (await lastOf(at)).quote;
    const shown = { id: first, authorName: "Mum", hidden: null };
    expect(await quoteOf(mia)).toMatchObject({ ...shown, text: "who takes the bin out?" });
    expect(await quoteOf(mum)).toMatchObject({ isMine: true });
    await mark(mum, first, { type: "edit", text: "who takes both bins out?" });
    expect(await quoteOf(mia)).toMatchObject({ ...shown, text: "who takes both bins out?" });
    await mark(mum, first, { type: "delete" });
    for (const one of [mum, dad, mia]) {
      expect(await quoteOf(one)).toMatchObject({ text: "", hidden: "deleted" });
      expect(JSON.stringify(await listOf(one))).not.toContain("bins");
    }
    expect((await lastOf(mia)).text).toBe("me");
  });

  test("[MK8] what somebody who came later was never given is quoted without its words", async () => {
    const first = await say(mum, "a secret of before");
    const gran = await house.join(mum, "Gran", "relative");
    await house.advance(3_000);
    await say(dad, "yes", "", first);
    expect(await lastOf(gran)).toMatchObject({
      text: "yes",
      quote: { text: "", hidden: "gone", authorName: "" },
    });
  });
});

describe("order and time", () => {
  test("[MK9] marks that come before their message, or after a restart, make the same screen", async () => {
    const id = await say(mum, "one");
    await mark(mum, id, { type: "edit", text: "two" });
    await mark(dad, id, { type: "react", emoji: "👍" });
    const gone = await say(mum, "to be taken back");
    await mark(mum, gone, { type: "delete" });
    const screen = JSON.stringify(await listOf(mia));
    expect(screen).toContain("two");
    await mia.restart();
    const again = JSON.stringify(await listOf(mia));
    expect(again).toBe(screen);
    const changes = [...mia.running().family.timeline.marks.values()].flatMap((one) => [
      ...one.values(),
    ]);
    expect(changes).toHaveLength(3);
  });

  test("[MK9] a mark that a later change refuses counts no more, on its author's own screen either", async () => {
    const name = "Plans";
    const members = [memberNamed(await mum.snapshot(), "Mia")];
    await value(mum.node().changeRules({ type: "create-group", name, members }));
    await house.advance(3_000);
    const group = (await mum.snapshot()).groups[0]?.id ?? "";
    const { message } = await value(mia.node().sendMessage(group, "as it was"));
    await house.advance(3_000);
    await mia.restart();
    await value(mia.node().changeMessage(group, message, { type: "edit", text: "changed" }));
    const request = { type: "remove-from-group", group, member: members[0] ?? "" } as const;
    await value(mum.node().changeRules(request));
    const textAt = async (at: TestDevice): Promise<string | undefined> =>
      (await value(at.node().listMessages(group, { limit: 9 }))).messages[0]?.text;
    expect(await textAt(mia)).toBe("changed");
    await house.meet(mia, mum);
    await house.advance(5_000);
    expect([await textAt(mia), await textAt(mum)]).toEqual(["as it was", "as it was"]);
  });

  test("[MK9] the marks go with the days of their messages", async () => {
    const id = await say(mum, "one");
    await mark(mum, id, { type: "edit", text: "two" });
    for (let day = 0; day < 33; day += 1) {
      for (const one of [mum, dad, mia]) one.jump(86_400_000);
      await house.advance(2_000);
    }
    await house.advance(60_000);
    expect(await listOf(mia)).toEqual([]);
    const { marks } = mia.running().family.timeline;
    expect([...marks.values()].map((one) => one.size)).toEqual([0]);
  });

  test("[MK9] a new device is given the marks with the messages", async () => {
    const id = await say(mum, "one", "Dad");
    await mark(mum, id, { type: "edit", text: "two" }, "Dad");
    await mark(dad, id, { type: "react", emoji: "👍" }, "Mum");
    const member = (await dad.snapshot()).me?.member ?? "";
    const tablet = await house.join(dad, "Dad", "parent", member);
    await house.meet(tablet, mum);
    await house.advance(5_000);
    for (const { device } of (await mum.snapshot()).refills) {
      await value(mum.node().answerRefill(device, true));
    }
    await house.advance(5_000);
    const [seen] = await listOf(tablet, "Mum");
    expect(seen).toMatchObject({ text: "two", isEdited: true });
    expect(seen?.reactions.map(({ emoji }) => emoji)).toEqual(["👍"]);
  });
});
