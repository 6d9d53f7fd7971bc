/** More: the choice of light and dark. */

import { afterEach, describe, expect, it } from "vitest";
import { page, userEvent } from "vitest/browser";
import { clearScreens, seen, show } from "../testing/show-screen.ts";

afterEach(() => {
  clearScreens();
  localStorage.clear();
  delete document.documentElement.dataset["theme"];
});

describe("my menu", () => {
  it("[UI83] opens at the first press, goes where it says, and is not on a phone", async () => {
    await page.viewport(1280, 800);
    const { root } = await show("lock-set");
    await page.getByRole("button", { name: "Your menu" }).click();
    const items = page.getByRole("menuitem");
    await expect.element(items.first()).toBeVisible();
    expect(items.elements().map(({ textContent }) => textContent.trim())).toEqual([
      "People on this browser",
      "Lock now",
      "Check this device",
    ]);
    await userEvent.keyboard("{Escape}");
    await expect.poll(() => root.querySelector("wa-dropdown[open]")).toBeNull();
    await page.getByRole("button", { name: "Your menu" }).click();
    await page.getByRole("menuitem", { name: "Check this device" }).click();
    await seen(root, "tw-check h1");
    await page.viewport(390, 844);
    await expect.poll(() => root.querySelector("tw-me-menu")).toBeNull();
  });
});

describe("more", () => {
  it("[UI82] puts the chosen colours on the page at once, and keeps them", async () => {
    const { root } = await show("more");
    const card = await seen(root, "tw-look-card");
    const paper = () => getComputedStyle(document.documentElement).backgroundColor;
    await page.getByRole("radio", { name: "Dark" }).click();
    await expect.poll(paper).toBe("rgb(18, 24, 28)");
    // Scrollbars and the browser's own controls too.
    const scheme = () => getComputedStyle(document.documentElement).colorScheme;
    expect(scheme()).toBe("dark");
    await page.getByRole("radio", { name: "Light" }).click();
    await expect.poll(paper).toBe("rgb(251, 247, 240)");
    expect(scheme()).toBe("light");
    clearScreens();
    const again = await show("more");
    await seen(again.root, "tw-look-card");
    await expect.element(page.getByRole("radio", { name: "Light" })).toBeChecked();
    await page.getByRole("radio", { name: "As this device" }).click();
    expect(document.documentElement.dataset["theme"]).toBeUndefined();
    expect(card.isConnected).toBe(false);
  });
});
