import type { Page } from "@playwright/test";
import type { Device } from "../device.ts";
import { admit, expect, startFamily, test } from "../fixtures.ts";
import { crash, freeze, hang, openTabs, SOCKET_CLOSED, thaw } from "../tabs.ts";

/** Each of these texts is there once, in the tab that the person looks at. */
async function expectOnce(device: Device, texts: readonly string[]): Promise<void> {
  for (const text of texts) await expect(device.conversation.message(text)).toHaveCount(1);
}

async function openEverywhere(device: Device, tabs: readonly Page[], member: string) {
  for (const tab of tabs) {
    device.turnTo(tab);
    await tab.bringToFront();
    await device.chats.openConversation(member);
  }
}

test(
  "[E2E100] three tabs show the same and can do the same, and are one device to the family",
  { tag: "@long" },
  async ({ family }) => {
    const [mum, dad] = await family(2);
    await dad.chats.openConversation("Mum");
    const tabs = await openTabs(mum, 2);
    for (const tab of tabs) {
      mum.turnTo(tab);
      await mum.chats.expectConnected(1, 1);
    }
    await openEverywhere(mum, tabs, "Dad");
    const texts = ["from the first", "from the second", "from the third"];
    for (const [index, text] of texts.entries()) {
      mum.turnTo(tabs[index]!);
      await mum.conversation.send(text);
      await mum.conversation.expectState(text, "delivered");
      await dad.conversation.expectMessage(text);
    }
    await dad.conversation.send("to all of them");
    for (const tab of tabs) {
      mum.turnTo(tab);
      await expectOnce(mum, [...texts, "to all of them"]);
      await mum.conversation.expectState("from the first", "delivered");
    }
    await expectOnce(dad, [...texts, "to all of them"]);

    // A tab that leads nobody invites; the invite is on every tab's screen, and is withdrawn in a third.
    mum.turnTo(tabs[1]!);
    await mum.openTab("Chats");
    await mum.invite.create("Child");
    mum.turnTo(tabs[2]!);
    await mum.openTab("Family");
    await expect(mum.page.getByRole("button", { name: /^Child: / })).toBeVisible();
    await dad.openTab("Chats");
    await dad.chats.expectConnected(1, 1);
  },
);

test("[E2E101] when the tab that works is closed or crashes, another goes on at once", async ({
  family,
  expectedErrors,
}) => {
  expectedErrors.push(/the page crashed/);
  const [mum, dad] = await family(2);
  await dad.chats.openConversation("Mum");
  const [first, second, third] = await openTabs(mum, 2);
  await openEverywhere(mum, [first!, second!, third!], "Dad");
  mum.turnTo(second!);
  await mum.conversation.field.fill("a draft");
  await first!.close();
  await mum.conversation.sendButton.click();
  await mum.conversation.expectState("a draft", "delivered");
  await dad.conversation.expectMessage("a draft");

  mum.turnTo(third!);
  await mum.conversation.expectMessage("a draft");
  await crash(second!);
  await mum.conversation.send("after the crash");
  await mum.conversation.expectState("after the crash", "delivered");
  await expectOnce(mum, ["a draft", "after the crash"]);
  await expectOnce(dad, ["a draft", "after the crash"]);
});

test(
  "[E2E102] a tab that the browser freezes makes way, and follows when it is looked at again",
  { tag: "@long" },
  async ({ newDevice, expectedErrors }) => {
    expectedErrors.push(SOCKET_CLOSED);
    const mum = await newDevice("Mum", { canFreeze: true });
    const dad = await newDevice("Dad");
    await startFamily(mum);
    await admit(mum, dad, "Parent");
    await dad.chats.openConversation("Mum");
    const [first, second] = await openTabs(mum, 1);
    await openEverywhere(mum, [first!, second!], "Dad");
    await freeze(first!, second!);
    await mum.conversation.send("while it was frozen");
    await mum.conversation.expectState("while it was frozen", "delivered");
    await dad.conversation.send("an answer");
    await mum.conversation.expectMessage("an answer");

    await thaw(first!);
    mum.turnTo(first!);
    await expectOnce(mum, ["while it was frozen", "an answer"]);
    await mum.conversation.send("after it thawed");
    await mum.conversation.expectState("after it thawed", "delivered");
    await expectOnce(dad, ["while it was frozen", "an answer", "after it thawed"]);
  },
);

test(
  "[E2E103] a tab that hangs without a word loses its place, and what it wakes to writes nothing twice",
  { tag: "@long" },
  async ({ family }) => {
    const [mum, dad] = await family(2);
    await dad.chats.openConversation("Mum");
    const [first, second] = await openTabs(mum, 1);
    await openEverywhere(mum, [first!, second!], "Dad");
    const hanging = hang(first!, 13_500);
    await first!.getByRole("textbox", { name: "Message" }).fill("asked of the hanging one");
    await first!.getByRole("button", { name: "Send" }).click();
    mum.turnTo(second!);
    await mum.conversation.send("asked of the other");
    await mum.conversation.expectState("asked of the other", "delivered");
    await hanging;
    const all = ["asked of the hanging one", "asked of the other"];
    await expectOnce(dad, all);
    for (const tab of [first!, second!]) {
      mum.turnTo(tab);
      await expectOnce(mum, all);
      await mum.conversation.expectState("asked of the hanging one", "delivered");
    }
  },
);

test(
  "[E2E104] a storm of reloads in three tabs loses nothing and sends nothing twice",
  { tag: "@long" },
  async ({ family }) => {
    const [mum, dad] = await family(2);
    await dad.chats.openConversation("Mum");
    const tabs = await openTabs(mum, 2);
    await openEverywhere(mum, tabs, "Dad");
    const texts: string[] = [];
    for (let round = 1; round <= 5; round += 1) {
      const [writer, ...others] = [...tabs.slice(round % 3), ...tabs.slice(0, round % 3)];
      mum.turnTo(writer!);
      const text = `round ${round}`;
      texts.push(text);
      const reloads = Promise.all(others.map(async (tab) => tab.reload()));
      await mum.conversation.send(text);
      await reloads;
      await mum.conversation.expectState(text, "delivered");
      await Promise.all(tabs.map(async (tab) => tab.reload()));
    }
    for (const tab of tabs) {
      mum.turnTo(tab);
      await expectOnce(mum, texts);
      await mum.conversation.expectPresence("connected");
    }
    await expectOnce(dad, texts);
  },
);

test("[E2E105] another version in another tab is told, and this tab goes on when that one is closed", async ({
  family,
  host,
  expectedErrors,
}) => {
  // The browser looks for an icon of the picture.
  expectedErrors.push(/404/);
  const [mum] = await family(1);
  await mum.close();
  // Stands in for a tab of another build: it holds what such a tab holds and says what it says.
  const other = await mum.context.newPage();
  await other.goto(`${host.url}/favicon.svg`);
  await other.evaluate(async () => {
    const channel = new BroadcastChannel("tinyweb-tabs:tinyweb");
    const signal = { type: "beat", fence: 1_000 };
    const beat = () => {
      channel.postMessage({ from: "another", build: "another", type: "signal", signal });
    };
    channel.addEventListener("message", beat);
    await new Promise<void>((held) => {
      void navigator.locks.request("tinyweb-node:tinyweb", async () => {
        held();
        await new Promise(() => undefined);
      });
    });
    beat();
  });
  await mum.open();
  await expect(mum.page.getByRole("alert")).toContainText("in a different version");
  await other.close();
  await expect(mum.chats.chip).toBeVisible();
  await mum.family.expectMembers(["Mum"]);
});
