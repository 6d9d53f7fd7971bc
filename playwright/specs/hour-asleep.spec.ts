import { setTimeout as sleep } from "node:timers/promises";
import { admit, expect, startFamily, test } from "../fixtures.ts";
import { freeze, SOCKET_CLOSED, thaw } from "../tabs.ts";

const ASLEEP_MS = 3_600_000;
const EVERY_MS = 180_000;
/** From waking to the newest message on the screen. */
const BACK_MS_MAX = 15_000;

test("[E2E192] a phone that slept for an hour has what was said meanwhile, in its order, and is linked again at once", async ({
  newDevice,
  expectedErrors,
}) => {
  test.setTimeout(ASLEEP_MS + 300_000);
  expectedErrors.push(SOCKET_CLOSED);
  const mum = await newDevice("Mum");
  const dad = await newDevice("Dad", { canFreeze: true });
  const mia = await newDevice("Mia");
  await startFamily(mum);
  await admit(mum, dad, "Parent");
  await admit(mum, mia, "Child");
  for (const one of [mum, dad, mia]) await one.chats.openConversation("Everybody");
  await dad.conversation.send("before I slept");
  await mum.conversation.expectMessage("before I slept");
  await freeze(dad.page, await dad.context.newPage());
  const said = ["before I slept"];
  const until = Date.now() + ASLEEP_MS;
  for (let turn = 1; Date.now() < until; turn += 1) {
    const speaker = turn % 2 === 0 ? mia : mum;
    const text = `${speaker.person} at turn ${turn}`;
    await speaker.conversation.send(text);
    said.push(text);
    await (speaker === mum ? mia : mum).conversation.expectMessage(text);
    await sleep(Math.max(0, Math.min(EVERY_MS, until - Date.now())));
  }
  const newest = said.at(-1) ?? "";
  const wokeAt = Date.now();
  await thaw(dad.page);
  await expect(dad.conversation.message(newest)).toBeVisible({ timeout: BACK_MS_MAX });
  const backMs = Date.now() - wokeAt;
  process.stdout.write(`awake after an hour: the newest of ${said.length} after ${backMs} ms\n`);
  await expect.poll(async () => dad.conversation.orderOf(said)).toEqual(said);
  const mums = said.findLast((text) => text.startsWith("Mum")) ?? "";
  await mum.conversation.expectState(mums, "delivered to everybody");
  await dad.conversation.send("good morning");
  await mum.conversation.expectMessage("good morning");
  await mia.conversation.expectMessage("good morning");
});
