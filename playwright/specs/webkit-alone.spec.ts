import { type Verdicts, VERDICTS_SHA256 } from "../../workers/crypto/testing/judge.ts";
import { DESKTOP, PHONE } from "../browser.ts";
import { FAMILY_NAME } from "../fixtures.ts";
import { startJudgeServer } from "../judge-server.ts";
import type { WebKitDevice } from "../webkit-device.ts";
import { expect, test } from "../webkit-fixtures.ts";

const ALONE = "This browser cannot reach the family's other devices";
const SCREENS = "test-results/screens";

test("[E2E110] [UI91] in WebKit a family is started, its words are confirmed, and all is there after a reload", async ({
  newWebKitDevice,
}) => {
  const mum = await newWebKitDevice("Mum");
  await mum.driver.resize(DESKTOP);
  await mum.open();
  await mum.see("Start a family");
  await mum.screenshot(`${SCREENS}/webkit-welcome-desktop.png`);
  await mum.driver.resize(PHONE);
  await mum.screenshot(`${SCREENS}/webkit-welcome-phone.png`);
  const words = await startFamily(mum);
  await mum.see("Nobody else is here yet");
  await mum.screenshot(`${SCREENS}/webkit-chats-phone.png`);
  await mum.reload();
  await mum.see("Nobody else is here yet");
  expect(words).toHaveLength(24);

  await mum.press("Invite");
  await mum.press("Child", "radio");
  await mum.press("Create invite");
  await mum.see("It works once, for one person.");
  await mum.screenshot(`${SCREENS}/webkit-invite-phone.png`);
  await mum.reload();
  await mum.see("It works once, for one person.");

  const details = await readDetails(mum);
  await mum.screenshot(`${SCREENS}/webkit-more-phone.png`);
  expect(details).toMatch(/ledger head [0-9a-f]{64}/);
  await mum.reload();
  expect(await readDetails(mum)).toContain(/ledger head \S+/.exec(details)?.[0]);
});

test("[UI80] [E2E110] WebKit without direct connections says so, and what to do, to members and to the invited", async ({
  newWebKitDevice,
}) => {
  const mum = await newWebKitDevice("Mum");
  await mum.open();
  await mum.see(ALONE);
  await startFamily(mum);
  await mum.see("Nobody else is here yet");
  await mum.see(ALONE);
  expect(await readDetails(mum)).toContain("webrtc missing");

  const link = await inviteSomebody(mum);
  const dad = await newWebKitDevice("Dad");
  await dad.open(link);
  await dad.fill("Your name", "Dad");
  await dad.press("Ask to join");
  await dad.see("Looking for");
  await dad.see(ALONE);
  await dad.screenshot(`${SCREENS}/webkit-joining-phone.png`);
});

test(
  "[E2E110] in WebKit the words restore the family",
  { tag: "@long" },
  async ({ newWebKitDevice }) => {
    const mum = await newWebKitDevice("Mum");
    await mum.open();
    const words = await startFamily(mum);
    const again = await newWebKitDevice("Mum");
    await again.open();
    await again.press("Restore with words");
    await again.fill("Recovery words", words.join(" "));
    await again.fill("Family name", FAMILY_NAME);
    await again.fill("Your name", "Mum");
    await again.press("Restore family");
    await again.see("Nobody else is here yet");
    await again.see(FAMILY_NAME);
  },
);

test(
  "[E2E110] in WebKit the make-believe family talks, which needs no direct connection",
  { tag: "@long" },
  async ({ newWebKitDevice }) => {
    const visitor = await newWebKitDevice("Visitor");
    await visitor.driver.resize(DESKTOP);
    await visitor.open();
    await visitor.press("Look around");
    await visitor.seeThe("button", "Put to sleep: Zoe");
    expect(await visitor.readAll()).not.toContain(ALONE);
    await visitor.driver.run(writeInFrame, "Mum's phone", "Is WebKit here?");
    for (const title of ["Mum's phone", "Mia's phone"]) {
      await expect
        .poll(() => visitor.driver.run<string>(readFrame, title), { message: title })
        .toContain("Is WebKit here?");
    }
    await visitor.screenshot(`${SCREENS}/webkit-demo-desktop.png`);
  },
);

test("[CR29] [CR30] WebKit judges every edge case of signatures, keys and HPKE as the other engines", async ({
  newWebKitDevice,
}) => {
  const server = await startJudgeServer();
  const device = await newWebKitDevice("Mum");
  await device.open(server.url);
  const verdicts = await device.driver.run<Verdicts>(judge);
  server.close();
  expect(verdicts.unsound).toEqual([]);
  expect(verdicts.digest).toBe(VERDICTS_SHA256);
});

/** Up to the empty list of conversations; the 24 words. */
async function startFamily(device: WebKitDevice): Promise<readonly string[]> {
  await device.press("Start a family");
  await device.fill("Family name", FAMILY_NAME);
  await device.fill("Your name", device.person);
  await device.press("Create family");
  const words = await readWords(device);
  await device.reload();
  expect(await readWords(device)).toEqual(words);
  await device.press("I wrote them down");
  for (const field of await device.namesOf("textbox")) {
    await device.fill(field, words[Number(/\d+/.exec(field)?.[0]) - 1] ?? "");
  }
  await device.press("Confirm words");
  return words;
}

async function readWords(device: WebKitDevice): Promise<readonly string[]> {
  let words: readonly string[] = [];
  // The list is there before the node has given the words to it.
  await expect
    .poll(async () => {
      const list = await device.read("list", "Your recovery words");
      words = list.split(/[^a-z]+/).filter((word) => word !== "");
      return words.length;
    })
    .toBe(24);
  return words;
}

async function readDetails(device: WebKitDevice): Promise<string> {
  await device.press("More");
  await device.pressText("Details");
  await device.see("ledger head");
  return device.readAll();
}

/** The whole invite link. */
async function inviteSomebody(device: WebKitDevice): Promise<string> {
  await device.press("Chats");
  await device.press("Invite");
  await device.press("Parent", "radio");
  await device.press("Create invite");
  await device.see("It works once, for one person.");
  return device.valueOf("Invite link");
}

function judge(): Promise<unknown> {
  return (globalThis as unknown as { judge: () => Promise<unknown> }).judge();
}

/** WebDriver cannot refer to what a frame shows here: its elements were made by the page around it. */
function writeInFrame(title: string, text: string): void {
  const frame = [...document.querySelectorAll("iframe")].find((one) => one.title === title);
  const field = frame?.contentDocument?.querySelector("textarea");
  const send = [...(frame?.contentDocument?.querySelectorAll("button") ?? [])].find(
    (one) => (one.ariaLabel ?? one.innerText).trim() === "Send",
  );
  if (!field || send === undefined) throw new Error(`nothing to write in: ${title}`);
  field.value = text;
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  requestAnimationFrame(() => requestAnimationFrame(() => send.click()));
}

function readFrame(title: string): string {
  const frame = [...document.querySelectorAll("iframe")].find((one) => one.title === title);
  return frame?.contentDocument?.body.innerText ?? "";
}
