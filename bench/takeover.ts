/**
 * Two tabs of one browser, of which the first does the work: how long until the second goes on when the
 * first is closed, crashes, is frozen by the browser, or hangs without a word. From the moment it happens
 * until what is written in the second at that moment is shown on another device, beside the same way
 * when nothing happens. Each run has fresh tabs; the browser is one whose tabs really freeze.
 */
import type { BrowserContext, Page } from "@playwright/test";
import buildUnlessFresh from "../playwright/global-setup.ts";
import { Host } from "../playwright/host.ts";
import { launchSleeper } from "../playwright/sleeper.ts";
import { crash, freeze, hang } from "../playwright/tabs.ts";
import { launchBrowser, openContext } from "./browser.ts";
import { fillBrowser } from "./disk-rows.ts";
import { storedFamily } from "./family-cache.ts";
import { createFigures } from "./figures.ts";
import type { Stage } from "./stage.ts";
import { openConversation, sendText, shownAt } from "./talking.ts";
import { describeMachine, type Measurement } from "./types.ts";

const RUNS = 5;
/** Longer than any of them may take. */
const HANG_MS = 30_000;

/** What happens to the first tab while the second is in view. */
const MISHAPS: Readonly<Record<string, (first: Page, second: Page) => Promise<unknown>>> = {
  "nothing happens": async () => undefined,
  "first tab closed": async (first) => first.close(),
  "first tab crashed": async (first) => crash(first),
  "first tab frozen": freeze,
  // Its end is not waited for.
  "first tab hung": async (first) => void hang(first, HANG_MS).catch(() => undefined),
};

export async function measureTakeover(stage: Stage): Promise<Measurement> {
  buildUnlessFresh();
  const host = stage.own(await Host.start(), (one) => one.stop());
  const figures = createFigures();
  const [mum, dad] = await storedFamily({ names: ["Mum", "Dad"], messages: 0, say: stage.say });
  if (mum === undefined || dad === undefined) throw new RangeError("a family of two");
  const browser = await launchBrowser(stage);
  const others = await openContext(browser);
  await fillBrowser(others, host.url, dad);
  const other = await openTab(others, host.url, "Mum");
  const { context } = stage.own(await launchSleeper(), (one) => one.close());
  await context.addInitScript("globalThis.__name ??= (named) => named;");
  await fillBrowser(context, host.url, mum);
  for (const [mishap, happen] of Object.entries(MISHAPS)) {
    for (let run = 1; run <= RUNS; run += 1) {
      stage.say(`takeover: ${mishap}, run ${run} of ${RUNS}`);
      const first = await openTab(context, host.url, "Dad");
      const second = await openTab(context, host.url, "Dad");
      await second.bringToFront();
      figures.keep(
        mishap,
        "until a message is through",
        "ms",
        await measure(second, other, () => happen(first, second)),
      );
      await close(second, first);
    }
  }
  return { topic: "takeover", machine: describeMachine(browser.version()), rows: figures.rows() };
}

/** A tab with the conversation open. */
async function openTab(context: BrowserContext, url: string, person: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url);
  await openConversation(page, person);
  return page;
}

/** Milliseconds. */
async function measure(
  writer: Page,
  reader: Page,
  happen: () => Promise<unknown>,
): Promise<number> {
  const before = `before, ${Date.now()}`;
  const heard = shownAt(reader, before);
  await sendText(writer, before);
  await heard;
  const text = `after, ${Date.now()}`;
  const shown = shownAt(reader, text);
  const began = performance.timeOrigin + performance.now();
  await happen();
  await sendText(writer, text);
  return (await shown) - began;
}

/** Also tabs that have crashed, are frozen or do not answer. */
async function close(...tabs: readonly Page[]): Promise<void> {
  await Promise.all(tabs.map(async (tab) => tab.close().catch(() => undefined)));
}
