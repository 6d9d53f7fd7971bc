/** Walking, searching and looking behind the conversations, on a phone and on a desk. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { page, userEvent } from "vitest/browser";
import { MEMBER } from "../dev/fixtures.ts";
import { clearScreens, find, seen, seenField, show } from "../testing/show-screen.ts";

const PHONE = [390, 844] as const;
const DESK = [1280, 800] as const;

beforeEach(() => page.viewport(...PHONE));
afterEach(clearScreens);

function rowNames(root: HTMLElement): readonly string[] {
  return [...root.querySelectorAll(".rows .row-name")].map(({ textContent }) => textContent.trim());
}

function focusedRow(root: HTMLElement): string | undefined {
  return root.querySelector(".rows button:focus .row-name")?.textContent.trim();
}

describe("chats", () => {
  it("[UI68] walks the rows with the arrows, Home and End, and opens with Enter", async () => {
    const { root } = await show("chats");
    (await seen(root, ".rows button")).focus();
    expect(focusedRow(root)).toBe("Mia");
    await userEvent.keyboard("{ArrowDown}{ArrowDown}");
    expect(focusedRow(root)).toBe("Grandma");
    await userEvent.keyboard("{End}{ArrowDown}{Home}{ArrowUp}{ArrowDown}");
    expect(focusedRow(root)).toBe("Dad");
    await userEvent.keyboard("{Enter}");
    await seen(root, "tw-conversation h1");
    await expect.poll(() => find(root, "tw-conversation h1").textContent).toBe("Dad");
  });

  it("[UI68] returns with Escape to the row that was left", async () => {
    const { app, root } = await show("chats");
    const follow = ({ state }: PopStateEvent) => app.follow(state);
    window.addEventListener("popstate", follow, { once: true });
    (await seen(root, '[data-conversation="01dd"]')).click();
    const field = await seenField(root);
    field.focus();
    await userEvent.keyboard("{Escape}");
    await expect.poll(() => focusedRow(root)).toBe("Grandma");
  });

  it("[UI78, UI68] searches with a slash from anywhere but a field, and ends with Escape", async () => {
    await page.viewport(...DESK);
    const { root } = await show("talk");
    const field = await seenField(root);
    field.focus();
    await userEvent.keyboard("/");
    expect(field.value).toBe("/");
    field.blur();
    await userEvent.keyboard("/");
    const search = (await seen(root, "input[type='search']")) as HTMLInputElement;
    expect(document.activeElement).toBe(search);
    expect(search.value).toBe("");
    await userEvent.keyboard("gran");
    await expect.poll(() => rowNames(root)).toEqual(["Grandma"]);
    expect(find(root, ".pane-list [aria-live]").textContent).toContain("1 conversation found");
    await userEvent.keyboard("xx");
    await expect.poll(() => root.textContent).toContain("Nothing found for “granxx”");
    await userEvent.keyboard("{Escape}");
    await expect.poll(() => rowNames(root)).toHaveLength(MEMBER.conversations.length);
    expect(root.querySelector("input[type='search']")).toBeNull();
    expect(focusedRow(root)).toBe("Mia");
  });

  it("[UI78] offers the search by itself where there are many, and opens the first with Enter", async () => {
    const { root } = await show("chats-many");
    const search = (await seen(root, "input[type='search']")) as HTMLInputElement;
    search.focus();
    await userEvent.keyboard("cousin 12");
    await expect.poll(() => rowNames(root)).toEqual(["Cousin 12"]);
    await userEvent.keyboard("{Enter}");
    await expect
      .poll(() => root.querySelector("tw-conversation h1")?.textContent)
      .toBe("Cousin 12");
  });

  it("[UI69] says in each row what became of the newest message, or why it is not shown", async () => {
    const { root } = await show("chats-many");
    await seen(root, ".rows button");
    const rows = [...root.querySelectorAll(".row-last")];
    const said = new Set(rows.map((row) => row.querySelector("svg")?.getAttribute("aria-label")));
    for (const words of ["queued", "held by 12 devices", "delivered", "not delivered"]) {
      expect(said, words).toContain(words);
    }
    expect(rows.map(({ textContent }) => textContent).join()).toContain(
      "Withdrawn by a family rule",
    );
  });

  it("[UI67] shows what stands behind a conversation beside it, or on a sheet", async () => {
    const facts = ["You and Mia, and nobody else.", "Mia's devices", "30 days"];
    await page.viewport(...DESK);
    const desk = await show("talk");
    const pane = await seen(desk.root, ".pane-info");
    for (const fact of facts) expect(pane.textContent).toContain(fact);
    expect(find(desk.root, ".about-button").checkVisibility()).toBe(false);
    clearScreens();

    await page.viewport(...PHONE);
    const { root } = await show("talk");
    const button = await seen(root, ".about-button");
    expect(root.querySelector(".pane-info")).toBeNull();
    button.click();
    const sheet = await seen(root, "dialog[open]");
    for (const fact of facts) expect(sheet.textContent).toContain(fact);
    await userEvent.keyboard("{Escape}");
    await expect.poll(() => root.querySelector("dialog[open]")).toBeNull();
    expect(root.querySelector("tw-conversation")).not.toBeNull();
  });

  it("[UI125] says there when the keys of their devices last changed", async () => {
    await page.viewport(...DESK);
    const { root } = await show("talk");
    const line = await seen(root, ".pane-info .devices .keys-line");
    expect(line.textContent).toMatch(/Its keys last changed on (3 March|March 3)/);
  });

  it("[UI16] says why nobody is there, and that writing goes on", async () => {
    const alone = await show("chats-alone");
    // Not before the page is three seconds old.
    await expect
      .poll(() => alone.root.textContent, { timeout: 10_000 })
      .toContain("Nobody else has TinyWeb open");
    clearScreens();
    const lost = await show("chats-requests");
    await expect.poll(() => lost.root.textContent).toContain("Looking for the way to the others");
    expect(lost.root.textContent).toContain("waits here, safe");
  });

  it("[UI80] moves what arrives, and nothing of a conversation that was just opened", async () => {
    const { app, root } = await show("talk");
    await seen(root, "[data-id='12']");
    expect(root.querySelectorAll(".arrived, .settled, .folded")).toHaveLength(0);
    await app.call("sendMessage", "02cc", "one more");
    const arrived = await seen(root, ".message.arrived");
    expect(arrived.textContent).toContain("one more");
    expect(root.querySelectorAll(".arrived")).toHaveLength(1);
    expect(getComputedStyle(arrived).animationDuration).toBe("0.18s");
  });

  it("[UI52] shows the same way in on both sides", async () => {
    const expected: readonly (readonly [string, string])[] = [
      ["joining-connecting", "Meet"],
      ["invite-waiting", "Meet"],
      ["joining-comparing", "Compare"],
      ["invite-compared", "Compare"],
      ["joining-approved", "Let in"],
      ["invite-committing", "Let in"],
      ["joining-receiving", "Arrive"],
      ["invite-done", "Arrive"],
    ];
    for (const [state, step] of expected) {
      const { root } = await show(state);
      const active = () => root.querySelector("wa-stepper wa-step[active]")?.textContent.trim();
      await expect.poll(active, { message: state }).toBe(step);
      const all = [...root.querySelectorAll("wa-step")].map(({ textContent }) =>
        textContent.trim(),
      );
      expect(all).toEqual(["Meet", "Compare", "Let in", "Arrive"]);
      clearScreens();
    }
  });

  it("[UI52, UI81] leaves only the word of the step that is on, where letters are large", async () => {
    const shown = (root: HTMLElement) =>
      [...root.querySelectorAll("wa-step")]
        .filter((step) => step.shadowRoot?.querySelector("[part='label']")?.checkVisibility())
        .map(({ textContent }) => textContent.trim());
    const usual = await show("joining-comparing");
    await expect.poll(() => shown(usual.root)).toHaveLength(4);
    document.documentElement.style.fontSize = "200%";
    await expect.poll(() => shown(usual.root)).toEqual(["Compare"]);
    document.documentElement.removeAttribute("style");
  });

  it("[UI72] shows a few emoji alone large, and any word as words", async () => {
    const { root } = await show("talk");
    await seen(root, "[data-id='9']");
    expect(find(root, "[data-id='9'] .bubble").classList).toContain("is-large");
    expect(find(root, "[data-id='11'] .bubble").classList).not.toContain("is-large");
  });
});
