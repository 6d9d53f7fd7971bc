/** History on a real engine, over a make-believe node with a change of every kind. */

import axe from "axe-core";
import { afterEach, describe, expect, it } from "vitest";
import { page, userEvent } from "vitest/browser";
import type { HistoryPage } from "../../workers/api.ts";
import type { AppModel } from "../controllers/app-model.ts";
import { CHANGES, HISTORY } from "../dev/history-fixtures.ts";
import { find, press, seen, show, clearScreens } from "../testing/show-screen.ts";

afterEach(clearScreens);

/** The screen with its list drawn. */
async function history(name: string) {
  const shown = await show(name);
  await seen(shown.root, "tw-history h1");
  await expect.poll(() => shown.root.querySelector("tw-history .late-soft")).toBeNull();
  return shown;
}
const entries = (root: HTMLElement): HTMLDetailsElement[] => [
  ...root.querySelectorAll<HTMLDetailsElement>(".history-entry"),
];
const sentences = (root: HTMLElement): string[] =>
  [...root.querySelectorAll(".history-what")].map(({ textContent }) => textContent.trim());
const choice = (root: HTMLElement, words: string): HTMLInputElement => {
  const label = [...root.querySelectorAll("label")].find(
    ({ textContent }) => textContent.trim() === words,
  );
  const input = label?.querySelector("input");
  if (input === null || input === undefined) throw new Error(`no choice says ${words}`);
  return input;
};

describe("history", () => {
  it("[UI95] is a list under a heading for each day, with names, times and neighbours as one", async () => {
    const { root } = await history("history");
    const headings = [...root.querySelectorAll("section h2")].map(({ textContent }) => textContent);
    expect(headings[0]).toBe("Today");
    expect(headings[1]).toBe("Yesterday");
    for (const list of root.querySelectorAll("ul.history-list")) {
      const section = list.parentElement;
      const id = section?.getAttribute("aria-labelledby") ?? "";
      expect(section?.querySelector(`#${CSS.escape(id)}`)).not.toBeNull();
      expect([...list.children].every(({ localName }) => localName === "li")).toBe(true);
    }
    expect(sentences(root).slice(0, 4)).toEqual([
      "Dad agreed to make Grandma a parent, and so it was done.",
      "You proposed to make Grandma a parent.",
      "You let Mia join as a child.",
      "You made an invite for a child.",
    ]);
    expect(entries(root)[3]?.textContent).toContain("2 times");
    expect(entries(root)[3]?.querySelectorAll(".history-proof")).toHaveLength(2);
    expect(find(root, ".history-when time").getAttribute("datetime")).toMatch(/^\d{4}-/);
  });

  it("[UI95, UI96] shows earlier ones at a press, to the beginning; what is open stays open", async () => {
    const { root } = await history("history");
    const [first] = entries(root);
    first?.querySelector("summary")?.click();
    expect(first?.open).toBe(true);
    const before = entries(root).length;
    press(root, "Show earlier");
    await expect.poll(() => entries(root).length).toBeGreaterThan(before);
    const second = entries(root).length;
    press(root, "Show earlier");
    await expect.poll(() => entries(root).length).toBeGreaterThan(second);
    await expect.poll(() => root.textContent).toContain("Here the family began.");
    expect(root.querySelector(".history-end")).not.toBeNull();
    expect(entries(root)[0]?.open).toBe(true);
    const alike = 1;
    expect(entries(root)).toHaveLength(CHANGES.length - alike);
  });

  it("[UI95, UI97] opens by key, with the proof in words and fingerprints one press deeper", async () => {
    const { root } = await history("history");
    const summary = find(root, ".history-entry > summary");
    summary.focus();
    await userEvent.keyboard("{Enter}");
    const entry = entries(root)[0];
    expect(entry?.open).toBe(true);
    const proof = find(root, ".history-proof");
    expect(proof.checkVisibility()).toBe(true);
    expect(proof.textContent).toContain(`as change ${CHANGES.length - 1}.`);
    expect(proof.textContent).toContain(
      "3 of the 4 devices that kept the rules then signed it: your, Dad's and Grandma's devices. 3 had to sign.",
    );
    expect(proof.textContent).toContain("This device has just checked every signature");
    const deeper = find(proof, "details");
    expect(find(deeper, "dd").checkVisibility()).toBe(false);
    find(deeper, "summary").click();
    expect(find(deeper, "dd").textContent).toBe("5f1d 0c9a 7b3e 4d20 ".repeat(4).trim());
    const { violations } = await axe.run(root, { resultTypes: ["violations"] });
    const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    expect(grave.map(({ id }) => id)).toEqual([]);
  });

  it("[UI95] is walked by arrows, Home and End, from one day to the next and past what is open", async () => {
    const { root } = await history("history");
    const summaries = entries(root).map((one) => find(one, "summary"));
    summaries[0]?.focus();
    summaries[0]?.click();
    const at = (): number => summaries.indexOf(document.activeElement as HTMLElement);
    const days = [...root.querySelectorAll("ul.history-list")];
    const first = days[0]?.children.length ?? 0;
    for (let step = 0; step < first; step += 1) await userEvent.keyboard("{ArrowDown}");
    expect(at()).toBe(first);
    await userEvent.keyboard("{ArrowUp}");
    expect(at()).toBe(first - 1);
    await userEvent.keyboard("{End}");
    expect(at()).toBe(summaries.length - 1);
    await userEvent.keyboard("{ArrowDown}");
    expect(at()).toBe(summaries.length - 1);
    await userEvent.keyboard("{Home}");
    expect(at()).toBe(0);
  });

  it("[UI81, UI97] fits the smallest phone with letters twice as large, with everything open", async () => {
    await page.viewport(360, 740);
    document.documentElement.style.fontSize = "200%";
    const { root } = await history("history-unconfirmed");
    for (const one of root.querySelectorAll("details")) one.open = true;
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const out = [...root.querySelectorAll<HTMLElement>(".history *")]
      .filter((one) => one.closest("svg") === null && one.checkVisibility())
      .filter((one) => one.getBoundingClientRect().right > 361);
    expect(out.map(({ className, textContent }) => `${className} ${textContent.trim()}`)).toEqual(
      [],
    );
    const widths = [...root.querySelectorAll<HTMLElement>(".history-main")].map(
      (one) => one.getBoundingClientRect().width,
    );
    // A sentence has room for a word.
    expect(Math.min(...widths)).toBeGreaterThan(150);
    document.documentElement.removeAttribute("style");
    await page.viewport(390, 844);
  });

  it("[UI97] marks what this device could not confirm before it is opened, and says what to do", async () => {
    const { root } = await history("history-unconfirmed");
    const marked = entries(root).filter((one) =>
      find(one, "summary").textContent.includes("not confirmed"),
    );
    expect(marked).toHaveLength(2);
    const [one] = marked;
    one?.querySelector("summary")?.click();
    expect(one?.textContent).toContain("could not confirm it");
    expect(one?.textContent).not.toContain("all are right");
  });

  it("[UI98] a child reads first what is about itself, in easy words, then the rest at a press", async () => {
    const { root } = await history("history-child");
    expect(choice(root, "About me").checked).toBe(true);
    expect(sentences(root).slice(0, 3)).toEqual([
      "Mum let you join as a child.",
      "Dad set the rules for you.",
      "Mum changed the rules for you.",
    ]);
    expect(root.textContent).not.toContain("Grandma a parent");
    find(root, ".history-entry > summary").click();
    const entry = entries(root)[0];
    expect(entry?.textContent).toContain("Nobody can change it in secret.");
    expect(entry?.textContent).toContain("Your device looked: it is true.");
    expect(entry?.querySelector("details")).toBeNull();
    choice(root, "Everything").click();
    await expect
      .poll(() => sentences(root)[0])
      .toBe("Dad said yes: make Grandma a parent. So it is now.");
    expect(choice(root, "Everything").checked).toBe(true);
  });

  it("[UI98] says where nothing is about a child, and where older changes are still on their way", async () => {
    const { root } = await history("history-nothing-of-me");
    await expect.poll(() => root.textContent).toContain("Nothing about you yet");
    press(root, "Everything");
    await expect.poll(() => entries(root).length).toBeGreaterThan(5);
    clearScreens();
    const { root: coming } = await history("history-coming");
    expect(coming.textContent).toContain("still on its way to this device");
    expect(coming.textContent).not.toContain("Here the family began");
  });

  it("[UI96] says what failed, with the way to try again", async () => {
    const { root } = await history("history-failed");
    expect((await seen(root, "[role='alert']")).textContent).not.toBe("");
    press(root, "Try again");
    await seen(root, "[role='alert']");
  });

  it("[UI96] takes up new changes while it is open, and says so", async () => {
    const { root, app } = await history("history");
    const { snapshot } = app;
    if (snapshot === null) throw new Error("no snapshot");
    const [newest, ...others] = HISTORY.blocks.slice(0, 25);
    if (newest === undefined) throw new Error("no history");
    const changes = newest.changes.map((one) => ({
      ...one,
      id: "ff",
      change: { type: "secret-renewed" } as const,
    }));
    const blocks = [{ ...newest, height: newest.height + 1, changes }, newest, ...others];
    const value: HistoryPage = {
      blocks,
      top: newest.height + 1,
      next: blocks.at(-1)?.height ?? 0,
      from: 0,
    };
    const asked: string[] = [];
    const answer = async (name: string) => {
      asked.push(name);
      return Promise.resolve({ ok: true, value });
    };
    app.call = answer as unknown as AppModel["call"];
    find(root, ".history-entry > summary").click();
    app.hear({
      type: "snapshot",
      snapshot: { ...snapshot, ledger: { ...snapshot.ledger, head: "6a2e" } },
    });
    await expect.poll(() => sentences(root)[0]).toContain("gave the family a new secret key");
    // What was open is, where it stands now.
    expect(entries(root).map(({ open }) => open)).toEqual([
      false,
      true,
      ...Array.from({ length: entries(root).length - 2 }, () => false),
    ]);
    expect(find(root, "tw-history [role='status']").textContent.trim()).toBe("One new change.");
    // The same rules again, another number of links: nothing is asked.
    app.hear({
      type: "snapshot",
      snapshot: { ...snapshot, ledger: { ...snapshot.ledger, head: "6a2e", pending: 1 } },
    });
    await new Promise((resolve) => requestAnimationFrame(resolve));
    expect(asked).toEqual(["listHistory"]);
  });

  it("[UI99] is reached from Family, with the focus on its heading, and leads back", async () => {
    const { root, app } = await show("family");
    await expect.poll(() => root.querySelector("tw-family h1")).not.toBeNull();
    const back = new Promise<void>((resolve) => {
      const follow = (event: PopStateEvent): void => resolve(app.follow(event.state));
      window.addEventListener("popstate", follow, { once: true });
    });
    press(root, "Look at the history");
    const heading = await seen(root, "tw-history h1");
    await expect.poll(() => document.activeElement).toBe(heading);
    find(root, "[aria-label='Back']").click();
    await back;
    await expect.poll(() => root.querySelector("tw-family h1")).not.toBeNull();
  });

  it("[UI99] a contact finds no way to it", async () => {
    const { root, app } = await show("family");
    await expect.poll(() => root.querySelector("tw-family h1")).not.toBeNull();
    const { snapshot } = app;
    if (snapshot === null || snapshot.me === null) throw new Error("no snapshot");
    app.hear({
      type: "snapshot",
      snapshot: { ...snapshot, me: { ...snapshot.me, role: "contact" } },
    });
    await expect
      .poll(() => [...root.querySelectorAll("button")].map(({ textContent }) => textContent.trim()))
      .not.toContain("Look at the history");
    app.open({ screen: "history" });
    expect(app.shown.screen).toBe("chats");
  });
});
