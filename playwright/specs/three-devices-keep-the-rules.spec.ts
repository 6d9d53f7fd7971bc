import { admit, expect, test, type Device } from "../fixtures.ts";

/** Mum, Dad and Gran, whose devices keep the rules together. */
async function letThreeKeep(mum: Device, dad: Device, gran: Device): Promise<void> {
  await mum.family.expectKept("Mum's device writes down");
  await dad.family.letHelp();
  await dad.family.expectKept("This device is ready to help.");
  await gran.family.letHelp();
  for (const one of [mum, dad, gran]) {
    await one.family.expectKept("3 devices keep the rules. One of them may be off or lost");
  }
}

test("[E2E90] two more devices are let help; then a join needs the founder's no more", async ({
  family,
  newDevice,
}) => {
  const [mum, dad, gran] = await family(3);
  await letThreeKeep(mum, dad, gran);
  await mum.close();
  await expect(dad.chats.chip).toHaveText("1 of 2 devices connected");
  const mia = await newDevice("Mia");
  await admit(dad, mia, "Child");
  await expect(mia.chats.entry("Dad")).toBeVisible();
  await gran.family.expectMembers(["Mum", "Dad", "Gran", "Mia"]);
  await mum.open();
  await mum.family.expectMembers(["Mum", "Dad", "Gran", "Mia"]);
  const heads = await Promise.all(
    [mum, dad, gran, mia].map((one) => one.more.readDetail("ledger head")),
  );
  expect(new Set(heads).size).toBe(1);
});
