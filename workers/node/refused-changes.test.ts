/** What somebody pressed and what was refused when it came to be written down: whole nodes. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ChangeRequest, RefusedChange } from "../api.ts";
import {
  encodeAction,
  type Transaction,
  type TransactionBody,
} from "../core/ledger/transaction.ts";
import { REFUSED_CHANGES_MAX } from "./limits.ts";
import { value, type TestDevice } from "./testing/device.ts";
import { createHousehold, memberNamed, type Household } from "./testing/household.ts";

let house: Household;
let mum: TestDevice;
let dad: TestDevice;
let gran: TestDevice;
/** Mum's phone keeps the rules alone. */
beforeEach(async () => {
  house = createHousehold();
  mum = await house.found("Mum");
  dad = await house.join(mum, "Dad", "parent");
  gran = await house.join(mum, "Gran", "relative");
  await house.meet(dad, gran);
  await house.advance(2_000);
});
afterEach(async () => house.stop());

const idOf = async (name: string): Promise<string> => memberNamed(await mum.snapshot(), name);
const ask = async (device: TestDevice, request: ChangeRequest): Promise<string> => {
  const answer = await device.node().changeRules(request);
  await house.advance(2_000);
  return answer.ok ? answer.value : answer.code;
};
const refusedOf = async (device: TestDevice): Promise<readonly RefusedChange[]> =>
  (await device.snapshot()).ledger.refused;
const away = async (device: TestDevice): Promise<void> => {
  for (const session of device.running().sessions()) session.close("away");
  await house.settle();
};
/** Dad is away, and wants what Mum has done already. */
async function dadIsLate(): Promise<void> {
  await away(dad);
  const member = await idOf("Gran");
  expect(await ask(dad, { type: "change-role", member, to: "contact" })).toBe("waits");
  expect(await ask(mum, { type: "change-role", member, to: "contact" })).toBe("done");
  expect(await refusedOf(dad)).toEqual([]);
}

describe("a change that is refused when it comes to be written down", () => {
  test("[DI20] is told to the person who asked for it, and to nobody else", async () => {
    await dadIsLate();
    await house.meet(mum, dad);
    await house.meet(dad, gran);
    await house.advance(5_000);
    expect(await refusedOf(dad)).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f]{64}$/),
        change: {
          type: "role-assigned",
          member: { id: await idOf("Gran"), name: "Gran", isMe: false },
          from: "relative",
          to: "contact",
        },
        why: "settled",
      },
    ]);
    for (const one of [mum, gran]) expect(await refusedOf(one)).toEqual([]);
    expect((await dad.snapshot()).ledger.pending).toBe(0);
  });

  test("[DI21] is told over restarts until it was read, and then no more", async () => {
    await dadIsLate();
    await house.meet(mum, dad);
    await house.advance(5_000);
    await dad.restart();
    const [told] = await refusedOf(dad);
    expect(told).toMatchObject({ why: "settled" });
    await value(dad.node().noteRefused(told?.id ?? ""));
    expect(await refusedOf(dad)).toEqual([]);
    await dad.restart();
    await house.meet(mum, dad);
    await house.meet(dad, gran);
    await house.advance(5_000);
    expect(await refusedOf(dad)).toEqual([]);
    expect((await dad.node().noteRefused("x")).ok).toBe(true);
  });

  test("[DI21] is told wherever the app was killed while it let it go", async () => {
    await dadIsLate();
    dad.record(true);
    await house.meet(mum, dad);
    await house.advance(5_000);
    dad.record(false);
    const mumDisk = mum.store().snapshot();
    const startMs = house.time.now();
    const disks = dad.disks.splice(0);
    expect(disks.length).toBeGreaterThan(1);
    for (const disk of disks) {
      const later = createHousehold({ startMs });
      const again = await later.add("Dad", { disk });
      const keeper = await later.add("Mum", { disk: mumDisk });
      await later.meet(again, keeper);
      await later.advance(5_000);
      expect(await refusedOf(again)).toMatchObject([{ why: "settled" }]);
      await later.stop();
    }
  });

  test("[DI20] a word about what is gone meanwhile does not wait for months", async () => {
    const leo = await house.join(mum, "Leo", "child");
    await house.meet(dad, leo);
    expect(await ask(mum, { type: "remove-member", member: await idOf("Leo") })).toBe("asked");
    const [open] = (await dad.snapshot()).ledger.proposals;
    await away(dad);
    await value(dad.node().decideProposal(open?.id ?? "", "agree"));
    await value(mum.node().decideProposal(open?.id ?? "", "withdraw"));
    await house.advance(2_000);
    await house.meet(mum, dad);
    await house.advance(5_000);
    expect(await refusedOf(dad)).toMatchObject([{ change: { type: "approved" }, why: "settled" }]);
    expect((await dad.snapshot()).ledger.pending).toBe(0);
    // Whoever carried it hands it back: it is not told a second time.
    await value(dad.node().noteRefused((await refusedOf(dad))[0]?.id ?? ""));
    await away(dad);
    await house.meet(mum, dad);
    await house.advance(5_000);
    expect(await refusedOf(dad)).toEqual([]);
  });

  test("[DI22] what makes itself is told nobody, nor what another device asked for", async () => {
    await away(dad);
    const { refused, family } = dad.running();
    const member = await idOf("Gran");
    await value(dad.node().changeRules({ type: "change-role", member, to: "contact" }));
    const [pressed] = family.ledger.pending();
    if (pressed === undefined) throw new Error("it waits");
    const of = (content: Partial<Transaction>) => ({
      ...pressed,
      content: { ...pressed.content, ...content },
    });
    const id = pressed.id.slice(0, 16);
    const bodies: readonly TransactionBody[] = [
      { type: "enacted", proposal: id, cuts: [] },
      { type: "invite-revoked", invite: id },
      { type: "replicas-changed", parent: pressed.id, added: [], removed: [id] },
      { type: "violation-recorded", subject: id, rule: 1, day: 1, count: 1 },
      { type: "proposed", action: encodeAction({ type: "invite-revoked", invite: id }) },
      { type: "proposed", action: new Uint8Array(3) },
    ];
    for (const silent of [...bodies.map((body) => of({ body })), of({ author: id })]) {
      expect(refused.writesFor(silent, "rules-moved")).toEqual([]);
      expect(refused.note(silent, "rules-moved")).toBe(false);
    }
    expect(refused.views()).toEqual([]);
    expect(refused.writesFor(pressed, "rules-moved")).toHaveLength(1);
  });

  test("[DI21] no more than a screen can tell are kept, the latest ones", async () => {
    await away(dad);
    const { refused } = dad.running();
    const pending = dad.running().family.ledger;
    const member = await idOf("Gran");
    await value(dad.node().changeRules({ type: "change-role", member, to: "contact" }));
    const [one] = pending.pending();
    if (one === undefined) throw new Error("it waits");
    for (let index = 0; index < REFUSED_CHANGES_MAX + 3; index += 1) {
      const id = one.id.map((byte, place) => (place === 0 ? index : byte));
      refused.note({ ...one, id }, "rules-moved");
    }
    expect(refused.views()).toHaveLength(REFUSED_CHANGES_MAX);
    expect(refused.views().at(-1)?.id.slice(0, 2)).toBe(
      (REFUSED_CHANGES_MAX + 2).toString(16).padStart(2, "0"),
    );
  });
});
