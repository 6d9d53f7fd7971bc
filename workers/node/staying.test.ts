/** How long messages stay is the family's to choose: whole nodes on virtual time. SPEC DC27, RE6. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { DecisionWord } from "../api.ts";
import { settingsAt } from "../core/ledger/relations.ts";
import { UTC } from "../core/ledger/rules-fixture.suite.test.ts";
import { signTransaction, stateOf } from "./family.ts";
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

const all = (): readonly TestDevice[] => [mum, dad, gran];
const keep = async (device: TestDevice, days: number): Promise<string> => {
  const answer = await device.node().changeRules({ type: "keep-messages", days });
  await house.advance(2_000);
  return answer.ok ? answer.value : answer.code;
};
const say = async (device: TestDevice, word: DecisionWord): Promise<void> => {
  const [first] = (await device.snapshot()).ledger.proposals;
  await value(device.node().decideProposal(first?.id ?? "", word));
  await house.advance(2_000);
};
const days = async (): Promise<readonly number[]> =>
  Promise.all(all().map(async (one) => (await one.snapshot()).retentionDays));
const later = async (ms: number): Promise<void> => {
  for (const one of all()) one.jump(ms);
  await house.advance(120_000);
};
const talk = async (text: string): Promise<void> => {
  const conversation = memberNamed(await mum.snapshot(), "Gran");
  await value(mum.node().sendMessage(conversation, text));
  await house.advance(2_000);
};
const texts = async (): Promise<readonly (readonly string[])[]> => [
  await textsOf(mum, memberNamed(await mum.snapshot(), "Gran")),
  await textsOf(gran, memberNamed(await gran.snapshot(), "Mum")),
];
/** Entries and bodies that a device keeps. */
const rowsOf = (device: TestDevice): number =>
  [...(device.running().family.gossip?.core().streams.values() ?? [])].reduce(
    (sum, { known }) => sum + known.size,
    0,
  );

test("[DC27] one parent lets messages stay longer, for everybody", async () => {
  await talk("first");
  expect(await keep(mum, 90)).toBe("done");
  expect(await days()).toEqual([90, 90, 90]);
  await later(40 * DAY_MS);
  expect(await texts()).toEqual([["first"], ["first"]]);
  await later(51 * DAY_MS);
  expect(await texts()).toEqual([[], []]);
});

test("[DC27] [RE6] sooner takes another parent, and then they go everywhere and come back from nowhere", async () => {
  await talk("old");
  await later(10 * DAY_MS);
  await talk("new");
  expect(await keep(mum, 7)).toBe("asked");
  await later(DAY_MS);
  expect(await days()).toEqual([30, 30, 30]);
  expect(await texts()).toEqual([
    ["old", "new"],
    ["old", "new"],
  ]);
  const before = rowsOf(gran);
  await say(dad, "agree");
  await house.advance(120_000);
  expect(await days()).toEqual([7, 7, 7]);
  expect(await texts()).toEqual([["new"], ["new"]]);
  expect(rowsOf(gran)).toBeLessThan(before);
  expect(await keep(mum, 365)).toBe("done");
  await later(DAY_MS);
  expect(await days()).toEqual([365, 365, 365]);
  expect(await texts()).toEqual([["new"], ["new"]]);
});

test("[DC27] alone it happens after three days, and an objection ends that", async () => {
  await talk("old");
  await later(10 * DAY_MS);
  expect(await keep(mum, 7)).toBe("asked");
  await say(dad, "object");
  await later(4 * DAY_MS);
  expect(await days()).toEqual([30, 30, 30]);
  expect(await texts()).toEqual([["old"], ["old"]]);
  await say(mum, "withdraw");
  expect(await keep(mum, 7)).toBe("asked");
  await later(3 * DAY_MS + 60_000);
  await house.advance(120_000);
  expect(await days()).toEqual([7, 7, 7]);
  expect(await texts()).toEqual([[], []]);
});

test("[DC27] only parents choose, only what is offered, and the same is not asked for twice", async () => {
  expect(await keep(gran, 90)).toBe("not-allowed");
  expect(await keep(mum, 8)).toBe("already-done");
  expect(await keep(mum, Number.NaN)).toBe("already-done");
  expect(await keep(mum, 30)).toBe("already-done");
  expect(await keep(mum, 7)).toBe("asked");
  // What was said meanwhile makes another proposal of it, and the same wish.
  await talk("meanwhile");
  expect(await keep(dad, 7)).toBe("already-asked");
  expect(await keep(mum, 7)).toBe("already-asked");
});

test("[DC27] all other settings stay as they were", async () => {
  const { family } = mum.running();
  const others = { messageBytes: 1_000, locationSeconds: 60, zone: UTC };
  const signed = await signTransaction(
    family,
    { type: "setting-changed", version: 1, retentionDays: 30, ...others, cuts: [] },
    [],
  );
  expect(await family.ledger.submit(signed, [])).toBeNull();
  await house.advance(2_000);
  expect(await keep(mum, 90)).toBe("done");
  const state = stateOf(family);
  const { height } = state;
  const settings = settingsAt({ state, height, time: mum.env().now() });
  expect(settings).toMatchObject({ version: 2, ...others });
});

test("[LP11] [DC27] two who enact the same apart leave nothing that waits for ever", async () => {
  expect(await keep(mum, 7)).toBe("asked");
  for (const one of [dad, gran]) {
    for (const session of one.running().sessions()) session.close("away");
  }
  await house.meet(dad, gran);
  await later(3 * DAY_MS + 60_000);
  await house.advance(120_000);
  // Mum's device keeps the rules: what Dad's says waits with Gran's.
  expect((await mum.snapshot()).retentionDays).toBe(7);
  expect((await gran.snapshot()).ledger.pending).toBe(1);
  await house.meet(mum, gran);
  await house.meet(mum, dad);
  await house.advance(10_000);
  expect(await days()).toEqual([7, 7, 7]);
  const pending = await Promise.all(
    all().map(async (one) => (await one.snapshot()).ledger.pending),
  );
  expect(pending).toEqual([0, 0, 0]);
});
