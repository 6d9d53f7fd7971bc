import { expect, test } from "../fixtures.ts";

test("[E2E22] a worker that breaks is told at once; Start again recovers and nothing is lost", async ({
  family,
  expectedErrors,
}) => {
  expectedErrors.push(/planted/);
  const [mum, dad] = await family(2);
  await mum.chats.openConversation("Dad");
  await mum.conversation.send("before");
  await mum.conversation.expectState("before", "delivered");
  await mum.conversation.field.fill("a draft");

  const [worker] = mum.page.workers();
  await worker?.evaluate(() => {
    setTimeout(() => {
      throw new Error("planted");
    });
  });
  const dialog = mum.page.getByRole("dialog", { name: "The app stopped inside." });
  await expect(dialog).toContainText("Your messages are safe on this device.");
  await dialog.getByRole("button", { name: "Start again" }).click();
  await expect(dialog).toBeHidden();
  await mum.conversation.expectMessage("before");
  await expect(mum.conversation.field).toHaveValue("a draft");
  await mum.conversation.sendButton.click();
  await mum.conversation.expectState("a draft", "delivered");
  await dad.chats.openConversation("Mum");
  await dad.conversation.expectMessage("a draft");
});

test(
  "[E2E23] a worker that is gone without a word is missed, and can be started again",
  { tag: "@long" },
  async ({ family }) => {
    const [mum] = await family(1);
    const [worker] = mum.page.workers();
    await worker?.evaluate(() => {
      globalThis.close();
    });
    await mum.page.getByRole("button", { name: "Invite", exact: true }).click();
    const dialog = mum.page.getByRole("dialog", { name: "The app stopped inside." });
    await expect(dialog).toBeVisible({ timeout: 30_000 });
    await dialog.getByRole("button", { name: "Start again" }).click();
    await expect(dialog).toBeHidden();
    await mum.family.expectMembers(["Mum"]);
  },
);
