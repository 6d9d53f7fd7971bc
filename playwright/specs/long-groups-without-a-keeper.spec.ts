import { expect, test } from "../fixtures.ts";
import { lookAt } from "../screens.ts";

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

test("[E2E149] who is put into a group while nobody can write it down reads and writes there at once; later the history has it", async ({
  family,
}) => {
  const [mum, dad, gran, mia] = await family(4);
  await mum.groups.make("Plans", ["Dad", "Mia"]);
  await dad.chats.openConversation("Plans");
  await dad.conversation.send("before Gran");
  await mum.close();
  await dad.groups.open("Plans");
  await dad.groups.press("Add Gran");
  await expect(dad.page.getByText("Gran is in the group now.")).toBeVisible();
  await expect(dad.page.getByText("In it now; not in the history yet")).toBeVisible();
  const found = await lookAt(dad, "group-coming");
  await dad.openTab("Chats");
  await dad.chats.openConversation("Plans");
  await dad.conversation.send("welcome, Gran");
  await gran.chats.openConversation("Plans");
  await gran.conversation.expectMessage("welcome, Gran");
  await expect(gran.conversation.message("before Gran")).toHaveCount(0);
  await gran.conversation.send("here I am");
  await dad.conversation.expectMessage("here I am");
  await mia.chats.openConversation("Plans");
  await mia.conversation.expectMessage("here I am");
  await gran.page.reload();
  await gran.conversation.expectMessage("here I am");
  await gran.conversation.send("after a reload");
  await dad.conversation.expectMessage("after a reload");
  // Who put her there is not there when it is written down.
  await dad.close();
  await mum.open();
  await mum.chats.openConversation("Plans");
  await mum.conversation.expectMessage("after a reload");
  await gran.conversation.expectState("after a reload", /delivered|3/);
  await mum.history.open();
  await expect(mum.page.getByText("Dad added Gran to the group “Plans”.")).toBeVisible();
  expect(found).toEqual([]);
});
