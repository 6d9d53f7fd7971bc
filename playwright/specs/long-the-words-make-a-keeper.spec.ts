import { admit, expect, startFamily, test } from "../fixtures.ts";

test("[E2E95, RK2, RK9, UI93] the one parent's phone is lost: the words on her tablet let it keep the rules at once, and somebody joins", async ({
  newDevice,
}) => {
  const phone = await newDevice("Mum");
  const tablet = await newDevice("Mum");
  const mia = await newDevice("Mia");
  const words = await startFamily(phone);
  await admit(phone, mia, "Child");
  await tablet.joining.ask(await phone.invite.createForDeviceOf("Mum"));
  await phone.invite.approveAfterComparing();
  await phone.invite.expectDone("Mum has a new device.");
  await expect(tablet.chats.entry("Mia")).toBeVisible();
  await tablet.family.expectKept("Mum's device writes down");
  await tablet.chats.expectConnected(2, 2);
  // The phone is lost, with everything on it. Nothing new is written down without it.
  await phone.context.close();
  await tablet.chats.expectConnected(1, 2);

  await tablet.family.openRecovery();
  await expect(tablet.family.recovery).toContainText("switch them on instead");
  await expect(tablet.family.recovery).toContainText("at once");
  // Words of somebody else change nothing, and are told apart.
  await tablet.family.typeWords(Array.from({ length: 24 }, () => "zoo"));
  await expect(tablet.page.getByRole("alert")).toContainText("not the 24 words");
  await tablet.family.typeWords(words);
  await tablet.family.expectKept("This device helps to keep them.");
  await tablet.family.expectKept("It is the only one, so it cannot stop.");
  await expect(tablet.family.recovery).toHaveCount(0);

  // The family goes on: somebody is invited, joins, and is heard by everybody.
  const gran = await newDevice("Gran");
  await tablet.openTab("Chats");
  await admit(tablet, gran, "Relative");
  await gran.family.expectMembers(["Mum", "Mia", "Gran"]);
  await mia.family.expectMembers(["Mum", "Mia", "Gran"]);
  await tablet.reload();
  const heads = await Promise.all(
    [tablet, mia, gran].map((one) => one.more.readDetail("ledger head")),
  );
  expect(new Set(heads).size).toBe(1);
});

test("[E2E96, RK1, RK5, UI92, UI93] beside a second parent the words are shown for three days on every device, and that parent's no ends it on all", async ({
  newDevice,
}) => {
  const mum = await newDevice("Mum");
  const dad = await newDevice("Dad");
  const gran = await newDevice("Gran");
  const mia = await newDevice("Mia");
  const words = await startFamily(mum);
  await admit(mum, dad, "Parent");
  await admit(mum, gran, "Relative");
  await admit(mum, mia, "Child");
  await expect(gran.chats.chip).toHaveText("3 of 3 devices connected");
  await mum.context.close();

  await gran.family.openRecovery();
  await expect(gran.family.recovery).toContainText("shown it for three days first");
  await gran.family.typeWords(words);
  const shown = gran.family.recoveryCard;
  await expect(shown).toContainText("Mum's 24 words were typed on this device");
  const inThreeDays = new Intl.DateTimeFormat("en-GB", {
    weekday: "long",
    day: "numeric",
    month: "long",
  }).format(Date.now() + 72 * 3_600_000);
  await expect(shown).toContainText(`It begins on ${inThreeDays}`);
  await expect(shown).toContainText("unless one of the lost devices comes back");
  await expect(shown).toContainText("Open the app on each of the next days");
  await expect(shown.getByRole("button", { name: "Say no" })).toHaveCount(0);
  // Over a restart it stands there still, and nothing is written down before its time.
  await gran.reload();
  await gran.openTab("Family");
  await expect(shown).toContainText("It begins on");
  await gran.family.expectKept("Mum's device writes down");

  // The other parent is told on the first screen, and what it means; a child reads one sentence.
  await dad.openTab("Chats");
  await dad.page.getByText("Somebody used recovery words of the family.").waitFor();
  await dad.page.getByRole("button", { name: "Look", exact: true }).click();
  await expect(dad.family.recoveryCard).toContainText("typed on a device of Gran");
  await expect(dad.family.recoveryCard).toContainText("If you did not know of this, say no");
  await mia.openTab("Family");
  await expect(mia.page.getByText("You need not do anything.")).toBeVisible();
  await expect(mia.family.recoveryCard).toHaveCount(0);

  await dad.family.sayNoToRecovery();
  for (const one of [dad, gran]) {
    await expect(one.family.recoveryCard).toContainText("Dad said no, so nothing changes.");
    await one.family.expectKept("Mum's device writes down");
  }
  await gran.reload();
  await gran.openTab("Family");
  await expect(shown).toContainText("Dad said no, so nothing changes.");
});
