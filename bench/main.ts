/**
 * `npm run bench -- TOPIC [--json]`: measures one topic on this machine. With --json one object for
 * other programs (bench/types.ts), else a table for people.
 */
import { measureMessages } from "./message.ts";
import type { Measurement } from "./types.ts";

const TOPICS: Readonly<Record<string, () => Promise<Measurement>>> = { message: measureMessages };

async function main(parameters: readonly string[]): Promise<number> {
  const [topic = "", ...others] = parameters.filter((one) => one !== "--json");
  const measure = Object.hasOwn(TOPICS, topic) ? TOPICS[topic] : undefined;
  if (measure === undefined || others.length > 0) {
    console.error(`Say one topic: npm run bench -- ${Object.keys(TOPICS).join(" | ")} [--json]`);
    return 1;
  }
  const measurement = await measure();
  if (parameters.includes("--json")) console.log(JSON.stringify(measurement));
  else printTable(measurement);
  return 0;
}

function printTable({ topic, machine, rows }: Measurement): void {
  const { cpu, cores, node, chromium } = machine;
  console.log(`${topic}: ${cpu}, ${cores} cores, node ${node}, Chromium ${chromium ?? "none"}`);
  for (const { subject, metric, unit, value, min, max, runs } of rows) {
    const figure = `${value} ${unit}`.padStart(12);
    console.log(
      `${subject.padEnd(30)}${metric.padEnd(5)}${figure}  (${min} to ${max}, ${runs} runs)`,
    );
  }
}

process.exitCode = await main(process.argv.slice(2));
