import { expect, FAMILY_NAME, startFamily, test } from "../fixtures.ts";

test("[E2E13] approved while the newcomer was closed: it is in when it opens", async ({
  newDevice,
}) => {
  const mum = await newDevice("Mum");
  const dad = await newDevice("Dad");
  await startFamily(mum);
  await dad.joining.ask(await mum.invite.create("Parent"));
  const code = await dad.joining.code.innerText();
  await expect(mum.invite.code).toHaveText(code);
  await dad.close();
  await mum.invite.approveAfterComparing();
  await mum.invite.expectDone(`Dad is in ${FAMILY_NAME}.`);

  await dad.open();
  await dad.chats.openConversation("Mum");
  await dad.conversation.send("made it");
  await dad.conversation.expectState("made it", "delivered");
});

test(
  "[E2E14] a reload on either side between request and approval changes nothing",
  { tag: "@long" },
  async ({ newDevice }) => {
    const mum = await newDevice("Mum");
    const dad = await newDevice("Dad");
    await startFamily(mum);
    await dad.joining.ask(await mum.invite.create("Parent"));
    const code = await dad.joining.code.innerText();
    await expect(mum.invite.code).toHaveText(code);

    await mum.reload();
    await expect(mum.invite.code).toHaveText(code);
    await mum.invite.theyAreTheSame.click();
    await expect(mum.invite.approve).toBeEnabled();
    await dad.reload();
    await expect(dad.joining.code).toHaveText(code);
    await mum.reload();
    await mum.invite.approve.click();
    await mum.invite.expectDone(`Dad is in ${FAMILY_NAME}.`);
    await expect(dad.chats.entry("Mum")).toBeVisible();
  },
);
