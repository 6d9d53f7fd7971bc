import type { Device } from "../device.ts";
import { expect, FAMILY_NAME, startFamily, test } from "../fixtures.ts";

const MUMS_PIN = "493817";
const DADS_PIN = "seven red kites";

/** Mum adds Dad on her browser: she sets a PIN first, then each has a tab. */
async function addDad(mum: Device): Promise<Device> {
  await mum.people.openList();
  await mum.people.button("Add another person").click();
  await expect(mum.people.setPinFirst).toBeVisible();
  await mum.people.setPin(MUMS_PIN);
  await mum.welcome.expectFirstRun();
  const address = mum.page.url();
  expect(address).toMatch(/\?profile=[a-z0-9]{8}$/);
  await mum.close();
  const dad = mum.beside("Dad");
  await dad.open(address);
  await mum.open();
  await expect(mum.people.locked("Mum")).toBeVisible();
  await mum.people.unlock(MUMS_PIN);
  return dad;
}

/** Dad joins as a parent, by the link that he pastes. */
async function admitDad(mum: Device, dad: Device): Promise<void> {
  const link = await mum.invite.create("Parent", MUMS_PIN);
  await dad.joining.paste(link);
  await expect(dad.joining.code).toBeVisible();
  expect(await dad.joining.code.innerText()).toBe(await mum.invite.code.innerText());
  await mum.invite.approveAfterComparing(MUMS_PIN);
  await mum.invite.expectDone(`Dad is in ${FAMILY_NAME}.`);
  await expect(dad.people.setPinFirst).toBeVisible();
  await dad.people.setPin(DADS_PIN);
  await expect(dad.chats.entry("Mum")).toBeVisible();
}

test(
  "[E2E60, PR25, PR28] two people in two tabs of one browser are two devices: they join, link and talk",
  { tag: "@long" },
  async ({ newDevice }) => {
    const mum = await newDevice("Mum");
    await startFamily(mum);
    const dad = await addDad(mum);
    await admitDad(mum, dad);
    await mum.chats.expectConnected(1, 1);
    await dad.chats.expectConnected(1, 1);
    await mum.chats.openConversation("Dad");
    await dad.chats.openConversation("Mum");
    await mum.conversation.send("Are you at the kitchen table too?");
    await dad.conversation.expectMessage("Are you at the kitchen table too?");
    await mum.conversation.expectState("Are you at the kitchen table too?", "delivered");
    await dad.conversation.send("Right beside you");
    await mum.conversation.expectMessage("Right beside you");
    await dad.conversation.expectState("Right beside you", "delivered");
  },
);

test(
  "[E2E61, PR11, PR20, PR29] opened without saying who, the app asks; each opens with the own PIN only",
  { tag: "@long" },
  async ({ newDevice }) => {
    const mum = await newDevice("Mum");
    await startFamily(mum);
    const dad = await addDad(mum);
    await admitDad(mum, dad);
    await mum.close();
    await dad.close();

    await mum.open();
    await expect(mum.people.whoAreYou).toBeVisible();
    await expect(mum.people.list.getByRole("button")).toHaveText([/^\s*D\s*Dad/, /^\s*M\s*Mum/]);
    await expect(
      mum.page.getByText("a browser does not protect people from each other"),
    ).toBeVisible();
    await mum.people.pick("Dad");
    await expect(mum.people.locked("Dad")).toBeVisible();
    await mum.people.unlock(MUMS_PIN);
    await expect(mum.page.getByRole("alert")).toHaveText("That is not the PIN. Try again.");
    await expect(mum.page.getByText(FAMILY_NAME)).toBeHidden();
    await mum.people.unlock(DADS_PIN);
    await expect(mum.chats.entry("Mum")).toBeVisible();
    await mum.reload();
    await expect(mum.people.locked("Dad")).toBeVisible();
    await mum.people.button("People on this browser").click();
    await mum.people.pick("Mum");
    await mum.people.unlock(MUMS_PIN);
    await expect(mum.chats.entry("Dad")).toBeVisible();
  },
);

test(
  "[E2E62, PR3, PR8] a lost list hides nobody: who is opened has a name again",
  { tag: "@long" },
  async ({ newDevice }) => {
    const mum = await newDevice("Mum");
    await startFamily(mum);
    const dad = await addDad(mum);
    await admitDad(mum, dad);
    await dad.close();
    await mum.page.evaluate(
      () =>
        new Promise((resolve) => {
          indexedDB.deleteDatabase("tinyweb-PROFILES").addEventListener("success", resolve);
        }),
    );
    await mum.close();
    await mum.open();
    await expect(mum.people.whoAreYou).toBeVisible();
    const somebody = mum.people.list.getByRole("button");
    await expect(somebody).toHaveText([/Somebody/, /Somebody/]);
    await somebody.first().click();
    await expect(mum.page.getByRole("heading", { name: "This is locked" })).toBeVisible();
    await mum.people.unlock(MUMS_PIN);
    await mum.people.openList();
    await expect(mum.people.list.getByRole("button", { name: "Mum" })).toBeVisible();
  },
);

test("[E2E63, PR26, LC7] five wrong PINs make the next one wait, over a reload; who forgot it joins anew", async ({
  newDevice,
}) => {
  const mum = await newDevice("Mum");
  await startFamily(mum);
  await mum.openTab("More");
  await mum.people.button("Set a PIN").click();
  await mum.people.setPin("123456");
  await expect(mum.page.getByRole("alert")).toContainText("too easy to guess");
  await mum.people.setPin(MUMS_PIN);
  await mum.people.button("Change the lock").click();
  await mum.people.button("Lock now").click();
  await expect(mum.people.locked("Mum")).toBeVisible();
  await expect(mum.page.getByText(FAMILY_NAME)).toBeHidden();
  for (let count = 0; count < 5; count += 1) {
    await expect(mum.people.button("Unlock")).toBeEnabled();
    await mum.people.unlock(`00000${count}`);
    await expect(mum.page.getByRole("alert")).toBeVisible();
  }
  await expect(mum.page.getByText(/Try again in \d+ sec/)).toBeVisible();
  await mum.reload();
  await expect(mum.page.getByText(/Try again in \d+ sec/)).toBeVisible();
  await expect(mum.people.button("Unlock")).toBeDisabled();

  await mum.page.getByText("I forgot my PIN").click();
  await mum.people.button("Remove my place here").click();
  await expect(
    mum.page.getByText("This is the device that writes the family's rules"),
  ).toBeVisible();
  await mum.people.button("Go on").click();
  await mum.page.getByRole("textbox", { name: "Name" }).fill("Dad");
  await mum.people.button("Remove for good").click();
  await expect(mum.page.getByText("That is not the name")).toBeVisible();
  await mum.page.getByRole("textbox", { name: "Name" }).fill("mum");
  await mum.people.button("Remove for good").click();
  await mum.welcome.expectFirstRun();
});

test(
  "[E2E64, PR23, PR10] removing a person asks twice and for the PIN, and leaves the others alone",
  { tag: "@long" },
  async ({ newDevice }) => {
    const mum = await newDevice("Mum");
    await startFamily(mum);
    const dad = await addDad(mum);
    await admitDad(mum, dad);
    await mum.people.openList();
    // What the list says of him is written beside his place, after it: not to be cut off.
    await expect(mum.people.list.getByText("has a lock")).toHaveCount(2);
    await dad.close();
    await mum.people.button("Remove somebody").click();
    await mum.people.button("Remove Dad").click();
    await mum.people.button("Keep").click();
    await mum.people.button("Remove Dad").click();
    await mum.people.button("Go on").click();
    await mum.people.pin.fill(MUMS_PIN);
    await mum.people.button("Remove for good").click();
    await expect(mum.page.getByRole("alert")).toHaveText("That is not the PIN. Try again.");
    await mum.people.pin.fill(DADS_PIN);
    await mum.people.button("Remove for good").click();
    await expect(mum.people.list.getByRole("listitem")).toHaveCount(1);
    await mum.reload();
    await mum.people.unlock(MUMS_PIN);
    await expect(mum.chats.entry("Dad")).toBeVisible();
  },
);

test(
  "[E2E65, PR25, UI1] an invite opened where somebody lives can be for another person there",
  { tag: "@long" },
  async ({ newDevice }) => {
    const mum = await newDevice("Mum");
    await startFamily(mum);
    const link = await mum.invite.create("Child");
    const mia = mum.beside("Mia");
    await mia.open(link);
    await mia.people.button("Join as another person on this browser").click();
    await expect(mia.people.setPinFirst).toBeVisible();
    await mia.people.setPin(MUMS_PIN);
    await expect(mia.page.getByText("You have an invite.")).toBeVisible();
    expect(mia.page.url()).toMatch(/\?profile=[a-z0-9]{8}$/);
    await mum.reload();
    await mum.people.unlock(MUMS_PIN);
    await mia.joining.askHere();
    await expect(mia.joining.code).toBeVisible();
    await mum.invite.approveAfterComparing(MUMS_PIN);
    await mum.invite.expectDone(`Mia is in ${FAMILY_NAME}.`);
    // A child needs no lock.
    await expect(mia.chats.entry("Mum")).toBeVisible();
    await mia.close();
    const next = await mum.invite.create("Relative", MUMS_PIN);
    await mum.close();
    await mum.open(next);
    await expect(mum.people.whoAreYou).toBeVisible();
    await mum.people.button("Join as somebody new").click();
    await expect(mum.page.getByText("You have an invite.")).toBeVisible();
  },
);
