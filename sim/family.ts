/**
 * One seed of a whole family: it is founded and grows in quiet, lives through a phase of faults in
 * which nothing wrong may happen (safety), and then, all faults ended, everything that was begun
 * must come to its end within a bounded time (liveness), or the seed is stuck. SPEC SI14 to SI19.
 */
import { isSameBytes } from "../workers/core/codec/cbor.ts";
import { createRandom, seedWords } from "../workers/core/random.ts";
import { createCallJudge } from "./checkers/calls.ts";
import { createRequestJudge } from "./checkers/requests.ts";
import { createChainJudge } from "./checkers/chain.ts";
import { createHygieneJudge, isMember, unsettled, waitsForTime } from "./checkers/convergence.ts";
import { createEntryJudge } from "./checkers/entries.ts";
import { createReceiptJudge } from "./checkers/receipts.ts";
import { createReportJudge } from "./checkers/reports.ts";
import { createScreenJudge } from "./checkers/screens.ts";
import { createTalkJudge } from "./checkers/talks.ts";
import { createVoteJudge } from "./checkers/votes.ts";
import type { Device } from "./device.ts";
import { createLife } from "./life.ts";
import { createPeople, letterOf } from "./people.ts";
import type { Plant } from "./plant.ts";
import { drawPlan, type Layer, type SeedPlan } from "./seed-plan.ts";
import { createTalkers } from "./talkers.ts";
import { createWorld, type Violation, type World } from "./world.ts";

export interface SeedResult {
  readonly seed: number;
  readonly violations: readonly Violation[];
  /** What had not come to its end; empty unless the seed is stuck. */
  readonly stuck: readonly string[];
  readonly events: number;
  readonly commits: number;
  readonly delivered: number;
  readonly trace: string;
  /** Of the replicas' core alone: none in a family's seed. */
  readonly views?: Views;
  /** Of the gossip core alone, once healed; and of a push to √n random peers on the same plan. */
  readonly spread?: SpreadCount;
  /** A whole family was run, too. */
  readonly hasFamily: boolean;
}

/** Messages for honest devices, and how many came. */
export interface SpreadCount {
  readonly expected: number;
  readonly delivered: number;
  /** Messages in a group; and those of them that carried who came into it. */
  readonly inGroup: number;
  readonly carrying: number;
  readonly rootExpected: number;
  readonly rootDelivered: number;
}

export interface Views {
  /** The highest view that an honest replica was in, counted from 0 at each height. */
  readonly highestView: number;
  /** VIEW-CHANGEs that honest replicas made durable. */
  readonly viewChanges: number;
}

export interface SeedOptions {
  readonly layer: Layer;
  readonly isReal: boolean;
  readonly plant: Plant | null;
  /** False: the replicas' core alone. */
  readonly hasFamily?: boolean;
  /** Gets every line of the trace. */
  readonly print: ((line: string) => void) | null;
}

const LOOK_EVERY_MS = 1_000;
const INSPECT_EVERY_MS = 15_000;
const JOINING_MS_MAX = 120_000;
/** After the faults: how long everything may take, looked at every so often. */
const LIVENESS_MS_MAX = 240_000;
const LIVENESS_STEP_MS = 5_000;
/** How long all else has before a day is let pass for what is dated into the future. */
const EARLY_MS = 30_000;
/** A clock a day ahead, and a day of correction on top of it (family-clock.ts). */
const DAYS_AHEAD_MAX = 2;
const DAY_MS = 86_400_000;

export async function runFamily(seed: number, options: SeedOptions): Promise<SeedResult> {
  const drawn = drawPlan(createRandom(seedWords(seed ^ 0x5eed)), options.layer, options.isReal);
  const plan: SeedPlan = { ...drawn, ...options.plant?.plan };
  const world = createWorld({
    seed,
    isReal: plan.isReal,
    plant: options.plant,
    print: options.print,
  });
  const { devices, violate, judges, random, scheduler } = world;
  const people = createPeople(devices, random, violate);
  const chain = createChainJudge(devices, world.verdicts, violate);
  const isActive = (device: Device): boolean => isMember(device, chain.head()?.state);
  const isRevoked = (device: Device): boolean => {
    const key = device.key();
    const known = chain
      .head()
      ?.state.devices.find((one) => key !== null && isSameBytes(one.key, key));
    return known !== undefined && known.revoked !== null;
  };
  const entries = createEntryJudge(chain, world.verdicts, violate);
  const screens = createScreenJudge(devices, () => people, isActive, violate);
  const hygiene = createHygieneJudge(
    devices,
    () => world.network,
    () => scheduler.now(),
    violate,
  );
  const receipts = createReceiptJudge(entries, violate);
  const reports = createReportJudge(
    () => people.defied,
    chain,
    () => scheduler.now(),
    violate,
  );
  const calls = createCallJudge(
    devices,
    () => people.called,
    chain,
    isActive,
    () => scheduler.now(),
    violate,
  );
  const requests = createRequestJudge(
    devices,
    () => people.asked,
    chain,
    isActive,
    () => scheduler.now(),
    violate,
  );
  judges.push(chain, createVoteJudge(violate), entries, receipts, screens, hygiene);
  const talkers = createTalkers(seed, people.memberOf);
  const talks = createTalkJudge(devices, () => talkers.said, people.memberOf, isActive, violate);
  judges.push(reports, calls, requests);

  const look = (): void => {
    scheduler.after(LOOK_EVERY_MS, "people look", async () => {
      await people.look();
      look();
    });
  };
  const inspect = (): void => {
    scheduler.after(INSPECT_EVERY_MS, "judges look", async () => {
      await screens.inspect();
      hygiene.inspect();
      inspect();
    });
  };
  look();
  inspect();

  const founder = world.addDevice("p0");
  await foundAlone(world, founder, () => people.found(founder));
  await grow(world, plan, founder, people);
  const write = async (device: Device): Promise<void> => {
    await people.write(device);
    // The rules' layer has its own cares, and many seeds.
    if (options.layer !== "ledger") await talkers.talk(device);
  };
  const life = createLife(world, { ...people, write }, plan);
  await suffer(world, plan, life.act);
  await world.perform("heal", life.heal);
  const isPutOff = (): boolean =>
    people.joins.some((one) => one.step === "inviting" && one.isPutOff) ||
    world.devices().some((one) => waitsForTime(one));
  const stuck = await settle(world, isPutOff, async () => {
    const open: string[] = [
      ...unsettled(devices(), people, isActive, isRevoked),
      ...reports.open(),
    ];
    if (open.length === 0) open.push(...(await calls.open()), ...(await requests.open()));
    if (open.length === 0) open.push(...(await talks.open()));
    return open.length > 0 ? open : screens.missing();
  });
  if (stuck.length === 0 && world.violations.length === 0) {
    for (const judge of judges) await judge.atEnd?.();
  }
  return {
    seed,
    violations: world.violations,
    stuck: world.violations.length > 0 ? [] : stuck,
    events: world.events(),
    commits: chain.height(),
    delivered: screens.delivered(),
    hasFamily: true,
    trace: world.trace.digest(),
  };
}

/** L2: one replica alone writes its rules down, with no peer, and after a restart too. */
async function foundAlone(
  world: World,
  founder: Device,
  found: () => Promise<void>,
): Promise<void> {
  await world.perform("found", async () => {
    await founder.start();
    await found();
  });
  for (const expected of [1, 3]) {
    await world.perform("alone", async () => {
      const made = await founder.node()?.createInvite({ role: "child", lifetime: "qr" });
      const height = founder.running()?.family.ledger.head()?.state.height ?? -1;
      if (made?.ok !== true || height !== expected) world.violate("L2", `height ${height}`);
      else await founder.node()?.revokeInvite(made.value.invite);
    });
    await world.perform("restart", async () => {
      founder.crash(0);
      await founder.start();
    });
  }
}

async function grow(
  world: World,
  plan: SeedPlan,
  founder: Device,
  people: ReturnType<typeof createPeople>,
): Promise<void> {
  for (const role of plan.roles) {
    await world.perform(`newcomer ${role}`, async () => {
      const newcomer = world.addDevice(`${letterOf(role)}${world.devices().length}`);
      await newcomer.start();
      people.beginJoin({ inviter: founder, newcomer, role, forMember: null });
    });
    const until = world.scheduler.now() + JOINING_MS_MAX;
    while (people.joins.some((one) => one.step !== "done") && world.violations.length === 0) {
      if (world.scheduler.now() > until) {
        world.violate("J2", "a joining in quiet does not end");
        return;
      }
      await world.runUntil(world.scheduler.now() + LOOK_EVERY_MS);
    }
  }
}

async function suffer(world: World, plan: SeedPlan, act: () => Promise<void>): Promise<void> {
  const { network, scheduler, random } = world;
  if (world.violations.length > 0) return;
  network.setFaults(plan.faults);
  const end = scheduler.now() + plan.safetyMs;
  const wait = (meanMs: number): number => -Math.log(1 - random.fraction()) * meanMs;
  const repeat = (label: string, meanMs: number, run: () => void | Promise<void>): void => {
    scheduler.after(wait(meanMs), label, async () => {
      if (scheduler.now() >= end) return;
      await run();
      repeat(label, meanMs, run);
    });
  };
  repeat("act", plan.actionEveryMs, act);
  if (plan.faults.partitionEveryMs > 0) {
    repeat("partition", plan.faults.partitionEveryMs, () => partition(world, plan));
  }
  if (plan.awayDays > 0) {
    await world.runUntil(scheduler.now() + plan.safetyMs / 2);
    if (world.violations.length === 0) {
      await world.perform(`all away for ${plan.awayDays} days`, () => leave(world, plan.awayDays));
    }
    await world.runUntil(scheduler.now() + plan.safetyMs / 2);
    return;
  }
  await world.runUntil(end);
}

/** Two groups, or one device and the rest; one way or both. */
function partition(world: World, plan: SeedPlan): void {
  const { network, scheduler, random } = world;
  const left = new Set(world.devices().filter(() => random.below(2) === 0));
  const isOneWay = random.fraction() < plan.faults.oneWayFraction;
  for (const a of left) {
    for (const b of world.devices()) {
      if (left.has(b)) continue;
      network.block(a.name, b.name);
      if (!isOneWay) network.block(b.name, a.name);
    }
  }
  const length = random.fraction() * 2 * plan.faults.partitionLengthMs;
  scheduler.after(length, "partition ends", () => network.unblockAll());
}

/** Everybody's app is frozen for days: time passes, and whoever wakes finds its timers due. */
async function leave(world: World, days: number): Promise<void> {
  const slept = world.devices().filter((one) => one.isAwake());
  for (const device of slept) device.sleep(true);
  await world.runPastSleep(days * DAY_MS);
  for (const device of slept) device.wake();
}

/** Runs until nothing is open any more; what is still open when time is up. */
async function settle(
  world: World,
  isPutOff: () => boolean,
  open: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  for (let day = 0; day <= DAYS_AHEAD_MAX; day += 1) {
    const since = world.scheduler.now();
    let isEarly = false;
    while (world.scheduler.now() < since + LIVENESS_MS_MAX && world.violations.length === 0) {
      await world.runUntil(world.scheduler.now() + LIVENESS_STEP_MS);
      if ((await open()).length === 0) return [];
      isEarly = isPutOff();
      if (isEarly && world.scheduler.now() > since + EARLY_MS) break;
    }
    if (world.violations.length > 0) return [];
    // What a fast clock dated into the future is parked until then.
    if (!isEarly) break;
    if (day < DAYS_AHEAD_MAX) await world.perform("a day passes", () => leave(world, 1));
  }
  return open();
}
