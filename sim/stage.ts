/**
 * Where a named scenario plays: a few replicas without faults of their own, opened, closed, linked
 * and left alone by hand, every message ten milliseconds late. SPEC SI25.
 */
import { createRandom, seedWords, type Random } from "../workers/core/random.ts";
import type { SeedResult } from "./family.ts";
import type { Plant } from "./plant.ts";
import type { ReplicaPlan } from "./replica-faults.ts";
import { createReplicaWorld, type ReplicaWorld } from "./replica-world.ts";
import { createScheduler } from "./scheduler.ts";
import type { Station } from "./station.ts";
import { createTrace } from "./trace.ts";

export const DELAY_MS = 10;

export interface Stage {
  readonly world: ReplicaWorld;
  readonly random: Random;
  readonly at: (index: number) => Station;
  readonly now: () => number;
  readonly open: (...indices: readonly number[]) => void;
  readonly close: (...indices: readonly number[]) => void;
  /** Exactly these hear each other from now on, and tell each other what is in flight. */
  readonly link: (...groups: readonly (readonly number[])[]) => void;
  /** From now on the first does not reach the second. */
  readonly mute: (from: number, to: number) => void;
  /** Time passes; who is open ticks every `stepMs`. */
  readonly pass: (ms: number, stepMs?: number) => void;
  /** A transaction is given to a replica; its id is not needed. */
  readonly ask: (index: number) => void;
  /** Somebody raises the family's rules to this version. */
  readonly raise: (index: number, version: number) => void;
  /** Closed, and opened again as a build that knows the rules up to this version. */
  readonly update: (index: number, rulesKnown: number) => void;
  /** Whether all of these have that height. */
  readonly areAt: (height: number, indices: readonly number[]) => boolean;
}

export interface Scene {
  readonly size: number;
  readonly spares?: number;
  /** Somebody whose disk will lose its log; judged as faulty. */
  readonly rolledBack?: number;
  /** By device: the newest rules that its build knows; those of this build where it is left out. */
  readonly rulesKnown?: readonly number[];
}

export function createStage(
  seed: number,
  scene: Scene,
  plant: Plant | null,
  print: ((line: string) => void) | null,
): Stage & { readonly result: (stuck: readonly string[]) => SeedResult } {
  const [a, b, c, d] = seedWords(seed);
  const random = createRandom([a ^ 79, b, c, d]);
  const scheduler = createScheduler(createRandom([a ^ 80, b, c, d]));
  const trace = createTrace(() => scheduler.now(), print);
  let groups: readonly ReadonlySet<number>[] = [];
  let muted: ReadonlySet<string> = new Set();
  const world = createReplicaWorld({
    plan: planOf(scene),
    plant,
    random,
    scheduler,
    trace,
    isLinked: (from, to) =>
      !muted.has(`${from.index}>${to.index}`) &&
      groups.some((one) => one.has(from.index) && one.has(to.index)),
    delays: () => [DELAY_MS],
  });
  const at = (index: number): Station => {
    const station = world.stations[index];
    if (station === undefined) throw new Error("no such station");
    return station;
  };
  const pass = (ms: number, stepMs = 100): void => {
    for (
      const end = scheduler.now() + ms;
      scheduler.now() < end && world.violations.length === 0;
    ) {
      for (const station of world.stations) world.tick(station, stepMs);
      world.run(scheduler.now() + stepMs);
    }
  };
  for (const [index, version] of (scene.rulesKnown ?? []).entries()) at(index).rulesKnown = version;
  return {
    world,
    random,
    at,
    now: () => scheduler.now(),
    open: (...indices) => {
      for (const one of indices) world.start(at(one));
    },
    close: (...indices) => {
      for (const one of indices) world.close(at(one));
    },
    link: (...next) => {
      groups = next.map((one) => new Set(one));
      muted = new Set();
      for (const station of world.stations) world.speak(station);
    },
    mute: (from, to) => {
      muted = new Set([...muted, `${from}>${to}`]);
    },
    pass,
    ask: (index) => world.take(at(index), world.family.transact(index, world.nowOf(at(index)))),
    raise: (index, version) => {
      const transaction = world.family.raiseRules(index, world.nowOf(at(index)), version);
      world.take(at(index), transaction);
    },
    update: (index, rulesKnown) => {
      world.close(at(index));
      at(index).rulesKnown = rulesKnown;
      world.start(at(index));
      world.speak(at(index));
    },
    areAt: (height, indices) => indices.every((one) => at(one).disk.head.state.height >= height),
    result: (stuck) => {
      const { commits, ...views } = world.judge.figures();
      return {
        seed,
        violations: world.violations,
        stuck: world.violations.length > 0 ? [] : stuck,
        events: world.events(),
        commits,
        delivered: 0,
        hasFamily: false,
        trace: trace.digest(),
        views,
      };
    },
  };
}

/** Milliseconds until it is so; null if it never was. */
export function until(stage: Stage, mostMs: number, isSo: () => boolean): number | null {
  const since = stage.now();
  while (!isSo()) {
    if (stage.now() >= since + mostMs || stage.world.violations.length > 0) return null;
    stage.pass(100);
  }
  return stage.now() - since;
}

function planOf({ size, spares = 0, rolledBack = -1 }: Scene): ReplicaPlan {
  return {
    size,
    spares,
    rolledBack,
    setChangeMeanMs: 0,
    liar: -1,
    isTwin: false,
    lossFraction: 0,
    duplicateFraction: 0,
    delayMeanMs: DELAY_MS,
    calmDelayMs: DELAY_MS,
    knowsRoundTrip: true,
    deathMeanMs: 0,
    // Who dies is started by hand.
    downMeanMs: Number.MAX_SAFE_INTEGER,
    partitionMeanMs: 0,
    workMeanMs: 0,
    safetyMs: 0,
    clockOffsetsMs: Array.from({ length: size + spares }, () => 0),
  };
}
