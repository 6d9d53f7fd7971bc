/** The ways through the screens: first run, words, invite, joining, the family. */

import { afterEach, describe, expect, it } from "vitest";
import { clearScreens, find, press, seen, show, writeInto } from "../testing/show-screen.ts";
import { JOINING, MEMBER, WORDS } from "../dev/fixtures.ts";

afterEach(clearScreens);

describe("ways", () => {
  it("[UI40, DM1] offers the three ways and restoring, and opens the demo in place", async () => {
    const { root } = await show("welcome");
    await seen(root, "tw-welcome h1");
    const names = [...root.querySelectorAll("button")].map(({ textContent }) => textContent.trim());
    expect(names).toEqual(["Start a family", "I was invited", "Look around", "Restore with words"]);
    press(root, "Look around");
    expect((await seen(root, "tw-look-around h1")).textContent).toBe("A make-believe family");
  });

  it("[UI41] shows the words again until they are confirmed, and names wrong ones", async () => {
    const { root } = await show("words-failed");
    await expect.poll(() => root.querySelectorAll("ol li").length).toBe(24);
    press(root, "I wrote them down");
    await seen(root, "form");
    expect(root.querySelectorAll("ol li")).toHaveLength(0);
    const labels = [...root.querySelectorAll("label")].map(({ textContent }) => textContent);
    for (const label of labels) expect(label).toMatch(/^Word \d+$/);
    expect(labels).toHaveLength(3);
    find(root, "form").dispatchEvent(new SubmitEvent("submit", { cancelable: true }));
    expect((await seen(root, "[role='alert']")).textContent).toContain("does not match");
    press(root, "Show the words again");
    await expect.poll(() => root.querySelector("ol li")?.textContent).toBe(WORDS[0]);
  });

  it("[UI50] names a link that is over or damaged before anything connects", async () => {
    const over = await show("invited-expired");
    const told = await seen(over.root, "[role='alert']");
    expect(told.textContent).toContain("time of this invite is over");
    clearScreens();
    const { root } = await show("invited");
    await seen(root, "#invite-link");
    writeInto(root, "#invite-link", "https://home.example/#j1.");
    writeInto(root, "#my-name", "Leo");
    press(root, "Ask to join");
    expect((await seen(root, "[role='alert']")).textContent).toContain("not a whole invite link");
  });

  it("[UI51] says each step of joining in words", async () => {
    const expected = {
      "joining-connecting": "Looking for the person who invited you",
      "joining-asking": "not connected right now",
      "joining-comparing": "Does Mum see the same six digits?",
      "joining-approved": "Now it waits for Mum and Dad: ask them to open TinyWeb",
      "joining-receiving": "You are in.",
    };
    for (const [name, words] of Object.entries(expected)) {
      const { root } = await show(name);
      await expect.poll(() => root.textContent, { message: name }).toContain(words);
      expect(root.textContent, name).toContain(JOINING.myName);
      expect(root.textContent, name).toContain("You can close this page");
      clearScreens();
    }
    const { root } = await show("joining-failed");
    await expect.poll(() => root.textContent).toContain("Another device answered");
  });

  it("[UI51] opens the chats when joining is done, though the link is still at hand", async () => {
    const { app, root } = await show("joining-receiving");
    app.takeInvite("https://home.example/#j1.AbCd");
    await seen(root, "tw-joining h1");
    app.hear({ type: "snapshot", snapshot: MEMBER });
    await seen(root, "tw-chats h1");
    expect(app.inviteLink).toBeNull();
  });

  it("[UI31] shows a new invite whole: code, link, time left, used once", async () => {
    const { root } = await show("invite-waiting");
    const link = (await seen(root, "#invite-link")) as HTMLInputElement;
    expect(link.readOnly).toBe(true);
    expect(link.value).toMatch(/^https:.*#j1\..{180}/);
    expect(link.labels?.[0]?.textContent).toBe("Invite link");
    await seen(root, "svg[aria-label='QR code of the invite link'] path");
    expect(find(root, "[role='timer']").textContent).toMatch(/Ends in 9 min/);
    expect(root.textContent).toContain("It works once");
  });

  it("[UI34] announces on the lists who opened an invite", async () => {
    const { app, root } = await show("chats-requests");
    await expect.poll(() => root.textContent).toContain("Leo asks to join.");
    app.open({ screen: "family" });
    await seen(root, "tw-family");
    await expect.poll(() => root.textContent).toContain("Leo asks to join.");
    press(root, "Look");
    expect((await seen(root, ".code")).textContent).toBe("048213");
  });

  it("[UI62] asks before a new device is sent anything, and says what", async () => {
    const { root } = await show("chats-requests");
    await expect.poll(() => root.textContent).toContain("Mia has a new device");
    expect(root.textContent).toContain("214 messages from your conversation");
    press(root, "Yes");
    await expect.poll(() => root.textContent).not.toContain("Mia has a new device");
  });

  it("[UI63] describes each device in words", async () => {
    const { root } = await show("family");
    await seen(root, ".device");
    const lines = [...root.querySelectorAll(".device")].map(({ textContent }) =>
      textContent.replace(/\s+/g, " ").trim(),
    );
    expect(lines).toEqual([
      "This device · keeps the rules",
      "Device 1 · connected · keeps the rules",
      "Device 2 · asleep new today",
      "Device 3 · removed",
      "connected",
      "asleep may forget",
    ]);
  });

  it("[UI64] words a new device as the member's own, without the word invite", async () => {
    const { root } = await show("device-invite");
    await expect
      .poll(() => root.querySelector("h1")?.textContent.trim())
      .toBe("A new device for Mia");
    const words = find(root, "tw-invite").textContent;
    expect(words).toContain("lets nobody new in");
    expect(words).not.toMatch(/invite/i);
    expect(root.querySelector('input[name="role"]')).toBeNull();
  });
});
