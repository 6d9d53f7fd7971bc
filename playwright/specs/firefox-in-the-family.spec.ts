import { type Device, expect, startFamily, test } from "../fixtures.ts";

const WAYS = [
  { founder: "chromium", newcomer: "firefox" },
  { founder: "firefox", newcomer: "chromium" },
  { founder: "firefox", newcomer: "firefox" },
] as const;

for (const { founder, newcomer } of WAYS) {
  test(
    `[E2E32] a family that ${founder} started and ${newcomer} joined talks, reloads, and does without the server`,
    { tag: founder === "chromium" ? [] : "@long" },
    async ({ host, newDevice }) => {
      const mum = await newDevice("Mum", { engine: founder });
      const dad = await newDevice("Dad", { engine: newcomer });
      await startFamily(mum);
      const link = await mum.invite.create("Parent");
      await dad.open(link);
      expect(dad.page.url()).not.toContain("#");
      await dad.joining.askHere();
      await expect(dad.joining.code).toHaveText(/^\d{6}$/);
      await expect(mum.invite.code).toHaveText(await dad.joining.code.innerText());
      await mum.invite.approveAfterComparing();
      await mum.invite.expectDone(/^Dad is in/);
      await dad.chats.expectConnected(1, 1);

      await talk(mum, dad, "first");
      await Promise.all([mum.reload(), dad.reload()]);
      await mum.conversation.expectMessage("first from Dad");
      await dad.conversation.expectMessage("first from Mum");
      await mum.conversation.expectPresence("connected");

      await host.stop();
      await talk(mum, dad, "without the server");
      await host.startAgain();
      await dad.reload();
      await dad.conversation.expectPresence("connected");
      await talk(mum, dad, "here again");
      expect(await dad.more.readDetail("ledger head")).toBe(
        await mum.more.readDetail("ledger head"),
      );
    },
  );
}

/** Both write, and both see what the other wrote and that it arrived. */
async function talk(mum: Device, dad: Device, topic: string): Promise<void> {
  const pair = [
    { from: mum, to: dad },
    { from: dad, to: mum },
  ];
  for (const { from, to } of pair) {
    if (!(await from.conversation.log.isVisible())) await from.chats.openConversation(to.person);
  }
  for (const { from, to } of pair) {
    const text = `${topic} from ${from.person}`;
    await from.conversation.send(text);
    await to.conversation.expectMessage(text);
    await from.conversation.expectState(text, "delivered");
  }
}
