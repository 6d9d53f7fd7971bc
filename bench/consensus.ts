/**
 * What a change of the family's rules costs: in latency alone, by whole nodes on virtual time
 * (consensus-nodes.ts), and in real pages with disks, beside what their links and disks take by
 * themselves (consensus-pages.ts).
 */
import { measureNodes } from "./consensus-nodes.ts";
import { measurePages } from "./consensus-pages.ts";
import { createFigures } from "./figures.ts";
import type { Stage } from "./stage.ts";
import { describeMachine, type Measurement } from "./types.ts";

export async function measureConsensus(stage: Stage): Promise<Measurement> {
  const figures = createFigures();
  stage.say("consensus: whole nodes on virtual time");
  await measureNodes(figures);
  const version = await measurePages(stage, figures);
  return { topic: "consensus", machine: describeMachine(version), rows: figures.rows() };
}
