/** What happens to tabs: frozen by the browser, hung, crashed. In Chromium's own words (CDP). */
import { expect, type Page } from "@playwright/test";
import type { Device } from "./device.ts";

/** What Chromium logs by itself: it closes the sockets of a page that it freezes. */
export const SOCKET_CLOSED = /Page entered Back-Forward Cache/;

/** Opens the app in so many tabs more; all of them, the first one first. Each shows its family. */
export async function openTabs(device: Device, more: number): Promise<readonly Page[]> {
  const tabs = [device.page];
  for (let index = 0; index < more; index += 1) {
    await device.open();
    await expect(device.chats.chip).toBeVisible();
    tabs.push(device.page);
  }
  return tabs;
}

/**
 * The person looks at another tab, and the browser freezes this one: it is told, then nothing of it
 * runs, its worker included. Only on a device that can freeze.
 */
export async function freeze(tab: Page, other: Page): Promise<void> {
  await other.bringToFront();
  await tab.evaluate(() => {
    document.addEventListener("freeze", () => Object.assign(globalThis, { wasFrozen: true }));
  });
  await setState(tab, "frozen");
}

/** The person looks at it again. */
export async function thaw(tab: Page): Promise<void> {
  await setState(tab, "active");
  await tab.bringToFront();
  // The command succeeds where it does nothing, too.
  expect(await tab.evaluate(() => "wasFrozen" in globalThis)).toBe(true);
}

async function setState(tab: Page, state: "frozen" | "active"): Promise<void> {
  const session = await tab.context().newCDPSession(tab);
  await session.send("Page.setWebLifecycleState", { state });
  await session.detach();
}

/** The tab's worker stands still without a word, holding what it holds. Resolves when it goes on. */
export async function hang(tab: Page, ms: number): Promise<void> {
  const [worker] = tab.workers();
  if (worker === undefined) throw new Error("the tab has no worker");
  await worker.evaluate((duration) => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    Atomics.wait(new Int32Array(memory.buffer), 0, 0, duration);
  }, ms);
}

export async function crash(tab: Page): Promise<void> {
  const session = await tab.context().newCDPSession(tab);
  const crashed = tab.waitForEvent("crash");
  // The answer never comes: who should give it is gone.
  void session.send("Page.crash").catch(() => undefined);
  await crashed;
}
