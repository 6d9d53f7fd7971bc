/**
 * Named scenarios of two rules versions in one family: some devices were updated to a build that
 * knows version 2, some were not, and a parent raises the rules. With a quorum of updated ones the
 * family goes on and the others wait at the height below; without one the rules stay as they are;
 * nothing forks, and who is updated later catches up. K1 is judged throughout. SPEC SI25, SI30, LV1, LV2.
 * Source: DESIGN §4.2.
 */
import type { Played } from "./recovery-scenes.ts";
import { until, type Scene, type Stage } from "./stage.ts";

interface VersionScenario {
  readonly seeds: number;
  readonly breaks: null;
  readonly scene: (seed: number) => Scene;
  readonly play: (stage: Stage, seed: number) => Played;
}

const [OLD, NEW] = [1, 2] as const;
const MINUTE_MS = 60_000;
const QUIET_MS = 10 * MINUTE_MS;

/** Who is not updated, of three and of four: one of them, the first primary among these. */
const FEW_OLD = [
  { size: 3, old: [0] },
  { size: 3, old: [1] },
  { size: 3, old: [2] },
  { size: 4, old: [0] },
  { size: 4, old: [1] },
  { size: 4, old: [3] },
] as const;

/** Too many are not: fewer than a quorum know the new rules. */
const MANY_OLD = [
  { size: 3, old: [0, 1] },
  { size: 3, old: [1, 2] },
  { size: 4, old: [0, 1] },
  { size: 4, old: [1, 2] },
  { size: 4, old: [2, 3] },
  { size: 4, old: [0, 2, 3] },
] as const;

type Cast = (typeof FEW_OLD)[number] | (typeof MANY_OLD)[number];

export const VERSION_SCENARIOS = {
  "rules-raised-by-a-quorum": {
    seeds: FEW_OLD.length,
    breaks: null,
    scene: (seed) => sceneOf(castOf(FEW_OLD, seed)),
    play: (stage, seed) => {
      const { everybody, old, updated } = begin(stage, castOf(FEW_OLD, seed));
      const [author = 0] = updated;
      stage.raise(author, NEW);
      const tookMs = until(stage, MINUTE_MS, () => areUnder(stage, NEW, updated));
      // The family goes on without who does not know the rules, and who is not updated stays below.
      stage.ask(author);
      const nextMs = until(stage, MINUTE_MS, () => stage.areAt(2, updated));
      const areWaiting = old.every((one) => heightOf(stage, one) === 0);
      for (const one of old) stage.update(one, NEW);
      const caughtUpMs = until(stage, MINUTE_MS, () => {
        // It says where it stands again: blocks that came out of order are not kept here.
        stage.link(everybody);
        return stage.areAt(2, everybody);
      });
      stage.ask(old[0] ?? 0);
      const lastMs = until(stage, MINUTE_MS, () => stage.areAt(3, everybody));
      return {
        stuck: [
          ...(tookMs === null ? ["the rules were not raised"] : []),
          ...(nextMs === null ? ["nothing more under the new rules"] : []),
          ...(areWaiting ? [] : ["who was not updated went on"]),
          ...(caughtUpMs === null ? ["who was updated did not catch up"] : []),
          ...(lastMs === null ? ["nothing of who was updated late"] : []),
        ],
        figures: { tookMs: tookMs ?? -1, nextMs: nextMs ?? -1, caughtUpMs: caughtUpMs ?? -1 },
      };
    },
  },
  "rules-raised-without-a-quorum": {
    seeds: MANY_OLD.length,
    breaks: null,
    scene: (seed) => sceneOf(castOf(MANY_OLD, seed)),
    play: (stage, seed) => {
      const { everybody, old, updated } = begin(stage, castOf(MANY_OLD, seed));
      stage.raise(updated[0] ?? 0, NEW);
      stage.pass(QUIET_MS);
      const isRaised = everybody.some((one) => versionOf(stage, one) !== OLD);
      const before = Math.max(...everybody.map((one) => heightOf(stage, one)));
      // What both builds know goes on meanwhile.
      stage.ask(old[0] ?? 0);
      const otherMs = until(stage, QUIET_MS, () => stage.areAt(before + 1, everybody));
      const isStill = everybody.every((one) => versionOf(stage, one) === OLD);
      let tookMs: number | null = null;
      for (const one of old) {
        stage.update(one, NEW);
        const ready = everybody.filter((other) => stage.at(other).rulesKnown === NEW);
        tookMs ??= until(stage, MINUTE_MS, () => areUnder(stage, NEW, ready));
      }
      const allMs = until(stage, MINUTE_MS, () => areUnder(stage, NEW, everybody));
      return {
        stuck: [
          ...(isRaised ? ["the rules were raised without a quorum"] : []),
          ...(otherMs === null ? ["a change that all know did not happen"] : []),
          ...(isStill ? [] : ["it took the new rules along"]),
          ...(allMs === null ? ["the rules were never raised"] : []),
        ],
        figures: { otherMs: otherMs ?? -1, tookMs: tookMs ?? -1 },
      };
    },
  },
} satisfies Readonly<Record<string, VersionScenario>>;

function castOf(casts: readonly Cast[], seed: number): Cast {
  return casts[seed % casts.length] ?? FEW_OLD[0];
}

function sceneOf({ size, old }: Cast): Scene {
  const isOld = (index: number): boolean => old.some((one) => one === index);
  return { size, rulesKnown: Array.from({ length: size }, (_, at) => (isOld(at) ? OLD : NEW)) };
}

/** All are open and linked; who knows which rules. */
function begin(
  stage: Stage,
  { size, old }: Cast,
): Readonly<Record<"everybody" | "old" | "updated", readonly number[]>> {
  const everybody = Array.from({ length: size }, (_, index) => index);
  const updated = everybody.filter((one) => !old.some((other) => other === one));
  stage.open(...everybody);
  stage.link(everybody);
  stage.pass(2_000);
  return { everybody, old, updated };
}

function heightOf(stage: Stage, index: number): number {
  return stage.at(index).disk.head.state.height;
}

function versionOf(stage: Stage, index: number): number {
  return stage.at(index).disk.head.state.rulesVersion;
}

function areUnder(stage: Stage, version: number, indices: readonly number[]): boolean {
  return indices.every((one) => versionOf(stage, one) === version);
}
