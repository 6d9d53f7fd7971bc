import { expect, test } from "vitest";
import { readArguments } from "./arguments.ts";
import { runFamily, type SeedOptions, type SeedResult } from "./family.ts";
import { PLANTED } from "./planted.ts";
import { PLANTED_REPORTS } from "./planted-reports.ts";
import { PLANTED_TALKS } from "./planted-talks.ts";
import { describe, report } from "./report.ts";
import { runReplicas } from "./replicas.ts";
import { runSeed } from "./run.ts";
import { KEPT_SEEDS } from "./seeds.ts";
import { catchPlant } from "./catching.ts";
import { spread, spreadPlants } from "./spread.ts";

const ALL: SeedOptions = { layer: "all", isReal: false, plant: null, print: null };

test("[SI2] the same seed gives the same trace hash, another seed another", async () => {
  const [one, again, other] = [
    await runFamily(2, ALL),
    await runFamily(2, ALL),
    await runFamily(5, ALL),
  ];
  expect(one.events).toBeGreaterThan(100);
  expect(again).toEqual(one);
  expect(other.trace).not.toBe(one.trace);
  expect(runReplicas(7, ALL)).toEqual(runReplicas(7, ALL));
});

test("[SI2] real signatures change nothing that depends on this machine", async () => {
  const real = { ...ALL, isReal: true };
  const one = await runFamily(2, real);
  expect(one.violations).toEqual([]);
  expect((await runFamily(2, real)).trace).toBe(one.trace);
});

test.each(["ledger", "gossip"] as const)(
  "[SI14] [SI15] [SI16] [SI17] [SI18] [SI19] [SI44] a family of layer %s breaks nothing and comes to its end",
  async (layer) => {
    const result = await runFamily(17, { ...ALL, layer });
    expect(result.violations).toEqual([]);
    expect(result.stuck).toEqual([]);
    expect(result.commits).toBeGreaterThan(4);
  },
);

test(
  "[SI14] [CV11] seeds that failed once stay well",
  { tags: ["long"], timeout: 120_000 },
  async () => {
    for (const { seed, layer, cause } of KEPT_SEEDS) {
      const { violations, stuck } = await runSeed(seed, { ...ALL, layer });
      expect({ seed, cause, violations, stuck }).toEqual({
        seed,
        cause,
        violations: [],
        stuck: [],
      });
    }
  },
);

test(
  "[SI23] two processes say of each seed what one says, in order",
  { tags: ["long"], timeout: 60_000 },
  async () => {
    const tasks = [3, 4, 5].map((seed) => ({
      seed,
      layer: "ledger" as const,
      isReal: false,
      hasFamily: seed === 4,
    }));
    const shared = await spread(tasks, 2);
    expect(shared.map((one) => one.hasFamily)).toEqual([false, true, false]);
    const alone: SeedResult[] = [];
    for (const { seed, hasFamily } of tasks) {
      alone.push(await runSeed(seed, { ...ALL, layer: "ledger", hasFamily }));
    }
    expect(shared).toEqual(alone);
  },
);

test("[SI23] planted bugs are shared as seeds are, and told in their order", async () => {
  const options = { layer: "all" as const, isReal: false, firstSeed: 1, plantedSeeds: 3 };
  const names = ["a forged entry lifts the clock", "a quorum is 2f + 1 where n is not 3f + 1"];
  const shared = await spreadPlants(
    names.map((plant) => ({ ...options, plant })),
    2,
  );
  expect(shared).toEqual(names.map((name) => ({ name, caught: true, seeds: 1 })));
  const [plant] = PLANTED.filter((one) => one.name === "a message is displayed twice");
  const never = { name: "never", rules: ["none"], world: "family" as const };
  expect(plant !== undefined && (await catchPlant(plant, options)).caught).toBe(true);
  expect(await catchPlant(never, { ...options, plantedSeeds: 1 })).toMatchObject({ caught: false });
}, 60_000);

/** Of the rest `npm run sim -- --planted` shows that they are caught: it takes a minute. */
const QUICK = new Set([
  "a vote is sent before it is in the log",
  "a register is signed before the entry is stored",
  "what was sent counts as delivered",
  "a message is displayed twice",
  "a replica forgets its votes in a crash",
  "a quorum is one less",
  "a quorum is 2f + 1 where n is not 3f + 1",
  "a block is prepared by one PREPARE less",
  "a COMMIT is logged without its whole certificate",
  "a VIEW-CHANGE claims nothing",
  "a NEW-VIEW proposes afresh although a block is prepared",
  "a VIEW-CHANGE is believed without proof",
  "votes of an older set are counted",
  "COMMITs of two views make one certificate",
  "late COMMITs are ignored",
  "a signer counts as often as it signs",
  "two signatures of one vote are evidence",
  "votes of any view are kept",
  "a replica votes before a STATUS",
  "a vote that the log lacks silences nobody",
  "transferred state lacks what was executed",
  "the state root depends on the order of insertion",
]);

test.each(
  PLANTED.filter((one) => QUICK.has(one.name)).map((plant) => [plant.name, plant] as const),
)("[SI13] [SI20] caught: %s", async (_name, plant) => {
  const broken = new Set<string>();
  for (let seed = 1; seed <= 30 && !plant.rules.some((rule) => broken.has(rule)); seed += 1) {
    const { violations } = await runSeed(seed, { ...ALL, plant });
    for (const { rule } of violations) broken.add(rule);
  }
  expect(plant.rules.some((rule) => broken.has(rule))).toBe(true);
});

const QUICK_OTHERS = new Set([
  "a broken rule is reported twice",
  "a broken rule is not reported",
  "a reaction is not shown on one device",
  "a request is decided twice",
  "an answer goes to another request",
]);

test.each(
  [...PLANTED_REPORTS, ...PLANTED_TALKS]
    .filter(({ name }) => QUICK_OTHERS.has(name))
    .map((plant) => [plant.name, plant] as const),
)(
  "[SI38] [SI39] [SI45] [SI50] [SI20] caught: %s",
  { tags: ["long"], timeout: 60_000 },
  async (_name, plant) => {
    const options = { layer: "gossip" as const, isReal: false, firstSeed: 1, plantedSeeds: 10 };
    expect((await catchPlant(plant, options)).caught).toBe(true);
  },
);

test("[SI21] [SI24] replicas of every size commit, plans reach view 3, and all that could be done is done", () => {
  const results = Array.from({ length: 25 }, (_, seed) => runReplicas(seed, ALL));
  expect(results.flatMap((one) => one.violations)).toEqual([]);
  expect(results.flatMap((one) => one.stuck)).toEqual([]);
  expect(results.every((one) => one.commits > 0)).toBe(true);
  expect(results.some((one) => (one.views?.highestView ?? 0) >= 3)).toBe(true);
});

test("[SI22] arguments are read or refused in words", () => {
  expect(
    readArguments(["--layer", "gossip", "--seeds", "7", "--first-seed", "3", "--json"]),
  ).toMatchObject({
    ok: true,
    arguments: { layer: "gossip", seeds: 7, firstSeed: 3, isJson: true, isPlanted: false },
  });
  expect(readArguments(["--seed", "9", "--trace"])).toMatchObject({
    ok: true,
    arguments: { seeds: 1, firstSeed: 9, hasTrace: true },
  });
  for (const words of [["--layer", "mesh"], ["--seeds", "-1"], ["--sedes", "3"], ["--seeds"]]) {
    expect(readArguments(words).ok).toBe(false);
  }
});

test("[SI20] at least 25 bugs are planted in the ledger, each under a name of its own", () => {
  const ledger = PLANTED.filter((one) => one.world === "replicas");
  expect(new Set(ledger.map((one) => one.name)).size).toBe(ledger.length);
  expect(ledger.length).toBeGreaterThanOrEqual(25);
});

test("[SI22] [SI24] the report names what outside checks read", () => {
  const read = readArguments(["--json"]);
  if (!read.ok) throw new Error(read.problem);
  const violation = { rule: "I1", tick: 5, detail: "two hashes" };
  const shared = { events: 3, commits: 2, delivered: 1, trace: "t", hasFamily: true };
  const views = { highestView: 3, viewChanges: 5 };
  const outcome = report(
    read.arguments,
    [
      { seed: 1, violations: [violation], stuck: [], ...shared, views },
      { seed: 2, violations: [], stuck: ["a join"], ...shared },
    ],
    [{ name: "a bug", caught: true, seeds: 4 }],
    12,
  );
  expect(outcome).toMatchObject({
    layer: "all",
    seeds: 2,
    firstSeed: 1,
    families: 2,
    violations: [{ seed: 1, rule: "I1", tick: 5 }],
    stuck: [2],
    events: 6,
    commits: 4,
    delivered: 2,
    wallMs: 12,
    planted: [{ name: "a bug", caught: true, seeds: 4 }],
    views: { highest: 3, changes: 5, seedsAtThree: 1 },
  });
  expect(describe(outcome)).toContain("highest 3, 5 changes, 1 seeds at 3 or above");
});
