import { expect, test } from "../fixtures.ts";

test("[E2E142] a parent makes a group; who is added reads from then on, who is taken out gets nothing more", async ({
  family,
}) => {
  const [mum, dad, gran, mia] = await family(4);
  await mum.groups.make("Surprise 🎁", ["Mia"]);
  await mum.openTab("Chats");
  await mum.chats.openConversation("Surprise");
  await mum.conversation.send("what shall we cook for Gran?");
  await mia.chats.openConversation("Surprise");
  await mia.conversation.expectMessage("what shall we cook for Gran?");
  await mia.conversation.send("pancakes");
  await mum.conversation.expectMessage("pancakes");
  await mum.conversation.expectState("what shall we cook for Gran?", "delivered to everybody");
  for (const one of [dad, gran]) await expect(one.chats.entry("Surprise")).toHaveCount(0);

  await mum.groups.open("Surprise");
  await mum.groups.press("Add Dad");
  await expect(dad.chats.entry("Surprise")).toBeVisible();
  await mum.groups.rename("Sunday for Gran");
  await dad.chats.openConversation("Sunday for Gran");
  await expect(dad.conversation.message("pancakes")).toHaveCount(0);
  await mia.conversation.send("Dad is here too");
  await dad.conversation.expectMessage("Dad is here too");

  await mum.groups.press("Take Mia out", "Take out");
  await expect(mia.page.getByText("Nothing more can be written here.")).toBeVisible();
  await dad.conversation.send("only the two of us now");
  await mum.openTab("Chats");
  await mum.chats.openConversation("Sunday for Gran");
  await mum.conversation.expectMessage("only the two of us now");
  await expect(mia.conversation.message("only the two of us now")).toHaveCount(0);

  await mum.groups.open("Sunday for Gran");
  await mum.groups.press("Close this group", "Close it");
  await expect(dad.page.getByText("Nothing more can be written here.")).toBeVisible();
  await dad.conversation.expectMessage("only the two of us now");
});

test("[E2E143] answering, reacting, changing and taking back are seen by all, and no word of what was taken back", async ({
  family,
}) => {
  const [mum, dad, gran] = await family(3);
  for (const one of [mum, dad, gran]) await one.chats.openConversation("Everybody");
  await mum.conversation.send("cake at for");
  await mum.conversation.do("cake at for", "Change");
  await expect(mum.conversation.field).toHaveValue("cake at for");
  await mum.conversation.field.fill("cake at four");
  await mum.page.getByRole("button", { name: "Save", exact: true }).click();
  for (const one of [mum, dad, gran]) {
    await one.conversation.expectMessage("cake at four");
    await one.conversation.expectState("cake at four", "changed");
  }

  await dad.conversation.do("cake at four", "Answer");
  await dad.conversation.send("I am there");
  await gran.conversation.expectState("I am there", /Mum\s*cake at four/);
  await gran.conversation.do("I am there", "React with ❤️");
  await dad.conversation.expectState("I am there", "❤️ from Gran");

  await mum.conversation.do("cake at four", "Take back");
  await mum.page.getByRole("dialog").last().getByRole("button", { name: "Take back" }).click();
  for (const one of [dad, gran]) {
    await one.conversation.expectMessage("Mum took this message back.");
    await one.conversation.expectState("I am there", "A message that was taken back");
    await expect(one.conversation.log).not.toContainText("cake at four");
  }
  await gran.reload();
  await gran.conversation.expectMessage("Mum took this message back.");
  await expect(gran.conversation.log).not.toContainText("cake at four");
});
