import { expect, test } from "../fixtures.ts";

test(
  "[E2E144] who lets it be seen is seen writing and having read, and nobody else",
  { tag: "@long" },
  async ({ family }) => {
    const [mum, dad] = await family(2);
    await dad.openTab("More");
    await dad.page.getByRole("checkbox", { name: "Let others see" }).check();
    await dad.openTab("Chats");
    await dad.chats.openConversation("Mum");
    await mum.chats.openConversation("Dad");
    await mum.conversation.send("are you there?");
    await mum.conversation.expectState("are you there?", / · read\s*$/);
    await dad.conversation.field.pressSequentially("I am just wri");
    await expect(mum.page.getByText("Dad is writing…")).toBeVisible();
    await dad.conversation.send("I am just writing to you");
    await mum.conversation.expectMessage("I am just writing to you");
    await expect(mum.page.getByText("Dad is writing…")).toHaveCount(0);
    await dad.conversation.expectState("I am just writing to you", "delivered");
    await mum.conversation.field.pressSequentially("you are not told of this");
    await mum.conversation.send("nor of this");
    await dad.conversation.expectMessage("nor of this");
    await expect(dad.page.getByText("Mum is writing…")).toHaveCount(0);
    await expect(dad.conversation.message("I am just writing to you")).toBeVisible();
    await expect(dad.conversation.log).not.toContainText("· read");
  },
);
