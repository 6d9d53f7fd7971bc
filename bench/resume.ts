/**
 * Waking up: all processes of a device's browser stand still, as when a laptop's lid is closed, and
 * meanwhile the other device writes. No event tells the page that it slept (unlike a frozen tab), it
 * has to find out. Measured from the moment at which the processes run again until what was missed is
 * on the screen: after a nap, in which the other still believes in the link, and after a sleep in which
 * it has given the link up. Only the processes sleep: what reaches the machine meanwhile waits in its
 * buffers, so that a nap loses nothing and a call of the server is heard at once.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Figures } from "./figures.ts";
import type { OnDisk, Started } from "./on-disk.ts";
import type { Stage } from "./stage.ts";
import { openConversation, sendText, shownAt } from "./talking.ts";

/** The other waits up to 30 s for a sign of life: it believes in the link, or has given it up. */
const SLEEPS_MS = [5_000, 40_000] as const;
const RUNS = 3;
/** From what the other writes until the waking. */
const WRITTEN_MS = 2_000;

export interface Sleeping {
  readonly stage: Stage;
  readonly figures: Figures;
  readonly url: string;
  readonly subject: string;
  /** The one that sleeps, its browser closed, and whom it talks with. */
  readonly sleeper: OnDisk;
  readonly person: string;
  /** The other's browser, with the conversation open. */
  readonly other: Started;
}

export async function measureResume(scene: Sleeping): Promise<void> {
  const { stage, figures, url, subject, sleeper, person, other } = scene;
  const started = await sleeper.start();
  await started.page.goto(url);
  await openConversation(started.page, person);
  for (const ms of SLEEPS_MS) {
    for (let run = 1; run <= RUNS; run += 1) {
      const words = `asleep ${ms / 1000} s`;
      stage.say(`start: ${subject}, ${words}, run ${run} of ${RUNS}`);
      const heardMs = await measureSleep(stage, started, other, ms);
      figures.keep(`${subject}, ${words}`, "first missed message", "ms", heardMs);
    }
  }
  await started.close();
}

async function measureSleep(
  stage: Stage,
  { page, leader }: Started,
  other: Started,
  ms: number,
): Promise<number> {
  // They are linked: what one writes is shown by the other.
  const before = `good night, ${Date.now()}`;
  const [said] = [shownAt(page, before), await sendText(other.page, before)];
  await said;
  const text = `written while you slept, ${Date.now()}`;
  const heard = shownAt(page, text);
  // The observer is in place once a later question is answered.
  await page.evaluate(() => document.title);
  const wake = stage.own(
    once(() => process.kill(-leader, "SIGCONT")),
    (one) => one(),
  );
  process.kill(-leader, "SIGSTOP");
  await sleep(ms - WRITTEN_MS);
  await sendText(other.page, text);
  await sleep(WRITTEN_MS);
  const wokeAt = performance.timeOrigin + performance.now();
  wake();
  return (await heard) - wokeAt;
}

/** A sleeping browser cannot be closed; one that is closed cannot be woken. */
function once(task: () => unknown): () => void {
  let isDone = false;
  return () => {
    if (!isDone) task();
    isDone = true;
  };
}
