import { admit, expect, startFamily, test } from "../fixtures.ts";
import { DemoPage } from "../pages/demo-page.ts";

test("[E2E120, PW1, PW20] it opens without the server, with everything it has, and is connected when the server is back", async ({
  family,
  host,
}) => {
  const [mum, dad] = await family(2);
  await mum.chats.openConversation("Dad");
  await mum.conversation.send("before");
  await mum.conversation.expectState("before", "delivered");
  await mum.more.expectOpensWithoutInternet();
  await mum.close();
  await host.stop();

  await mum.open();
  await expect(mum.chats.chip).toHaveText("0 of 1 devices connected");
  await expect(mum.page.getByText("Looking for the way to the others")).toBeVisible();
  await mum.chats.openConversation("Dad");
  await mum.conversation.expectMessage("before");
  await mum.conversation.send("written alone");
  await mum.conversation.expectState("written alone", "queued");
  await mum.reload();
  await mum.conversation.expectMessage("written alone");

  await host.startAgain();
  await mum.conversation.expectState("written alone", "delivered");
  await dad.chats.openConversation("Mum");
  await dad.conversation.expectMessage("written alone");
});

test(
  "[E2E121, PW1] what was never looked at before works without the server too",
  { tag: "@long" },
  async ({ newDevice, host }) => {
    const mum = await newDevice("Mum");
    await mum.open();
    await mum.page.evaluate(async () => navigator.serviceWorker.ready);
    await host.stop();
    await mum.close();
    // The demo, its workers, the recovery words and the code's encoder are files of their own.
    const demo = new DemoPage(mum);
    await mum.open();
    await demo.lookAround();
    await mum.page.getByRole("button", { name: "Start your own" }).click();
    await mum.close();
    await startFamily(mum);
    await mum.invite.create("Parent");
    await expect(mum.page.getByRole("img", { name: "QR code of the invite link" })).toBeVisible();
  },
);

test(
  "[E2E122] a browser that keeps no app runs it all the same",
  { tag: "@long" },
  async ({ newDevice, host }) => {
    const mum = await newDevice("Mum");
    const dad = await newDevice("Dad");
    // As in a private window of Firefox: there, and refusing.
    for (const { context } of [mum, dad]) {
      await context.addInitScript(() => {
        if (!("serviceWorker" in navigator)) return;
        const refuse = async () => Promise.reject(new DOMException("no", "SecurityError"));
        navigator.serviceWorker.register = refuse;
        navigator.serviceWorker.getRegistration = refuse;
      });
    }
    await startFamily(mum);
    await admit(mum, dad, "Parent");
    await mum.chats.openConversation("Dad");
    await mum.conversation.send("no shell, no matter");
    await mum.conversation.expectState("no shell, no matter", "delivered");
    await mum.openTab("More");
    await expect(mum.page.getByText("not yet")).toBeVisible();
    await dad.context.addInitScript(() => {
      Object.defineProperty(Navigator.prototype, "serviceWorker", { value: undefined });
      Reflect.deleteProperty(Navigator.prototype, "serviceWorker");
    });
    await dad.close();
    await dad.open(host.url);
    await dad.chats.openConversation("Mum");
    await dad.conversation.expectMessage("no shell, no matter");
  },
);
