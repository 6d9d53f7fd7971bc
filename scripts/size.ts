/**
 * `npm run size [-- --json]`: what the built app weighs, gzipped. The first screen is index.html and
 * everything that it names; the worker is its entry and chunks. Exits with 1 over budget, or when
 * there is no build to weigh. Budgets: docs/spec/screens.md UI90.
 */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describeMachine, type Measurement } from "../bench/types.ts";
import { listFirstFiles } from "./first-files.ts";

const APP = "dist/app";
const KILOBYTE = 1000;
const BUDGETS = {
  "first screen": 200 * KILOBYTE,
  worker: 190 * KILOBYTE,
  "service worker": 20 * KILOBYTE,
} as const;

type Subject = keyof typeof BUDGETS;

function weigh(files: readonly string[]): number {
  return files.reduce((sum, file) => sum + gzipSync(readFileSync(join(APP, file))).byteLength, 0);
}

function main(): number {
  if (!existsSync(join(APP, "index.html"))) {
    console.error("There is no build to weigh: run npm run build first.");
    return 1;
  }
  const first = listFirstFiles(readFileSync(join(APP, "index.html"), "utf8"));
  const worker = readdirSync(join(APP, "assets"))
    .filter((name) => name.startsWith("worker-") && name.endsWith(".js"))
    .map((name) => join("assets", name));
  const files: Record<Subject, readonly string[]> = {
    "first screen": ["index.html", ...first],
    worker,
    // No page waits for it.
    "service worker": ["service-worker.js"],
  };
  const rows = (Object.keys(BUDGETS) as Subject[]).map((subject) => {
    const value = weigh(files[subject]);
    return { subject, metric: "gzip", unit: "B", value, min: value, max: value, runs: 1 };
  });
  const over = rows.filter(({ subject, value }) => value > BUDGETS[subject] || value === 0);
  if (process.argv.includes("--json")) {
    const measurement: Measurement = { topic: "size", machine: describeMachine(null), rows };
    console.log(JSON.stringify(measurement));
  } else {
    for (const { subject, value } of rows) {
      const budget = BUDGETS[subject] / KILOBYTE;
      console.log(`${subject}: ${(value / KILOBYTE).toFixed(1)} kB of ${budget} kB, gzipped`);
    }
  }
  for (const { subject } of over) console.error(`${subject} is over budget or missing.`);
  return over.length > 0 ? 1 : 0;
}

process.exitCode = main();
