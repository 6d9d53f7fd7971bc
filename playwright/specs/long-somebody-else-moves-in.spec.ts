import { expect, FAMILY_NAME, startFamily, test } from "../fixtures.ts";

const MUMS_PIN = "493817";

test("[E2E67, LC12, PR9] a parent's open tab asks for a PIN as soon as somebody else lives on the browser", async ({
  newDevice,
  host,
}) => {
  const mum = await newDevice("Mum");
  await startFamily(mum);
  const link = await mum.invite.create("Child");
  const mia = mum.beside("Mia");
  await mia.open(`${host.url}?profile=mia`);
  await mia.joining.paste(link);
  await expect(mum.people.setPinFirst).toBeVisible();
  await expect(mum.page.getByRole("navigation", { name: "Main" })).toBeHidden();
  await mum.people.setPin(MUMS_PIN);
  await mum.openTab("Family");
  await mum.page.getByRole("button", { name: "Look", exact: true }).click();
  await mum.invite.approveAfterComparing(MUMS_PIN);
  await mum.invite.expectDone(`Mia is in ${FAMILY_NAME}.`);
  await expect(mia.chats.entry("Mum")).toBeVisible();
  // The child's place is removed in one tab: the other one, where it is open, begins anew.
  await mum.people.openList();
  await mum.people.button("Remove somebody").click();
  await mum.people.button("Remove Mia").click();
  await mum.people.button("Go on").click();
  await mum.people.button("Remove for good").click();
  await expect(mum.people.list.getByRole("listitem")).toHaveCount(1);
  await mia.reload();
  await expect(mia.page.getByRole("button", { name: "Ask to join" })).toBeVisible();
});
