import { admit, expect, startFamily, test } from "../fixtures.ts";
import { freeze, SOCKET_CLOSED, thaw } from "../tabs.ts";

/** Longer than the others wait for a sign of life: a ping each 20 s, 10 s for its answer. */
const NOTICED_MS_MAX = 40_000;

test("[E2E42] a page that was frozen is linked again soon after it wakes, and has what was sent meanwhile", async ({
  newDevice,
  expectedErrors,
}) => {
  expectedErrors.push(SOCKET_CLOSED);
  const mum = await newDevice("Mum");
  const dad = await newDevice("Dad", { canFreeze: true });
  await startFamily(mum);
  await admit(mum, dad, "Parent");
  await mum.chats.openConversation("Dad");
  await dad.chats.openConversation("Mum");
  await freeze(dad.page, await dad.context.newPage());
  await mum.conversation.send("while you were frozen");
  await mum.conversation.expectPresence("not connected", NOTICED_MS_MAX);
  await thaw(dad.page);
  await expect(dad.conversation.message("while you were frozen")).toBeVisible({ timeout: 5_000 });
  await mum.conversation.expectState("while you were frozen", "delivered");
  await dad.conversation.send("awake again");
  await mum.conversation.expectMessage("awake again");
});
