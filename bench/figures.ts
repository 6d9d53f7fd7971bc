/** Collects the figures of several runs under subject and metric, and makes rows of them. */
import { type Row, toRow } from "./types.ts";

export interface Figures {
  readonly keep: (subject: string, metric: string, unit: string, value: number) => void;
  /** In the order in which subjects and metrics were first kept. */
  readonly rows: () => readonly Row[];
}

export function createFigures(): Figures {
  const kept = new Map<
    string,
    { name: Pick<Row, "subject" | "metric" | "unit">; runs: number[] }
  >();
  return {
    keep: (subject, metric, unit, value) => {
      const key = JSON.stringify([subject, metric, unit]);
      const figure = kept.get(key) ?? { name: { subject, metric, unit }, runs: [] };
      figure.runs.push(value);
      kept.set(key, figure);
    },
    rows: () => [...kept.values()].map(({ name, runs }) => toRow(name, runs)),
  };
}
