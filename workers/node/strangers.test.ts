/** Devices that are not the family's: a stolen link, a race for an invite, lies and wrong order. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { CryptoSuite } from "../crypto/suite.ts";
import { createCryptoSuite } from "../crypto/webcrypto-suite.ts";
import type { FamilyId } from "../core/codec/ids.ts";
import { toHex } from "../core/codec/ids.ts";
import { encodeJoinRequest } from "../core/ledger/transaction.ts";
import { joinCommitmentOf } from "../crypto/comparison-code.ts";
import { nameHashOf } from "./blobs.ts";
import type { Frame, FrameType } from "./frames.ts";
import { inviteKeysOf, parseInviteLink } from "./invite-link.ts";
import { NEWCOMERS_MAX } from "./limits.ts";
import type { LinkPurpose } from "./link.ts";
import { value, type TestDevice } from "./testing/device.ts";
import { createHousehold, type Household } from "./testing/household.ts";
import { createWire, openStranger, type Stranger, type Wire } from "./testing/wire.ts";

let house: Household;
let crypto: CryptoSuite;
beforeEach(() => {
  house = createHousehold();
  crypto = house.time.counted(createCryptoSuite());
});
afterEach(async () => house.stop());

/** What a device may be told before it is one of the family's. */
const JOIN_FRAMES: readonly FrameType[] = [
  "hello",
  "auth",
  "ping",
  "pong",
  "join-nonce",
  "join-progress",
];

type Invite = Extract<ReturnType<typeof parseInviteLink>, { ok: true }>["invite"];

interface Thief {
  readonly stranger: Stranger;
  readonly wire: Wire;
  readonly deviceKey: Uint8Array;
  readonly encryptionKey: Uint8Array;
  say(frame: Frame): Promise<void>;
  /** The honest first and second word of a newcomer. */
  commit(name: string): Promise<void>;
  reveal(name: string, change?: Partial<Extract<Frame, { type: "join-reveal" }>>): Promise<void>;
}

async function invitedBy(mum: TestDevice): Promise<{ invite: Invite; id: string; link: string }> {
  const made = await house.invite(mum, "parent");
  const parsed = parseInviteLink(made.link);
  if (!parsed.ok) throw new Error(parsed.reason);
  return { invite: parsed.invite, id: made.invite, link: made.link };
}

/** Somebody who holds the link, with a device key of its own, linked to the inviter. */
async function thiefOf(mum: TestDevice, invite: Invite, height = 0): Promise<Thief> {
  const keys = await inviteKeysOf(crypto, invite.family, invite.secret);
  const id = toHex(keys.id);
  const signer = await crypto.createSigner(crypto.randomBytes(32));
  const encryptionKey = await crypto.encryptionKeyOf(crypto.randomBytes(32));
  const nonce = crypto.randomBytes(32);
  const nameSalt = crypto.randomBytes(16);
  const wire = createWire([
    { type: "invite", invite: id, side: "inviter" },
    { type: "invite", invite: id, side: "newcomer" },
  ]);
  const family: FamilyId = invite.family;
  const stranger = openStranger(mum.env(), crypto, wire.links[1], {
    family,
    signer,
    prover: keys.signer,
    height,
  });
  mum.node().link(wire.links[0], null);
  await house.settle();
  const own = { deviceKey: signer.publicKey, encryptionKey };
  const say = async (frame: Frame): Promise<void> => {
    stranger.session.send(frame);
    await house.settle();
  };
  return {
    stranger,
    wire,
    ...own,
    say,
    commit: async (name) =>
      say({
        type: "join-commitment",
        commitment: joinCommitmentOf(family, { nonce, keys: own, name }),
        inviteId: keys.id,
      }),
    reveal: async (name, change = {}) => {
      const message = encodeJoinRequest({
        inviteKey: keys.signer.publicKey,
        ...own,
        nameHash: nameHashOf(family, nameSalt, name),
        role: "parent",
        member: null,
      });
      await say({
        type: "join-reveal",
        nonce,
        encryptionKey,
        name,
        nameSalt,
        inviteProof: await keys.signer.sign("join-request", family, message),
        deviceProof: await signer.sign("join-request", family, message),
        ...change,
      });
    },
  };
}

function typesTo(thief: Thief): ReadonlySet<FrameType> {
  return new Set(thief.wire.sent[0].map((frame) => frame.type));
}

async function stepOf(mum: TestDevice): Promise<string> {
  const [view] = (await mum.snapshot()).invites;
  return `${view?.step ?? "none"}/${view?.why ?? ""}`;
}

test("[RU4] the holder of a stolen link learns the names of family and inviter, and nothing more", async () => {
  const mum = await house.found("Mum");
  await house.join(mum, "Dad", "relative");
  const { invite } = await invitedBy(mum);
  const thief = await thiefOf(mum, invite, 99);
  await thief.commit("Eve");
  await thief.reveal("Eve");
  const asks: readonly Frame[] = [
    { type: "status", epoch: 0, height: 99, head: new Uint8Array(32), secretEpoch: 0 },
    { type: "blocks-wanted", from: 0, count: 16 },
    { type: "blobs-wanted", hashes: [new Uint8Array(32)] },
    { type: "transactions", transactions: [], blobs: [] },
    { type: "blocks", finalised: [] },
  ];
  for (const frame of asks) await thief.say(frame);
  await house.advance(30_000);
  expect([...typesTo(thief)].filter((type) => !JOIN_FRAMES.includes(type))).toEqual([]);
  const [hello] = thief.wire.sent[0];
  expect(hello).toMatchObject({ type: "hello", height: 0, head: new Uint8Array(32) });
  const told = thief.stranger.heard.find((frame) => frame.type === "join-nonce");
  expect(told).toMatchObject({ familyName: "The Okafors", inviterName: "Mum" });
});

test("[RU5] a stranger without the invite's secret is told nothing at all, and what it says is not read", async () => {
  const mum = await house.found("Mum");
  const { id } = await invitedBy(mum);
  const family = mum.running().family.identity.profile.family;
  const wrong = await crypto.createSigner(crypto.randomBytes(32));
  const wire = createWire([
    { type: "invite", invite: id, side: "inviter" },
    { type: "invite", invite: id, side: "newcomer" },
  ]);
  const signer = await crypto.createSigner(crypto.randomBytes(32));
  const stranger = openStranger(mum.env(), crypto, wire.links[1], {
    family,
    signer,
    prover: wrong,
    hasty: {
      type: "join-commitment",
      commitment: new Uint8Array(32),
      inviteId: new Uint8Array(16),
    },
  });
  mum.node().link(wire.links[0], null);
  await house.settle();
  expect(stranger.ended()).not.toBeNull();
  expect(wire.sent[0].map((frame) => frame.type).filter((type) => type !== "ping")).toEqual([
    "hello",
    "auth",
  ]);
  expect(await stepOf(mum)).toBe("waiting/");
});

test("[RU6] a device that the ledger does not name and that is not ahead is closed on family links", async () => {
  const mum = await house.found("Mum");
  const family = mum.running().family.identity.profile.family;
  for (const [height, isOpen] of [
    [0, false],
    [7, true],
  ] as const) {
    const wire = createWire([{ type: "family" }, { type: "family" }]);
    const signer = await crypto.createSigner(crypto.randomBytes(32));
    const stranger = openStranger(mum.env(), crypto, wire.links[1], {
      family,
      signer,
      prover: null,
      height,
    });
    mum.node().link(wire.links[0], null);
    await house.settle();
    stranger.session.send({ type: "blocks-wanted", from: 0, count: 16 });
    stranger.session.send({ type: "blobs-wanted", hashes: [new Uint8Array(32)] });
    await house.advance(5_000);
    expect(stranger.ended() === null).toBe(isOpen);
    const allowed: readonly FrameType[] = ["hello", "auth", "blocks-wanted"];
    expect(wire.sent[0].map((one) => one.type).filter((type) => !allowed.includes(type))).toEqual(
      [],
    );
  }
});

test("[IN6] two devices that race one invite burn it, on both screens and in the ledger", async () => {
  const mum = await house.found("Mum");
  const { invite } = await invitedBy(mum);
  const one = await thiefOf(mum, invite);
  const other = await thiefOf(mum, invite);
  await one.commit("Dad");
  await other.commit("Dad");
  expect(await stepOf(mum)).toBe("burned/second-person");
  for (const thief of [one, other]) {
    expect(thief.stranger.heard.at(-1)).toMatchObject({ type: "join-progress", step: "burned" });
  }
  await one.reveal("Dad");
  await house.settle();
  expect(await stepOf(mum)).toBe("burned/second-person");
  const state = mum.running().family.ledger.head()?.state;
  expect(state?.invites[0]?.isUsed).toBe(1);
});

test("[IN23] four open links on an invite at most, and always one for its own newcomer", async () => {
  const mum = await house.found("Mum");
  const dad = await house.add("Dad");
  const { invite, link } = await invitedBy(mum);
  await value(dad.node().askToJoin({ link, name: "Dad" }));
  const wire = await house.meet(mum, dad);
  await house.until("a code", async () => (await dad.snapshot()).joining?.code !== null);
  await house.cut(wire);
  const thieves = [];
  for (let index = 0; index < NEWCOMERS_MAX + 2; index += 1) {
    thieves.push(await thiefOf(mum, invite));
  }
  expect(thieves.filter((one) => one.stranger.ended() === null)).toHaveLength(NEWCOMERS_MAX);
  for (const newer of [await house.meet(mum, dad), await house.meet(mum, dad)]) {
    expect(newer).not.toBeNull();
  }
  expect(mum.running().sessions()).toHaveLength(NEWCOMERS_MAX + 1);
  expect(await stepOf(mum)).toBe("comparing/");
  expect((await dad.snapshot()).joining).toMatchObject({ isInviterConnected: true });
});

test("[IN12] nobody can ask for one code after another until it likes one", async () => {
  const mum = await house.found("Mum");
  const { invite } = await invitedBy(mum);
  const thief = await thiefOf(mum, invite);
  await thief.commit("Dad");
  await thief.say({ type: "join-refused", why: "cancelled" });
  expect(await stepOf(mum)).toBe("burned/bad-reveal");
  await thief.commit("Dad");
  const again = await thiefOf(mum, invite);
  await again.commit("Dad");
  await again.reveal("Dad");
  const nonces = [thief, again].flatMap(({ stranger }) =>
    stranger.heard.flatMap((frame) => (frame.type === "join-nonce" ? [toHex(frame.nonce)] : [])),
  );
  expect(new Set(nonces).size).toBe(1);
  expect(await stepOf(mum)).toBe("burned/bad-reveal");
});

test("[IN7] an honest newcomer is burned by a second device, not joined with it", async () => {
  const mum = await house.found("Mum");
  const dad = await house.add("Dad");
  const { invite, link, id } = await invitedBy(mum);
  await value(dad.node().askToJoin({ link, name: "Dad" }));
  await house.meet(mum, dad);
  await house.until("a code", async () => (await dad.snapshot()).joining?.code !== null);
  await value(mum.node().compareCode(id, true));
  const thief = await thiefOf(mum, invite);
  await thief.commit("Dad");
  expect((await dad.snapshot()).joining).toMatchObject({ step: "failed", why: "burned" });
  expect(await mum.node().approveJoin(id)).toMatchObject({ ok: false, code: "wrong-step" });
});

test("[IN8] a reveal that is not what was committed to burns the invite; so does a name that hides", async () => {
  for (const [name, change] of [
    ["Dad", { name: "Dadd" }],
    ["Dad", { nonce: new Uint8Array(32) }],
    ["Dad", { encryptionKey: new Uint8Array(32) }],
    ["Dad", { deviceProof: new Uint8Array(64) }],
    ["Dad", { inviteProof: new Uint8Array(64) }],
    ["\u202eDad", {}],
    ["", {}],
    ["D\u0000d", {}],
    ["  Dad", {}],
  ] as const) {
    house = createHousehold();
    crypto = house.time.counted(createCryptoSuite());
    const mum = await house.found("Mum");
    const { invite } = await invitedBy(mum);
    const thief = await thiefOf(mum, invite);
    await thief.commit(name);
    await thief.reveal(name, change);
    expect(await stepOf(mum)).toBe("burned/bad-reveal");
    await house.stop();
  }
});

test("[IN9] join frames twice, or in any other order, change nothing", async () => {
  const mum = await house.found("Mum");
  const { invite } = await invitedBy(mum);
  const thief = await thiefOf(mum, invite);
  await thief.reveal("Dad");
  expect(await stepOf(mum)).toBe("waiting/");
  await thief.commit("Dad");
  await thief.commit("Dad");
  expect(await stepOf(mum)).toBe("opened/");
  await thief.reveal("Dad");
  const code = (await mum.snapshot()).invites[0]?.code;
  await thief.reveal("Dad");
  await thief.commit("Dad");
  expect(await stepOf(mum)).toBe("comparing/");
  expect((await mum.snapshot()).invites[0]?.code).toBe(code);
  const nonces = thief.stranger.heard.filter((frame) => frame.type === "join-nonce");
  expect(new Set(nonces.map((frame) => toHex(frame.nonce))).size).toBe(1);
});

test("[IN10] frames that only an inviter says count as faults, and enough of them end the link", async () => {
  const mum = await house.found("Mum");
  const { invite } = await invitedBy(mum);
  const thief = await thiefOf(mum, invite);
  for (let index = 0; index < 8; index += 1) {
    await thief.say({ type: "join-progress", step: "done", why: "none", waitsFor: [] });
  }
  expect(thief.stranger.ended()).not.toBeNull();
  expect(await stepOf(mum)).toBe("waiting/");
});

test("[IN11] an invite that ended lets nobody begin, and its record says so", async () => {
  const mum = await house.found("Mum");
  const { invite } = await invitedBy(mum);
  const thief = await thiefOf(mum, invite);
  await house.advance(11 * 60_000);
  expect(await stepOf(mum)).toBe("expired/");
  await thief.commit("Dad");
  expect(await stepOf(mum)).toBe("expired/");
  expect(
    mum
      .running()
      .channels()
      .map((one) => one.purpose.type),
  ).toEqual(["family"]);
});

test("[JN5] only the pinned device is listened to, whoever holds the link", async () => {
  const mum = await house.found("Mum");
  const dad = await house.add("Dad");
  const { invite, link, id } = await invitedBy(mum);
  await value(dad.node().askToJoin({ link, name: "Dad" }));
  const purposes: readonly [LinkPurpose, LinkPurpose] = [
    { type: "invite", invite: id, side: "inviter" },
    { type: "invite", invite: id, side: "newcomer" },
  ];
  const wire = createWire(purposes);
  const signer = await crypto.createSigner(crypto.randomBytes(32));
  const eve = openStranger(dad.env(), crypto, wire.links[0], {
    family: invite.family,
    signer,
    prover: null,
    hasty: {
      type: "join-nonce",
      nonce: new Uint8Array(32),
      encryptionKey: await crypto.encryptionKeyOf(crypto.randomBytes(32)),
      familyName: "Not them",
      inviterName: "Eve",
      role: "parent",
      member: null,
      expiresAt: house.time.now(),
    },
  });
  dad.node().link(wire.links[1], null);
  await house.settle();
  expect(eve.ended()).not.toBeNull();
  expect(wire.sent[1].map((frame) => frame.type)).toEqual(["hello", "auth"]);
  expect((await dad.snapshot()).joining).toMatchObject({ step: "connecting", familyName: null });
});

test("[JN6] the inviter's words in a wrong order lead to no membership and stop nothing", async () => {
  const mum = await house.found("Mum");
  const dad = await house.add("Dad");
  const { link, id } = await invitedBy(mum);
  await value(dad.node().askToJoin({ link, name: "Dad" }));
  await house.meet(mum, dad);
  await house.until("a code", async () => (await dad.snapshot()).joining?.code !== null);
  const [session] = mum.running().sessions();
  session?.send({ type: "join-progress", step: "done", why: "none", waitsFor: [] });
  await house.advance(5_000);
  expect((await dad.snapshot()).phase).toBe("joining");
  session?.send({ type: "join-progress", step: "comparing", why: "none", waitsFor: [] });
  await value(mum.node().compareCode(id, true));
  await value(mum.node().approveJoin(id));
  await house.until("in", async () => (await dad.snapshot()).phase === "member");
});

test("[JN7] after They differ nothing of the family is taken any more", async () => {
  const mum = await house.found("Mum");
  const dad = await house.add("Dad");
  const { invite } = await house.compare(mum, dad, "parent");
  await value(dad.node().rejectCode());
  const [session] = mum.running().sessions();
  const blocks = await mum.running().family.ledger.blocksFrom(0, 16);
  session?.send({ type: "blocks", finalised: blocks });
  await house.settle();
  expect((await dad.snapshot()).joining).toMatchObject({ step: "failed", why: "differ" });
  expect(dad.running().family.ledger.head()).toBeNull();
  expect(await stepOf(mum)).toBe("burned/differ");
  expect(await mum.node().approveJoin(invite)).toMatchObject({ ok: false });
  await value(dad.node().cancelJoin());
  expect((await dad.snapshot()).phase).toBe("empty");
});

test("[IN11] who opens an invite that was burned is told, until its time is over", async () => {
  const mum = await house.found("Mum");
  const { invite, id, link } = await invitedBy(mum);
  const first = await thiefOf(mum, invite);
  await first.commit("Dad");
  const second = await thiefOf(mum, invite);
  await second.commit("Dad");
  expect(await stepOf(mum)).toBe("burned/second-person");
  await value(mum.node().dismissInvite(id));
  const late = await house.add("Late");
  await value(late.node().askToJoin({ link, name: "Late" }));
  await house.meet(mum, late);
  await house.advance(2_000);
  expect((await late.snapshot()).joining).toMatchObject({ step: "failed", why: "burned" });
  await house.advance(11 * 60_000);
  const purposes = mum.running().channels();
  expect(purposes.map((one) => one.purpose.type)).toEqual(["family"]);
});
