/** A child's device is taken out and another let in: not by one parent at once. Whole nodes, DC24. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { toHex } from "../core/codec/ids.ts";
import { value, type TestDevice } from "./testing/device.ts";
import { createHousehold, memberNamed, type Household } from "./testing/household.ts";

const DAY_MS = 24 * 3_600_000;

let house: Household;
let mum: TestDevice;
let mia: TestDevice;
beforeEach(async () => {
  house = createHousehold();
  mum = await house.found("Mum");
  mia = await house.join(mum, "Mia", "child");
});
afterEach(async () => house.stop());

const deviceOf = (device: TestDevice): string => toHex(device.running().family.identity.device);
const takeOut = async (device: string): Promise<string> => {
  const answer = await mum.node().changeRules({ type: "revoke-device", device, reason: "lost" });
  await house.advance(2_000);
  return answer.ok ? answer.value : answer.code;
};
const phaseOf = async (device: TestDevice): Promise<string> => (await device.snapshot()).phase;
/** Up to the approval: the newcomer, and the invite as Mum sees it before and after. */
async function approved(name: string) {
  const newcomer = await house.add(name);
  const member = memberNamed(await mum.snapshot(), "Mia");
  const { invite } = await house.compare(mum, newcomer, "child", member);
  const view = async () => (await mum.snapshot()).invites.find((one) => one.id === invite);
  const before = await view();
  await value(mum.node().compareCode(invite, true));
  await value(mum.node().approveJoin(invite));
  await house.advance(5_000);
  return { newcomer, before, after: await view() };
}

describe("a child's only device", () => {
  test("[IN30] that was lost is followed by another after a day, where there is one parent", async () => {
    expect(await takeOut(deviceOf(mia))).toBe("done");
    const { newcomer, before, after } = await approved("Mia's new phone");
    expect(before).toMatchObject({ needs: [], isAfterDay: true });
    expect(after).toMatchObject({ step: "committing", isAfterDay: true });
    expect(await phaseOf(newcomer)).toBe("joining");
    for (const one of [mum, newcomer]) one.jump(DAY_MS + 60_000);
    await house.advance(60_000);
    await house.meet(mum, newcomer);
    await house.until("it is in", async () => (await phaseOf(newcomer)) === "member");
  });

  test("[IN30] beside a second parent that one's word is enough, at once", async () => {
    const dad = await house.join(mum, "Dad", "parent");
    expect(await takeOut(deviceOf(mia))).toBe("done");
    const { newcomer, before } = await approved("Mia's new phone");
    expect(before).toMatchObject({ needs: ["Dad"], isAfterDay: true });
    const [open] = (await dad.snapshot()).ledger.proposals;
    await value(dad.node().decideProposal(open?.id ?? "", "agree"));
    await house.until("it is in", async () => (await phaseOf(newcomer)) === "member");
  });

  test("[IN30] beside another nobody is asked, and taking the older one out waits", async () => {
    const { newcomer, before } = await approved("Mia's tablet");
    expect(before).toMatchObject({ needs: [], isAfterDay: false });
    await house.until("it is in", async () => (await phaseOf(newcomer)) === "member");
    expect(await takeOut(deviceOf(mia))).toBe("asked");
    expect((await mum.snapshot()).ledger.proposals).toMatchObject([{ isMine: true }]);
  });
});
