import { admit, expect, startFamily, test } from "../fixtures.ts";

test("[E2E191] what a device says that was taken out without knowing it is shown by nobody", async ({
  newDevice,
}) => {
  test.setTimeout(180_000);
  const mum = await newDevice("Mum");
  const dad = await newDevice("Dad");
  const mia = await newDevice("Mia");
  await startFamily(mum);
  await admit(mum, dad, "Parent");
  await admit(mum, mia, "Child");
  for (const one of [mum, dad, mia]) await one.chats.openConversation("Everybody");
  await mia.conversation.send("I am at the bus stop");
  for (const one of [mum, dad]) await one.conversation.expectMessage("I am at the bus stop");

  // Whoever has Mia's phone now writes while nobody is there, and closes it.
  await mum.close();
  await dad.close();
  await mia.conversation.send("send money to this number");
  await mia.conversation.expectState("send money to this number", "queued");
  await mia.close();

  await mum.open();
  await dad.open();
  await mum.deciding.takeDeviceOut("Mia", "It is lost or stolen");
  await mum.deciding.expectSaid("Done.");
  await dad.chats.openConversation("Everybody");

  await mia.open();
  await expect(
    mia.page.getByRole("heading", { name: "This device is not in The Okafors any more" }),
  ).toBeVisible();
  await mum.openTab("Chats");
  await mum.chats.openConversation("Everybody");
  // What others say goes on, what was said before is there, and nothing of hers came.
  await mum.conversation.send("is everybody well?");
  await dad.conversation.expectMessage("is everybody well?");
  for (const one of [mum, dad]) {
    await one.conversation.expectMessage("I am at the bus stop");
    await expect(one.conversation.message("send money to this number")).toHaveCount(0);
  }
  await dad.reload();
  await dad.conversation.expectMessage("is everybody well?");
  await expect(dad.conversation.message("send money to this number")).toHaveCount(0);
});
