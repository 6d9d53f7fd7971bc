/** What one device gives another, and what it takes from it: the family secret, keys to the past. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { toHex } from "../core/codec/ids.ts";
import type { Payload } from "../core/gossip/payload.ts";
import { findDevice } from "../core/ledger/state.ts";
import { stateOf } from "./family.ts";
import { publish } from "./publishing.ts";
import { value, type TestDevice } from "./testing/device.ts";
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

async function say(from: TestDevice, to: string, text: string): Promise<void> {
  await value(from.node().sendMessage(memberNamed(await from.snapshot(), to), text));
  await house.advance(2_000);
}

async function part(device: TestDevice): Promise<void> {
  for (const session of device.running().sessions()) session.close("away");
  await house.settle();
}

async function heard(at: TestDevice, from: string): Promise<readonly string[]> {
  return textsOf(at, memberNamed(await at.snapshot(), from));
}

test("[SH2] a device that lacks the family secret takes the one that the ledger commits to, and no other", async () => {
  const { family } = dad.running();
  const [known] = family.identity.profile.secrets;
  if (known === undefined) throw new Error("no secret");
  const share = async (secret: Uint8Array): Promise<void> => {
    const target = findDevice(stateOf(mum.running().family), family.identity.device);
    if (target === null) throw new Error("no such device");
    const payload: Payload = { type: "secret", epoch: known.epoch, secret };
    const { family: mums } = mum.running();
    const published = await publish(
      mums,
      "secret-share",
      { type: "member", member: target.member },
      [target],
      payload,
    );
    expect(published.ok).toBe(true);
    await house.settle();
  };
  const forget = (): void => {
    const profile = { ...family.identity.profile, secrets: [] };
    family.identity = { ...family.identity, profile };
  };
  forget();
  await share(known.secret.map((byte) => byte ^ 1));
  expect(family.identity.profile.secrets).toEqual([]);
  await share(known.secret);
  expect(family.identity.profile.secrets).toEqual([known]);
});

test("[SH7] a yes gives a member's new device the conversation with that member, and no other", async () => {
  const mia = await house.join(mum, "Mia", "child");
  await house.meet(mum, dad);
  await house.meet(mum, mia);
  await say(mum, "Dad", "for Dad only");
  await say(mum, "Mia", "for Mia");
  await say(mia, "Mum", "from Mia");
  expect(await heard(dad, "Mum")).toEqual(["for Dad only"]);
  const me = memberNamed(await mum.snapshot(), "Mia");
  const phone = await house.join(mum, "Mia's phone", "child", me);
  await house.meet(mum, phone);
  await house.advance(5_000);
  const id = toHex(phone.running().family.identity.device);
  expect((await mum.snapshot()).refills).toMatchObject([{ device: id, messages: 2 }]);
  await value(mum.node().answerRefill(id, true));
  await house.until("opened", async () => (await heard(phone, "Mum")).includes("for Mia"));
  expect(await heard(phone, "Mum")).toEqual(["for Mia", "from Mia"]);
  expect(phone.store().snapshot().get("keys")).toHaveLength(2);
});

test("[SH1] a share that the clock does not allow is written when it does, though nobody asks again", async () => {
  await say(mum, "Dad", "a clock that was right");
  mum.jump(-180_000);
  mum.env().after(20_000, () => mum.jump(180_000));
  const gran = await house.join(mum, "Gran", "relative");
  expect(gran.running().family.identity.profile.secrets).toHaveLength(1);
});

test("[SH1] who slept until retention let its share go is given another, over a link that stayed", async () => {
  const { family } = dad.running();
  const hasSecret = (): boolean => family.identity.profile.secrets.length === 1;
  const profile = { ...family.identity.profile, secrets: [] };
  family.identity = { ...family.identity, profile };
  // It says so with the next block; the share that it did not read is there still, and not written twice.
  await value(mum.node().createInvite({ role: "child", lifetime: "qr" }));
  await house.advance(120_000);
  expect(hasSecret()).toBe(false);
  for (const one of [mum, dad]) one.jump(35 * 24 * 3_600_000);
  await house.advance(240_000);
  expect(hasSecret()).toBe(true);
  // It has said so: no month after it is given one more.
  for (const one of [mum, dad]) one.jump(35 * 24 * 3_600_000);
  await house.advance(240_000);
  const kept = [...(mum.running().family.gossip?.core().streams.values() ?? [])]
    .flatMap((stream) => [...stream.known.values()])
    .filter(({ header }) => header.kind === "secret-share");
  expect(kept).toEqual([]);
});

test("[SH8] a refill covers what its giver had, and nothing that came to it later", async () => {
  const gran = await house.join(mum, "Gran", "relative");
  await house.meet(gran, dad);
  await say(gran, "Dad", "before");
  await part(gran);
  // Written while nobody has it, and before she knows of the phone.
  await say(gran, "Dad", "alone");
  await house.meet(mum, dad);
  const phone = await house.join(
    dad,
    "Dad's phone",
    "parent",
    memberNamed(await dad.snapshot(), "Dad"),
  );
  await house.meet(dad, phone);
  await house.advance(5_000);
  await value(dad.node().answerRefill(toHex(phone.running().family.identity.device), true));
  await house.until("opened", async () => (await heard(phone, "Gran")).includes("before"));
  await part(dad);
  await house.meet(gran, phone);
  await house.advance(5_000);
  const target = memberNamed(await gran.snapshot(), "Dad");
  const { messages } = await value(gran.node().listMessages(target, { limit: 9 }));
  expect(messages.map(({ text, delivery }) => [text, delivery?.type])).toEqual([
    ["before", "delivered"],
    ["alone", "held"],
  ]);
});

test("[SH8] a refill covers nothing that its giver could not open, nor before it is there", async () => {
  const gran = await house.join(mum, "Gran", "relative");
  await house.meet(gran, dad);
  await part(dad);
  await say(gran, "Dad", "by the phone");
  await house.meet(gran, mum);
  const her = memberNamed(await gran.snapshot(), "Gran");
  const tablet = await house.join(mum, "Gran's tablet", "relative", her);
  await house.meet(tablet, gran);
  await house.advance(5_000);
  await say(tablet, "Dad", "by the tablet");
  const phone = await house.join(
    mum,
    "Dad's phone",
    "parent",
    memberNamed(await mum.snapshot(), "Dad"),
  );
  await house.meet(phone, tablet);
  await house.meet(phone, gran);
  await house.advance(5_000);
  await value(tablet.node().answerRefill(toHex(phone.running().family.identity.device), true));
  await house.until("opened", async () => (await heard(phone, "Gran")).includes("by the tablet"));
  await house.advance(5_000);
  const target = memberNamed(await gran.snapshot(), "Dad");
  const { messages } = await value(gran.node().listMessages(target, { limit: 9 }));
  const states = new Map(messages.map(({ text, delivery }) => [text, delivery?.type]));
  expect(states.get("by the phone")).toBe("held");
});
