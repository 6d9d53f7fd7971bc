import { admit, expect, startFamily, test, type Device } from "../fixtures.ts";

const card = (device: Device) =>
  device.page.getByRole("region", { name: "The family goes by two sets of rules" });

test("[E2E170, SL1, SL2, SL3, UI121] the phone that was thought lost had gone on: both sides are told when they meet, what happened and what to do, once", async ({
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
  await phone.close();
  await tablet.family.openRecovery();
  await tablet.family.typeWords(words);
  await tablet.family.expectKept("It is the only one, so it cannot stop.");
  await mia.family.expectKept("Mum's device writes down");
  await tablet.close();
  await mia.close();

  // The phone turns up, alone, and knows nothing of it: it writes down a rule of its own.
  await phone.open();
  await phone.openTab("Family");
  await phone.invite.create("Relative");
  await phone.openTab("Family");
  await expect(card(phone)).toHaveCount(0);

  // Then they meet.
  await tablet.open();
  await tablet.openTab("Chats");
  await expect(tablet.page.getByText("goes by two sets of rules")).toBeVisible();
  await tablet.page.getByRole("button", { name: "Look", exact: true }).click();
  await expect(card(tablet)).toContainText("some devices had not heard of it in time");
  await expect(card(tablet)).toContainText("The devices of Mum go by the other one.");
  await expect(card(tablet)).toContainText("Nothing is lost on this device");
  await expect(card(tablet)).toContainText("agree which of the two goes on");
  await expect(card(phone)).toContainText("this device had not heard of it");
  await phone.reload();
  await phone.openTab("Family");
  await expect(card(phone)).toBeVisible();
  await card(phone).getByRole("button", { name: "I have read this" }).click();
  await expect(card(phone)).toHaveCount(0);
  await expect(phone.page.getByText("go by other rules than this one")).toBeVisible();
  await phone.reload();
  await phone.chats.expectConnected(1, 2);
  await phone.openTab("Family");
  await expect(phone.page.getByText("go by other rules than this one")).toBeVisible();
  await expect(card(phone)).toHaveCount(0);
  await phone.openTab("More");
  await phone.page.getByRole("button", { name: "Check this device" }).click();
  await expect(
    phone.page.getByText("The family is split since recovery words were used"),
  ).toBeVisible();

  // Each of the other side's devices is told of once.
  await mia.open();
  await mia.openTab("Family");
  await expect(card(mia)).toContainText("The devices of Mum go by the other one.");
});
