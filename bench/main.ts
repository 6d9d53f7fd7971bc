/**
 * `npm run bench -- TOPIC [--json]`: measures one topic on this machine. With --json one object for
 * other programs (bench/types.ts), else a table for people. `mesh --sizes 2,4`, `start --sizes 1000`,
 * `store --sizes 1000` and `scale --sizes 100` measure some of their sizes only. How far it is goes to stderr; Ctrl-C closes every browser.
 */
import { measureConsensus } from "./consensus.ts";
import { measureGossip } from "./gossip.ts";
import { measureMesh } from "./mesh.ts";
import { measureMessages } from "./message.ts";
import { measureScale } from "./scale.ts";
import { closeOnSignal, createStage, type Stage } from "./stage.ts";
import { measureStart } from "./start.ts";
import { measureStore } from "./store.ts";
import { measureSyncing } from "./sync.ts";
import { measureTakeover } from "./takeover.ts";
import type { Measurement } from "./types.ts";
import { measureValidation } from "./validate.ts";

/** `sizes` where they are not all wanted. */
type Measure = (stage: Stage, sizes?: readonly number[]) => Promise<Measurement>;

const TOPICS: Readonly<Record<string, Measure>> = {
  message: measureMessages,
  start: measureStart,
  mesh: measureMesh,
  takeover: measureTakeover,
  consensus: measureConsensus,
  gossip: measureGossip,
  store: measureStore,
  validate: measureValidation,
  sync: measureSyncing,
  scale: measureScale,
};

async function main(parameters: readonly string[]): Promise<number> {
  const [topic = "", ...others] = parameters.filter((one) => one !== "--json");
  const measure = Object.hasOwn(TOPICS, topic) ? TOPICS[topic] : undefined;
  const sizes = readSizes(others);
  const isUnsized = ["message", "takeover", "consensus", "gossip", "validate", "sync"].includes(
    topic,
  );
  if (measure === undefined || sizes === null || (sizes.length > 0 && isUnsized)) {
    const topics = Object.keys(TOPICS).join(" | ");
    console.error(`Say one topic: npm run bench -- ${topics} [--sizes 2,4] [--json]`);
    return 1;
  }
  const stage = createStage();
  const cancelled = closeOnSignal(stage);
  try {
    const measurement = await (sizes.length > 0 ? measure(stage, sizes) : measure(stage));
    if (parameters.includes("--json")) console.log(JSON.stringify(measurement));
    else printTable(measurement);
  } catch (error) {
    // What was being measured was closed under it.
    if (cancelled() !== null) return cancelled() ?? 1;
    throw error;
  } finally {
    await stage.close();
  }
  return 0;
}

/** None where they are not said; null where what is said is nothing of the kind. */
function readSizes([option, words, ...others]: readonly string[]): readonly number[] | null {
  if (option === undefined) return [];
  if (option !== "--sizes" || words === undefined || others.length > 0) return null;
  const sizes = words.split(",").map(Number);
  return sizes.every((size) => Number.isInteger(size) && size > 0) ? sizes : null;
}

function printTable({ topic, machine, rows }: Measurement): void {
  const { cpu, cores, node, chromium } = machine;
  console.log(`${topic}: ${cpu}, ${cores} cores, node ${node}, Chromium ${chromium ?? "none"}`);
  const width = (words: readonly string[]): number =>
    Math.max(...words.map(({ length }) => length)) + 2;
  const subjects = width(rows.map((row) => row.subject));
  const metrics = width(rows.map((row) => row.metric));
  for (const { subject, metric, unit, value, min, max, runs } of rows) {
    const figure = `${value} ${unit}`.padStart(12);
    const spread = `(${min} to ${max}, ${runs} run${runs === 1 ? "" : "s"})`;
    console.log(`${subject.padEnd(subjects)}${metric.padEnd(metrics)}${figure}  ${spread}`);
  }
}

process.exitCode = await main(process.argv.slice(2));
