/**
 * How fast the app's page and its worker really compute: the same loop in both, milliseconds. Says
 * what a slowed CPU slowed, and by how much.
 */
import type { Page } from "@playwright/test";

const ROUNDS = 20_000_000;
/** The shortest of these: the app has something to do too. */
const TRIES = 5;

export interface Spin {
  readonly page: number;
  readonly worker: number;
}

export async function measureSpin(page: Page): Promise<Spin> {
  const [worker] = page.workers();
  if (worker === undefined) throw new Error("the app has no worker");
  const tries = { page: [] as number[], worker: [] as number[] };
  for (let index = 0; index < TRIES; index += 1) {
    tries.page.push(await page.evaluate(spin, ROUNDS));
    tries.worker.push(await worker.evaluate(spin, ROUNDS));
  }
  return { page: Math.min(...tries.page), worker: Math.min(...tries.worker) };
}

/** Runs in the browser. */
function spin(rounds: number): number {
  const began = performance.now();
  let value = 1;
  for (let round = 0; round < rounds; round += 1) value = (value * 31 + round) | 0;
  const took = performance.now() - began;
  // Never true: its use keeps the loop.
  return value === 0.5 ? 0 : took;
}
