/**
 * One seed of a layer: the whole family, and where the ledger is in it the replicas' core as well; of
 * the gossip layer its core on many devices.
 */
import { runFamily, type SeedOptions, type SeedResult } from "./family.ts";
import { runReplicas } from "./replicas.ts";
import { playScenario } from "./scenarios.ts";
import { runSpread } from "./spread-seed.ts";

export async function runSeed(seed: number, options: SeedOptions): Promise<SeedResult> {
  const { plant, layer, print } = options;
  if (plant?.scenario !== undefined) return playScenario(plant.scenario, seed, plant, print);
  if (plant?.spread !== undefined) return runSpread(seed, plant.spread, plant.spreadPlan);
  const hasReplicas = layer !== "gossip" && plant?.world !== "family";
  const replicas = hasReplicas ? runReplicas(seed, { plant, print }) : null;
  if (plant?.world === "replicas" && replicas !== null) return replicas;
  if (replicas !== null && options.hasFamily === false) return replicas;
  const family = await runFamily(seed, options);
  if (layer === "gossip" && plant === null) {
    const alone = runSpread(seed);
    return { ...joined(family, alone), spread: alone.spread };
  }
  if (replicas === null) return family;
  return joined(family, replicas);
}

/** The family's seed and that of a core alone, as one. */
function joined(family: SeedResult, core: SeedResult): SeedResult {
  return {
    seed: family.seed,
    violations: [...core.violations, ...family.violations],
    stuck: [...core.stuck, ...family.stuck],
    events: core.events + family.events,
    commits: core.commits + family.commits,
    delivered: family.delivered,
    hasFamily: true,
    trace: `${core.trace}${family.trace}`,
    ...(core.views === undefined ? {} : { views: core.views }),
  };
}
