/**
 * As many real pages as a family has devices, in one browser, each a device of its own: how long
 * until each is linked with each, what they take when nothing happens, and how long a message takes
 * when each writes ten a second. Beside as many pages that simple-peer connects and nothing else.
 *
 * Conversations are between two, so pages write in pairs; what is written goes, sealed, to all
 * devices, each of which checks, stores and passes it on. The bare pages send to all. Ten a second
 * is above the rate that lasts (one in two seconds) and inside the burst (500).
 */
import type { Page } from "@playwright/test";
import buildUnlessFresh from "../playwright/global-setup.ts";
import { Host } from "../playwright/host.ts";
import { launchBrowser, openContext } from "./browser.ts";
import { fillBrowser } from "./disk-rows.ts";
import { storedFamily } from "./family-cache.ts";
import { createFigures, type Figures } from "./figures.ts";
import { readResources, type Resources } from "./resources.ts";
import { servePages } from "./rivals.ts";
import { measureDelays } from "./sending.ts";
import { openConversation } from "./talking.ts";
import type { Stage } from "./stage.ts";
import { describeMachine, type Measurement, quantile } from "./types.ts";

const COUNTS = [2, 4, 8, 12, 16] as const;
const RUNS = 3;
const SETTLE_MS = 5_000;
const IDLE_MS = 10_000;
const SENDING = { count: 40, pauseMs: 50 } as const;
const MEGABYTE = 1_000_000;

/** Pages that are open and linked, and how to let them write. */
interface Crowd {
  /** From asking for the first page until the last is linked with all, milliseconds. */
  readonly linkedMs: number;
  /** Delays of all messages, milliseconds. */
  readonly write: () => Promise<readonly number[]>;
}

export async function measureMesh(
  stage: Stage,
  counts: readonly number[] = COUNTS,
): Promise<Measurement> {
  buildUnlessFresh();
  const host = stage.own(await Host.start(), (one) => one.stop());
  const address = await servePages(stage, ["bare-mesh"]);
  const figures = createFigures();
  let version = "";
  for (const count of counts) {
    for (let run = 1; run <= RUNS; run += 1) {
      stage.say(`mesh: ${count} pages, run ${run} of ${RUNS}`);
      version = await measureCrowd(stage, figures, `${count} pages`, count, (open) =>
        openFamily(stage, host.url, count, open),
      );
      stage.say(`mesh: ${count} bare pages, run ${run} of ${RUNS}`);
      await measureCrowd(stage, figures, `${count} bare pages`, count, (open) =>
        openBareMesh(`${address}bare-mesh.html#${count}-${run}`, count, open),
      );
    }
  }
  return { topic: "mesh", machine: describeMachine(version), rows: figures.rows() };
}

type OpenPage = () => Promise<Page>;

/** Measures one crowd in a browser of its own; the browser's version. */
async function measureCrowd(
  stage: Stage,
  figures: Figures,
  subject: string,
  count: number,
  open: (openPage: OpenPage) => Promise<Crowd>,
): Promise<string> {
  const browser = await launchBrowser(stage);
  const empty = await readResources(browser);
  const crowd = await open(async () => (await openContext(browser)).newPage());
  figures.keep(subject, "full mesh", "ms", crowd.linkedMs);
  await sleep(SETTLE_MS);
  const before = await readResources(browser);
  await sleep(IDLE_MS);
  const after = await readResources(browser);
  const cores = (after.cpuSeconds - before.cpuSeconds) / (IDLE_MS / 1000);
  figures.keep(subject, "idle CPU, all pages", "% of a core", cores * 100);
  keepMemory(figures, subject, count, empty, after);
  const delays = (await crowd.write()).toSorted((a, b) => a - b);
  figures.keep(subject, "p50 at 10 messages/s each", "ms", quantile(delays, 0.5));
  figures.keep(subject, "p99 at 10 messages/s each", "ms", quantile(delays, 0.99));
  const version = browser.version();
  await browser.close();
  return version;
}

function keepMemory(
  figures: Figures,
  subject: string,
  count: number,
  empty: Resources,
  full: Resources,
): void {
  if (empty.memoryBytes === null || full.memoryBytes === null) return;
  const bytes = (full.memoryBytes - empty.memoryBytes) / count;
  figures.keep(subject, "memory a page", "MB", bytes / MEGABYTE);
}

/** A family of that many devices, all of them opened at once with what they had stored. */
async function openFamily(
  stage: Stage,
  url: string,
  count: number,
  open: OpenPage,
): Promise<Crowd> {
  const [first, second, ...more] = Array.from({ length: count }, (_, index) => nameOf(index));
  if (first === undefined || second === undefined) throw new RangeError("a mesh of two at least");
  const names = [first, second, ...more] as const;
  const family = await storedFamily({ names, messages: 0, say: stage.say });
  const pages: Page[] = [];
  for (const device of family) {
    const page = await open();
    await fillBrowser(page.context(), url, device);
    pages.push(page);
  }
  const words = `${count - 1} of ${count - 1} devices connected`;
  for (const page of pages) await page.addInitScript(watchLinked, words);
  const began = performance.timeOrigin + performance.now();
  await Promise.all(pages.map((page) => page.goto(url)));
  const linkedAt = await Promise.all(pages.map(readLinkedAt));
  return {
    linkedMs: Math.max(...linkedAt) - began,
    write: async () => {
      const pairs = pages.map((page, index) => {
        const partner = index % 2 === 0 ? index + 1 : index - 1;
        return { from: page, to: pages[partner], partner: nameOf(partner) };
      });
      await Promise.all(pairs.map(({ from, partner }) => openConversation(from, partner)));
      const delays = pairs.map(async ({ from, to }, index) => {
        if (to === undefined) throw new RangeError("an even number of pages");
        return measureDelays(from, to, { ...SENDING, name: `from ${nameOf(index)}` });
      });
      return (await Promise.all(delays)).flat();
    },
  };
}

async function openBareMesh(address: string, count: number, open: OpenPage): Promise<Crowd> {
  const pages: Page[] = [];
  for (let index = 0; index < count; index += 1) pages.push(await open());
  const began = performance.timeOrigin + performance.now();
  await Promise.all(pages.map((page) => page.goto(address)));
  const linkedAt = await Promise.all(
    pages.map(async (page) => {
      await page.waitForFunction(
        (peers) => document.body.dataset["peers"] === peers,
        String(count - 1),
        { timeout: 120_000, polling: 20 },
      );
      return page.evaluate(() => performance.timeOrigin + performance.now());
    }),
  );
  const { count: messages, pauseMs } = SENDING;
  return {
    linkedMs: Math.max(...linkedAt) - began,
    write: async () => {
      await Promise.all(
        pages.map((page) =>
          page.evaluate(
            async ([total, everyMs]) =>
              (globalThis as unknown as Bare).bareMesh.send(total, everyMs),
            [messages, 2 * pauseMs] as const,
          ),
        ),
      );
      await sleep(SETTLE_MS);
      const delays = pages.map((page) =>
        page.evaluate(() => (globalThis as unknown as Bare).bareMesh.delays),
      );
      return (await Promise.all(delays)).flat();
    },
  };
}

interface Bare {
  readonly bareMesh: {
    readonly delays: number[];
    readonly send: (count: number, everyMs: number) => Promise<void>;
  };
}

/** "Ann", "Bob": a name that no other begins with. */
function nameOf(index: number): string {
  return `${String.fromCodePoint(65 + index)}na`;
}

/** Runs in the page before the app: notes when it says that all are linked. */
function watchLinked(words: string): void {
  new MutationObserver(() => {
    const chips = [...document.querySelectorAll('[role="status"]')];
    if ("linkedAt" in globalThis) return;
    if (!chips.some(({ textContent }) => textContent.includes(words))) return;
    Object.assign(globalThis, { linkedAt: performance.timeOrigin + performance.now() });
  }).observe(document, { childList: true, subtree: true, characterData: true });
}

async function readLinkedAt(page: Page): Promise<number> {
  const found = await page.waitForFunction(
    () => (globalThis as unknown as { linkedAt?: number }).linkedAt,
    undefined,
    { timeout: 120_000, polling: 200 },
  );
  return Number(await found.jsonValue());
}

async function sleep(ms: number): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
