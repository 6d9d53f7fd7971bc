/**
 * From pressing "Send" in one page to the text being in the other's list, in two real pages that
 * share a family, beside the raw data-channel round trip of the same two pages in the same run.
 * Both pages use one machine's clock: `performance.timeOrigin + performance.now()`.
 */
import { chromium, type Page } from "@playwright/test";
import { LAUNCH_OPTIONS, PERMISSIONS, PHONE } from "../playwright/browser.ts";
import { Device } from "../playwright/device.ts";
import { admit, startFamily } from "../playwright/family-story.ts";
import buildUnlessFresh from "../playwright/global-setup.ts";
import { Host } from "../playwright/host.ts";
import { watch } from "../playwright/watch.ts";
import { measureRawRoundTrips } from "./raw-channel.ts";
import { describeMachine, type Measurement, quantile, type Row, toRow } from "./types.ts";

const MESSAGES = 200;
const WARM_UP_MESSAGES = 10;
const PINGS = 500;
const RUNS = 3;
/** Between two messages: a person's pace would be slower; the node's rate limit is higher. */
const PAUSE_MS = 25;

export async function measureMessages(): Promise<Measurement> {
  buildUnlessFresh();
  const host = await Host.start();
  const browser = await chromium.launch(LAUNCH_OPTIONS);
  try {
    const open = async (person: string): Promise<Device> => {
      const options = { viewport: PHONE, permissions: PERMISSIONS, locale: "en-GB" };
      const context = await browser.newContext(options);
      return new Device(person, context, await watch(context, [new URL(host.url).host]), host);
    };
    const delays: (readonly number[])[] = [];
    const roundTrips: (readonly number[])[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      const mum = await open("Mum");
      const dad = await open("Dad");
      await startFamily(mum);
      await admit(mum, dad, "Parent");
      await mum.chats.openConversation("Dad");
      await dad.chats.openConversation("Mum");
      const raw = await measureRawRoundTrips(mum.page, dad.page, PINGS);
      roundTrips.push(raw.toSorted((a, b) => a - b));
      const all = await measureDelays(mum.page, dad.page, WARM_UP_MESSAGES + MESSAGES);
      delays.push(all.slice(WARM_UP_MESSAGES).toSorted((a, b) => a - b));
      await Promise.all([mum.context.close(), dad.context.close()]);
    }
    const rows = [
      ...rowsOf("message, Send to shown", delays),
      ...rowsOf("raw channel, round trip", roundTrips),
      ...rowsOf(
        "raw channel, half round trip",
        roundTrips.map((run) => run.map((ms) => ms / 2)),
      ),
    ];
    return { topic: "message", machine: describeMachine(browser.version()), rows };
  } finally {
    await browser.close();
    await host.stop();
  }
}

function rowsOf(subject: string, runs: readonly (readonly number[])[]): readonly Row[] {
  return [0.5, 0.99].map((share) =>
    toRow(
      { subject, metric: `p${share * 100}`, unit: "ms" },
      runs.map((sorted) => quantile(sorted, share)),
    ),
  );
}

/** Sends one message after the other was shown; milliseconds of each, in order. */
async function measureDelays(from: Page, to: Page, count: number): Promise<readonly number[]> {
  await to.evaluate(watchMessages);
  const sentAt = await from.evaluate(sendMessages, { count, pauseMs: PAUSE_MS });
  const shownAt = await to.evaluate(readShown, count);
  return sentAt.map((at, index) => (shownAt[index] ?? Number.NaN) - at);
}

interface Shown {
  shownAt: number[];
}

/** Notes when "message N" is first in the list. */
function watchMessages(): void {
  const log = document.querySelector('[role="log"]');
  if (log === null) throw new Error("no conversation is open");
  const shownAt: number[] = [];
  Object.assign(globalThis, { shownAt });
  new MutationObserver(() => {
    const now = performance.timeOrigin + performance.now();
    while (log.textContent.includes(`message ${shownAt.length}.`)) shownAt.push(now);
  }).observe(log, { childList: true, subtree: true, characterData: true });
}

/** Presses Send `count` times; the moment of each press. */
async function sendMessages(request: { count: number; pauseMs: number }): Promise<number[]> {
  const sentAt: number[] = [];
  for (let index = 0; index < request.count; index += 1) {
    const field = document.querySelector("textarea");
    const button = [...document.querySelectorAll("button")].find(
      ({ textContent }) => textContent.trim() === "Send",
    );
    if (field === null || button === undefined) throw new Error("no field to write in");
    field.value = `message ${index}.`;
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    // The button is enabled with the next drawing.
    await new Promise((resolve) => {
      setTimeout(resolve, request.pauseMs);
    });
    sentAt.push(performance.timeOrigin + performance.now());
    button.click();
    await new Promise((resolve) => {
      setTimeout(resolve, request.pauseMs);
    });
  }
  return sentAt;
}

async function readShown(count: number): Promise<number[]> {
  const { shownAt } = globalThis as unknown as Shown;
  const patience = performance.now() + 20_000;
  while (shownAt.length < count) {
    if (performance.now() > patience) throw new Error(`only ${shownAt.length} messages came`);
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
  return shownAt;
}
