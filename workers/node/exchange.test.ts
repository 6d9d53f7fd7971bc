/** What two devices of a family tell each other, and what happens to links. */
import { packWants } from "../core/gossip/packing.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { REGISTER_ALL_MS } from "../core/gossip/limits.ts";
import { createCryptoSuite } from "../crypto/webcrypto-suite.ts";
import { signTransaction } from "./family.ts";
import { fragment } from "./framing.ts";
import { encodeFrame, priorityOf, type Frame } from "./frames.ts";
import {
  HALF_OPEN_BY_INVITE_MAX,
  HALF_OPEN_MAX,
  PEER_FAULTS_MAX,
  PEER_PENALTY_MS,
  PING_INTERVAL_MS,
  PUSH_QUEUE_BYTES_MAX,
  STRANGERS_MAX,
  UNREAD_BYTES_MAX,
} from "./limits.ts";
import type { Link } from "./link.ts";
import { value, type TestDevice } from "./testing/device.ts";
import { createHousehold, memberNamed, textsOf, type Household } from "./testing/household.ts";
import { createWire, openStranger } from "./testing/wire.ts";

let house: Household;
let mum: TestDevice;
let dad: TestDevice;
beforeEach(async () => {
  house = createHousehold();
  mum = await house.found("Mum");
  dad = await house.join(mum, "Dad", "parent");
});
afterEach(async () => house.stop());

async function part(device: TestDevice): Promise<void> {
  for (const session of device.running().sessions()) session.close("away");
  await house.settle();
}

function heightOf(device: TestDevice): number {
  return device.running().family.ledger.head()?.state.height ?? -1;
}

test("[XC1] a device that was away gets all blocks, in as many answers as it takes", async () => {
  await part(mum);
  for (let index = 0; index < 20; index += 1) {
    const { invite } = await house.invite(mum, "child");
    await value(mum.node().revokeInvite(invite));
    await value(mum.node().dismissInvite(invite));
    // One person writes twenty changes in a day (BD1).
    if (index === 10) await house.sleepUntil(house.time.now() + 86_400_000);
  }
  expect(heightOf(mum)).toBeGreaterThan(heightOf(dad) + 32);
  await house.meet(mum, dad);
  await house.settle();
  expect(dad.running().family.ledger.head()?.hash).toEqual(
    mum.running().family.ledger.head()?.hash,
  );
});

test("[XC2] names come with the blocks, and are asked for again where they are missing", async () => {
  await part(dad);
  const mia = await house.join(mum, "Mia", "child");
  await house.meet(mum, dad);
  await house.settle();
  const names = (await dad.snapshot()).members.map((one) => one.name).toSorted();
  expect(names).toEqual(["Dad", "Mia", "Mum"]);
  expect((await mia.snapshot()).members.map((one) => one.name).toSorted()).toEqual(names);
});

test("[XC3] frames of a device that is none of the family's are not answered, whatever they ask", async () => {
  const crypto = house.time.counted(createCryptoSuite());
  const wire = createWire([{ type: "family" }, { type: "family" }]);
  const stranger = openStranger(mum.env(), crypto, wire.links[1], {
    family: mum.running().family.identity.profile.family,
    signer: await crypto.createSigner(new Uint8Array(32).fill(77)),
    prover: null,
    height: 1000,
  });
  mum.node().link(wire.links[0], null);
  await house.settle();
  const author = mum.running().family.identity.device;
  stranger.session.send({ type: "blocks-wanted", from: 0, count: 16 });
  stranger.session.send({
    type: "want",
    packed: packWants([{ author, stream: 0, ranges: [{ from: 1, to: 9 }] }], [{ id: author }]),
  });
  stranger.session.send({
    type: "status",
    epoch: 0,
    height: 1000,
    head: new Uint8Array(32),
    secretEpoch: 0,
  });
  stranger.session.send({ type: "blocks", finalised: [new Uint8Array([1])] });
  await house.advance(5_000);
  const said = new Set(wire.sent[0].map((frame) => frame.type));
  for (const type of ["hello", "auth", "blocks-wanted", "ping", "pong"]) said.delete(type as never);
  expect([...said]).toEqual([]);
  expect(heightOf(mum)).toBe(2);
});

test("[XC4] a family message passes through a third device to one that was never linked to its author", async () => {
  const mia = await house.join(mum, "Mia", "child");
  await house.meet(mum, dad);
  await house.until("known", async () => (await dad.snapshot()).members.length === 3);
  expect(dad.running().sessions()).toHaveLength(1);
  await value(dad.node().sendMessage(memberNamed(await dad.snapshot(), "Mia"), "hi"));
  const fromDad = memberNamed(await mia.snapshot(), "Dad");
  await house.until("heard", async () => (await textsOf(mia, fromDad)).includes("hi"));
});

test("[XC8] malformed ledger frames count, and enough of them close the link and keep the device off", async () => {
  const [session] = [...dad.running().family.sessions.values()];
  for (let index = 0; index < 8; index += 1) {
    session?.send({ type: "blocks", finalised: [new Uint8Array([1, 2, 3])] });
  }
  await house.settle();
  expect(mum.running().sessions()).toEqual([]);
  await house.link(mum, dad, [{ type: "family" }, { type: "family" }]);
  await house.settle();
  expect(mum.running().sessions()).toEqual([]);
  await house.advance(61_000);
  await house.link(mum, dad, [{ type: "family" }, { type: "family" }]);
  expect((await mum.snapshot()).connection.linked).toBe(1);
});

test("[XC10] new messages are not pushed to a device that is far behind; it asks for them later", async () => {
  const toDad = memberNamed(await mum.snapshot(), "Dad");
  const [session] = mum.running().sessions();
  if (session === undefined) throw new Error("mum and dad are linked");
  const { queuedBytes } = session;
  Object.assign(session, { queuedBytes: () => PUSH_QUEUE_BYTES_MAX + 1 });
  await value(mum.node().sendMessage(toDad, "later"));
  await house.settle();
  const toMum = memberNamed(await dad.snapshot(), "Mum");
  expect(await textsOf(dad, toMum)).toEqual([]);
  Object.assign(session, { queuedBytes });
  // My register says what is new of mine alone to everybody every five seconds (SD10).
  await house.advance(REGISTER_ALL_MS + 1_000);
  expect(await textsOf(dad, toMum)).toEqual(["later"]);
});

test("[FQ4] a call for help goes to a device that is far behind, too", async () => {
  const [session] = mum.running().sessions();
  if (session === undefined) throw new Error("mum and dad are linked");
  Object.assign(session, { queuedBytes: () => PUSH_QUEUE_BYTES_MAX + 1 });
  await value(mum.node().callForHelp("now"));
  await house.settle();
  expect((await dad.snapshot()).emergencies).toMatchObject([{ text: "now" }]);
});

test("[RU1] a family opens with all its parts on any disk that it left, and says so", async () => {
  await value(mum.node().sendMessage(memberNamed(await mum.snapshot(), "Dad"), "hello"));
  const before = await mum.snapshot();
  await mum.restart();
  const after = await mum.snapshot();
  expect(after.members.map((one) => one.id)).toEqual(before.members.map((one) => one.id));
  expect(after.conversations[0]?.last).toEqual(before.conversations[0]?.last);
  expect(after.ledger).toEqual(before.ledger);
});

test("[XC9] four devices that claim to be ahead at most: who knows the meeting place fills no mesh", async () => {
  const crypto = house.time.counted(createCryptoSuite());
  const ended: (string | null)[] = [];
  for (let index = 0; index < STRANGERS_MAX + 3; index += 1) {
    const wire = createWire([{ type: "family" }, { type: "family" }]);
    const stranger = openStranger(mum.env(), crypto, wire.links[1], {
      family: mum.running().family.identity.profile.family,
      signer: await crypto.createSigner(new Uint8Array(32).fill(80 + index)),
      prover: null,
      height: 1000,
    });
    mum.node().link(wire.links[0], null);
    await house.settle();
    ended.push(stranger.ended());
  }
  expect(ended.filter((one) => one === null)).toHaveLength(STRANGERS_MAX);
  await part(dad);
  await house.meet(mum, dad);
  expect((await mum.snapshot()).connection.linked).toBe(1);
});

test("[RU2] no more than eight handshakes at once; the family's own links go on", async () => {
  const wires = Array.from({ length: HALF_OPEN_MAX + 4 }, () =>
    createWire([{ type: "family" }, { type: "family" }]),
  );
  const closed: string[] = [];
  for (const { links } of wires) {
    const silent: Link = links[1];
    silent.receive({ onFrame: () => {}, onClose: (why) => closed.push(why), onDrain: () => {} });
    mum.node().link(links[0], null);
  }
  await house.settle();
  expect(closed).toHaveLength(4);
  expect((await mum.snapshot()).connection.linked).toBe(1);
  await house.advance(10_000);
  expect(closed).toHaveLength(wires.length);
  expect((await mum.snapshot()).connection.linked).toBe(1);
});

test("[RU2] four handshakes over invites at most: who holds a link keeps nobody of the family out", async () => {
  await part(mum);
  const { invite } = await house.invite(mum, "child");
  const closed: string[] = [];
  for (let index = 0; index < HALF_OPEN_MAX; index += 1) {
    const { links } = createWire([
      { type: "invite", invite, side: "inviter" },
      { type: "invite", invite, side: "newcomer" },
    ]);
    const silent: Link = links[1];
    silent.receive({ onFrame: () => {}, onClose: (why) => closed.push(why), onDrain: () => {} });
    mum.node().link(links[0], null);
  }
  await house.settle();
  expect(closed).toHaveLength(HALF_OPEN_MAX - HALF_OPEN_BY_INVITE_MAX);
  await house.meet(mum, dad);
  expect((await mum.snapshot()).connection.linked).toBe(1);
});

test("[RU9] who sends more than can be read is cut off, and others go on", async () => {
  const mia = await house.join(mum, "Mia", "child");
  const blobs = Array.from({ length: 64 }, (_, index) => new Uint8Array(4_096).fill(index));
  const frame: Frame = { type: "blobs", blobs };
  const fragments = fragment(encodeFrame(frame), priorityOf(frame));
  const [session] = dad.running().sessions();
  expect(session?.peer()?.device).toEqual(mum.running().family.identity.device);
  const count = Math.ceil(UNREAD_BYTES_MAX / (64 * 4_096));
  for (let index = 0; index < count; index += 1) {
    for (const part of fragments) session?.link.send(part);
  }
  await house.settle();
  expect((await mum.snapshot()).connection.linked).toBe(1);
  expect((await value(mum.node().diagnostics())).rejected).toMatchObject({ flood: 1 });
  await house.meet(mum, dad);
  expect((await mum.snapshot()).connection.linked).toBe(1);
  await value(mum.node().sendMessage(memberNamed(await mum.snapshot(), "Mia"), "still here"));
  await house.advance(2_000);
  const from = memberNamed(await mia.snapshot(), "Mum");
  expect(await textsOf(mia, from)).toEqual(["still here"]);
  await house.advance(PEER_PENALTY_MS);
  await house.meet(mum, dad);
  expect((await mum.snapshot()).connection.linked).toBe(2);
});

test("[RU3] a link whose other end is silent is dropped at the ping; after a wake-up within two seconds", async () => {
  const freeze = (device: TestDevice): void => {
    for (const session of device.running().sessions()) {
      Object.assign(session.link, { send: () => {} });
    }
  };
  freeze(dad);
  await house.advance(PING_INTERVAL_MS + 12_000);
  expect((await mum.snapshot()).connection.linked).toBe(0);
  await part(dad);
  await house.meet(mum, dad);
  expect((await mum.snapshot()).connection.linked).toBe(1);
  freeze(dad);
  mum.node().meshEvent({ type: "resumed" });
  await house.advance(2_000);
  expect((await mum.snapshot()).connection.linked).toBe(0);
});

test("[RU7] a device that meets itself, or another than was agreed, is closed", async () => {
  const purposes = [{ type: "family" }, { type: "family" }] as const;
  const rejected = async () => (await value(mum.node().diagnostics())).rejected;
  const linksOf = () =>
    mum
      .running()
      .sessions()
      .map(({ link }) => link);
  const { links } = createWire(purposes);
  mum.node().link(links[0], new Uint8Array(32));
  dad.node().link(links[1], null);
  await house.settle();
  expect(await rejected()).toEqual({ "other-device": 1 });
  expect(linksOf()).not.toContain(links[0]);
  const agreed = createWire(purposes);
  mum.node().link(agreed.links[0], dad.running().family.identity.signer.publicKey);
  dad.node().link(agreed.links[1], null);
  await house.settle();
  expect(await rejected()).toEqual({ "other-device": 1 });
  expect(linksOf()).toEqual([agreed.links[0]]);
  const self = createWire(purposes);
  mum.node().link(self.links[0], null);
  mum.node().link(self.links[1], null);
  await house.settle();
  expect(linksOf()).toEqual([agreed.links[0]]);
  expect(await rejected()).toMatchObject({ "handshake-own-key": expect.any(Number) });
});

test("[RU8] the family's place changes with the day, and a newcomer's is its invite", async () => {
  const topics = (): readonly string[] => mum.running().channels()[0]?.topics ?? [];
  const today = topics();
  const shifted = createHousehold();
  const again = await shifted.add("Mum", {
    disk: mum.store().snapshot(),
    clockOffsetMs: 2 * 86_400_000,
  });
  const later = again.running().channels()[0]?.topics ?? [];
  expect(later).not.toEqual(today);
  await shifted.stop();
  const mia = await house.add("Mia");
  const { link } = await house.invite(mum, "child");
  await value(mia.node().askToJoin({ link, name: "Mia" }));
  expect(
    mia
      .running()
      .channels()
      .map((one) => one.purpose.type),
  ).toEqual(["invite"]);
});

test("[LP10] whoever brings forged transactions is closed; a true one from the same hand is taken", async () => {
  const { family } = dad.running();
  const invite = new Uint8Array(16).fill(7);
  const good = await signTransaction(family, { type: "invite-revoked", invite }, []);
  const send = (signed: typeof good): void => {
    const frame = { type: "transactions" as const, transactions: [signed], blobs: [] };
    dad.running().sessions()[0]?.send(frame);
  };
  for (let index = 1; index < PEER_FAULTS_MAX; index += 1) {
    send({ ...good, signature: new Uint8Array(64).fill(index) });
  }
  send(good);
  await house.settle();
  expect(mum.running().family.ledger.pending()).toHaveLength(1);
  expect(mum.running().sessions()).toHaveLength(1);
  send({ ...good, signature: new Uint8Array(64) });
  await house.settle();
  expect(mum.running().sessions()).toHaveLength(0);
});
