import { admit, expect, startFamily, test } from "../fixtures.ts";

/** Room for the family and a few long messages. */
const QUOTA_BYTES = 400_000;
const LONG = "no room ".repeat(4_000).trim();

test("[E2E24] a full disk is told in words; the text stays, nothing is lost, and it goes on", async ({
  newDevice,
  host,
}) => {
  const mum = await newDevice("Mum");
  const dad = await newDevice("Dad");
  const { origin } = new URL(host.url);
  const session = await mum.context.newCDPSession(await mum.context.newPage());
  await session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: QUOTA_BYTES });
  await startFamily(mum);
  await admit(mum, dad, "Parent");
  await mum.chats.openConversation("Dad");

  const isFull = mum.page.getByText("Free some space and try again").first();
  const sent: string[] = [];
  let text = "";
  do {
    text = `${sent.length} ${LONG}`;
    await mum.conversation.send(text);
    await expect(mum.conversation.message(text).or(isFull).first()).toBeVisible();
    if (!(await isFull.isVisible())) sent.push(text);
  } while (!(await isFull.isVisible()) && sent.length < 20);
  await expect(isFull).toBeVisible();
  expect(sent.length).toBeGreaterThan(0);
  await expect(mum.conversation.field).toHaveValue(text);
  await expect(mum.conversation.message(text)).toBeHidden();

  await session.send("Storage.overrideQuotaForOrigin", { origin });
  await mum.conversation.sendButton.click();
  await mum.conversation.expectState(text, "delivered");
  await expect(mum.page.getByText("Free some space")).toHaveCount(0);
  await dad.chats.openConversation("Mum");
  for (const one of [...sent, text]) await dad.conversation.expectMessage(one);
  await mum.reload();
  for (const one of [...sent, text]) await mum.conversation.expectMessage(one);
});
