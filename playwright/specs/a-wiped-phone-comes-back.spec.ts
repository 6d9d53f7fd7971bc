import { expect, test } from "../fixtures.ts";
import { countRows, wipe } from "../pages/disk.ts";

test("[E2E19] a wiped phone becomes a new device of the same member, refilled after a Yes", async ({
  family,
  host,
}) => {
  const [mum, dad] = await family(2);
  await mum.chats.openConversation("Dad");
  await dad.chats.openConversation("Mum");
  await mum.conversation.send("before, from Mum");
  await dad.conversation.send("before, from Dad");
  await mum.conversation.expectState("before, from Mum", "delivered");
  await dad.conversation.expectState("before, from Dad", "delivered");

  await dad.close();
  await wipe(dad, new URL(host.url).origin);
  await dad.open();
  await dad.welcome.expectFirstRun();
  expect(await countRows(dad, "blocks")).toBe(0);
  await dad.close();

  const link = await mum.invite.createForDeviceOf("Dad");
  await dad.joining.ask(link);
  await expect(mum.invite.code).toHaveText(await dad.joining.code.innerText());
  await expect(mum.page.getByText("A device asks to belong to Dad")).toBeVisible();
  await mum.invite.approveAfterComparing();
  await mum.invite.expectDone("Dad has a new device.");

  await dad.chats.openConversation("Mum");
  await expect(dad.conversation.message("before, from Mum")).toBeHidden();
  await expect(
    dad.conversation.message(
      "This device cannot open this message. It was written before it was added.",
    ),
  ).toHaveCount(2);

  const question = mum.page.getByRole("region", {
    name: "Dad has a new device: send the last 30 days of your chat to it?",
  });
  await mum.openTab("Chats");
  await expect(question).toContainText("2 messages");
  await question.getByRole("button", { name: "Yes" }).click();
  await dad.conversation.expectMessage("before, from Mum");
  await dad.conversation.expectMessage("before, from Dad");
  await expect(question).toBeHidden();

  await dad.conversation.send("and after");
  await mum.chats.openConversation("Dad");
  await mum.conversation.expectMessage("and after");
  const texts = ["before, from Mum", "before, from Dad", "and after"];
  expect(await dad.conversation.orderOf(texts)).toEqual(await mum.conversation.orderOf(texts));
  await mum.family.expectMembers(["Mum", "Dad"]);
});
