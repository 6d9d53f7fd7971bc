/**
 * One seed of several replicas of the consensus core over a network that loses, doubles, reorders,
 * delays and falls into groups, with deaths between signing, logging, sending and applying, wrong
 * clocks, changes of the set, and one that is faulty where n allows for it: a liar, twins with one
 * key, or a disk that lost its log. A phase with faults in which nothing may break, then all heal and
 * everything that can be done must be done although the liar goes on. SPEC SI16, SI21.
 */
import { createRandom, seedWords, type Random } from "../workers/core/random.ts";
import { EPOCH_MS } from "./device-clock.ts";
import type { SeedResult } from "./family.ts";
import type { Plant } from "./plant.ts";
import { drawGroups, drawReplicaPlan } from "./replica-faults.ts";
import { lie } from "./replica-liar.ts";
import { createReplicaWorld } from "./replica-world.ts";
import { createScheduler } from "./scheduler.ts";
import type { Station } from "./station.ts";
import { createTrace } from "./trace.ts";

const LIVENESS_MS = 120_000;
const IDLE_MS = 3_000;
const STATUS_EVERY_MS = 1_000;
const TICK_MS = 100;

export interface ReplicasOptions {
  readonly plant: Plant | null;
  readonly print: ((line: string) => void) | null;
}

export function runReplicas(seed: number, { plant, print }: ReplicasOptions): SeedResult {
  const [a, b, c, d] = seedWords(seed);
  const random: Random = createRandom([a ^ 77, b, c, d]);
  const scheduler = createScheduler(createRandom([a ^ 78, b, c, d]));
  const trace = createTrace(() => scheduler.now(), print);
  const plan = drawReplicaPlan(random, plant?.replicaPlan);
  const { liar } = plan;
  let isCalm = false;
  let groups: readonly ReadonlySet<number>[] = [];
  const world = createReplicaWorld({
    plan,
    plant,
    random,
    scheduler,
    trace,
    isLinked: (from, to) => {
      const [x, y] = [stations.indexOf(from), stations.indexOf(to)];
      return groups.some((one) => one.has(x) && one.has(y));
    },
    delays,
  });
  const { stations, family, judge } = world;
  const everybody = new Set(stations.map((_, at) => at));
  groups = [everybody];

  for (const station of stations) world.start(station);
  repeat(plan.workMeanMs, "transaction", () => {
    const author = random.below(family.members.length);
    const transaction = family.transact(author, Math.floor(EPOCH_MS + scheduler.now()));
    const at = stations[random.below(stations.length)];
    if (at !== undefined) world.take(at, transaction);
  });
  repeat(plan.setChangeMeanMs, "set", changeSet);
  repeat(plan.deathMeanMs, "death", () => {
    const at = stations[random.below(stations.length)];
    if (at !== undefined) at.fuse = random.below(8);
  });
  repeat(plan.partitionMeanMs, "groups", () => {
    groups = random.below(4) === 0 ? [everybody] : drawGroups(random, stations.length);
  });
  every(STATUS_EVERY_MS, "status", () => {
    for (const station of stations) world.speak(station);
  });
  every(TICK_MS, "tick", () => {
    for (const station of stations) world.tick(station, TICK_MS);
  });
  if (liar >= 0) repeat(1_000, "lie", lieSomething);
  if (liar >= 0 || plant?.countsSignatures === true) repeat(4_000, "forge", forge);

  world.run(plan.safetyMs);
  isCalm = true;
  groups = [everybody];
  for (const station of stations) {
    station.fuse = -1;
    world.start(station);
  }
  const calmSince = scheduler.now();
  settle();
  // Nothing to do any more: nobody may ask for a view now. A liar may still come up with old work.
  if (world.violations.length === 0) world.run(scheduler.now() + IDLE_MS);
  settle();
  const { commits, ...views } = judge.figures();
  return {
    seed,
    violations: world.violations,
    stuck: world.violations.length > 0 ? [] : whatIsOpen(),
    events: world.events(),
    commits,
    delivered: 0,
    hasFamily: false,
    trace: trace.digest(),
    views,
  };

  function settle(): void {
    do world.run(scheduler.now() + STATUS_EVERY_MS);
    while (
      world.violations.length === 0 &&
      whatIsOpen().length > 0 &&
      scheduler.now() < calmSince + LIVENESS_MS
    );
  }

  /** A fault: again and again at random times until calm; never where the mean is 0. */
  function repeat(meanMs: number, label: string, happen: () => void): void {
    if (meanMs === 0) return;
    scheduler.after(meanMs * (0.3 + 1.4 * random.fraction()), label, () => {
      if (isCalm) return;
      happen();
      repeat(meanMs, label, happen);
    });
  }

  function every(ms: number, label: string, happen: () => void): void {
    scheduler.after(ms, label, () => {
      happen();
      every(ms, label, happen);
    });
  }

  /** Lost, once or twice, each copy with a delay of its own. */
  function delays(): readonly number[] {
    if (!isCalm && random.fraction() < plan.lossFraction) return [];
    const copies = !isCalm && random.fraction() < plan.duplicateFraction ? 2 : 1;
    const isSteady = isCalm && !plan.knowsRoundTrip;
    const meanMs = isCalm ? plan.calmDelayMs : plan.delayMeanMs;
    return Array.from({ length: copies }, () =>
      isSteady ? meanMs : 1 - Math.log(1 - random.fraction()) * meanMs,
    );
  }

  /** Equal heads and nothing left that a block could hold. */
  function whatIsOpen(): readonly string[] {
    const honest = stations.filter((one) => !isFaulty(one));
    const heights = new Set(honest.map((one) => one.disk.head.state.height));
    const open = heights.size > 1 ? [`heights ${[...heights].join(", ")}`] : [];
    const waiting = honest.filter((one) => world.workOf(one) > 0);
    return [...open, ...waiting.map((one) => `${one.name} has ${world.workOf(one)} pending`)];
  }

  function isFaulty({ index }: Station): boolean {
    return index === liar || index === plan.rolledBack;
  }

  /** Somebody adds spares, takes itself out, or swaps; never so that the set survives nobody faulty. */
  function changeSet(): void {
    const by = stations[random.below(stations.length)];
    if (by === undefined || by.core === null || isFaulty(by)) return;
    const { state, hash } = by.disk.head;
    const isIn = (one: Station): boolean =>
      state.replicas.some((other) => Buffer.compare(other, one.device) === 0);
    const spares = stations.filter((one) => !isIn(one) && !isFaulty(one));
    const added = random.shuffled(spares).slice(0, random.below(3));
    const removed = isIn(by) && random.below(2) === 0 ? [by] : [];
    const size = state.replicas.length + added.length - removed.length;
    const hasFaulty = liar >= 0 || plan.rolledBack >= 0;
    if (added.length + removed.length === 0 || size > 7) return;
    if (size < (hasFaulty ? 4 : 1) || size === 2) return;
    const now = Math.floor(EPOCH_MS + scheduler.now());
    const transaction = family.changeSet(by.index, now, {
      parent: hash,
      added: added.map((one) => one.device),
      removed: removed.map((one) => one.device),
    });
    world.take(by, transaction);
  }

  function lieSomething(): void {
    const from = random.shuffled(stations.filter((one) => one.isLiar && one.core !== null))[0];
    if (from === undefined || from.core === null) return;
    const lies = lie(from, from.core, world.nowOf(from), family.family, random);
    for (const message of lies) world.say(from, message);
  }

  /** A liar signs for a block of its own as often as a certificate has signatures. */
  function forge(): void {
    const from = stations[Math.max(0, liar)];
    const victim = stations[random.below(stations.length)];
    if (from === undefined || victim === undefined || plan.size === 1) return;
    const block = world.checks.forge(from, victim);
    if (block === null) return;
    for (const other of stations) world.give(from, other, block);
  }
}
