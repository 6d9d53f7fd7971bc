/** People change the family's rules together: whole nodes on virtual time. DESIGN §4.12. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ChangeRequest, DecisionWord, ProposalView } from "../api.ts";
import { toHex } from "../core/codec/ids.ts";
import { decodeFinalised } from "../core/ledger/block.ts";
import { decodeTransaction } from "../core/ledger/transaction.ts";
import { nameOf } from "./family.ts";
import { value, type TestDevice } from "./testing/device.ts";
import { createHousehold, memberNamed, textsOf, type Household } from "./testing/household.ts";

const DAY_MS = 24 * 3_600_000;

let house: Household;
let mum: TestDevice;
let dad: TestDevice;
let gran: TestDevice;
beforeEach(async () => {
  house = createHousehold();
  mum = await house.found("Mum");
  dad = await house.join(mum, "Dad", "parent");
  gran = await house.join(mum, "Gran", "relative");
  await house.meet(dad, gran);
});
afterEach(async () => house.stop());

const streamsOf = (device: TestDevice) => [
  ...(device.running().family.gossip?.core().streams.values() ?? []),
];
const deviceOf = (device: TestDevice): string => toHex(device.running().family.identity.device);
const idOf = async (name: string): Promise<string> => memberNamed(await mum.snapshot(), name);
const roleOf = async (device: TestDevice, name: string): Promise<string | undefined> =>
  (await device.snapshot()).members.find((one) => one.name === name)?.role;
const ask = async (device: TestDevice, request: ChangeRequest): Promise<string> => {
  const answer = await device.node().changeRules(request);
  await house.advance(2_000);
  return answer.ok ? answer.value : answer.code;
};
const proposalsOf = async (device: TestDevice): Promise<readonly ProposalView[]> =>
  (await device.snapshot()).ledger.proposals;
const say = async (device: TestDevice, word: DecisionWord): Promise<string> => {
  const [first] = await proposalsOf(device);
  const answer = await device.node().decideProposal(first?.id ?? "", word);
  await house.advance(2_000);
  return answer.ok ? "said" : answer.code;
};
const names = (people: ProposalView["waitsFor"]): readonly string[] =>
  people.map((one) => `${one.name ?? "?"}${one.isMe ? " (me)" : ""}`);
const later = async (ms: number): Promise<void> => {
  for (const one of [mum, dad, gran]) one.jump(ms);
  await house.advance(30_000);
};
const talk = async (from: TestDevice, to: string, text: string): Promise<void> => {
  const conversation = memberNamed(await from.snapshot(), to);
  await value(from.node().sendMessage(conversation, text));
  await house.advance(2_000);
};
/** What the chain holds of a kind, by the blocks of this device. */
const countOf = async (device: TestDevice, kind: string): Promise<number> => {
  const { ledger } = device.running().family;
  let count = 0;
  for (let height = 0; ; height += 1) {
    const [bytes] = await ledger.blocksFrom(height, 1);
    const decoded = bytes === undefined ? null : decodeFinalised(bytes);
    if (decoded === null || !decoded.ok) return count;
    for (const signed of decoded.value.block.transactions) {
      const transaction = decodeTransaction(signed.bytes);
      if (transaction.ok && transaction.value.body.type === kind) count += 1;
    }
  }
};

describe("alone and together", () => {
  test("[DI1] one parent alone takes a relative's device out and removes a contact", async () => {
    const lee = await house.join(mum, "Lee", "contact");
    expect(await ask(dad, { type: "remove-member", member: await idOf("Lee") })).toBe("waits");
    expect((await mum.snapshot()).members.map((one) => one.name)).not.toContain("Lee");
    expect((await mum.snapshot()).conversations.map((one) => one.name)).not.toContain("Lee");
    expect((await lee.snapshot()).removal).toMatchObject({ name: "Lee", isMember: true });
    const device = deviceOf(gran);
    expect(await ask(dad, { type: "revoke-device", device, reason: "lost" })).toBe("waits");
    expect((await gran.snapshot()).phase).toBe("removed");
    expect(await proposalsOf(mum)).toEqual([]);
  });

  test("[DI1, DI3] what takes two parents is asked for, shown to everybody but contacts, and happens with the second word", async () => {
    const lee = await house.join(mum, "Lee", "contact");
    const member = await idOf("Gran");
    expect(await ask(mum, { type: "change-role", member, to: "parent" })).toBe("asked");
    const [mine] = await proposalsOf(mum);
    expect(mine).toMatchObject({
      change: { type: "role-assigned", from: "relative", to: "parent" },
      isMine: true,
      missing: 1,
      happensAt: null,
      canAgree: false,
      canObject: false,
    });
    const [theirs] = await proposalsOf(dad);
    expect(names(theirs?.agreed ?? [])).toEqual(["Mum"]);
    expect(names(theirs?.waitsFor ?? [])).toEqual(["Dad (me)"]);
    expect(theirs).toMatchObject({ isMine: false, canAgree: true, canObject: true });
    expect((await proposalsOf(gran))[0]).toMatchObject({
      isAboutMe: true,
      canAgree: false,
      canObject: true,
    });
    expect(await proposalsOf(lee)).toEqual([]);
    expect(await say(dad, "agree")).toBe("said");
    expect(await roleOf(gran, "Gran")).toBe("parent");
    expect(await proposalsOf(mum)).toEqual([]);
  });

  test("[DI1] who may not ask is told, and nothing is left waiting", async () => {
    const mia = await house.join(mum, "Mia", "child");
    expect(await ask(mia, { type: "remove-member", member: await idOf("Gran") })).toBe(
      "not-allowed",
    );
    expect(await ask(gran, { type: "change-role", member: await idOf("Mum"), to: "contact" })).toBe(
      "not-allowed",
    );
    expect(await ask(mum, { type: "remove-member", member: "00".repeat(16) })).toBe("already-done");
    expect(await ask(mum, { type: "revoke-device", device: "x", reason: "lost" })).toBe(
      "already-done",
    );
    for (const one of [mum, dad, gran, mia]) {
      expect(one.running().family.ledger.pending()).toEqual([]);
    }
  });

  test("[DI1] the last parent and the last device that keeps the rules stay, in words", async () => {
    expect(await ask(dad, { type: "leave-family" })).toBe("waits");
    expect((await dad.snapshot()).removal).toMatchObject({ isMember: true });
    expect(await ask(mum, { type: "leave-family" })).toBe("last-keeper");
    const device = deviceOf(mum);
    expect(await ask(mum, { type: "revoke-device", device, reason: "retired" })).toBe(
      "last-keeper",
    );
  });

  test("[DI4] the same is asked for once, whoever asks; what is settled is told", async () => {
    const member = await idOf("Gran");
    expect(await ask(mum, { type: "change-role", member, to: "parent" })).toBe("asked");
    // Other bytes by now, and the same wish.
    await talk(gran, "Dad", "is it true?");
    expect(await ask(dad, { type: "change-role", member, to: "parent" })).toBe("already-asked");
    const [open] = await proposalsOf(dad);
    expect(await say(mum, "withdraw")).toBe("said");
    expect(await proposalsOf(dad)).toEqual([]);
    expect(await dad.node().decideProposal(open?.id ?? "", "agree")).toMatchObject({
      code: "already-done",
    });
    expect(await ask(dad, { type: "change-role", member, to: "relative" })).toBe("already-done");
  });

  test("[DI4] a word is said once, and shown as said until the device that keeps the rules is open", async () => {
    expect(await ask(mum, { type: "change-role", member: await idOf("Gran"), to: "parent" })).toBe(
      "asked",
    );
    for (const session of mum.running().sessions()) session.close("away");
    await house.settle();
    expect(await say(dad, "agree")).toBe("said");
    expect((await proposalsOf(dad))[0]).toMatchObject({ isSaying: "agree", canAgree: false });
    expect(await say(dad, "agree")).toBe("said");
    expect(dad.running().family.ledger.pending()).toHaveLength(1);
    await house.meet(mum, dad);
    await house.until("a parent", async () => (await roleOf(mum, "Gran")) === "parent");
  });

  test("[DI6] a further device says that it does not speak for its member yet", async () => {
    const phone = await house.join(mum, "Dad's phone", "parent", await idOf("Dad"));
    expect(await ask(mum, { type: "change-role", member: await idOf("Gran"), to: "parent" })).toBe(
      "asked",
    );
    expect((await proposalsOf(phone))[0]).toMatchObject({
      isTooNew: true,
      canAgree: false,
      canObject: false,
    });
    expect(await say(phone, "agree")).toBe("new-device");
    expect(await ask(phone, { type: "leave-family" })).toBe("new-device");
    expect((await proposalsOf(dad))[0]).toMatchObject({ isTooNew: false, canAgree: true });
  });
});

describe("bounds", () => {
  test("[DI3] what cannot happen any more is said to be so, is not enacted, and may be asked for anew", async () => {
    expect(await ask(dad, { type: "leave-family" })).toBe("waits");
    const member = await idOf("Gran");
    expect(await ask(mum, { type: "change-role", member, to: "parent" })).toBe("asked");
    expect((await proposalsOf(mum))[0]).toMatchObject({ isImpossible: false });
    expect(await ask(mum, { type: "change-role", member, to: "contact" })).toBe("done");
    expect((await proposalsOf(mum))[0]).toMatchObject({ isImpossible: true, canAgree: false });
    await later(1.1 * DAY_MS);
    expect(mum.running().family.ledger.pending()).toEqual([]);
    expect(await ask(mum, { type: "change-role", member, to: "parent" })).toBe("asked");
  });

  test("[DI7] ten urgent changes of a day are told at once too, and one's own devices are not among them", async () => {
    const names = Array.from({ length: 11 }, (_, index) => `L${index}`);
    const devices: string[] = [];
    for (const name of names) devices.push(deviceOf(await house.join(mum, name, "contact")));
    const asked: string[] = [];
    for (const device of devices) {
      asked.push(await ask(mum, { type: "revoke-device", device, reason: "lost" }));
    }
    expect(asked).toEqual([...Array.from({ length: 10 }, () => "done"), "too-many-today"]);
    expect(mum.running().family.ledger.pending()).toEqual([]);
  });

  test("[DI7] what I asked for eight times, and twenty changes on a day, are told at once", async () => {
    const members: string[] = [];
    for (let index = 0; index < 9; index += 1) {
      await house.join(index < 5 ? mum : dad, `R${index}`, "relative");
      members.push(await idOf(`R${index}`));
    }
    const asked: string[] = [];
    for (const member of members) {
      asked.push(await ask(mum, { type: "change-role", member, to: "parent" }));
    }
    expect(asked).toEqual([...Array.from({ length: 8 }, () => "asked"), "too-many-proposals"]);
    // Each invite and each proposal was one of Mum's twenty.
    let invites = 0;
    for (;;) {
      const made = await mum.node().createInvite({ role: "child", lifetime: "qr" });
      if (!made.ok) {
        expect(made.code).toBe("too-many-today");
        break;
      }
      invites += 1;
      await value(mum.node().revokeInvite(made.value.invite));
    }
    expect(invites).toBe(20 - 8 - 5 - 2);
    const [first = ""] = members;
    expect(await ask(mum, { type: "change-role", member: first, to: "contact" })).toBe(
      "too-many-today",
    );
    const [one] = (await mum.snapshot()).ledger.proposals;
    expect(await mum.node().decideProposal(one?.id ?? "", "withdraw")).toMatchObject({
      code: "too-many-today",
    });
    // What cannot wait is not held up by it.
    const device = deviceOf(gran);
    expect(await ask(mum, { type: "revoke-device", device, reason: "lost" })).toBe("done");
    expect(await mum.node().decideProposal(one?.id ?? "", "object")).toMatchObject({ ok: true });
  });
});

describe("time", () => {
  test("[DI5] another parent's device goes after three days without an objection, by whoever is open, once", async () => {
    await house.meet(mum, dad);
    const device = deviceOf(dad);
    expect(await ask(mum, { type: "revoke-device", device, reason: "lost" })).toBe("asked");
    const [open] = await proposalsOf(gran);
    const now = gran.env().now();
    expect(open?.happensAt).toBeGreaterThan(now + 2.9 * DAY_MS);
    expect(open?.happensAt).toBeLessThan(now + 3 * DAY_MS + 1);
    await later(2.9 * DAY_MS);
    expect((await dad.snapshot()).phase).toBe("member");
    const signed: string[] = [];
    for (const one of [mum, dad, gran]) {
      const { ledger } = one.running().family;
      const { submit } = ledger;
      Object.assign(ledger, {
        submit: async (...args: Parameters<typeof submit>) => {
          signed.push(one.name);
          return submit(...args);
        },
      });
    }
    await later(0.2 * DAY_MS);
    expect((await dad.snapshot()).phase).toBe("removed");
    expect(await countOf(mum, "enacted")).toBe(1);
    const [first] = [mum, dad].toSorted((a, b) => (deviceOf(a) < deviceOf(b) ? -1 : 1));
    expect(signed).toEqual([first?.name]);
  });

  test("[DI5] an objection ends the waiting: it is shown, and nothing happens by itself", async () => {
    const device = deviceOf(dad);
    expect(await ask(mum, { type: "revoke-device", device, reason: "lost" })).toBe("asked");
    expect(await say(dad, "object")).toBe("said");
    const [open] = await proposalsOf(mum);
    expect(open).toMatchObject({ isObjected: true, happensAt: null });
    expect(names(open?.objected ?? [])).toEqual(["Dad"]);
    await later(4 * DAY_MS);
    expect((await dad.snapshot()).phase).toBe("member");
  });

  test("[DI5] who is not a grown-up enacts nothing; it happens when one opens the app", async () => {
    const mia = await house.join(mum, "Mia", "child");
    expect(await ask(dad, { type: "leave-family" })).toBe("waits");
    expect(await ask(mum, { type: "change-role", member: await idOf("Gran"), to: "parent" })).toBe(
      "asked",
    );
    expect((await proposalsOf(mum))[0]?.happensAt).toBeGreaterThan(mum.env().now());
    for (const one of [mum, gran])
      for (const session of one.running().sessions()) session.close("away");
    await house.settle();
    mia.jump(1.1 * DAY_MS);
    await house.advance(30_000);
    expect(mia.running().family.ledger.pending()).toEqual([]);
    mum.jump(1.1 * DAY_MS);
    await house.advance(30_000);
    expect(await roleOf(mum, "Gran")).toBe("parent");
  });
});

describe("what was said stays", () => {
  test("[DI2] what a device wrote before it was taken out stays, and its own streams alone are named", async () => {
    const mia = await house.join(mum, "Mia", "child");
    await house.meet(dad, mia);
    await talk(dad, "Mia", "hello");
    await talk(mia, "Dad", "before");
    const device = deviceOf(mia);
    expect(await ask(dad, { type: "revoke-device", device, reason: "compromised" })).toBe("waits");
    expect(await textsOf(dad, await idOf("Mia"))).toEqual(["hello", "before"]);
    const head = mum.running().family.ledger.head();
    const revoked = head?.state.devices.find((one) => toHex(one.id) === device)?.revoked;
    const stream = streamsOf(dad).find((one) => toHex(one.author) === device && one.known.size > 0);
    const last = Math.max(...(stream?.known.keys() ?? []));
    expect(revoked?.cuts.map(({ stream: number, seq }) => [number, seq])).toEqual([
      [stream?.number, last],
    ]);
  });

  test("[DC23, DI2] what was said while it waited stays with everybody when it happens", async () => {
    const mia = await house.join(mum, "Mia", "child");
    await house.meet(dad, mia);
    expect(await ask(mum, { type: "remove-member", member: await idOf("Mia") })).toBe("asked");
    await talk(mia, "Dad", "meanwhile");
    await talk(dad, "Mia", "I know");
    expect(await say(dad, "agree")).toBe("said");
    expect((await mia.snapshot()).phase).toBe("removed");
    expect(await textsOf(dad, memberIn(dad, "Mia"))).toEqual(["meanwhile", "I know"]);
  });

  test("[CV10] the conversation with who has left stays, and nothing more is written in it", async () => {
    await talk(dad, "Gran", "goodbye");
    const member = await idOf("Gran");
    expect(await ask(gran, { type: "leave-family" })).toBe("waits");
    const snapshot = await dad.snapshot();
    expect(snapshot.members.map((one) => one.name)).not.toContain("Gran");
    expect(snapshot.conversations.map((one) => one.name)).toContain("Gran");
    expect(await textsOf(dad, member)).toEqual(["goodbye"]);
    expect(await dad.node().sendMessage(member, "still there?")).toMatchObject({
      code: "not-allowed",
      detail: "left-the-family",
    });
  });
});

describe("a third parent", () => {
  const approved = async (): Promise<{ readonly aunt: TestDevice; readonly invite: string }> => {
    const aunt = await house.add("Aunt");
    const { invite } = await house.compare(mum, aunt, "parent");
    await value(mum.node().compareCode(invite, true));
    await value(mum.node().approveJoin(invite));
    await house.advance(2_000);
    return { aunt, invite };
  };
  const stepOf = async (): Promise<unknown> => (await mum.snapshot()).invites[0]?.step;

  test("[IN25] comes in when the second parent agrees, after a restart of the inviter too", async () => {
    const { aunt } = await approved();
    expect((await mum.snapshot()).invites[0]).toMatchObject({
      step: "committing",
      needs: ["Dad"],
    });
    expect((await aunt.snapshot()).joining).toMatchObject({ step: "approved", waitsFor: ["Dad"] });
    expect((await proposalsOf(dad))[0]?.change).toMatchObject({
      type: "member-registered",
      role: "parent",
      member: { name: "Aunt" },
    });
    await mum.restart();
    await house.meet(mum, dad);
    await house.meet(mum, aunt);
    await house.advance(3_000);
    expect(await stepOf()).toBe("committing");
    expect(await say(dad, "agree")).toBe("said");
    await house.until("in", async () => (await aunt.snapshot()).phase === "member");
    expect(await stepOf()).toBe("done");
    expect(await roleOf(dad, "Aunt")).toBe("parent");
    expect((await aunt.snapshot()).members).toHaveLength(4);
  });

  test("[IN25] what is taken back or lapses ends the invite, and the newcomer is told", async () => {
    const { aunt } = await approved();
    expect(await say(mum, "withdraw")).toBe("said");
    await house.advance(3_000);
    expect((await mum.snapshot()).invites[0]).toMatchObject({ step: "burned", why: "refused" });
    expect((await aunt.snapshot()).joining).toMatchObject({ step: "failed", why: "refused" });
  });

  test("[IN25] what nobody answers lapses after a month, without any block", async () => {
    const { aunt } = await approved();
    for (const one of [mum, dad, gran, aunt]) one.jump(31 * DAY_MS);
    await house.advance(30_000);
    expect((await mum.snapshot()).invites[0]).toMatchObject({ step: "burned", why: "refused" });
    expect(await proposalsOf(dad)).toEqual([]);
  });

  test("[IN25] where the other parent leaves instead of answering, the invite ends: a new one needs nobody else", async () => {
    const { aunt } = await approved();
    expect(await ask(dad, { type: "leave-family" })).toBe("waits");
    await house.advance(3_000);
    expect(await stepOf()).toBe("burned");
    expect((await aunt.snapshot()).joining).toMatchObject({ step: "failed" });
    const again = await house.invite(mum, "parent");
    const view = (await mum.snapshot()).invites.find(({ id }) => id === again.invite);
    expect(view?.needs).toEqual([]);
  });

  test("[IN25] another role needs nobody else, and says so", async () => {
    const made = await house.invite(mum, "child");
    expect((await mum.snapshot()).invites.find(({ id }) => id === made.invite)?.needs).toEqual([]);
    const third = await house.invite(mum, "parent");
    expect((await mum.snapshot()).invites.find(({ id }) => id === third.invite)?.needs).toEqual([
      "Dad",
    ]);
  });
});

/** Id of a member as a device's rules have it, also of one that has left. */
function memberIn(device: TestDevice, name: string): string {
  const { family } = device.running();
  const found = family.ledger.head()?.state.members.find((one) => nameOf(family, one.id) === name);
  if (found === undefined) throw new Error(`nobody was called ${name}`);
  return toHex(found.id);
}
