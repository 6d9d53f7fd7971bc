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

test("[E2E91] three parents' devices, never two open at once: a child's carries what they decide", async ({
  family,
  newDevice,
}) => {
  test.setTimeout(150_000);
  const [mum, dad, gran, mia] = await family(4);
  await letThreeKeep(mum, dad, gran);
  for (const one of [dad, gran]) await one.close();
  await expect(mia.chats.chip).toHaveText("1 of 3 devices connected");
  // What Mum decides now nobody else can hear but Mia's device.
  const leo = await newDevice("Leo");
  await leo.joining.ask(await mum.invite.create("Relative"));
  await expect(leo.joining.code).toHaveText(/^\d{6}$/);
  await mum.invite.approveAfterComparing();
  await leo.joining.expectWords("as soon as");
  await leo.close();
  await mum.close();
  const waiting = mia.page.getByText(/^\d changes? waits? for/);
  await mia.openTab("Family");
  await dad.open();
  // Dad has heard from Mia's device what Mum proposed, and agreed.
  await expect(waiting).not.toContainText("Dad");
  await dad.close();
  await gran.open();
  await mia.family.expectMembers(["Mum", "Dad", "Gran", "Mia", "Leo"]);
  await gran.family.expectMembers(["Mum", "Dad", "Gran", "Mia", "Leo"]);
});
