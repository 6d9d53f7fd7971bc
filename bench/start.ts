/**
 * From asking for the page to using it: cold (a new browser process), warm (again in the same one)
 * and the first message each way; with few and with many stored messages, at full speed and on a CPU
 * that is six times slower, beside the bare page of the same shell. Each device is a browser of its
 * own, with its storage on disk. Last, waking up after a sleep (`resume.ts`).
 */
import buildUnlessFresh from "../playwright/global-setup.ts";
import { Host } from "../playwright/host.ts";
import { measureBareOpening, serveBarePage } from "./bare-page.ts";
import { launchBrowser } from "./browser.ts";
import { createFigures, type Figures } from "./figures.ts";
import { storedFamily } from "./family-cache.ts";
import { installDevice, makeOnDisk, type OnDisk, type Started } from "./on-disk.ts";
import { watchOpening } from "./opening.ts";
import { measureResume } from "./resume.ts";
import { openConversation, sendText, shownAt } from "./talking.ts";
import { slowDown } from "./slow-cpu.ts";
import { measureSpin, type Spin } from "./spin.ts";
import type { Stage } from "./stage.ts";
import { describeMachine, type Measurement } from "./types.ts";

const STORED = [1_000, 10_000] as const;
const SLOWER = 6;
const RUNS = 3;

/** What all runs share. */
interface Scene {
  readonly stage: Stage;
  readonly host: Host;
  readonly figures: Figures;
  /** Of the loop at full speed, the shortest so far. */
  readonly fastest: Spin[];
}

export async function measureStart(
  stage: Stage,
  stored: readonly number[] = STORED,
): Promise<Measurement> {
  buildUnlessFresh();
  const host = stage.own(await Host.start(), (one) => one.stop());
  const scene = { stage, host, figures: createFigures(), fastest: [] };
  const { version } = await launchBrowser(stage).then(async (one) => {
    const name = one.version();
    await one.close();
    return { version: name };
  });
  await measureBarePage(scene);
  for (const messages of stored) await measureFamily(scene, messages);
  return {
    topic: "start",
    machine: describeMachine(version),
    rows: scene.figures.rows(),
  };
}

function nameSpeed(factor: number): string {
  return factor === 1 ? "full speed" : `CPU ${factor} times slower`;
}

async function measureBarePage({ stage, figures }: Scene): Promise<void> {
  const url = await serveBarePage(stage);
  const device = makeOnDisk(stage, "bare");
  // The folder's own files are made with the first start.
  await (await device.start()).close();
  for (const factor of [1, SLOWER]) {
    const subject = `bare page, ${nameSpeed(factor)}`;
    for (let run = 1; run <= RUNS; run += 1) {
      stage.say(`start: ${subject}, run ${run} of ${RUNS}`);
      const started = await device.start();
      await slowed(stage, started, factor, async () => {
        figures.keep(subject, "cold start", "ms", await measureBareOpening(started.page, url));
        figures.keep(subject, "warm start", "ms", await measureBareOpening(started.page, url));
      });
      await started.close();
    }
  }
}

async function measureFamily(scene: Scene, messages: number): Promise<void> {
  const { stage, host } = scene;
  const family = await storedFamily({ names: ["Mum", "Dad"], messages, say: stage.say });
  const [mum, dad] = await Promise.all(family.map((one) => installDevice(stage, host.url, one)));
  if (mum === undefined || dad === undefined) throw new Error("a family of two");
  const other = await dad.start();
  await other.page.goto(host.url);
  await openConversation(other.page, mum.name);
  for (const factor of [1, SLOWER]) {
    const subject = `${messages} messages, ${nameSpeed(factor)}`;
    for (let run = 1; run <= RUNS; run += 1) {
      stage.say(`start: ${subject}, run ${run} of ${RUNS}`);
      await measureRun(scene, { mum, dad, other, subject, factor });
    }
  }
  await measureResume({
    stage,
    figures: scene.figures,
    url: host.url,
    subject: `${messages} messages`,
    sleeper: mum,
    person: dad.name,
    other,
  });
  await other.close();
}

interface Run {
  readonly mum: OnDisk;
  readonly dad: OnDisk;
  /** Dad's browser, with the conversation open. */
  readonly other: Started;
  readonly subject: string;
  readonly factor: number;
}

async function measureRun(scene: Scene, run: Run): Promise<void> {
  const { stage, host, figures } = scene;
  const { mum, dad, other, subject, factor } = run;
  const keep = (metric: string, ms: number): void => figures.keep(subject, metric, "ms", ms);
  const stamp = Date.now();
  const awaited = `written while you were away, ${stamp}`;
  const text = `here I am, ${stamp}`;
  await sendText(other.page, awaited);
  const started = await mum.start();
  const { page, session } = started;
  await slowed(stage, started, factor, async () => {
    const [cold, answeredAt] = await Promise.all([
      watchOpening(session, page, host.url, { person: dad.name, text, awaited }),
      shownAt(other.page, text),
    ]);
    keep("cold start", cold.listed);
    keep("conversation", cold.shown - cold.listed);
    keep("first message in", cold.heard);
    keep("first message out", answeredAt - cold.askedAt);
    keepSpin(scene, factor, await measureSpin(page));
    const warm = { person: dad.name, text: null, awaited: null };
    keep("warm start", (await watchOpening(session, page, host.url, warm)).listed);
  });
  await started.close();
}

/** Runs the task while the browser is that much slower. */
async function slowed<T>(
  stage: Stage,
  { leader }: Started,
  factor: number,
  task: () => Promise<T>,
): Promise<T> {
  if (factor === 1) return task();
  const slowing = stage.own(slowDown(leader, factor), (one) => one.stop());
  try {
    return await task();
  } finally {
    await slowing.stop();
  }
}

/** How much slower the loop runs than it ever did at full speed. */
function keepSpin({ figures, fastest }: Scene, factor: number, spin: Spin): void {
  if (factor === 1) {
    fastest.push(spin);
    return;
  }
  for (const part of ["page", "worker"] as const) {
    const full = Math.min(...fastest.map((one) => one[part]));
    const subject = `loop in the ${part}, ${nameSpeed(factor)}`;
    figures.keep(subject, "slower by", "times", spin[part] / full);
  }
}
