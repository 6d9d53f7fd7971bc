/**
 * `npm run sim -- [--layer ledger|gossip|all] [--seeds N] [--first-seed S] [--seed S [--trace]]
 * [--real] [--planted] [--processes P] [--scenario NAME|all] [--explore] [--twins ROUNDS] [--explore-four STATES]
 * [--json]`: runs seeds, or named scenarios, or enumerates, and says what was broken. With --json exactly one object on stdout. Exit code 1 if a rule was broken, a seed is stuck or a planted bug was not caught.
 */
import { catchPlant } from "./catching.ts";
import { readArguments, type Arguments } from "./arguments.ts";
import { PLANTED } from "./planted.ts";
import { describe, describeScenario, report, type Caught, type Report } from "./report.ts";
import {
  describeExhaustive,
  enumerateAll,
  exploreFour,
  type ExhaustiveReport,
} from "./exhaustive.ts";
import { runGuarded } from "./guarded.ts";
import { reportScenario, type ScenarioReport } from "./scenarios.ts";
import { spread, spreadPlants } from "./spread.ts";
import type { SeedResult } from "./family.ts";

const FAMILY_EVERY = 8;

const parsed = readArguments(process.argv.slice(2));
if (!parsed.ok) {
  process.stderr.write(`${parsed.problem}\n`);
  process.exitCode = 2;
} else if (parsed.arguments.scenarios.length > 0) await playScenarios(parsed.arguments);
else if (parsed.arguments.exploredFour > 0) {
  const { exploredFour, isJson } = parsed.arguments;
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  tell(exploreFour(exploredFour, say), isJson);
} else if (parsed.arguments.isExplored || parsed.arguments.twinsRounds > 0) {
  const { isExplored, twinsRounds, isJson } = parsed.arguments;
  tell(enumerateAll(isExplored, twinsRounds), isJson);
} else {
  const outcome = await simulate(parsed.arguments);
  const { isJson } = parsed.arguments;
  process.stdout.write(isJson ? `${JSON.stringify(outcome)}\n` : describe(outcome));
  const isCaught = outcome.planted?.every((one) => one.caught) ?? true;
  const isClean = outcome.violations.length === 0 && outcome.stuck.length === 0;
  process.exitCode = isClean && isCaught ? 0 : 1;
}

function tell(outcome: ExhaustiveReport, isJson: boolean): void {
  process.stdout.write(isJson ? `${JSON.stringify(outcome)}\n` : describeExhaustive(outcome));
  process.exitCode = outcome.isClean ? 0 : 1;
}

async function playScenarios({ scenarios, hasTrace, isJson }: Arguments): Promise<void> {
  const print = hasTrace ? (line: string): void => void process.stderr.write(`${line}\n`) : null;
  const reports: ScenarioReport[] = [];
  for (const name of scenarios) reports.push(await reportScenario(name, print));
  const text = reports.map((one) => describeScenario(one)).join("");
  process.stdout.write(isJson ? `${JSON.stringify({ scenarios: reports })}\n` : text);
  process.exitCode = reports.every((one) => one.violations.length + one.stuck.length === 0) ? 0 : 1;
}

async function simulate(options: Arguments): Promise<Report> {
  const began = performance.now();
  const { layer, isReal, firstSeed } = options;
  const run = async (seed: number): Promise<SeedResult> => {
    const print = options.hasTrace
      ? (line: string): void => void process.stderr.write(`${line}\n`)
      : null;
    return runGuarded(seed, { layer, isReal, plant: null, print, hasFamily: hasFamily(seed) });
  };
  // A family takes longer than its replicas alone: of many seeds of the ledger every eighth has one.
  const hasFamily = (seed: number): boolean =>
    layer !== "ledger" || options.seeds === 1 || options.isPlanted || seed % FAMILY_EVERY === 0;
  const seeds = Array.from({ length: options.seeds }, (_, index) => firstSeed + index);
  let results: readonly SeedResult[] = [];
  if (options.processes > 1 && seeds.length > 1 && !options.hasTrace) {
    const tasks = seeds.map((seed) => ({ seed, layer, isReal, hasFamily: hasFamily(seed) }));
    results = await spread(tasks, options.processes);
  } else for (const seed of seeds) results = [...results, await run(seed)];
  const planted = options.isPlanted ? await catchAll(options) : null;
  const wallMs = Math.round(performance.now() - began);
  return report(options, results, planted, wallMs);
}

async function catchAll(options: Arguments): Promise<readonly Caught[]> {
  if (options.processes > 1) {
    const tasks = PLANTED.map(({ name }) => ({ ...options, plant: name }));
    return spreadPlants(tasks, options.processes);
  }
  let caught: readonly Caught[] = [];
  for (const plant of PLANTED) caught = [...caught, await catchPlant(plant, options)];
  return caught;
}
