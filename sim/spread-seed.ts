/**
 * One seed of the gossip core on many devices: links that are lost and made, devices that sleep, frames
 * that do not arrive, clocks that are wrong by minutes; then all heals, and everybody must have
 * everything. SPEC SI32.
 */
import { createRandom, seedWords } from "../workers/core/random.ts";
import type { SeedResult } from "./family.ts";
import { createSpread, weave, type Mote, type Spread, type SpreadOptions } from "./spread-world.ts";

const FAULTS_MS = 60_000;
const QUIET_MS = 1_000;
const HEALING_MS_MAX = 180_000;
const STEP_MS = 5_000;
const SKEW_MS = 90_000;

export interface SpreadPlan {
  readonly size: number;
  readonly degree: number;
  readonly lossFraction: number;
  /** Mean milliseconds between two messages of the whole family, two lost links, two that sleep. */
  readonly messageMs: number;
  readonly partingMs: number;
  readonly sleepMs: number;
}

/** Mostly families, now and then a large one. */
export function drawSpreadPlan(seed: number): SpreadPlan {
  const random = createRandom(seedWords(seed ^ 0x51ced));
  const isLarge = random.below(12) === 0;
  const size = isLarge ? 20 + random.below(41) : 3 + random.below(12);
  return {
    size,
    degree: size <= 10 ? Number.POSITIVE_INFINITY : 4 + random.below(3),
    lossFraction: [0, 0.02, 0.1, 0.3][random.below(4)] ?? 0,
    messageMs: 200 + random.below(2_000),
    partingMs: isLarge ? 500 : 500 + random.below(8_000),
    sleepMs: 3_000 + random.below(20_000),
  };
}

export function runSpread(seed: number, tamper?: SpreadOptions["tamper"]): SeedResult {
  const plan = drawSpreadPlan(seed);
  const spread = createSpread({
    seed,
    size: plan.size,
    strategy: "ours",
    degree: plan.degree,
    delayMs: 40,
    lossFraction: plan.lossFraction,
    bodyBytes: 200,
    ...(tamper === undefined ? {} : { tamper }),
  });
  const { random, motes, scheduler, violations } = spread;
  for (const mote of motes) {
    if (random.below(4) === 0) mote.skewMs = Math.round((random.fraction() - 0.5) * 2 * SKEW_MS);
  }
  weave(spread, plan.degree);
  let isCalm = false;
  repeat(plan.messageMs, () => {
    const [by] = random.shuffled([...motes]);
    if (by !== undefined) spread.publish(by);
  });
  repeat(plan.partingMs, () => {
    const [one] = random.shuffled([...motes]);
    const [other] = random.shuffled([...(one?.links ?? [])]);
    if (one !== undefined && other !== undefined) spread.cut(one, other);
  });
  repeat(plan.partingMs / 2, () => {
    const [one, other] = random.shuffled([...motes]);
    const isFull = (mote: Mote | undefined): boolean => (mote?.links.size ?? 0) >= plan.degree;
    if (one !== undefined && other !== undefined && !isFull(one) && !isFull(other)) {
      spread.link(one, other);
    }
  });
  repeat(plan.sleepMs, () => {
    const [one] = random.shuffled([...motes]);
    if (one === undefined) return;
    if (one.isAwake) for (const other of one.links) spread.cut(one, other);
    one.isAwake = !one.isAwake;
  });
  spread.run(FAULTS_MS);
  isCalm = true;
  spread.setLoss(0);
  for (const mote of motes) mote.isAwake = true;
  weave(spread, plan.degree);
  const until = scheduler.now() + HEALING_MS_MAX;
  do spread.run(scheduler.now() + STEP_MS);
  while (missing(spread).length > 0 && scheduler.now() < until);
  spread.run(scheduler.now() + QUIET_MS);
  for (const mote of motes) {
    if (mote.core.untold.length > 0) violations.push(`G6 ${mote.index} still has words to say`);
  }
  return {
    seed,
    violations: violations.map((detail) => ({
      rule: detail.slice(0, 2),
      tick: Math.round(scheduler.now()),
      detail: detail.slice(3),
    })),
    stuck: missing(spread).slice(0, 5),
    events: Object.values(spread.figures().frames).reduce((sum, one) => sum + one, 0),
    commits: 0,
    delivered: spread.figures().delivered,
    hasFamily: false,
    trace: spread.digest(),
  };

  function repeat(meanMs: number, happen: () => void): void {
    scheduler.after(meanMs * (0.3 + 1.4 * random.fraction()), "fault", () => {
      if (isCalm) return;
      happen();
      repeat(meanMs, happen);
    });
  }
}

/** G1: what some device does not have, in words. */
function missing({ motes, published }: Spread): readonly string[] {
  return motes.flatMap((mote) =>
    published
      .filter(({ key }) => !mote.stored.has(key))
      .map(({ key, by }) => `${mote.index} lacks ${key} of ${by}`),
  );
}
