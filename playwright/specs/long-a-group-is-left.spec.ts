import { expect, test } from "../fixtures.ts";

test("[E2E148] who leaves a group while nobody can write it down is sent nothing more, and can write there no more", async ({
  family,
}) => {
  const [mum, dad, , mia] = await family(4);
  await mum.groups.make("Plans", ["Dad", "Mia"]);
  for (const one of [dad, mia]) await one.chats.openConversation("Plans");
  await dad.conversation.send("before Mia leaves");
  await mia.conversation.expectMessage("before Mia leaves");
  await mum.close();
  await mia.groups.open("Plans");
  await mia.groups.press("Leave this group", "Leave");
  await mia.openTab("Chats");
  await mia.chats.openConversation("Plans");
  await expect(mia.page.getByText("Nothing more can be written here.")).toBeVisible();
  await dad.conversation.send("without Mia");
  await dad.conversation.expectState("without Mia", /queued|held/);
  await expect(mia.conversation.message("without Mia")).toHaveCount(0);
  await mum.open();
  await mum.chats.openConversation("Plans");
  await mum.conversation.expectMessage("without Mia");
  await dad.conversation.expectState("without Mia", "delivered");
  await expect(mia.conversation.message("without Mia")).toHaveCount(0);
});
