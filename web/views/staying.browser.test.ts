/** How long messages stay, on a real engine. */

import { afterEach, beforeEach, expect, it } from "vitest";
import { page } from "vitest/browser";
import { clearScreens, find, seen, show } from "../testing/show-screen.ts";

beforeEach(() => page.viewport(390, 844));
afterEach(clearScreens);

const chosen = (root: HTMLElement): string =>
  [...root.querySelectorAll<HTMLInputElement>('input[name="staying"]')]
    .filter((one) => one.checked)
    .map((one) => one.value)
    .join();
const dialogText = (): string => document.querySelector("dialog[open]")?.textContent ?? "";

it("[UI130] asks before messages go sooner, says when it happens, and shows what holds", async () => {
  const { app, root } = await show("more");
  const asked: unknown[] = [];
  const ask = app.call.bind(app);
  app.call = (name, ...parameters) => {
    if (name === "changeRules") asked.push(parameters[0]);
    return ask(name, ...parameters);
  };
  await seen(root, "tw-staying fieldset");
  expect(find(root, "#staying-now").textContent).toContain("messages stay for 30 days");
  expect(chosen(root)).toBe("30");
  await page.getByRole("radio", { name: "A week" }).click();
  await expect.poll(dialogText).toContain("nothing brings it back");
  expect(dialogText()).toContain("in three days if none objects");
  await page.getByRole("button", { name: "Leave it" }).click();
  await expect.poll(() => chosen(root)).toBe("30");
  expect(asked).toEqual([]);
  await page.getByRole("radio", { name: "A week" }).click();
  await page.getByRole("button", { name: "Ask for it" }).click();
  await expect.poll(() => find(root, 'tw-staying [role="status"]').textContent).toContain("Asked.");
  expect(asked).toEqual([{ type: "keep-messages", days: 7 }]);
  // It is only asked for: what holds is still what is marked.
  await expect.poll(() => chosen(root)).toBe("30");
});

it("[UI130] an only parent is told that it can be taken back", async () => {
  const { app, root } = await show("more");
  await seen(root, "tw-staying fieldset");
  const { snapshot } = app;
  if (snapshot === null) throw new Error("somebody is here");
  const members = snapshot.members.filter(({ role, isMe }) => role !== "parent" || isMe);
  app.hear({ type: "snapshot", snapshot: { ...snapshot, members } });
  await expect.poll(() => app.snapshot?.members.length).toBe(members.length);
  await page.getByRole("radio", { name: "A week" }).click();
  await expect.poll(dialogText).toContain("you can take it back");
  await page.getByRole("button", { name: "Leave it" }).click();
});

it("[UI130] lets messages stay longer after a question", async () => {
  const { root } = await show("more");
  await page.getByRole("radio", { name: "A year" }).click();
  await expect.poll(dialogText).toContain("does not come back");
  await page.getByRole("button", { name: "Let them stay" }).click();
  await expect.poll(() => find(root, 'tw-staying [role="status"]').textContent).toContain("Done.");
});

it("[UI130] a child sees how long, and who chooses", async () => {
  const { app, root } = await show("more");
  await seen(root, "tw-staying fieldset");
  const { snapshot } = app;
  const mine = snapshot?.me ?? null;
  if (snapshot === null || mine === null) throw new Error("somebody is here");
  const me = { ...mine, role: "child" as const };
  app.hear({ type: "snapshot", snapshot: { ...snapshot, me, retentionDays: 365 } });
  await expect.poll(() => root.querySelector("tw-staying fieldset")).toBeNull();
  expect(find(root, "tw-staying").textContent).toContain("messages stay for a year");
  expect(find(root, "tw-staying").textContent).toContain("Your parents choose");
});
