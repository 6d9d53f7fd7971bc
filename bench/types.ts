/**
 * The shape of every measurement (`npm run bench -- TOPIC --json`, `npm run size -- --json`): one
 * object with rows. What a number is compared with stands beside it as a subject of the same run.
 */
import { cpus } from "node:os";

export interface Row {
  /** What was measured. */
  readonly subject: string;
  /** Which figure of it, such as `p50`. */
  readonly metric: string;
  readonly unit: string;
  /** The median of the runs; `min` and `max` are the runs' extremes. */
  readonly value: number;
  readonly min: number;
  readonly max: number;
  /** How many runs the value is the median of. */
  readonly runs: number;
}

export interface Measurement {
  readonly topic: string;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly node: string;
    /** Null where no browser took part. */
    readonly chromium: string | null;
  };
  readonly rows: readonly Row[];
}

/** This machine, with the version that the browser gave; null without one. */
export function describeMachine(chromium: string | null): Measurement["machine"] {
  const [first] = cpus();
  return {
    cpu: first?.model ?? "unknown",
    cores: cpus().length,
    node: process.version,
    chromium,
  };
}

/** One row from the same figure of several runs, rounded to a hundredth. */
export function toRow(
  name: Pick<Row, "subject" | "metric" | "unit">,
  runs: readonly number[],
): Row {
  const sorted = runs.toSorted((a, b) => a - b);
  const round = (value: number): number => Math.round(value * 100) / 100;
  return {
    ...name,
    value: round(quantile(sorted, 0.5)),
    min: round(sorted[0] ?? Number.NaN),
    max: round(sorted.at(-1) ?? Number.NaN),
    runs: runs.length,
  };
}

/** The value below which `share` (0 to 1) of the sorted values lie: the nearest rank. */
export function quantile(sorted: readonly number[], share: number): number {
  const rank = Math.max(0, Math.ceil(share * sorted.length) - 1);
  return sorted[rank] ?? Number.NaN;
}
