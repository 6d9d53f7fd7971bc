import { parseInviteLink } from "../../workers/node/invite-link.ts";
import { admit, expect, FAMILY_NAME, startFamily, test } from "../fixtures.ts";

/** The family that an invite link leads to. */
function familyOf(link: string): string {
  const parsed = parseInviteLink(link);
  if (!parsed.ok) throw new Error(parsed.reason);
  return Buffer.from(parsed.invite.family).toString("hex");
}

test("[E2E3] the words bring the family back into an empty browser, and it can invite", async ({
  newDevice,
}) => {
  const mum = await newDevice("Mum");
  const words = await startFamily(mum);
  const familyBefore = familyOf(await mum.invite.create("Parent"));
  // The device is lost, with everything on it.
  await mum.context.close();

  const found = await newDevice("Mum");
  await found.open();
  await found.welcome.restore(words, FAMILY_NAME);
  await expect(found.page.getByRole("heading", { name: FAMILY_NAME })).toBeVisible();
  await found.family.expectMembers(["Mum"]);
  await found.reload();
  await found.family.expectMembers(["Mum"]);

  const dad = await newDevice("Dad");
  await found.openTab("Chats");
  expect(familyOf(await found.invite.create("Child"))).toBe(familyBefore);
  await found.openTab("Chats");
  await admit(found, dad, "Parent");
  await dad.chats.openConversation("Mum");
  await dad.conversation.send("we are back");
  await dad.conversation.expectState("we are back", "delivered");
});

test("[E2E4] words that are none, or have one wrong, are told", async ({ newDevice }) => {
  const mum = await newDevice("Mum");
  await mum.open();
  const words = Array.from({ length: 24 }, () => "zoo");
  await mum.welcome.restore(words, FAMILY_NAME);
  await expect(mum.page.getByRole("alert")).toContainText("not the 24 words");
});
