import { expect, test } from "vitest";
import { readArguments } from "./arguments.ts";
import { describeScenario } from "./report.ts";
import { GOSSIP_SCENARIOS } from "./gossip-scenes.ts";
import { KEY_SCENARIOS } from "./key-scenes.ts";
import { MESH_SCENARIOS } from "./mesh-scenes.ts";
import { PLANTED_KEYS } from "./planted-keys.ts";
import { PLANTED_RECOVERY } from "./planted-recovery.ts";
import { PLANTED_VERSIONS } from "./planted-versions.ts";
import { catchPlant } from "./catching.ts";
import { reportScenario, runScenario, SCENARIO_NAMES, SCENARIOS } from "./scenarios.ts";

/** Six seconds of a core; the machine may have other work. */
const WHOLE_NODES_MS = 120_000;
const OF_CORES = SCENARIO_NAMES.filter(
  (one) => !Object.hasOwn(MESH_SCENARIOS, one) && !Object.hasOwn(KEY_SCENARIOS, one),
);

test.each(OF_CORES)("[SI25] %s", async (name) => {
  const { violations, stuck } = await reportScenario(name);
  expect({ violations, stuck }).toEqual({ violations: [], stuck: [] });
});

test.each(PLANTED_RECOVERY)("[SI20] [SI28] [SI29] $name: caught", (plant) => {
  const { scenario = "two-recoveries", rules } = plant;
  const { seeds } = SCENARIOS[scenario];
  const found = Array.from({ length: seeds }, (_, seed) => runScenario(scenario, seed, plant));
  const broken = new Set(found.flatMap((one) => one.violations.map(({ rule }) => rule)));
  expect([...broken]).toEqual(rules);
});

test.each(PLANTED_VERSIONS)("[SI20] [SI30] [LV1] [LV2] $name: caught", (plant) => {
  const { scenario = "rules-raised-by-a-quorum", rules } = plant;
  const { seeds } = SCENARIOS[scenario];
  const found = Array.from({ length: seeds }, (_, seed) => runScenario(scenario, seed, plant));
  const broken = new Set(found.flatMap((one) => one.violations.map(({ rule }) => rule)));
  expect([...broken]).toEqual(expect.arrayContaining([...rules]));
});

test("[SI29] who joins at height 200 takes the blocks after 192 alone", async () => {
  const { figures } = await reportScenario("join-at-height-200");
  expect(figures["from"]?.most).toBe(192);
  expect(figures["blocksTaken"]?.most).toBe(13);
});

test("[SI36] scenarios of gossip are among them, the mute in all 24 orders", async () => {
  const { figures, seeds } = await reportScenario("a-mute-in-every-order");
  expect([seeds, figures["words"]?.most]).toEqual([24, 1]);
  const day = (await reportScenario("a-day-in-two-groups")).figures;
  expect(day["parted"]?.median).toBeGreaterThan(day["healed"]?.median ?? 0);
  for (const name of Object.keys(GOSSIP_SCENARIOS)) expect(SCENARIO_NAMES).toContain(name);
});

test(
  "[SI40] [MX2] sixteen devices have four to six links, and sixty are played by name alone",
  { tags: ["long"], timeout: WHOLE_NODES_MS },
  async () => {
    const { figures, violations, stuck } = await reportScenario("sixteen-with-departures");
    expect({ violations, stuck }).toEqual({ violations: [], stuck: [] });
    expect(SCENARIO_NAMES).toContain("sixteen-with-departures");
    expect(figures["linksMost"]?.most).toBeLessThanOrEqual(6);
    expect(figures["messageMs"]?.most).toBeLessThanOrEqual(5_000);
    expect(SCENARIO_NAMES).not.toContain("sixty-devices");
    expect(readArguments(["--scenario", "sixty-devices"]).ok).toBe(true);
  },
);

test("[SI25] alone for a week no replica runs away, and then a block takes less than a second", async () => {
  const { figures, seeds } = await reportScenario("alone-for-a-week");
  expect(seeds).toBe(6);
  expect(figures["aloneView"]?.most).toBe(1);
  expect(figures["tookMs"]?.most).toBeLessThan(1_000);
});

test("[SI22] [SI25] scenarios are named on the command line, and told in a line", () => {
  expect(readArguments(["--scenario", "all"])).toMatchObject({
    ok: true,
    arguments: { scenarios: SCENARIO_NAMES },
  });
  expect(readArguments(["--scenario", "swap-in-two-views"])).toMatchObject({
    ok: true,
    arguments: { scenarios: ["swap-in-two-views"] },
  });
  expect(readArguments(["--scenario", "no-such"]).ok).toBe(false);
  const report = { name: "an-old-block", seeds: 1, violations: [], stuck: ["late"], figures: {} };
  expect(describeScenario({ ...report, name: "an-old-block" })).toContain("BROKEN an-old-block");
});

test(
  "[SI51] keys that change over thirteen weeks, with sleepers, deaths and a liar",
  async () => {
    const { figures, violations, stuck } = await reportScenario("keys-that-change");
    expect({ violations, stuck }).toEqual({ violations: [], stuck: [] });
    // Both kinds of letters were judged, and the liar's announcements were kept.
    expect(figures["shown"]?.median).toBeGreaterThan(200);
    expect(figures["hidden"]?.median).toBeGreaterThan(100);
    expect(figures["keptMost"]?.median).toBeGreaterThan(20);
  },
  WHOLE_NODES_MS,
);

test.each(PLANTED_KEYS)(
  "[SI20] [SI52] $name: caught",
  { tags: ["long"], timeout: WHOLE_NODES_MS },
  async (plant) => {
    const shared = { layer: "gossip", isReal: false, firstSeed: 0, plantedSeeds: 2 } as const;
    expect(await catchPlant(plant, shared)).toMatchObject({ caught: true });
  },
);
