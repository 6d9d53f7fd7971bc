import { admit, expect, startFamily, test } from "../fixtures.ts";

test(
  "[E2E41] Firefox has its channel in the worker, and with the address that asks for it pumps it",
  { tag: "@long" },
  async ({ newDevice, host }) => {
    const mum = await newDevice("Mum");
    const dad = await newDevice("Dad", { engine: "firefox" });
    await startFamily(mum);
    await admit(mum, dad, "Parent");
    await mum.chats.openConversation("Dad");
    await dad.chats.openConversation("Mum");
    await mum.conversation.send("into Firefox's worker");
    await dad.conversation.expectMessage("into Firefox's worker");
    expect(await dad.more.readDetail("link")).toMatch(/ rtc transferred, /);

    await dad.close();
    await dad.open(`${host.url}?channel=pump`);
    await dad.chats.openConversation("Mum");
    await dad.conversation.expectPresence("connected");
    await dad.conversation.send("out of Firefox's page");
    await mum.conversation.expectMessage("out of Firefox's page");
    expect(await dad.more.readDetail("link")).toMatch(/ rtc pumped, /);
    expect(await mum.more.readDetail("link")).toMatch(/ rtc transferred, /);
  },
);
