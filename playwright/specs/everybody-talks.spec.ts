import { admit, expect, startFamily, test } from "../fixtures.ts";

test("[E2E140] what is said to everybody reaches each of them, says how many have it, and waits for who is away", async ({
  newDevice,
}) => {
  const mum = await newDevice("Mum");
  const dad = await newDevice("Dad");
  const mia = await newDevice("Mia");
  await startFamily(mum);
  await admit(mum, dad, "Parent");
  await expect(mum.chats.entry("Everybody")).toHaveCount(0);
  await admit(mum, mia, "Child");
  for (const one of [mum, dad, mia]) await one.chats.openConversation("Everybody");

  await mum.conversation.send("supper at six");
  for (const one of [dad, mia]) {
    await one.conversation.expectMessage("supper at six");
    await expect(one.conversation.saidBy("supper at six")).toHaveText("Mum:");
  }
  await mum.conversation.expectState("supper at six", "delivered to everybody");

  await dad.close();
  await mia.conversation.send("can Zoe come?");
  await mum.conversation.expectMessage("can Zoe come?");
  await mia.conversation.expectState("can Zoe come?", "delivered to 1 of 2");
  await dad.open();
  await expect(dad.chats.entry("Everybody")).toContainText("Mia: can Zoe come?");
  await mia.conversation.expectState("can Zoe come?", "delivered to everybody");

  await mia.conversation.showReaders();
  await expect(mia.conversation.readers).toHaveText([/Mia[^]*you/, /Dad/, /Mum/]);
});

test(
  "[E2E141] whoever joins later reads what is said from then on; a contact is not in it",
  { tag: "@long" },
  async ({ family, newDevice }) => {
    const [mum, , gran] = await family(3);
    await mum.chats.openConversation("Everybody");
    await mum.conversation.send("before Mia came");
    await mum.page.goBack();
    const mia = await newDevice("Mia");
    await admit(mum, mia, "Child");
    const lee = await newDevice("Lee");
    await admit(mum, lee, "Contact");
    await mum.chats.openConversation("Everybody");
    await mum.conversation.send("welcome, Mia");
    await mia.chats.openConversation("Everybody");
    await mia.conversation.expectMessage("welcome, Mia");
    await expect(mia.conversation.message("before Mia came")).toHaveCount(0);
    await gran.chats.openConversation("Everybody");
    await gran.conversation.expectMessage("before Mia came");
    await gran.conversation.expectMessage("welcome, Mia");
    await expect(lee.chats.entry("Mum")).toBeVisible();
    await expect(lee.chats.entry("Everybody")).toHaveCount(0);
  },
);
