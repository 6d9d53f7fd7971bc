/**
 * What would become of our spreading with many more devices than a family has: the coarse model of
 * `scale-model.ts` from ten to ten thousand, six links each, and what registers cost by their real
 * encoding; beside a flood over the same links and a push to √n of all. At twenty and forty devices the
 * real cores stand beside the model, so that it can be believed. In one process, by seeds alone.
 */
import type { DeviceId } from "../workers/core/codec/ids.ts";
import { createSpread, weave } from "../sim/spread-world.ts";
import { STREAMS_MAX } from "../workers/core/gossip/limits.ts";
import { encodeRegister, REGISTER_VERSION } from "../workers/core/gossip/register.ts";
import { createRandom, seedWords } from "../workers/core/random.ts";
import { createFigures, type Figures } from "./figures.ts";
import { makeGraph, spreadOne, type ModelStrategy } from "./scale-model.ts";
import type { Stage } from "./stage.ts";
import { describeMachine, quantile, type Measurement } from "./types.ts";

const SIZES = [10, 20, 40, 100, 300, 1_000, 3_000, 10_000] as const;
/** Where the real cores run too. */
const CORES_MAX = 40;
const DEGREE = 6;
const SEEDS = [1, 2, 3];
/** Messages of one seed, each of another author: fewer where there are many devices. */
const MESSAGES = 5;
const DEVICES_PER_SEED = 10_000;
const DELAY_MS = 40;
const LOSSES = [0, 0.1] as const;
/** Header, signature and body of a message with 350 bytes. */
const ENTRY_BYTES = 554;
/** A register comes over two ways, as an author's messages do, each minute while nothing happens. */
const REGISTER_COPIES = 2;
const SIGNATURE_BYTES = 64;
const STRATEGIES: Readonly<Record<string, ModelStrategy>> = {
  ours: "ways",
  "a flood": "flood",
  "push to √n of all": "root",
};

export async function measureScale(
  stage: Stage,
  sizes: readonly number[] = SIZES,
): Promise<Measurement> {
  const figures = createFigures();
  for (const size of sizes) {
    stage.say(`scale: ${size} devices`);
    for (const lossFraction of LOSSES) {
      for (const name of Object.keys(STRATEGIES)) model(figures, name, size, lossFraction);
      if (size <= CORES_MAX) runCores(figures, size, lossFraction);
    }
    keepRegisters(figures, size);
  }
  return { topic: "scale", machine: describeMachine(null), rows: figures.rows() };
}

function subjectOf(name: string, size: number, lossFraction: number): string {
  const lost = lossFraction === 0 ? "" : `, ${100 * lossFraction} % of frames lost`;
  return `${name}, ${size} devices${lost}`;
}

function model(figures: Figures, name: string, size: number, lossFraction: number): void {
  const strategy = STRATEGIES[name];
  if (strategy === undefined) throw new Error("no such strategy");
  const subject = subjectOf(name, size, lossFraction);
  for (const seed of SEEDS) {
    const random = createRandom(seedWords(seed ^ size));
    const graph = strategy === "root" ? null : makeGraph(random, size, DEGREE);
    const options = { strategy, size, graph, delayMs: DELAY_MS, lossFraction };
    const length = Math.max(1, Math.min(MESSAGES, Math.floor(DEVICES_PER_SEED / size)));
    const runs = Array.from({ length }, () => spreadOne(random, options, random.below(size)));
    const mean = (of: (one: (typeof runs)[number]) => number): number =>
      runs.reduce((sum, one) => sum + of(one), 0) / runs.length;
    const hops = runs.flatMap((one) => one.hops).toSorted((a, b) => a - b);
    const copies = mean((one) => one.copies);
    figures.keep(subject, "delivered", "%", 100 * mean((one) => one.delivered));
    figures.keep(subject, "copies a device", "copies", copies);
    figures.keep(subject, "messages, a message and device", "bytes", copies * ENTRY_BYTES);
    figures.keep(subject, "hops, p50", "hops", quantile(hops, 0.5));
    figures.keep(subject, "hops, most", "hops", hops.at(-1) ?? 0);
    keepDelays(
      figures,
      subject,
      runs.flatMap((one) => one.latencies),
    );
  }
}

function keepDelays(figures: Figures, subject: string, latencies: readonly number[]): void {
  const sorted = latencies.toSorted((a, b) => a - b);
  figures.keep(subject, "p50", "link delays", quantile(sorted, 0.5) / DELAY_MS);
  figures.keep(subject, "p99", "link delays", quantile(sorted, 0.99) / DELAY_MS);
}

/** The same by the gossip core itself, as `-- gossip` runs it. */
function runCores(figures: Figures, size: number, lossFraction: number): void {
  const subject = subjectOf("ours, real cores", size, lossFraction);
  for (const seed of SEEDS) {
    const options = { seed, size, strategy: "ours" as const, degree: DEGREE };
    const spread = createSpread({ ...options, delayMs: DELAY_MS, lossFraction, bodyBytes: 350 });
    weave(spread, DEGREE);
    spread.run(5_000);
    for (const by of spread.motes.slice(0, 10)) {
      for (let turn = 0; turn < 10; turn += 1) {
        const at = 2_000 * (turn + spread.random.fraction());
        spread.scheduler.after(at, "say", () => void spread.publish(by));
      }
    }
    spread.run(60_000);
    const { delivered, expected, copies, latencies } = spread.figures();
    figures.keep(subject, "delivered", "%", (100 * delivered) / expected);
    figures.keep(subject, "copies a device", "copies", copies);
    keepDelays(figures, subject, latencies);
  }
}

/** Of devices that all write: each has a line in each register, as far as one holds. */
function keepRegisters(figures: Figures, size: number): void {
  const subject = `registers, ${size} devices`;
  const lines = Math.min(size, STREAMS_MAX);
  const id = (length: number, index: number): Uint8Array =>
    Uint8Array.from({ length }, (_, at) => (index * 31 + at * 7) & 255);
  const bytes =
    SIGNATURE_BYTES +
    encodeRegister(
      {
        version: REGISTER_VERSION,
        device: id(16, 0),
        clock: { ms: Date.UTC(2026, 10, 28), counter: 0 },
        height: 1_000,
        lasting: "persistent",
        heads: [{ stream: 0, seq: 5_000, id: id(16, 1) }],
        vector: Array.from({ length: lines }, (_, index) => ({
          author: id(16, index),
          stream: 0,
          first: 1_000,
          had: [{ from: 1_000, to: 5_000 }],
        })),
        exceptions: [],
      },
      Array.from({ length: size }, (_, index) => ({ id: id(16, index) as DeviceId })),
    ).length;
  figures.keep(subject, "one", "bytes", bytes);
  figures.keep(subject, "devices that it has no line for", "devices", size - lines);
  const minute = (size - 1) * bytes * REGISTER_COPIES;
  figures.keep(subject, "all that come in a minute without news", "kB", minute / 1000);
}
