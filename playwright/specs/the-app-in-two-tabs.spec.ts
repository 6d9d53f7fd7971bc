import { expect, test } from "../fixtures.ts";

test("[E2E31] of two tabs only one is the family's device; the other says so and can take over", async ({
  family,
}) => {
  const [mum, dad] = await family(2);
  await mum.chats.openConversation("Dad");
  await mum.conversation.send("from the first tab");
  await mum.conversation.expectState("from the first tab", "delivered");
  const first = mum.page;

  await mum.open();
  await mum.chats.openConversation("Dad");
  await mum.conversation.expectMessage("from the first tab");
  await mum.conversation.send("from the second tab");
  await mum.conversation.expectState("from the second tab", "delivered");

  const field = first.getByRole("textbox", { name: "Message" });
  await field.fill("from the first tab again");
  await first.getByRole("button", { name: "Send" }).click();
  await expect(first.getByText("TinyWeb is now open in another tab").first()).toBeVisible();
  await expect(field).toHaveValue("from the first tab again");

  await dad.chats.openConversation("Mum");
  await expect(dad.conversation.message("from the first tab again")).toBeHidden();
  await mum.close();
  await first.getByRole("button", { name: "Start again" }).click();
  await expect(first.getByText("TinyWeb is now open in another tab")).toHaveCount(0);
  await first.getByRole("button", { name: "Send" }).click();
  await dad.conversation.expectMessage("from the first tab again");
  await dad.conversation.expectMessage("from the second tab");
});
