/**
 * One message after the other from page to page, as a person sends them: a text in the field, a press
 * on "Send", and the moment at which it is first in the other page's list. The same for every page
 * that has a `textarea`, a button "Send" and a `log`. All pages use one machine's clock:
 * `performance.timeOrigin + performance.now()`.
 */
import type { Page } from "@playwright/test";

export interface Sending {
  readonly count: number;
  /** What each message begins with, before its number. */
  readonly name: string;
  /** Before each press and after it, milliseconds. */
  readonly pauseMs: number;
}

/** Milliseconds from press to shown, of each message in order. */
export async function measureDelays(
  from: Page,
  to: Page,
  sending: Sending,
): Promise<readonly number[]> {
  await to.evaluate(watchMessages, sending.name);
  const sentAt = await from.evaluate(sendMessages, sending);
  const shownAt = await to.evaluate(readShown, sending.count);
  return sentAt.map((at, index) => (shownAt[index] ?? Number.NaN) - at);
}

interface Shown {
  shownAt: number[];
}

/** Notes when the next message is first in the list. */
function watchMessages(name: string): void {
  const log = document.querySelector('[role="log"]');
  if (log === null) throw new Error("no conversation is open");
  const LOOK_AHEAD = 64;
  const shownAt: number[] = [];
  Object.assign(globalThis, { shownAt });
  new MutationObserver(() => {
    const now = performance.timeOrigin + performance.now();
    // A busy page draws many at once and lets go of the first of them: what is past was shown too.
    const text = log.textContent;
    for (let ahead = LOOK_AHEAD; ahead >= 0; ahead -= 1) {
      if (!text.includes(`${name} ${shownAt.length + ahead}.`)) continue;
      for (let index = 0; index <= ahead; index += 1) shownAt.push(now);
    }
  }).observe(log, { childList: true, subtree: true, characterData: true });
}

/** Presses Send `count` times; the moment of each press. */
async function sendMessages({ count, name, pauseMs }: Sending): Promise<number[]> {
  const sentAt: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const field = document.querySelector("textarea");
    const button = [...document.querySelectorAll("button")].find(
      ({ textContent }) => textContent.trim() === "Send",
    );
    if (field === null || button === undefined) throw new Error("no field to write in");
    field.value = `${name} ${index}.`;
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    // The button is enabled with the next drawing.
    await new Promise((resolve) => {
      setTimeout(resolve, pauseMs);
    });
    // With many pages on few cores the next drawing is late: pressed before it, nothing would be sent.
    while (button.disabled) {
      await new Promise((resolve) => {
        setTimeout(resolve, 5);
      });
    }
    sentAt.push(performance.timeOrigin + performance.now());
    button.click();
    await new Promise((resolve) => {
      setTimeout(resolve, pauseMs);
    });
  }
  return sentAt;
}

async function readShown(count: number): Promise<number[]> {
  const { shownAt } = globalThis as unknown as Shown;
  // Many pages on few cores are far behind.
  const patience = performance.now() + 120_000;
  while (shownAt.length < count) {
    if (performance.now() > patience) throw new Error(`only ${shownAt.length} messages came`);
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
  return shownAt;
}
