/** Seeds with one planted bug, until a judge that is named for it reports a rule. SPEC SI20, SI22. */
import type { SeedOptions } from "./family.ts";
import { runGuarded } from "./guarded.ts";
import type { Plant } from "./plant.ts";
import type { Caught } from "./report.ts";

export interface CatchOptions extends Pick<SeedOptions, "layer" | "isReal"> {
  readonly firstSeed: number;
  readonly plantedSeeds: number;
}

export async function catchPlant(plant: Plant, options: CatchOptions): Promise<Caught> {
  const { layer, isReal, firstSeed, plantedSeeds } = options;
  for (let tried = 1; tried <= plantedSeeds; tried += 1) {
    const shared = { layer, isReal, plant, print: null, hasFamily: true };
    const { violations, stuck } = await runGuarded(firstSeed + tried - 1, shared);
    const isNoticed = plant.rules.some(
      (rule) =>
        violations.some((one) => one.rule === rule) ||
        stuck.some((one) => rule === "stuck" || one.startsWith(rule)),
    );
    if (isNoticed) return { name: plant.name, caught: true, seeds: tried };
  }
  return { name: plant.name, caught: false, seeds: plantedSeeds };
}
