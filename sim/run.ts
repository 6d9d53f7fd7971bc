/** One seed of a layer: the whole family, and where the ledger is in it the replicas' core as well. */
import { runFamily, type SeedOptions, type SeedResult } from "./family.ts";
import { runReplicas } from "./replicas.ts";
import { runScenario } from "./scenarios.ts";

export async function runSeed(seed: number, options: SeedOptions): Promise<SeedResult> {
  const { plant, layer, print } = options;
  if (plant?.scenario !== undefined) return runScenario(plant.scenario, seed, plant, print);
  const hasReplicas = layer !== "gossip" && plant?.world !== "family";
  const replicas = hasReplicas ? runReplicas(seed, { plant, print }) : null;
  if (plant?.world === "replicas" && replicas !== null) return replicas;
  if (replicas !== null && options.hasFamily === false) return replicas;
  const family = await runFamily(seed, options);
  if (replicas === null) return family;
  return {
    seed,
    violations: [...replicas.violations, ...family.violations],
    stuck: [...replicas.stuck, ...family.stuck],
    events: replicas.events + family.events,
    commits: replicas.commits + family.commits,
    delivered: family.delivered,
    hasFamily: true,
    trace: `${replicas.trace}${family.trace}`,
    ...(replicas.views === undefined ? {} : { views: replicas.views }),
  };
}
