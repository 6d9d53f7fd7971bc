/** The people on this browser and the lock, on a real engine, over the still worker of web/dev. */

import { afterEach, describe, expect, it } from "vitest";
import { EMPTY, MEMBER } from "../dev/fixtures.ts";
import { clearScreens, find, press, seen, show, writeInto } from "../testing/show-screen.ts";

afterEach(clearScreens);

function submit(root: HTMLElement, selector = "form"): void {
  find(root, selector).dispatchEvent(new SubmitEvent("submit", { cancelable: true }));
}

describe("people and locks", () => {
  it("[PR20, PR5] lists who is here, who joins, whose name is lost and whose storage is gone", async () => {
    const { root } = await show("who");
    await seen(root, ".row");
    const rows = [...root.querySelectorAll(".row")].map(({ textContent }) =>
      textContent.replace(/\s+/g, " ").trim(),
    );
    expect(rows).toEqual([
      expect.stringMatching(/^M Mum Parent · The Okafors has a lock$/),
      expect.stringMatching(/^M Mia Child · The Okafors$/),
      expect.stringMatching(/زوي Asking to join The Lindqvists of the Long Street$/),
      expect.stringMatching(/^\? Somebody \(dad\) The name is not known here/),
      expect.stringMatching(/^G Grandma What this browser kept for Grandma is gone/),
    ]);
    press(root, "Take Grandma off the list");
    await expect.poll(() => root.querySelectorAll(".row").length).toBe(4);
  });

  it("[PR29] says that a browser does not protect people from each other", async () => {
    for (const name of ["who", "people", "people-alone"]) {
      const { root } = await show(name);
      await expect
        .poll(() => root.textContent)
        .toContain("does not protect people from each other");
      clearScreens();
    }
  });

  it("[PR24] leads from More to the people and to the lock, and from neither on a phone of the demo", async () => {
    const { app, root } = await show("more");
    await seen(root, "tw-people-cards section");
    press(root, "Change or add a person");
    expect((await seen(root, "tw-people h1")).textContent).toBe("People on this browser");
    app.open({ screen: "more" });
    await seen(root, "tw-people-cards section");
    press(root, "Set a PIN");
    expect((await seen(root, "tw-lock h1")).textContent.trim()).toBe("Lock");
    clearScreens();
    const demo = await show("more", null);
    await seen(demo.root, "tw-more h1");
    expect(demo.root.querySelector("tw-people-cards section")).toBeNull();
  });

  it("[PR23] asks twice before a person is removed, and says what is lost", async () => {
    // Seen from Mia's place: whoever removes the own one is led away from the list.
    const { root } = await show("people", { profile: "k7m2qdxw", go: () => {} });
    await seen(root, ".row");
    press(root, "Remove somebody");
    await seen(root, "[aria-label='Remove Mum']");
    find(root, "[aria-label='Remove Mum']").click();
    const first = await seen(root, "dialog[open]");
    expect(first.textContent).toContain("is deleted");
    expect(first.textContent).toContain("writes the family's rules down");
    press(root, "Go on");
    await seen(root, "dialog #pin");
    press(root, "The PIN is forgotten");
    await seen(root, "dialog #name");
    writeInto(root, "dialog #name", "Dad");
    submit(root, "dialog form");
    expect((await seen(root, "dialog [role='alert']")).textContent).toContain("not the name");
    expect(root.querySelectorAll(".row")).toHaveLength(5);
    writeInto(root, "dialog #name", "mum");
    submit(root, "dialog form");
    await expect.poll(() => root.querySelectorAll(".row").length).toBe(4);
    expect(root.querySelector("dialog")).toBeNull();
  });

  it("[PR26] shows a locked place and nothing of what is in it", async () => {
    const { app, root } = await show("locked-wrong");
    await expect.poll(() => root.querySelector("h1")?.textContent).toBe("Mum, this is locked");
    writeInto(root, "#pin", "000001");
    submit(root);
    expect((await seen(root, "[role='alert']")).textContent).toBe(
      "That is not the PIN. Try again.",
    );
    expect((find(root, "#pin") as HTMLInputElement).value).toBe("");
    expect(root.querySelector("nav")).toBeNull();
    press(root, "People on this browser");
    await seen(root, "tw-people h1");
    app.hear({ type: "snapshot", snapshot: MEMBER });
    app.hear({ type: "snapshot", snapshot: { ...EMPTY, phase: "locked" } });
    await seen(root, "tw-locked h1");
    clearScreens();
    const waiting = await show("locked-wait");
    const told = await seen(waiting.root, "[role='alert']");
    expect(told.textContent).toMatch(/Try again in 1[45] min/);
    const button = find(waiting.root, "form button") as HTMLButtonElement;
    expect(button.disabled).toBe(true);
  });

  it("[PR27] sets a lock with the PIN typed twice, and names a weak one", async () => {
    const { root } = await show("lock-new");
    await seen(root, "#next");
    writeInto(root, "#next", "493817");
    writeInto(root, "#again", "493818");
    submit(root);
    expect((await seen(root, "[role='alert']")).textContent).toContain("not the same");
    clearScreens();
    const weak = await show("lock-weak");
    await seen(weak.root, "#next");
    submit(weak.root);
    expect((await seen(weak.root, "[role='alert']")).textContent).toContain("too easy to guess");
  });

  it("[PR27] locks now, changes the PIN, and keeps a parent's lock while others are here", async () => {
    const { root } = await show("lock-set");
    await seen(root, "#lock-idle");
    const choices = [...root.querySelectorAll("option")].map(({ textContent }) =>
      textContent.trim(),
    );
    expect(choices).toEqual([
      "After 1 minute without use",
      "After 5 minutes without use",
      "After 15 minutes without use",
      "After 1 hour without use",
      "Only when I lock it or close the page",
    ]);
    expect(find(root, "details:last-of-type").textContent).toContain(
      "a parent's place keeps its lock",
    );
    writeInto(root, "#present-change", "493817");
    writeInto(root, "#next", "583920");
    writeInto(root, "#again", "583920");
    submit(root);
    expect((await seen(root, "[role='status']")).textContent).toBe("The PIN is changed.");
    press(root, "Lock now");
    await seen(root, "tw-locked h1");
  });

  it("[PR28] leads a parent beside another person to the lock, and then to the chats", async () => {
    const { app, root } = await show("lock-needed");
    expect((await seen(root, "tw-lock h1")).textContent.trim()).toBe("Set a PIN first");
    expect(root.textContent).toContain("More than one person uses this browser now");
    app.open({ screen: "family" });
    await seen(root, "tw-lock h1");
    expect(root.querySelector("nav")).toBeNull();
    submit(root);
    await seen(root, "tw-chats h1");
  });

  it("[PR21] asks for the PIN over the screen that needs it, and goes with Cancel", async () => {
    const { root } = await show("lock-ask");
    await seen(root, "tw-invite form");
    submit(root, "tw-invite form");
    const dialog = await seen(root, "dialog[open]");
    expect(dialog.contains(document.activeElement)).toBe(true);
    submit(root, "dialog form");
    expect((await seen(root, "dialog [role='alert']")).textContent).toContain("not the PIN");
    press(root, "Cancel");
    await expect.poll(() => root.querySelector("dialog")).toBeNull();
    expect(root.querySelector("tw-invite form")).not.toBeNull();
    expect(root.querySelector("[role='alert']")).toBeNull();
  });
});
