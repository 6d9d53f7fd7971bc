/**
 * What two devices say to each other until one has what the other had more: registers and questions
 * of our own, beside the least that anybody could say and a range-based reconciliation that knows
 * nothing of authors and numbers. 100,000 messages of 20 authors; the messages themselves are not
 * counted. In one process, without time, so no figure depends on the machine.
 */
import { createFigures } from "./figures.ts";
import { leastBytes, reconcile, type Item } from "./range-based.ts";
import type { Stage } from "./stage.ts";
import { chooseMissing, makeArchive, measureSync, nameOf, type Layout } from "./sync-cores.ts";
import { describeMachine, type Measurement } from "./types.ts";

const AUTHORS = 20;
const EACH = 5_000;
const MISSING = [0, 10, 100, 1_000] as const;
const LAYOUTS: readonly Layout[] = ["clustered", "scattered"];

export async function measureSyncing(stage: Stage): Promise<Measurement> {
  const figures = createFigures();
  const all = AUTHORS * EACH;
  stage.say(`sync: writing ${all} messages`);
  const archive = makeArchive(AUTHORS, EACH);
  const named = archive.streams.flat().map((entry) => ({
    name: nameOf(entry),
    item: { at: entry.header.clock.ms, id: entry.id } satisfies Item,
  }));
  for (const count of MISSING) {
    for (const layout of count === 0 ? LAYOUTS.slice(0, 1) : LAYOUTS) {
      const subject = count === 0 ? "nothing missing" : `${count} missing, ${layout}`;
      stage.say(`sync: ${subject}`);
      const missing = chooseMissing(archive, count, layout);
      const ours = measureSync(archive, missing, false);
      figures.keep(subject, "least", "bytes", leastBytes(all, count));
      figures.keep(subject, "ours", "bytes", ours.total);
      for (const [type, bytes] of Object.entries(ours.bytes)) {
        figures.keep(subject, `ours, ${type}`, "bytes", bytes);
      }
      figures.keep(subject, "ours", "round trips", ours.roundTrips);
      const known = measureSync(archive, missing, true);
      figures.keep(subject, "ours, with everybody's registers", "bytes", known.total);
      const ranges = reconcile(
        named.filter(({ name }) => !missing.has(name)).map(({ item }) => item),
        named.map(({ item }) => item),
      );
      if (ranges.lacking.size !== count) throw new Error("not what is missing");
      figures.keep(subject, "by ranges", "bytes", ranges.bytes);
      figures.keep(subject, "by ranges", "round trips", ranges.roundTrips);
    }
  }
  return { topic: "sync", machine: describeMachine(null), rows: figures.rows() };
}
