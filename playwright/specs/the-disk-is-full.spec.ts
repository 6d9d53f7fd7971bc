import { expect, test } from "../fixtures.ts";

test("[E2E24] a full disk is told in words; the text stays, nothing is lost, and it goes on", async ({
  family,
  host,
}) => {
  const [mum, dad] = await family(2);
  await mum.chats.openConversation("Dad");
  await mum.conversation.send("there was room");
  await mum.conversation.expectState("there was room", "delivered");

  const { origin } = new URL(host.url);
  const session = await mum.context.newCDPSession(mum.page);
  await session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 1 });
  const long = "no room ".repeat(3_000).trim();
  await mum.conversation.send(long);
  await expect(mum.page.getByText("Free some space and try again").first()).toBeVisible();
  await expect(mum.conversation.field).toHaveValue(long);
  await mum.conversation.expectMessage("there was room");

  await session.send("Storage.overrideQuotaForOrigin", { origin });
  await mum.conversation.sendButton.click();
  await mum.conversation.expectState(long, "delivered");
  await expect(mum.page.getByText("Free some space")).toHaveCount(0);
  await dad.chats.openConversation("Mum");
  await dad.conversation.expectMessage(long);
  await dad.conversation.expectMessage("there was room");
});
