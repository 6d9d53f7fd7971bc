/**
 * How a message spreads, in the simulator's network alone: ours beside a push to √n random peers
 * without repair, and beside gossipsub, over the same links with the same delays. Ten messages of each
 * of up to ten devices; latency in delays of one link (40 ms, exponential above half of it).
 */
import type { Spread, Strategy } from "../sim/spread-parts.ts";
import { createSpread, weave } from "../sim/spread-world.ts";
import { createRandom, seedWords } from "../workers/core/random.ts";
import { createFigures } from "./figures.ts";
import { runGossipsub, type GossipsubFigures } from "./gossipsub-world.ts";
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
const STRATEGIES = ["ours", "gossipsub", "push to √n"] as const;
type Name = (typeof STRATEGIES)[number];
const SEEDS = [1, 2, 3];
const DELAY_MS = 40;
const BODY_BYTES = 350;
/** Header, signature and body of such a message. */
const ENTRY_BYTES = 554;
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
    for (const name of STRATEGIES) {
      for (const seed of SEEDS) {
        const subject = `${name}, ${setting.size} devices, ${links}${lost}`;
        const { delivered, expected, copies, bytesPerEntry, latencies } = await spread(
          setting,
          name,
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

async function spread(setting: Setting, name: Name, seed: number): Promise<GossipsubFigures> {
  const plan = planOf(setting, seed);
  if (name !== "gossipsub") return talk(setting, name === "ours" ? "ours" : "root", seed, plan);
  const { motes } = wovenSpread(setting, "root", seed);
  return runGossipsub({
    seed,
    size: setting.size,
    links: motes.flatMap(({ index, links }) =>
      [...links].filter((one) => one.index > index).map((one) => [index, one.index] as const),
    ),
    delayMs: DELAY_MS,
    lossFraction: setting.lossFraction,
    messageBytes: ENTRY_BYTES,
    plan,
    endMs: END_MS,
  });
}

interface Saying {
  /** Virtual milliseconds. */
  readonly at: number;
  /** Which device. */
  readonly by: number;
}

/** Who writes when: of one seed the same for all that are compared. */
function planOf({ size }: Setting, seed: number): readonly Saying[] {
  const random = createRandom(seedWords(seed ^ 0x91a7));
  return Array.from({ length: Math.min(AUTHORS_MAX, size) }, (_, by) =>
    Array.from({ length: MESSAGES }, (_one, turn): Saying => {
      return { at: SETTLE_MS + MESSAGE_EVERY_MS * (turn + random.fraction()), by };
    }),
  ).flat();
}

function talk(
  setting: Setting,
  strategy: Strategy,
  seed: number,
  plan: readonly Saying[],
): ReturnType<Spread["figures"]> {
  const woven = wovenSpread(setting, strategy, seed);
  woven.run(SETTLE_MS);
  for (const { at, by } of plan) {
    const mote = woven.motes[by];
    if (mote === undefined) throw new Error("no such device");
    woven.scheduler.after(at - SETTLE_MS, "say", () => void woven.publish(mote));
  }
  woven.run(END_MS);
  return woven.figures();
}

function wovenSpread(
  { size, degree, lossFraction }: Setting,
  strategy: Strategy,
  seed: number,
): Spread {
  const options = { size, strategy, degree, lossFraction, bodyBytes: BODY_BYTES };
  const made = createSpread({ ...options, seed, delayMs: DELAY_MS });
  weave(made, degree);
  return made;
}
