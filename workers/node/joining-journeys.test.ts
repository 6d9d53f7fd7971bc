/** Joining as people do it: interrupted, reloaded, away, refused, cancelled. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { createCryptoSuite } from "../crypto/webcrypto-suite.ts";
import { StoreError } from "../storage/store.ts";
import { signTransaction } from "./family.ts";
import { value, type TestDevice } from "./testing/device.ts";
import { createHousehold, memberNamed, type Household } from "./testing/household.ts";

const crypto = createCryptoSuite();
let house: Household;
let mum: TestDevice;
let dad: TestDevice;
beforeEach(async () => {
  house = createHousehold();
  mum = await house.found("Mum");
  dad = await house.add("Dad");
});
afterEach(async () => house.stop());

async function stepOf(invite: string): Promise<string | undefined> {
  return (await mum.snapshot()).invites.find((one) => one.id === invite)?.step;
}

test.each(["inviter", "newcomer", "both"] as const)(
  "[IN16] the %s reloads at every step, and they still come to one code and a membership",
  async (who) => {
    const reload = async (): Promise<void> => {
      if (who !== "newcomer") await mum.restart();
      if (who !== "inviter") await dad.restart();
      await house.settle();
      await house.meet(mum, dad);
      await house.settle();
    };
    const { invite, link } = await house.invite(mum, "parent");
    if (who !== "newcomer") await mum.restart();
    await value(dad.node().askToJoin({ link, name: "Dad" }));
    await reload();
    await house.until("a code", async () => (await dad.snapshot()).joining?.code !== null);
    const code = (await dad.snapshot()).joining?.code;
    await reload();
    expect((await dad.snapshot()).joining?.code).toBe(code);
    expect((await mum.snapshot()).invites[0]?.code).toBe(code);
    await value(mum.node().compareCode(invite, true));
    await reload();
    expect(await stepOf(invite)).toBe("compared");
    await value(mum.node().approveJoin(invite));
    await reload();
    await house.until("in", async () => (await dad.snapshot()).phase === "member");
    await reload();
    expect((await dad.snapshot()).familyName).toBe("The Okafors");
    expect((await dad.snapshot()).ledger.head).toBe((await mum.snapshot()).ledger.head);
  },
);

test("[IN17] approved while the newcomer is away: it comes in when it is back, the invite put away or not", async () => {
  const { invite, wire } = await house.compare(mum, dad, "parent");
  await house.cut(wire);
  await value(mum.node().compareCode(invite, true));
  expect(await mum.node().dismissInvite(invite)).toMatchObject({ code: "wrong-step" });
  await value(mum.node().approveJoin(invite));
  expect(await stepOf(invite)).toBe("done");
  await value(mum.node().dismissInvite(invite));
  expect(await stepOf(invite)).toBeUndefined();
  await mum.restart();
  await house.advance(60_000);
  expect(await house.meet(mum, dad)).not.toBeNull();
  await house.until("in", async () => (await dad.snapshot()).phase === "member");
  // The invite itself is listened for until its ten minutes are over, for latecomers.
  await house.advance(10 * 60_000);
  const purposes = mum
    .running()
    .channels()
    .map((one) => one.purpose.type);
  expect(purposes).toEqual(["family"]);
});

test("[IN18] an invite of a parent whose replica sleeps waits and says for whom", async () => {
  await house.join(mum, "Gran", "relative");
  const gran = await house.add("unused");
  await gran.stop();
  const { invite } = await house.compare(mum, dad, "parent");
  await value(mum.node().compareCode(invite, true));
  await value(mum.node().approveJoin(invite));
  await house.until("in", async () => (await dad.snapshot()).phase === "member");
  for (const session of dad.running().sessions()) session.close("away");
  await house.settle();
  const made = await house.invite(dad, "child");
  const mia = await house.add("Mia");
  await value(mia.node().askToJoin({ link: made.link, name: "Mia" }));
  await house.meet(dad, mia);
  await house.until("a code", async () => (await mia.snapshot()).joining?.code !== null);
  await value(dad.node().compareCode(made.invite, true));
  await value(dad.node().approveJoin(made.invite));
  const view = (await dad.snapshot()).invites[0];
  expect(view).toMatchObject({ step: "committing", waitsFor: ["Mum"] });
  expect((await mia.snapshot()).joining).toMatchObject({ step: "approved", waitsFor: ["Mum"] });
  await house.meet(mum, dad);
  await house.until("in", async () => (await mia.snapshot()).phase === "member");
});

test("[NW3] a device for another parent is invited by one", async () => {
  const { invite } = await house.compare(mum, dad, "parent");
  await value(mum.node().compareCode(invite, true));
  await value(mum.node().approveJoin(invite));
  await house.until("in", async () => (await dad.snapshot()).phase === "member");
  const { members } = await mum.snapshot();
  for (const name of ["Mum", "Dad"]) {
    const forMember = members.find((one) => one.name === name)?.id ?? "";
    const request = { role: "parent", lifetime: "qr", forMember } as const;
    expect((await mum.node().createInvite(request)).ok).toBe(true);
  }
});

test("[IN26] who has written twenty changes in a day is told that, and invites again tomorrow", async () => {
  const invite = async (): Promise<string> => {
    const made = await mum.node().createInvite({ role: "child", lifetime: "qr" });
    if (!made.ok) return made.code;
    await value(mum.node().revokeInvite(made.value.invite));
    return "made";
  };
  const made = new Set<string>();
  for (let count = 0; count < 20; count += 1) made.add(await invite());
  expect([...made, await invite()]).toEqual(["made", "too-many-today"]);
  await house.sleepUntil(house.time.now() + 86_400_000);
  expect(await invite()).toBe("made");
});

test("[LP21] what had to wait for another day is written down then, by a device alone", async () => {
  const { family } = mum.running();
  const write = async (): Promise<unknown> => {
    const keys = await crypto.createSigner(crypto.randomBytes(32));
    const body = {
      type: "invite-created" as const,
      inviteKey: keys.publicKey,
      role: "child" as const,
      member: null,
      expiresAt: house.time.now() + 60_000,
    };
    return family.ledger.submit(await signTransaction(family, body, []), []);
  };
  for (let count = 0; count < 21; count += 1) {
    expect(await write()).toBeNull();
    // Five may be open at once.
    await house.advance(61_000);
  }
  const height = family.ledger.head()?.state.height ?? 0;
  expect(family.ledger.pending()).toHaveLength(1);
  await house.advance(60_000);
  expect(family.ledger.pending()).toHaveLength(1);
  await house.sleepUntil(house.time.now() + 86_400_000);
  await house.until("written", () => family.ledger.pending().length === 0);
  expect(family.ledger.head()?.state.height).toBe(height + 1);
});

test("[IN27] an invite that ended while everybody slept for a month is not approved any more", async () => {
  const { invite } = await house.compare(mum, dad, "parent");
  await value(mum.node().compareCode(invite, true));
  await house.sleepUntil(house.time.now() + 36 * 86_400_000);
  expect(await mum.node().approveJoin(invite)).toMatchObject({ ok: false });
  await house.advance(2_000);
  expect(mum.running().family.ledger.pending()).toEqual([]);
  expect((await mum.snapshot()).members).toHaveLength(1);
  // Both are told, and can begin again.
  expect((await mum.snapshot()).invites[0]).toMatchObject({ step: "expired" });
  await house.meet(mum, dad);
  await house.until("told", async () => (await dad.snapshot()).joining?.step === "failed");
});

test("[IN19] calls in the wrong step, or of an unknown invite, are answered with a code and change nothing", async () => {
  const node = mum.node();
  for (const invite of ["", "00".repeat(16), "nonsense"]) {
    for (const call of [
      node.revokeInvite(invite),
      node.compareCode(invite, true),
      node.approveJoin(invite),
      node.dismissInvite(invite),
    ]) {
      expect(await call).toMatchObject({ ok: false, code: "unknown-invite" });
    }
  }
  const { invite } = await house.invite(mum, "parent");
  expect(await node.approveJoin(invite)).toMatchObject({ code: "wrong-step" });
  expect(await node.compareCode(invite, true)).toMatchObject({ code: "wrong-step" });
  expect(await node.dismissInvite(invite)).toMatchObject({ code: "wrong-step" });
  await value(node.revokeInvite(invite));
  expect(await stepOf(invite)).toBe("revoked");
  expect(await node.revokeInvite(invite)).toMatchObject({ code: "wrong-step" });
  await value(node.dismissInvite(invite));
});

test("[IN22] nobody is approved before the digits were compared, whatever the page asks for", async () => {
  const mia = await house.add("Mia");
  const { invite } = await house.compare(mum, mia, "child");
  const before = mum.running().family.ledger.head()?.state.height;
  expect(await mum.node().approveJoin(invite)).toMatchObject({ ok: false, code: "wrong-step" });
  await house.advance(5_000);
  expect(await stepOf(invite)).toBe("comparing");
  expect(mum.running().family.ledger.head()?.state.height).toBe(before);
  expect((await mum.snapshot()).members).toHaveLength(1);
  await value(mum.node().compareCode(invite, true));
  await value(mum.node().approveJoin(invite));
  await house.until("in", async () => (await mia.snapshot()).phase === "member");
});

test("[IN20] five live invites and no more; a child makes none; a member that is none has none", async () => {
  const mia = await house.join(mum, "Mia", "child");
  for (let index = 0; index < 5; index += 1) await house.invite(mum, "child");
  expect(await mum.node().createInvite({ role: "child", lifetime: "qr" })).toMatchObject({
    code: "too-many-invites",
  });
  expect(await mia.node().createInvite({ role: "parent", lifetime: "qr" })).toMatchObject({
    code: "not-allowed",
  });
  for (const forMember of ["nonsense", "00".repeat(16)]) {
    const request = { role: "parent", lifetime: "qr", forMember } as const;
    expect((await mum.node().createInvite(request)).ok).toBe(false);
  }
  expect((await mum.snapshot()).invites.filter((one) => one.step === "waiting")).toHaveLength(5);
});

test("[IN21] a further device belongs to its member and is marked as new", async () => {
  const me = (await mum.snapshot()).me?.member ?? "";
  await house.join(mum, "Tablet", "parent", me);
  const { members } = await mum.snapshot();
  expect(members).toHaveLength(1);
  expect(members[0]?.devices.map((one) => [one.isMe, one.isNew])).toContainEqual([false, true]);
  expect(memberNamed(await mum.snapshot(), "Mum")).toBe(me);
});

test("[JN12] cancelling leaves an empty browser, in which another family can be joined or founded", async () => {
  for (const moment of ["connecting", "comparing", "receiving"] as const) {
    const newcomer = await house.add("Newcomer");
    const { invite, link } = await house.invite(mum, "parent");
    await value(newcomer.node().askToJoin({ link, name: "Newcomer" }));
    if (moment !== "connecting") {
      await house.meet(mum, newcomer);
      await house.until("a code", async () => (await newcomer.snapshot()).joining?.code !== null);
    }
    if (moment === "receiving") {
      // The chain is here, the app's own word of it is not: as after a kill in between.
      newcomer.fail((writes) =>
        writes.some((one) => one.type === "put" && one.key[0] === "profile")
          ? new StoreError("quota", "planned")
          : null,
      );
      await value(mum.node().compareCode(invite, true));
      await value(mum.node().approveJoin(invite));
      await house.settle();
      newcomer.fail(null);
      expect(newcomer.running().family.ledger.head()).not.toBeNull();
    }
    await value(newcomer.node().cancelJoin());
    expect((await newcomer.snapshot()).phase).toBe("empty");
    await newcomer.restart();
    expect((await newcomer.snapshot()).phase).toBe("empty");
    await value(newcomer.node().startFamily({ familyName: "Others", myName: "N" }));
    await newcomer.restart();
    expect((await newcomer.snapshot()).familyName).toBe("Others");
    await newcomer.stop();
  }
});

test("[JN13] one link for one try: another one is refused while a joining is under way", async () => {
  const { link } = await house.invite(mum, "parent");
  await value(dad.node().askToJoin({ link, name: "Dad" }));
  expect(await dad.node().askToJoin({ link, name: "Dad" })).toMatchObject({
    code: "already-member",
  });
  expect(await dad.node().startFamily({ familyName: "x", myName: "y" })).toMatchObject({
    code: "already-member",
  });
  for (const name of ["", "\u202eDad", "x".repeat(65)]) {
    const other = await house.add("Other");
    expect(await other.node().askToJoin({ link, name })).toMatchObject({ code: "bad-name" });
    expect((await other.snapshot()).phase).toBe("empty");
  }
});

test("[JN14] an unanswered newcomer gives up two minutes after the link's end, an answered one waits", async () => {
  const { link } = await house.invite(mum, "parent");
  await value(dad.node().askToJoin({ link, name: "Dad" }));
  await house.advance(11 * 60_000);
  expect((await dad.snapshot()).joining?.step).toBe("connecting");
  await house.advance(2 * 60_000);
  expect((await dad.snapshot()).joining).toMatchObject({ step: "failed", why: "expired" });
  const late = await house.add("Late", { clockOffsetMs: 25 * 3_600_000 });
  expect(await late.node().askToJoin({ link, name: "Dad" })).toMatchObject({
    code: "link-expired",
  });
});

test("[IN24] an invite taken back after its end takes nothing to the ledger", async () => {
  const before = await house.compare(mum, dad, "parent");
  const height = (): number => mum.running().family.ledger.head()?.state.height ?? -1;
  await value(mum.node().compareCode(before.invite, true));
  const made = height();
  await house.advance(11 * 60_000);
  expect(await stepOf(before.invite)).toBe("compared");
  await value(mum.node().revokeInvite(before.invite));
  await house.settle();
  expect([await stepOf(before.invite), height()]).toEqual(["revoked", made]);
});
