/** Devices of one family with each other: delivery, revocation, secrets, refill, false keys. */
import { packWants } from "../core/gossip/packing.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fromHex, toHex } from "../core/codec/ids.ts";
import type { Payload } from "../core/gossip/payload.ts";
import { devicesOf, findDevice } from "../core/ledger/state.ts";
import { signTransaction, stateOf } from "./family.ts";
import { publish } from "./publishing.ts";
import { createCryptoSuite } from "../crypto/webcrypto-suite.ts";
import { createTestDevice, value, type TestDevice } from "./testing/device.ts";
import { createWire, openStranger } from "./testing/wire.ts";
import { createHousehold, memberNamed, textsOf, type Household } from "./testing/household.ts";

let house: Household;
let mum: TestDevice;
let dad: TestDevice;
beforeEach(async () => {
  house = createHousehold();
  mum = await house.found("Mum");
  dad = await house.join(mum, "Dad", "parent");
});
afterEach(async () => house.stop());

async function memberAt(device: TestDevice, name: string): Promise<string> {
  return memberNamed(await device.snapshot(), name);
}

async function say(from: TestDevice, to: string, text: string): Promise<string> {
  return (await value(from.node().sendMessage(await memberAt(from, to), text))).message;
}

async function heard(at: TestDevice, from: string): Promise<readonly string[]> {
  return textsOf(at, await memberAt(at, from));
}

async function reads(at: TestDevice, from: string, text: string): Promise<void> {
  await house.until(`${at.name} reads ${text}`, async () => (await heard(at, from)).includes(text));
}

/** Registers a further device of Mum's, made by Mum's first one. */
async function secondDeviceOf(owner: TestDevice, name: string): Promise<TestDevice> {
  const me = (await owner.snapshot()).me;
  const device = await house.join(owner, name, "parent", me?.member ?? "");
  return device;
}

async function revoke(by: TestDevice, device: TestDevice): Promise<void> {
  const { family } = by.running();
  const body = {
    type: "device-revoked" as const,
    device: device.running().family.identity.device,
    reason: "lost" as const,
    cuts: [],
  };
  expect(await family.ledger.submit(await signTransaction(family, body, []), [])).toBeNull();
  await house.settle();
}

/** A payload from one device to another, as only a changed app would send it. */
async function whisper(
  from: TestDevice,
  to: TestDevice,
  kind: "secret-share" | "refill",
  payload: Payload,
): Promise<void> {
  const { family } = from.running();
  const target = findDevice(stateOf(family), to.running().family.identity.device);
  if (target === null) throw new Error("no such device");
  const published = await publish(
    family,
    kind,
    { type: "member", member: target.member },
    [target],
    payload,
  );
  expect(published.ok).toBe(true);
  await house.advance(3_000);
}

test("[CV1] a text arrives, is delivered, and both sides read the same in the same order", async () => {
  await say(mum, "Dad", "one");
  await say(dad, "Mum", "two");
  await say(mum, "Dad", "three");
  await reads(dad, "Mum", "three");
  await reads(mum, "Dad", "two");
  expect(await heard(dad, "Mum")).toEqual(await heard(mum, "Dad"));
  await house.until("delivered", async () => {
    const page = await value(mum.node().listMessages(await memberAt(mum, "Dad"), { limit: 9 }));
    return page.messages.every((one) => !one.isMine || one.delivery?.type === "delivered");
  });
});

test("[CV2] what is sent while nobody is linked waits as queued, over a restart, and arrives once", async () => {
  await mum.restart();
  await house.settle();
  await say(mum, "Dad", "later");
  const page = await value(mum.node().listMessages(await memberAt(mum, "Dad"), { limit: 9 }));
  expect(page.messages[0]?.delivery).toEqual({ type: "queued" });
  await mum.restart();
  await house.meet(mum, dad);
  await reads(dad, "Mum", "later");
  await house.meet(mum, dad);
  await house.advance(5_000);
  expect(await heard(dad, "Mum")).toEqual(["later"]);
});

test("[CV9] a device that came later holds a message and has not got it", async () => {
  for (const session of mum.running().sessions()) session.close("away");
  await house.settle();
  await say(mum, "Dad", "for the old phone");
  const stateOf = async (): Promise<unknown> => {
    const page = await value(mum.node().listMessages(await memberAt(mum, "Dad"), { limit: 9 }));
    return page.messages.at(-1)?.delivery;
  };
  const tablet = await house.join(mum, "Dad's tablet", "parent", await memberAt(mum, "Dad"));
  const seen = new Set<string>();
  for (let second = 0; second < 30; second += 1) {
    await house.advance(1_000);
    seen.add(JSON.stringify(await stateOf()));
  }
  expect([...seen].filter((one) => one.includes("delivered"))).toEqual([]);
  expect(await stateOf()).toEqual({ type: "held", devices: 1 });
  expect((await tablet.snapshot()).phase).toBe("member");
  await house.meet(mum, dad);
  await reads(dad, "Mum", "for the old phone");
  await house.until(
    "it is there",
    async () =>
      (await stateOf()) !== undefined &&
      JSON.stringify(await stateOf()) === JSON.stringify({ type: "delivered" }),
  );
});

test("[CV8] the list says of the newest message what the conversation says", async () => {
  const last = async (of: TestDevice) =>
    (await of.snapshot()).conversations.find(({ name }) => name !== of.name)?.last;
  await say(mum, "Dad", "are you there?");
  expect(await last(mum)).toMatchObject({ text: "are you there?", delivery: { type: "queued" } });
  await house.until(
    "it is delivered",
    async () => (await last(mum))?.delivery?.type === "delivered",
  );
  expect(await last(dad)).toMatchObject({ isMine: false, delivery: null, hidden: null });
});

test("[CV3] unread counts until it is marked, and the mark survives a restart", async () => {
  await say(mum, "Dad", "one");
  await say(mum, "Dad", "two");
  await reads(dad, "Mum", "two");
  const unread = async () => (await dad.snapshot()).conversations[0]?.unread;
  expect(await unread()).toBe(2);
  await value(dad.node().markRead(await memberAt(dad, "Mum")));
  expect(await unread()).toBe(0);
  await dad.restart();
  expect(await unread()).toBe(0);
});

test("[CV4] a contact and a child that did not accept each other are refused before anything is sent", async () => {
  const mia = await house.join(mum, "Mia", "child");
  const kim = await house.join(mum, "Kim", "contact");
  await house.meet(mum, mia);
  await house.until("knows", async () => (await mia.snapshot()).members.length === 4);
  const sent = await mia.node().sendMessage(toHex(kim.running().family.identity.device), "hi");
  expect(sent).toMatchObject({ ok: false, code: "unknown-conversation" });
  const kimsMember = (await kim.snapshot()).me?.member ?? "";
  expect(await mia.node().sendMessage(kimsMember, "hi")).toMatchObject({
    ok: false,
    code: "not-allowed",
  });
});

test("[CV5] a flood is said in words before it is sent, and nothing is lost of what was", async () => {
  const to = await memberAt(mum, "Dad");
  mum.running().sessions()[0]?.close("away");
  await house.settle();
  let refused: string | null = null;
  for (let index = 0; index < 600 && refused === null; index += 1) {
    const sent = await mum.node().sendMessage(to, `m${index}`);
    if (!sent.ok) refused = sent.code;
  }
  expect(refused).toBe("too-fast");
  const { messages } = await value(mum.node().listMessages(to, { limit: 200 }));
  expect(messages.at(-1)?.delivery?.type).not.toBe("refused");
  // 500 messages are sealed and stored: on a busy machine that is not over in the usual time.
}, 120_000);

test("[CV6] text that is empty or too long is refused; the longest goes through", async () => {
  const to = await memberAt(mum, "Dad");
  const node = mum.node();
  expect(await node.sendMessage(to, " \n ")).toMatchObject({ code: "text-empty" });
  expect(await node.sendMessage(to, "x".repeat(32 * 1024 + 1))).toMatchObject({
    code: "text-too-long",
  });
  expect(await node.sendMessage(to, "é".repeat(16 * 1024 + 1))).toMatchObject({
    code: "text-too-long",
  });
  const longest = "é".repeat(16 * 1024);
  await say(mum, "Dad", longest);
  await reads(dad, "Mum", longest);
  const preview = (await dad.snapshot()).conversations[0]?.last?.text ?? "";
  expect(preview.length).toBeLessThan(200);
});

test("[XC5] a revoked device is cut off at once, and what it says later is not shown", async () => {
  const mia = await house.join(dad, "Mia", "child");
  await house.meet(mum, mia);
  await house.until("both linked", async () => (await mum.snapshot()).connection.linked === 2);
  await say(mia, "Mum", "before");
  await reads(mum, "Mia", "before");
  await house.meet(mum, dad);
  await revoke(mum, mia);
  expect((await mum.snapshot()).connection).toMatchObject({ linked: 1, others: 1 });
  const linked = mum.running().sessions();
  expect(linked.map((one) => one.peer()?.device)).toEqual([dad.running().family.identity.device]);
  const gossip = mum.running().family.gossip?.core();
  const name = toHex(mia.running().family.identity.device);
  expect(gossip?.peers.has(name)).toBe(false);
  // A stream that the revocation's cut does not name is withdrawn from its beginning.
  const page = await value(mum.node().listMessages(await memberAt(mum, "Mia"), { limit: 9 }));
  expect(page.messages.map((one) => [one.text, one.hidden])).toEqual([["", "withdrawn"]]);
  // It was told, and has closed its links.
  expect(await mia.snapshot()).toMatchObject({ phase: "removed", removal: { reason: "lost" } });
  const wire = await house.link(mum, mia, [{ type: "family" }, { type: "family" }]);
  await house.advance(2_000);
  expect(mum.running().family.sessions.has(name)).toBe(false);
  expect(mum.running().sessions()).toEqual(linked);
  const said = wire.sent[0].map((frame) => frame.type);
  expect(said.filter((type) => type !== "hello" && type !== "auth")).toEqual([]);
});

test("[XC13] a device that was away learns that it was taken out when it comes back, over restarts too, and nothing else", async () => {
  const mia = await house.join(mum, "Mia", "child");
  await house.advance(2_000);
  for (const session of mia.running().sessions()) session.close("away");
  await house.settle();
  // Some blocks before it, and some after it that are none of its business.
  await house.invite(dad, "child");
  await revoke(mum, mia);
  const taken = stateOf(mum.running().family).height;
  await house.invite(mum, "child");
  await say(mum, "Dad", "not for Mia");
  const wire = await house.link(mum, mia, [{ type: "family" }, { type: "family" }]);
  await house.advance(5_000);
  expect(await mia.snapshot()).toMatchObject({
    phase: "removed",
    me: null,
    members: [],
    conversations: [],
    removal: { familyName: "The Okafors", name: "Mia", reason: "lost", isMember: false },
  });
  expect(stateOf(mia.running().family).height).toBe(taken);
  const said = new Set(wire.sent[0].map((frame) => frame.type));
  for (const type of ["hello", "auth", "ping", "pong"] as const) said.delete(type);
  expect([...said]).toEqual(["blocks"]);
  expect(mia.running().sessions()).toEqual([]);
  expect(mia.running().channels()).toEqual([]);
  await mia.restart();
  expect((await mia.snapshot()).phase).toBe("removed");
  const answer = await mia.node().sendMessage(await memberAt(mum, "Dad"), "x");
  expect(answer).toMatchObject({ ok: false, code: "not-member" });
  expect(await mia.node().createInvite({ role: "child", lifetime: "qr" })).toMatchObject({
    code: "not-member",
  });
});

test("[XC13] a device that was taken out and will not go has half a minute and those blocks, and four links", async () => {
  const mia = await house.join(mum, "Mia", "child");
  for (const session of mia.running().sessions()) session.close("away");
  await house.settle();
  await revoke(mum, mia);
  const taken = stateOf(mum.running().family).height;
  await house.invite(mum, "child");
  const before = new Set(mum.running().sessions());
  const { family: id } = mia.running().family.identity.profile;
  const crypto = house.time.counted(createCryptoSuite());
  const links = Array.from({ length: 5 }, () => {
    const wire = createWire([{ type: "family" }, { type: "family" }]);
    const who = { family: id, signer: mia.running().family.identity.signer, prover: null };
    const stranger = openStranger(mum.env(), crypto, wire.links[1], { ...who, height: 0 });
    mum.node().link(wire.links[0], null);
    return stranger;
  });
  await house.settle();
  // Which of the five is one too many goes by whose handshake the machine's cores end last.
  const open = links.filter((one) => one.ended() === null);
  const [first] = open;
  if (first === undefined) throw new Error("five links");
  expect(open).toHaveLength(4);
  const author = mum.running().family.identity.device;
  first.session.send({ type: "blocks-wanted", from: 0, count: 16 });
  first.session.send({ type: "blocks-wanted", from: taken + 1, count: 16 });
  first.session.send({
    type: "want",
    packed: packWants([{ author, stream: 0, ranges: [{ from: 1, to: 9 }] }], [{ id: author }]),
  });
  await house.advance(2_000);
  const got = first.heard.flatMap((frame) => (frame.type === "blocks" ? frame.finalised : []));
  expect(got).toHaveLength(taken + 1);
  const others = first.heard.filter(({ type }) => !["blocks", "ping", "pong"].includes(type));
  expect(others).toEqual([]);
  await house.advance(30_000);
  expect(links.every((one) => one.ended() !== null)).toBe(true);
  expect(
    mum
      .running()
      .sessions()
      .every((one) => before.has(one)),
  ).toBe(true);
});

test("[XC6] a revoked device's later words, relayed by another, are refused everywhere", async () => {
  const mia = await house.join(dad, "Mia", "child");
  await house.advance(2_000);
  for (const session of mia.running().sessions()) session.close("away");
  for (const session of dad.running().sessions()) session.close("away");
  await house.settle();
  await revoke(mum, mia);
  await value(mia.node().sendMessage(await memberAt(mia, "Mum"), "after"));
  // Dad does not know of the revocation yet and takes it; with the block it is withdrawn again.
  await house.link(dad, mia, [{ type: "family" }, { type: "family" }]);
  await house.advance(2_000);
  await house.meet(mum, dad);
  await house.advance(5_000);
  const mumSees = await value(mum.node().listMessages(await memberAt(mum, "Mia"), { limit: 9 }));
  expect(mumSees.messages.filter((one) => one.text !== "")).toEqual([]);
});

test("[XC7] a link that is replaced by a newer one of the same device takes nothing down with it", async () => {
  const first = mum.running().sessions()[0];
  await house.link(mum, dad, [{ type: "family" }, { type: "family" }]);
  await house.settle();
  expect(first).not.toBe([...mum.running().family.sessions.values()][0]);
  expect((await mum.snapshot()).connection.linked).toBe(1);
  await say(mum, "Dad", "still here");
  await reads(dad, "Mum", "still here");
});

test("[SH1] a newcomer gets the family secret from whoever is linked, once", async () => {
  const shares = (device: TestDevice): number =>
    [...(device.running().family.gossip?.core().streams.values() ?? [])]
      .flatMap((stream) => [...stream.known.values()])
      .filter(({ header }) => header.kind === "secret-share").length;
  expect(shares(mum)).toBe(1);
  await house.meet(mum, dad);
  await mum.restart();
  await house.meet(mum, dad);
  await house.advance(5_000);
  expect(shares(mum)).toBe(1);
  expect(dad.running().family.identity.profile.secrets).toHaveLength(1);
});

test("[SH2] a false family secret is not taken", async () => {
  const before = dad.running().family.identity.profile.secrets;
  for (const epoch of [1, 2, 99]) {
    await whisper(mum, dad, "secret-share", {
      type: "secret",
      epoch,
      secret: new Uint8Array(32).fill(epoch),
    });
  }
  expect(dad.running().family.identity.profile.secrets).toEqual(before);
});

test("[SH3] a new device of a member asks; the other side's yes opens the past, a no does not", async () => {
  await say(mum, "Dad", "old words");
  await say(dad, "Mum", "old answer");
  await reads(dad, "Mum", "old words");
  await reads(mum, "Dad", "old answer");
  await house.meet(mum, dad);
  const phone = await secondDeviceOf(mum, "Mum's phone");
  await house.meet(dad, phone);
  await house.meet(mum, phone);
  await house.advance(5_000);
  const hiddenAt = async (): Promise<readonly unknown[]> => {
    const page = await value(phone.node().listMessages(await memberAt(phone, "Dad"), { limit: 9 }));
    return page.messages.map((one) => one.hidden ?? one.text);
  };
  expect(await hiddenAt()).toEqual(["undecryptable", "undecryptable"]);
  const id = toHex(phone.running().family.identity.device);
  const asked = (await dad.snapshot()).refills;
  expect(asked).toMatchObject([{ device: id, memberName: "Mum", messages: 2 }]);
  expect((await mum.snapshot()).refills).toHaveLength(1);
  await value(mum.node().answerRefill(id, false));
  await house.advance(3_000);
  expect(await hiddenAt()).toEqual(["undecryptable", "undecryptable"]);
  expect((await mum.snapshot()).refills).toEqual([]);
  await value(dad.node().answerRefill(id, true));
  await house.until("opened", async () => (await hiddenAt()).includes("old words"));
  expect(await hiddenAt()).toEqual(["old words", "old answer"]);
  expect((await dad.snapshot()).refills).toEqual([]);
  await dad.restart();
  expect((await dad.snapshot()).refills).toEqual([]);
  await phone.restart();
  expect(await hiddenAt()).toEqual(["old words", "old answer"]);
});

test("[SH4] false content keys show no text, and do not take the place of the true ones", async () => {
  await say(mum, "Dad", "old words");
  await reads(dad, "Mum", "old words");
  await house.meet(mum, dad);
  const phone = await secondDeviceOf(mum, "Mum's phone");
  await house.meet(dad, phone);
  await house.advance(5_000);
  const shown = async (): Promise<readonly unknown[]> => {
    const page = await value(phone.node().listMessages(await memberAt(phone, "Dad"), { limit: 9 }));
    return page.messages.map((one) => one.hidden ?? one.text);
  };
  const { messages } = await value(
    mum.node().listMessages(await memberAt(mum, "Dad"), { limit: 9 }),
  );
  const message = fromHex(messages[0]?.id ?? "");
  const lie: Payload = {
    type: "refill",
    keys: [{ message, contentKey: new Uint8Array(32).fill(6) }],
  };
  await whisper(dad, phone, "refill", lie);
  expect(await shown()).toEqual(["undecryptable"]);
  await value(dad.node().answerRefill(toHex(phone.running().family.identity.device), true));
  await house.until("opened", async () => (await shown()).includes("old words"));
  await whisper(dad, phone, "refill", lie);
  await phone.restart();
  expect(await shown()).toEqual(["old words"]);
});

test("[SH5] keys to messages of other people put nothing on a screen", async () => {
  const mia = await house.join(mum, "Mia", "child");
  await house.meet(mum, dad);
  await say(mum, "Dad", "not for Mia");
  await reads(dad, "Mum", "not for Mia");
  await house.meet(mum, mia);
  await house.advance(5_000);
  const { messages } = await value(
    mum.node().listMessages(await memberAt(mum, "Dad"), { limit: 9 }),
  );
  await whisper(mum, mia, "refill", {
    type: "refill",
    keys: [
      { message: fromHex(messages[0]?.id ?? ""), contentKey: new Uint8Array(32) },
      { message: new Uint8Array(16), contentKey: new Uint8Array(32) },
    ],
  });
  const seen = await Promise.all(
    (await mia.snapshot()).conversations.map(async (one) => textsOf(mia, one.id)),
  );
  expect(seen.flat()).toEqual([]);
});

test("[SH6] a question about an unknown or removed device is answered with a code", async () => {
  expect(await mum.node().answerRefill("00".repeat(16), true)).toMatchObject({
    ok: false,
    code: "not-allowed",
  });
  expect(await mum.node().answerRefill("nonsense", true)).toMatchObject({ ok: false });
});

test("[OP1] a message opens on every device of both members and on no other", async () => {
  const mia = await house.join(mum, "Mia", "child");
  await house.meet(mum, dad);
  await house.meet(mum, mia);
  await house.until("all know all", async () => (await dad.snapshot()).members.length === 3);
  const id = await say(mum, "Dad", "for Dad");
  await reads(dad, "Mum", "for Dad");
  await house.advance(5_000);
  const known = [...(mia.running().family.gossip?.core().streams.values() ?? [])]
    .flatMap((stream) => [...stream.known.values()])
    .find((one) => toHex(one.id) === id);
  expect(known).toBeDefined();
  expect(known?.header.recipients.map((one) => toHex(one.device)).toSorted()).toEqual(
    [mum, dad].map((one) => toHex(one.running().family.identity.device)).toSorted(),
  );
  const seen = await Promise.all(
    (await mia.snapshot()).conversations.map(async (one) => textsOf(mia, one.id)),
  );
  expect(seen.flat()).toEqual([]);
});

test("[OP2] a wrap that does not open, mine or another's, shows no text and counts as no delivery", async () => {
  const { family } = mum.running();
  const state = stateOf(family);
  const dads = findDevice(state, dad.running().family.identity.device);
  const mums = findDevice(state, family.identity.device);
  if (dads === null || mums === null) throw new Error("two devices");
  const other = { encryptionKey: await family.env.crypto.encryptionKeyOf(new Uint8Array(32)) };
  const payload: Payload = { type: "text", text: "two meanings", replyTo: null, parents: [] };
  for (const recipients of [
    [mums, { ...dads, ...other }],
    [{ ...mums, ...other }, dads],
  ]) {
    const audience = { type: "member", member: dads.member } as const;
    expect((await publish(family, "direct", audience, recipients, payload)).ok).toBe(true);
  }
  await house.advance(5_000);
  const seen = await value(dad.node().listMessages(await memberAt(dad, "Mum"), { limit: 9 }));
  expect(seen.messages.map((one) => [one.text, one.hidden])).toEqual([
    ["", "undecryptable"],
    ["", "undecryptable"],
  ]);
  const delivered = async (): Promise<readonly string[]> => {
    const sent = await value(mum.node().listMessages(await memberAt(mum, "Dad"), { limit: 9 }));
    return sent.messages
      .filter((one) => one.delivery?.type === "delivered")
      .map(({ text }) => text);
  };
  expect(await delivered()).toEqual([]);
  await dad.stop();
  await dad.restart();
  await house.meet(mum, dad);
  await say(mum, "Dad", "one that opens");
  await house.advance(5_000);
  expect(await delivered()).toEqual(["one that opens"]);
});

test("[PB2] a clock that fell behind my own stream keeps a message back and says so", async () => {
  await say(mum, "Dad", "now");
  const disk = mum.store().snapshot();
  const slow = await house.add("Mum", { disk, clockOffsetMs: -10 * 60_000 });
  const to = await memberAt(slow, "Dad");
  expect(await slow.node().sendMessage(to, "earlier")).toMatchObject({ code: "clock-wrong" });
  expect(await textsOf(slow, to)).toEqual(["now"]);
});

test("[PB1] a message goes to every active device of both, none revoked, and is on the disk first", async () => {
  const me = (await mum.snapshot()).me?.member ?? "";
  const phone = await secondDeviceOf(mum, "Mum's phone");
  const state = stateOf(mum.running().family);
  expect(devicesOf(state, fromHex(me))).toHaveLength(2);
  await house.meet(mum, dad);
  mum.record(true);
  await say(mum, "Dad", "hello");
  const written = mum.disks.length;
  expect(written).toBeGreaterThan(0);
  await house.meet(mum, phone);
  await reads(phone, "Dad", "hello");
  const page = await value(phone.node().listMessages(await memberAt(phone, "Dad"), { limit: 9 }));
  expect(page.messages[0]).toMatchObject({ isMine: true, text: "hello" });
});

test("[FM1] a device with a restored family and one of the old epoch exchange nothing", async () => {
  const eve = await createTestDevice("again", house.time);
  const other = createHousehold();
  const founder = await other.add("Mum");
  await value(founder.node().startFamily({ familyName: "The Okafors", myName: "Mum" }));
  const words = (await value(founder.node().recoveryWords())).join(" ");
  await other.advance(2_000);
  await value(eve.node().restoreFamily({ words, familyName: "The Okafors", myName: "Mum again" }));
  const before = eve.running().family.ledger.head();
  const old = founder.running().family;
  expect(eve.running().family.identity.profile.family).toEqual(old.identity.profile.family);
  expect(before?.state.epoch).toBeGreaterThan(0);
  // They would not even meet: their secrets, and so their topics, are not the same.
  expect(await house.meet(eve, founder)).toBeNull();
  const wire = await house.link(eve, founder, [{ type: "family" }, { type: "family" }]);
  await other.settle();
  const said = wire.sent.flat().map((frame) => frame.type);
  expect(said.filter((type) => type !== "hello" && type !== "auth")).toEqual([]);
  expect(eve.running().family.ledger.head()?.hash).toEqual(before?.hash);
  await value(founder.node().createInvite({ role: "child", lifetime: "qr" }));
  const blocks = await old.ledger.blocksFrom(0, 16);
  expect((await eve.running().family.ledger.takeBlocks(blocks)).applied).toBe(0);
  expect(eve.running().family.ledger.head()?.hash).toEqual(before?.hash);
  await eve.stop();
  await other.stop();
});
