/** What a run of the simulator says: one object for programs, a table for people. SPEC SI22. */
import type { Arguments } from "./arguments.ts";
import type { SeedResult, SpreadCount } from "./family.ts";
import type { ScenarioReport } from "./scenarios.ts";
import type { Layer } from "./seed-plan.ts";

export interface Caught {
  readonly name: string;
  readonly caught: boolean;
  /** Seeds that it took, or that were tried. */
  readonly seeds: number;
}

export interface Report {
  readonly layer: Layer;
  readonly seeds: number;
  readonly firstSeed: number;
  /** Seeds with a whole family; the others have the replicas' core alone. */
  readonly families: number;
  readonly violations: readonly {
    readonly seed: number;
    readonly rule: string;
    /** Virtual milliseconds. */
    readonly tick: number;
    readonly detail: string;
  }[];
  readonly stuck: readonly number[];
  readonly events: number;
  readonly commits: number;
  readonly delivered: number;
  readonly wallMs: number;
  /** Of the gossip core alone, once healed; and of a push to √n random peers on the same plans. */
  readonly spread: SpreadCount;
  /** How far views went, where the replicas' core was run. */
  readonly views: {
    /** The highest view of any height, counted from 0. */
    readonly highest: number;
    /** VIEW-CHANGEs of honest replicas. */
    readonly changes: number;
    /** Seeds that reached view 3: below it some bugs cannot show. */
    readonly seedsAtThree: number;
  };
  /** One for each seed: the same seed and build give the same. */
  readonly traces: readonly string[];
  readonly open: readonly { readonly seed: number; readonly what: readonly string[] }[];
  readonly planted?: readonly Caught[];
}

export function report(
  { layer, firstSeed }: Arguments,
  results: readonly SeedResult[],
  planted: readonly Caught[] | null,
  wallMs: number,
): Report {
  const sum = (value: (one: SeedResult) => number): number =>
    results.reduce((total, one) => total + value(one), 0);
  const stuck = results.filter((one) => one.stuck.length > 0);
  return {
    layer,
    seeds: results.length,
    firstSeed,
    families: results.filter((one) => one.hasFamily).length,
    violations: results.flatMap(({ seed, violations }) =>
      violations.map((one) => ({ seed, ...one })),
    ),
    stuck: stuck.map((one) => one.seed),
    events: sum((one) => one.events),
    commits: sum((one) => one.commits),
    delivered: sum((one) => one.delivered),
    wallMs,
    views: {
      highest: Math.max(0, ...results.map((one) => one.views?.highestView ?? 0)),
      changes: sum((one) => one.views?.viewChanges ?? 0),
      seedsAtThree: results.filter((one) => (one.views?.highestView ?? 0) >= 3).length,
    },
    spread: {
      expected: sum((one) => one.spread?.expected ?? 0),
      delivered: sum((one) => one.spread?.delivered ?? 0),
      inGroup: sum((one) => one.spread?.inGroup ?? 0),
      carrying: sum((one) => one.spread?.carrying ?? 0),
      rootExpected: sum((one) => one.spread?.rootExpected ?? 0),
      rootDelivered: sum((one) => one.spread?.rootDelivered ?? 0),
    },
    traces: results.map((one) => one.trace),
    open: stuck.map((one) => ({ seed: one.seed, what: one.stuck })),
    ...(planted === null ? {} : { planted }),
  };
}

/** For people; one seed also shows its trace hash. */
export function describe(outcome: Report): string {
  const { layer, seeds, firstSeed, families, events, wallMs, views } = outcome;
  const perSecond = Math.round((events * 1000) / Math.max(1, wallMs));
  const lines = [
    `layer ${layer}, ${seeds} seeds from ${firstSeed}, ${families} with a whole family`,
    row("events", `${events} (${perSecond} a second)`),
    row("blocks", String(outcome.commits)),
    row("delivered", String(outcome.delivered)),
    row("spread", describeSpread(outcome.spread)),
    row(
      "views",
      `highest ${views.highest}, ${views.changes} changes, ${views.seedsAtThree} seeds at 3 or above`,
    ),
    row("broken", String(outcome.violations.length)),
    row("stuck", String(outcome.stuck.length)),
    row("time", `${(wallMs / 1000).toFixed(1)} s`),
    ...(seeds === 1 ? [row("trace", outcome.traces[0] ?? "")] : []),
    ...outcome.violations.map(
      (one) => `  seed ${one.seed}: ${one.rule} at ${one.tick} ms: ${one.detail}`,
    ),
    ...outcome.open.map((one) => `  seed ${one.seed} is stuck: ${one.what.slice(0, 3).join("; ")}`),
    ...(outcome.planted ?? []).map(
      (one) =>
        `  ${one.caught ? `caught in ${one.seeds}` : `NOT CAUGHT in ${one.seeds}`}: ${one.name}`,
    ),
  ];
  return `${lines.join("\n")}\n`;
}

function describeSpread({ expected, delivered, rootExpected, rootDelivered }: SpreadCount): string {
  const share = Math.round((1000 * rootDelivered) / Math.max(1, rootExpected)) / 10;
  return `${delivered} of ${expected} once healed; a push to √n peers alone ${share} %`;
}

/** A scenario for people. */
export function describeScenario({ name, seeds, ...outcome }: ScenarioReport): string {
  const figures = Object.entries(outcome.figures).map(
    ([figure, { median, most }]) => `${figure} ${median}${seeds > 1 ? ` (at most ${most})` : ""}`,
  );
  const isClean = outcome.violations.length + outcome.stuck.length === 0;
  const lines = [
    `${isClean ? "ok" : "BROKEN"} ${name}, ${seeds} seeds: ${figures.join(", ")}`,
    ...[...outcome.violations, ...outcome.stuck].map((one) => `  ${one}`),
  ];
  return `${lines.join("\n")}\n`;
}

function row(name: string, value: string): string {
  return `  ${name.padEnd(10)} ${value}`;
}
