import { admit, expect, startFamily, test } from "../fixtures.ts";
import { Network } from "../network.ts";

/** ICE takes five to ten seconds to give a path up. */
const FOUND_MS_MAX = 20_000;

test("[E2E43] when all paths die at once new ones are found, and what was written meanwhile is there", async ({
  newDevice,
}) => {
  const network = new Network();
  const [mum, dad] = [await newDevice("Mum"), await newDevice("Dad")];
  for (const { context } of [mum, dad]) await network.carry(context);
  await startFamily(mum);
  await admit(mum, dad, "Parent");
  await mum.chats.openConversation("Dad");
  await dad.chats.openConversation("Mum");
  await mum.conversation.send("over the old paths");
  await mum.conversation.expectState("over the old paths", "delivered");

  network.change();
  await mum.conversation.send("while there was no path");
  await dad.conversation.send("neither was there one back");
  await expect(dad.conversation.message("while there was no path")).toBeVisible({
    timeout: FOUND_MS_MAX,
  });
  await mum.conversation.expectState("while there was no path", "delivered");
  await mum.conversation.expectMessage("neither was there one back");
});
