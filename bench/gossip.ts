/**
 * How a message spreads, in the simulator's network alone: ours beside a push to √n random peers
 * without repair, over the same links with the same delays. Ten messages of each of up to ten
 * devices; latency in delays of one link (40 ms, exponential above half of it).
 */
import { createSpread, weave, type Strategy } from "../sim/spread-world.ts";
import { createFigures } from "./figures.ts";
import type { Stage } from "./stage.ts";
import { describeMachine, quantile, type Measurement } from "./types.ts";

interface Setting {
  readonly size: number;
  /** Links of a device. */
  readonly degree: number;
  readonly lossFraction: number;
}

const ALL = Number.POSITIVE_INFINITY;
const SETTINGS: readonly Setting[] = [
  { size: 5, degree: ALL, lossFraction: 0 },
  { size: 10, degree: ALL, lossFraction: 0 },
  { size: 10, degree: ALL, lossFraction: 0.1 },
  { size: 20, degree: 6, lossFraction: 0 },
  { size: 40, degree: 6, lossFraction: 0 },
  { size: 40, degree: 6, lossFraction: 0.1 },
];
const STRATEGIES: readonly (readonly [Strategy, string])[] = [
  ["ours", "ours"],
  ["root", "push to √n"],
];
const SEEDS = [1, 2, 3];
const DELAY_MS = 40;
const BODY_BYTES = 350;
const AUTHORS_MAX = 10;
const MESSAGES = 10;
const MESSAGE_EVERY_MS = 2_000;
const SETTLE_MS = 5_000;
const END_MS = 60_000;

export async function measureGossip(stage: Stage): Promise<Measurement> {
  const figures = createFigures();
  for (const setting of SETTINGS) {
    const links = setting.degree === ALL ? "all linked" : `${setting.degree} links each`;
    const lost =
      setting.lossFraction === 0 ? "" : `, ${100 * setting.lossFraction} % of frames lost`;
    stage.say(`gossip: ${setting.size} devices, ${links}${lost}`);
    for (const [strategy, name] of STRATEGIES) {
      for (const seed of SEEDS) {
        const subject = `${name}, ${setting.size} devices, ${links}${lost}`;
        const { delivered, expected, copies, bytesPerEntry, latencies } = talk(
          setting,
          strategy,
          seed,
        );
        const sorted = latencies.toSorted((a, b) => a - b);
        figures.keep(subject, "delivered", "%", (100 * delivered) / expected);
        figures.keep(subject, "copies a device", "copies", copies);
        figures.keep(subject, "p50", "link delays", quantile(sorted, 0.5) / DELAY_MS);
        figures.keep(subject, "p99", "link delays", quantile(sorted, 0.99) / DELAY_MS);
        figures.keep(subject, "all frames, a message and device", "bytes", bytesPerEntry);
      }
    }
  }
  return { topic: "gossip", machine: describeMachine(null), rows: figures.rows() };
}

function talk(
  { size, degree, lossFraction }: Setting,
  strategy: Strategy,
  seed: number,
): ReturnType<ReturnType<typeof createSpread>["figures"]> {
  const spread = createSpread({
    seed,
    size,
    strategy,
    degree,
    delayMs: DELAY_MS,
    lossFraction,
    bodyBytes: BODY_BYTES,
  });
  weave(spread, degree);
  spread.run(SETTLE_MS);
  for (const by of spread.motes.slice(0, AUTHORS_MAX)) {
    for (let turn = 0; turn < MESSAGES; turn += 1) {
      const at = MESSAGE_EVERY_MS * (turn + spread.random.fraction());
      spread.scheduler.after(at, "say", () => void spread.publish(by));
    }
  }
  spread.run(END_MS);
  return spread.figures();
}
