/**
 * What a browser's disk does with many messages: the store of one device, filled with a conversation
 * of two over 25 days, beside raw puts of the same rows; then, in a browser that was started anew, what
 * opening, a page of the conversation and the deletion of a day take. All in a worker, on disk.
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { launchOnDisk, makeFolder } from "./browser.ts";
import { createFigures, type Figures } from "./figures.ts";
import { ask, openWorker } from "./in-worker.ts";
import type {
  Deleted,
  Filled,
  FillRequest,
  IngestRate,
  OpenedStore,
  PageTimes,
} from "./pages/store-worker.ts";
import { servePages } from "./rivals.ts";
import type { Stage } from "./stage.ts";
import { describeMachine, type Measurement } from "./types.ts";

const SIZES = [1_000, 10_000, 100_000] as const;
/** Made and committed at once, so that what is made is not all in memory. */
const ROUND = 10_000;
const RAW_SIZE = 5_000;
const RAW_RUNS = 3;
const PAGES = 20;
/** What the screen asks for. */
const PAGE = 50;
const OPENINGS = 3;

export async function measureStore(
  stage: Stage,
  sizes: readonly number[] = SIZES,
): Promise<Measurement> {
  const figures = createFigures();
  const address = await servePages(stage, ["in-worker"]);
  let version = "";
  await compareWithRaw(stage, figures, address);
  for (const size of sizes) version = await measureSize(stage, figures, address, size);
  return { topic: "store", machine: describeMachine(version), rows: figures.rows() };
}

async function measureSize(
  stage: Stage,
  figures: Figures,
  address: string,
  size: number,
): Promise<string> {
  const subject = `${size} messages`;
  const folder = makeFolder(stage);
  const content = await fill(stage, figures, { folder, address, size });
  const disk = Number(
    execFileSync("du", ["-sb", databasesIn(folder)])
      .toString()
      .split("\t")[0],
  );
  figures.keep(subject, "content a message", "bytes", content / size);
  figures.keep(subject, "disk a message", "bytes", disk / size);
  let version = "";
  for (let run = 1; run <= OPENINGS; run += 1) {
    stage.say(`store: ${subject}, opening ${run} of ${OPENINGS}`);
    const context = await launchOnDisk(stage, folder, { bypassCSP: true });
    version = context.browser()?.version() ?? "";
    const page = await context.newPage();
    await openWorker(page, address, "store");
    const opened = await ask<OpenedStore>(page, "open", null);
    figures.keep(subject, "database open", "ms", opened.databaseMs);
    figures.keep(subject, "node open", "ms", opened.nodeMs);
    const times = await ask<PageTimes>(page, "pages", { count: PAGES, limit: PAGE });
    if (times.messages !== size) throw new Error(`${times.messages} of ${size} are listed`);
    // The first time everything is opened and checked; after that it was opened before.
    const how = run === 1 ? ", the first time" : "";
    const [newest = Number.NaN, ...older] = times.shownMs;
    figures.keep(subject, `newest page${how}`, "ms", newest);
    for (const ms of older) figures.keep(subject, `older page${how}`, "ms", ms);
    if (run === 1) await ask(page, "written", null);
    for (const ms of times.readMs) figures.keep(subject, "page, bodies from the store", "ms", ms);
    if (run === OPENINGS) {
      // The first day began at some hour: whole ones come after it.
      for (const [day, way] of [
        [1, "range"],
        [2, "rows"],
        [3, "range"],
        [4, "rows"],
      ] as const) {
        const { messages, tookMs } = await ask<Deleted>(page, "deleteDay", { day, way });
        const metric = way === "range" ? "a day deleted" : "a day deleted row by row";
        figures.keep(subject, metric, "ms", tookMs);
        figures.keep(subject, "messages of a day", "messages", messages);
      }
    }
    await ask(page, "close", null);
    await context.close();
  }
  return version;
}

/** Bytes of content that went in. */
async function fill(
  stage: Stage,
  figures: Figures,
  { folder, address, size }: { folder: string; address: string; size: number },
): Promise<number> {
  const subject = `${size} messages`;
  const { page, close } = await openEmpty(stage, folder, address);
  let content = 0;
  for (let from = 0; from < size; from += ROUND) {
    stage.say(`store: ${subject}, ${from} stored`);
    const to = Math.min(size, from + ROUND);
    const request: FillRequest = { from, to, of: size, isRawBeside: false };
    const { contentBytes, rates } = await ask<Filled>(page, "fill", request);
    content += contentBytes;
    keepRates(figures, subject, rates);
  }
  await close();
  return content;
}

/** The first messages, and the same rows without the store, in a browser of their own. */
async function compareWithRaw(stage: Stage, figures: Figures, address: string): Promise<void> {
  for (let run = 1; run <= RAW_RUNS; run += 1) {
    stage.say(`store: beside raw puts, run ${run} of ${RAW_RUNS}`);
    const { page, close } = await openEmpty(stage, makeFolder(stage), address);
    const request: FillRequest = { from: 0, to: RAW_SIZE, of: RAW_SIZE, isRawBeside: true };
    const { rates } = await ask<Filled>(page, "fill", request);
    keepRates(figures, `the first ${RAW_SIZE}`, rates);
    await close();
  }
}

async function openEmpty(
  stage: Stage,
  folder: string,
  address: string,
): Promise<{ readonly page: Page; readonly close: () => Promise<void> }> {
  const context = await launchOnDisk(stage, folder, { bypassCSP: true });
  const page = await context.newPage();
  await openWorker(page, address, "store");
  await ask(page, "make", null);
  const close = async (): Promise<void> => {
    await ask(page, "close", null);
    await context.close();
  };
  return { page, close };
}

function keepRates(figures: Figures, subject: string, rates: readonly IngestRate[]): void {
  for (const { way, perCommit, messages, tookMs } of rates) {
    if (messages === 0) continue;
    const metric = `${way === "store" ? "stored" : "raw puts"}, ${perCommit} a commit`;
    figures.keep(subject, metric, "messages/s", (1000 * messages) / tookMs);
  }
}

function databasesIn(folder: string): string {
  return join(folder, "Default", "IndexedDB");
}
