import { test } from "../fixtures.ts";

test("[E2E9] a third device holds a message for one that is closed, and hands it over", async ({
  family,
}) => {
  const [mum, dad, gran] = await family(3);
  await mum.chats.expectConnected(2, 2);
  await gran.chats.expectConnected(2, 2);
  await dad.close();
  await mum.chats.expectConnected(1, 2);
  await mum.chats.openConversation("Dad");
  await mum.conversation.send("dinner at seven");
  await mum.conversation.expectState("dinner at seven", /held by 1 device, waiting for Dad/);

  // Only Gran's device is left to hand it over.
  await mum.close();
  await dad.open();
  await dad.chats.openConversation("Mum");
  await dad.conversation.expectMessage("dinner at seven");
  await mum.open();
  await mum.chats.openConversation("Dad");
  await mum.conversation.expectState("dinner at seven", "delivered");
});
