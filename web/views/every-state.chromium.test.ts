/**
 * What holds for every state of every screen: it fits the smallest phone at twice the text size,
 * what is pressed is large enough, and axe finds nothing serious in light or dark.
 */

import axe from "axe-core";
import { afterEach, describe, expect, it } from "vitest";
import { page } from "vitest/browser";
import { STATES } from "../dev/states.ts";
import { buttonsNamed, clearScreens, show } from "../testing/show-screen.ts";

const TOUCH_PX = 44;
const NAMES = Object.keys(STATES);

afterEach(() => {
  clearScreens();
  document.documentElement.removeAttribute("style");
  delete document.documentElement.dataset["theme"];
});

async function drawn(name: string): Promise<HTMLElement> {
  const { root } = await show(name);
  await expect.poll(() => root.querySelector("main h1"), { message: name }).not.toBeNull();
  // What is behind a door of its own, and what that reads, is part of the state.
  const waits = ":is(tw-check-door, tw-history-door) > main.sheet, tw-history .late-soft";
  await expect.poll(() => root.querySelector(waits), { message: name }).toBeNull();
  await document.fonts.ready;
  return root;
}

/** What reaches over the right or left edge of the page, outside of what scrolls by itself. */
function sticksOut(root: HTMLElement): string[] {
  const width = document.documentElement.clientWidth;
  return [...root.querySelectorAll<HTMLElement>("*")]
    .filter((one) => {
      if (one.closest(".visually-hidden, dialog:not([open]), pre, svg") !== null) return false;
      if (!one.checkVisibility()) return false;
      const { left, right } = one.getBoundingClientRect();
      return right > width + 1 || left < -1;
    })
    .map(describeElement);
}

function describeElement(one: Element): string {
  return `${one.localName}.${one.className} "${one.textContent.trim().slice(0, 30)}"`;
}

/** What is pressed and smaller than a finger needs. */
function tooSmall(root: HTMLElement): string[] {
  const pressed = root.querySelectorAll<HTMLElement>("button, summary, input, textarea, select");
  return [...pressed]
    .filter((one) => one.checkVisibility() && one.closest(".visually-hidden") === null)
    .filter((one) => {
      // A radio is pressed by its card.
      const target = one.closest(".choice, .segment, .check-line") ?? one;
      const { width, height } = target.getBoundingClientRect();
      return height < TOUCH_PX || width < TOUCH_PX;
    })
    .map(describeElement);
}

function nextFrame(): Promise<number> {
  return new Promise((resolve) => requestAnimationFrame(resolve));
}

describe("every state", () => {
  it.each(NAMES)(
    "[UI60] [UI77] [UI81] is one main part, large enough to press, and fits: %s",
    async (name) => {
      await page.viewport(390, 844);
      const root = await drawn(name);
      const statuses = [...root.querySelectorAll('[role="status"]')];
      expect(statuses.filter((one) => one.checkVisibility()).length).toBeLessThanOrEqual(1);
      expect(root.querySelectorAll("main")).toHaveLength(1);
      for (const word of [/invite/i, /\bsend\b/i, /approve/i, /they are the same/i]) {
        expect(buttonsNamed(root, word).length, String(word)).toBeLessThanOrEqual(1);
      }
      expect(tooSmall(root)).toEqual([]);
      await page.viewport(360, 740);
      document.documentElement.style.fontSize = "200%";
      await nextFrame();
      expect(sticksOut(root), "360 px at twice the text size").toEqual([]);
    },
  );

  it.each(NAMES)(
    "[UI79] axe finds nothing serious in light or dark: %s",
    { tags: ["long"] },
    async (name) => {
      await page.viewport(1280, 800);
      for (const theme of ["light", "dark"]) {
        document.documentElement.dataset["theme"] = theme;
        const root = await drawn(name);
        // What is dark differs in its colours only.
        const runOnly = theme === "dark" ? { runOnly: ["color-contrast"] } : {};
        const { violations } = await axe.run(root, { resultTypes: ["violations"], ...runOnly });
        const grave = violations
          .filter(({ impact }) => impact === "serious" || impact === "critical")
          .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 120)}`));
        expect(grave, theme).toEqual([]);
        clearScreens();
      }
    },
  );
});
