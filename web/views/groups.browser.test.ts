/** Looking after groups, and doing something with a message, on a real engine. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { page, userEvent } from "vitest/browser";
import type { AppModel } from "../controllers/app-model.ts";
import { clearScreens, find, seen, seenField, show } from "../testing/show-screen.ts";

beforeEach(() => page.viewport(390, 844));
afterEach(clearScreens);

const words = (element: Element | null): string =>
  (element?.textContent ?? "").replaceAll(/\s+/g, " ").trim();

/** What the model asks of the node from now on. */
function listen(app: AppModel): (readonly unknown[])[] {
  const asked: (readonly unknown[])[] = [];
  const ask = app.call.bind(app);
  app.call = (name, ...parameters) => {
    if (name !== "listMessages" && name !== "markRead") asked.push([name, ...parameters]);
    return ask(name, ...parameters);
  };
  return asked;
}

function button(root: ParentNode, name: string): HTMLButtonElement {
  const found = [...root.querySelectorAll("button")].find(
    (one) => words(one) === name || one.ariaLabel === name,
  );
  if (found === undefined) throw new Error(`no button ${name}`);
  return found;
}

async function openSheet(root: HTMLElement, id: string): Promise<HTMLElement> {
  await seen(root, `[data-id="${id}"]`);
  button(find(root, `[data-id="${id}"]`), "Answer, react and more").click();
  return seen(root, "tw-message-sheet dialog[open]");
}

describe("groups", () => {
  it("[UI115] lists on the Family screen the groups that I may look at, and leads to a new one", async () => {
    const { app, root } = await show("family-groups");
    const lines = [...(await seen(root, "[aria-labelledby='groups']")).querySelectorAll(".line")];
    expect(lines.map(words)).toEqual([
      "Holiday by the sea 🏖️: 4 people",
      "Allotment: 3 people, you are not in it",
    ]);
    (lines[0] as HTMLElement).click();
    await expect.poll(() => words(root.querySelector("h1"))).toBe("Holiday by the sea 🏖️");
    app.replace({ screen: "family" });
    button(await seen(root, "[aria-labelledby='groups']"), "New group").click();
    await expect.poll(() => words(root.querySelector("h1"))).toBe("New group");
  });

  it("[UI115] makes a group of those who are chosen, and says what a contact in it means", async () => {
    const { app, root } = await show("group-new");
    const asked = listen(app);
    const form = await seen(root, "tw-group form");
    expect([...form.querySelectorAll(".person-choice .row-name")].map(words)).toEqual([
      "Dad",
      "Mia",
      "Grandma",
      "زوي",
    ]);
    const field = find(root, "input[name='name']") as HTMLInputElement;
    field.value = "Cinema";
    button(root, "Make group").click();
    expect(words(await seen(root, "[role='alert']"))).toBe("Choose at least one other person.");
    expect(asked).toEqual([]);
    const [, mia, , zoe] = form.querySelectorAll<HTMLInputElement>("input[type='checkbox']");
    mia?.click();
    expect(root.querySelector(".note")).toBeNull();
    zoe?.click();
    expect(words(await seen(root, ".note"))).toContain("With a contact in it");
    button(root, "Make group").click();
    await expect.poll(() => asked).toHaveLength(1);
    expect(asked[0]?.slice(0, 2)).toEqual([
      "changeRules",
      { type: "create-group", name: "Cinema", members: ["02cc", "05ee"] },
    ]);
  });

  it("[UI116] renames, adds, takes out, leaves and closes, each with its question", async () => {
    const { app, root } = await show("group");
    const asked = listen(app);
    await seen(root, "tw-group .readers");
    const press = async (name: string, yes: string | null): Promise<unknown> => {
      const before = asked.length;
      // While one is under way nothing else can be pressed.
      await expect.poll(() => button(root, name).disabled).toBe(false);
      button(root, name).click();
      if (yes !== null) button(await seen(document.body, "dialog[open]"), yes).click();
      await expect.poll(() => asked.length).toBe(before + 1);
      return asked.at(-1)?.[1];
    };
    const group = "0b".repeat(16);
    expect(await press("Add زوي", null)).toEqual({ type: "add-to-group", group, member: "05ee" });
    expect(words(await seen(root, "[role='status'].note"))).toContain("Done.");
    expect(await press("Take Mia out", "Take out")).toEqual({
      type: "remove-from-group",
      group,
      member: "02cc",
    });
    (find(root, "input[name='name']") as HTMLInputElement).value = "Mountains";
    expect(await press("Save name", null)).toEqual({
      type: "rename-group",
      group,
      name: "Mountains",
    });
    expect(await press("Leave this group", "Leave")).toEqual({
      type: "remove-from-group",
      group,
      member: "04aa",
    });
    expect(await press("Close this group", "Close it")).toEqual({ type: "archive-group", group });
    await expect.poll(() => button(root, "Close this group").disabled).toBe(false);
    button(root, "Close this group").click();
    button(await seen(document.body, "dialog[open]"), "Keep it").click();
    await expect.poll(() => document.querySelector("dialog[open]")).toBeNull();
    expect(asked).toHaveLength(5);
  });

  it("[UI116] says of who is in it and in no history yet that it is so, after the press too", async () => {
    const { app, root } = await show("group");
    await seen(root, "tw-group .readers");
    const rows = [...root.querySelectorAll("tw-group .card:first-of-type .readers li")].map(words);
    const told = rows.filter((one) => one.includes("In it now; not in the history yet"));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(" Dad ");
    const note = async (): Promise<string> => words(await seen(root, "[role='status'].note"));
    app.call = (async () => Promise.resolve({ ok: true, value: "waits" })) as never;
    button(root, "Add زوي").click();
    // She is not in it before the node says so: a fifth one waits for a block.
    await expect.poll(note).toMatch(/^Said\. It happens as soon as/);
    const { snapshot } = app;
    if (snapshot === null) throw new Error("no snapshot");
    const groups = snapshot.groups.map((one) => ({ ...one, members: [...one.members, "05ee"] }));
    app.hear({ type: "snapshot", snapshot: { ...snapshot, groups } });
    await expect.poll(note).toMatch(/^زوي is in the group now\. It goes into the history/);
    button(root, "Save name").click();
    await expect.poll(note).toMatch(/^Said\. It happens as soon as/);
  });

  it("[UI116] offers nobody what the rules do not let", async () => {
    const { root } = await show("group-as-child");
    await seen(root, "tw-group .readers");
    const names = [...root.querySelectorAll("tw-group button")].map(
      (one) => words(one) || one.ariaLabel,
    );
    expect(names).toEqual(["Back", "Leave this group"]);
  });

  it("[UI116] a group that is gone falls back to the family, and who may make none sees no form", async () => {
    const { app, root } = await show("group");
    await seen(root, "tw-group .readers");
    app.replace({ screen: "group", group: "ff".repeat(16) });
    await expect.poll(() => words(root.querySelector("h1"))).toBe("Family");
    const { app: child, root: hers } = await show("group-as-child");
    child.replace({ screen: "group", group: null });
    await expect.poll(() => words(hers.querySelector("h1"))).toBe("Family");
  });

  it("[UI115] leads from a conversation to looking after its group", async () => {
    const { root } = await show("group-empty");
    find(await seen(root, ".talk-facts"), "button.who").click();
    button(await seen(root, "dialog[open]"), "Look after this group").click();
    await expect.poll(() => root.querySelector("tw-group h1")?.textContent).toContain("Holiday");
  });
});

describe("a message", () => {
  it("[UI117] offers reactions and an answer, and of my own changing and taking back too", async () => {
    const { app, root } = await show("everybody");
    const asked = listen(app);
    const theirs = await openSheet(root, "t2");
    const names = [...theirs.querySelectorAll("button")].map((one) => one.ariaLabel ?? words(one));
    expect(names).toEqual([
      "Close",
      "Take 👍 back",
      ...["❤️", "😂", "😮", "😢", "🎉"].map((one) => `React with ${one}`),
      "Answer",
    ]);
    button(theirs, "React with 🎉").click();
    await expect.poll(() => root.querySelector("tw-message-sheet")).toBeNull();
    const everybody = "0a".repeat(16);
    expect(asked).toEqual([["changeMessage", everybody, "t2", { type: "react", emoji: "🎉" }]]);
    const again = await openSheet(root, "t2");
    button(again, "Take 👍 back").click();
    await expect
      .poll(() => asked.at(-1))
      .toEqual(["changeMessage", everybody, "t2", { type: "react", emoji: null }]);
    expect(root.querySelector('[data-id="t6"] .message-more')).toBeNull();
  });

  it("[UI119] takes an own one back after a question, and shows who has it", async () => {
    const { app, root } = await show("everybody");
    const asked = listen(app);
    const sheet = await openSheet(root, "t8");
    const people = await seen(sheet, ".reach .readers");
    expect([...people.querySelectorAll(".row-main")].map(words)).toEqual([
      "Dad has it",
      "Mia has read it",
      "Grandma not yet",
      "Lee has left the family",
    ]);
    button(sheet, "Take back").click();
    const question = await seen(document.body, "body > div > dialog[open]");
    button(question, "Keep").click();
    await expect.poll(() => document.querySelector("body > div > dialog[open]")).toBeNull();
    button(sheet, "Take back").click();
    button(await seen(document.body, "body > div > dialog[open]"), "Take back").click();
    await expect.poll(() => asked.at(-1)?.[3]).toEqual({ type: "delete" });
  });

  it("[UI118] answers in the field, above it what is answered, until it is sent or left", async () => {
    const { app, root } = await show("everybody");
    const asked = listen(app);
    button(await openSheet(root, "t2"), "Answer").click();
    const strip = await seen(root, ".composer-about");
    expect(words(strip)).toMatch(/^Answer to Mia me! and can Zoe come too\?/);
    const field = await seenField(root);
    expect(document.activeElement).toBe(field);
    await userEvent.keyboard("{Escape}");
    await expect.poll(() => root.querySelector(".composer-about")).toBeNull();
    button(await openSheet(root, "t2"), "Answer").click();
    await seen(root, ".composer-about");
    await userEvent.keyboard("of course{Enter}");
    await expect.poll(() => root.querySelector(".composer-about")).toBeNull();
    expect(asked.at(-1)).toEqual(["sendMessage", "0a".repeat(16), "of course", "t2"]);
  });

  it("[UI118] changes an own one in the field, and leaves the draft as it was", async () => {
    const { app, root } = await show("everybody");
    const asked = listen(app);
    const field = await seenField(root);
    field.focus();
    await userEvent.keyboard("half a dra");
    button(await openSheet(root, "t8"), "Change").click();
    await expect.poll(() => field.value).toBe("I bring the plates");
    expect(words(await seen(root, ".composer-about"))).toContain("Change your message");
    await userEvent.keyboard(" and cups{Enter}");
    await expect.poll(() => root.querySelector(".composer-about")).toBeNull();
    expect(asked.at(-1)).toEqual([
      "changeMessage",
      "0a".repeat(16),
      "t8",
      { type: "edit", text: "I bring the plates and cups" },
    ]);
    await expect.poll(() => field.value).toBe("half a dra");
  });
});
