import { createRandom } from "../../workers/core/random.ts";
import { admit, expect, startFamily, test, type Device } from "../fixtures.ts";
import type { RoleName } from "../pages/invite-page.ts";

const SEED = 8;
const ROUNDS = 8;
const PEOPLE: readonly (readonly [string, RoleName])[] = [
  ["Dad", "Parent"],
  ["Gran", "Relative"],
  ["Opa", "Relative"],
  ["Aunt", "Relative"],
  ["Mia", "Child"],
  ["Tom", "Child"],
  ["Zoe", "Child"],
];

/** Each says something to everybody; those who are open see it at once. */
async function talk(open: readonly Device[], round: number): Promise<readonly string[]> {
  const texts = open.map(({ person }) => `${person} in round ${round}`);
  await Promise.all(open.map(async (one, index) => one.conversation.send(texts[index] ?? "")));
  for (const one of open) {
    for (const text of texts) await one.conversation.expectMessage(text);
  }
  return texts;
}

test("[E2E190] eight pages, half of them closed at random while messages flow, end with one history", async ({
  newDevice,
}) => {
  test.setTimeout(900_000);
  const random = createRandom([SEED, 1, 2, 3]);
  const mum = await newDevice("Mum");
  await startFamily(mum);
  const devices = [mum];
  for (const [name, role] of PEOPLE) {
    const device = await newDevice(name);
    await admit(mum, device, role);
    devices.push(device);
  }
  for (const one of devices) await one.chats.openConversation("Everybody");
  const said: string[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    const closed = random.shuffled(devices).slice(0, devices.length / 2);
    for (const one of devices) {
      const isClosed = closed.includes(one);
      if (isClosed && one.isOpen) await one.close();
      if (isClosed || one.isOpen) continue;
      await one.open();
      await one.chats.openConversation("Everybody");
    }
    const open = devices.filter(({ isOpen }) => isOpen);
    said.push(...(await talk(open, round)));
  }
  for (const one of devices) {
    if (one.isOpen) continue;
    await one.open();
    await one.chats.openConversation("Everybody");
  }
  for (const one of devices) {
    await expect
      .poll(async () => (await one.conversation.orderOf(said)).length, { timeout: 60_000 })
      .toBe(said.length);
  }
  const orders = await Promise.all(devices.map((one) => one.conversation.orderOf(said)));
  expect(new Set(orders.map((order) => order.join("\n"))).size).toBe(1);
  const heads = await Promise.all(devices.map((one) => one.more.readDetail("ledger head")));
  expect(new Set(heads).size).toBe(1);
});
