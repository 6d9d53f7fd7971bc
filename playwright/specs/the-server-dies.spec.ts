import { test } from "../fixtures.ts";

test("[E2E10] they go on talking without the server, and find each other when it is back", async ({
  family,
  host,
}) => {
  const [mum, dad] = await family(2);
  await mum.chats.openConversation("Dad");
  await dad.chats.openConversation("Mum");
  await host.stop();
  await mum.conversation.send("the server is gone");
  await mum.conversation.expectState("the server is gone", "delivered");
  await dad.conversation.send("and nobody noticed");
  await mum.conversation.expectMessage("and nobody noticed");

  await host.startAgain();
  await dad.reload();
  await dad.conversation.expectMessage("the server is gone");
  await dad.conversation.expectMessage("and nobody noticed");
  await dad.conversation.expectPresence("connected");
  await dad.conversation.send("here again");
  await dad.conversation.expectState("here again", "delivered");
});

test("[E2E11] what is sent to a closed device arrives when it opens; two that closed meet again", async ({
  family,
}) => {
  const [mum, dad] = await family(2);
  await dad.close();
  await mum.chats.openConversation("Dad");
  await mum.conversation.send("while you were away");
  await mum.conversation.expectState("while you were away", "queued");
  await dad.open();
  await dad.chats.openConversation("Mum");
  await dad.conversation.expectMessage("while you were away");
  await mum.conversation.expectState("while you were away", "delivered");

  await Promise.all([mum.close(), dad.close()]);
  await Promise.all([mum.open(), dad.open()]);
  await mum.chats.expectConnected(1, 1);
  await dad.chats.expectConnected(1, 1);
});
