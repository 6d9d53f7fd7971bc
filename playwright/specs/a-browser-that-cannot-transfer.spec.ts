import { expect, test } from "../fixtures.ts";

test(
  "[E2E40] one pumps its channel, the other has it in the worker: they talk, and the details say so",
  { tag: "@long" },
  async ({ family, host }) => {
    const [mum, dad] = await family(2);
    await dad.close();
    await dad.open(`${host.url}?channel=pump`);
    await mum.chats.expectConnected(1, 1);
    await mum.chats.openConversation("Dad");
    await dad.chats.openConversation("Mum");
    await mum.conversation.send("into the page");
    await dad.conversation.expectMessage("into the page");
    await dad.conversation.send("into the worker");
    await mum.conversation.expectState("into the page", "delivered");
    await mum.conversation.expectMessage("into the worker");
    expect(await mum.more.readDetail("link")).toMatch(/ rtc transferred, /);
    expect(await dad.more.readDetail("link")).toMatch(/ rtc pumped, /);
  },
);
