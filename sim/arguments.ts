/** The command line of the simulator, checked. SPEC SI22. */
import { availableParallelism } from "node:os";
import { isScenario, SCENARIO_NAMES, type ScenarioName } from "./scenarios.ts";
import type { Layer } from "./seed-plan.ts";

export interface Arguments {
  readonly layer: Layer;
  readonly seeds: number;
  readonly firstSeed: number;
  readonly hasTrace: boolean;
  readonly isReal: boolean;
  readonly isPlanted: boolean;
  /** Seeds that each planted bug has to be caught in. */
  readonly plantedSeeds: number;
  /** Processes that share the seeds. */
  readonly processes: number;
  /** Named scenarios to play instead of seeds. */
  readonly scenarios: readonly ScenarioName[];
  /** Everything is explored, up to a view, instead. */
  readonly isExplored: boolean;
  /** States at most of the explorer at four to view 2, which is run instead; 0: none. */
  readonly exploredFour: number;
  /** Rounds of the twins' scenarios, all of which are played instead; 0: none. */
  readonly twinsRounds: number;
  readonly isJson: boolean;
}

export type ReadArguments =
  | { readonly ok: true; readonly arguments: Arguments }
  | { readonly ok: false; readonly problem: string };

const LAYERS: readonly Layer[] = ["ledger", "gossip", "all"];
const SEEDS_DEFAULT = 20;
const PLANTED_SEEDS = 60;

export function readArguments(words: readonly string[]): ReadArguments {
  const flags = new Set<string>();
  const values = new Map<string, string>();
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? "";
    if (FLAGS.includes(word)) flags.add(word);
    else if (VALUES.includes(word)) {
      index += 1;
      values.set(word, words[index] ?? "");
    } else return { ok: false, problem: `unknown argument ${word}; known: ${KNOWN}` };
  }
  const layer = LAYERS.find((one) => one === (values.get("--layer") ?? "all"));
  if (layer === undefined) return { ok: false, problem: `--layer is one of ${LAYERS.join(", ")}` };
  const numbers = new Map<string, number>();
  for (const name of [
    "--seeds",
    "--first-seed",
    "--seed",
    "--processes",
    "--twins",
    "--explore-four",
  ]) {
    const text = values.get(name);
    if (text === undefined) continue;
    if (!/^\d{1,15}$/.test(text)) return { ok: false, problem: `${name} is a whole number from 0` };
    numbers.set(name, Number(text));
  }
  const scenario = values.get("--scenario");
  const scenarios = scenario === "all" ? SCENARIO_NAMES : [scenario ?? []].flat();
  if (!scenarios.every((name) => isScenario(name))) {
    return { ok: false, problem: `--scenario is all or one of ${SCENARIO_NAMES.join(", ")}` };
  }
  const one = numbers.get("--seed");
  const isPlanted = flags.has("--planted");
  return {
    ok: true,
    arguments: {
      layer,
      seeds: one === undefined ? (numbers.get("--seeds") ?? (isPlanted ? 0 : SEEDS_DEFAULT)) : 1,
      firstSeed: one ?? numbers.get("--first-seed") ?? 1,
      hasTrace: flags.has("--trace"),
      isReal: flags.has("--real"),
      isPlanted,
      plantedSeeds: PLANTED_SEEDS,
      processes: numbers.get("--processes") ?? availableParallelism(),
      scenarios,
      isExplored: flags.has("--explore"),
      exploredFour: numbers.get("--explore-four") ?? 0,
      twinsRounds: numbers.get("--twins") ?? 0,
      isJson: flags.has("--json"),
    },
  };
}

const FLAGS = ["--trace", "--real", "--planted", "--explore", "--json"];
const VALUES = [
  "--layer",
  "--seeds",
  "--first-seed",
  "--seed",
  "--processes",
  "--scenario",
  "--twins",
  "--explore-four",
];
const KNOWN = [...VALUES, ...FLAGS].join(" ");
