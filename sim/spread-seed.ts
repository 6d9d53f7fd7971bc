/**
 * One seed of the gossip core on many devices: links that are lost and made, devices that sleep, ways
 * that are closed, frames that do not arrive or arrive twice, clocks that are wrong, days that pass,
 * mutes and revocations, members that lie; then all heals, and everybody must have everything. The
 * same plan is played with a push to √n peers alone, for comparison. SPEC SI32 to SI34.
 */
import { toHex } from "../workers/core/codec/ids.ts";
import { cutsOf } from "../workers/core/gossip/cuts.ts";
import type { Hex } from "../workers/core/codec/ids.ts";
import type { SeedResult, SpreadCount } from "./family.ts";
import {
  honestOf,
  judgeAgreement,
  judgeDisks,
  judgeQuiet,
  missing,
  some,
  torn,
  undelivered,
  unheard,
  waitsForTime,
} from "./spread-end.ts";
import { watchSpread } from "./spread-judge.ts";
import { undated, watchDating } from "./spread-dating.ts";
import { createLiar, type Liar } from "./spread-liar.ts";
import type { Mote, Spread, SpreadPlant, Strategy } from "./spread-parts.ts";
import { drawSpreadPlan, type SpreadPlan } from "./spread-plan.ts";
import { createGroups, drawGroup, type SpreadGroups } from "./spread-groups.ts";
import { watchPlaces, type SpreadPlaces } from "./spread-places.ts";
import { judgeReports } from "./spread-reports.ts";
import { createTruth, type Truth } from "./spread-truth.ts";
import { createSpread, weave } from "./spread-world.ts";

const QUIET_MS = 32_000;
const CALM_MS = 8_000;
const HEALING_MS_MAX = 180_000;
const STEP_MS = 5_000;
const DAY_MS = 86_400_000;
/** Days that may pass for what is dated ahead: one, and the rest of a second. */
const DAYS_AHEAD_MAX = 2;
/** Milliseconds that a block takes to a device that is awake, at most. */
const BLOCK_MS_MAX = 8_000;
const LIE_MS = 1_500;
const LOOK_MS = 2_000;
/** Devices of which each is linked to all. */
const LINKED_SIZE_MAX = 10;
/** Of so many places one is a stop. */
const STOPS_OF = 4;

/** The result, with what came. */
type SpreadResult = SeedResult & { readonly spread: SpreadCount };

export function runSpread(
  seed: number,
  plant?: SpreadPlant,
  changes: Partial<SpreadPlan> = {},
): SpreadResult {
  const plan = { ...drawSpreadPlan(seed), ...changes };
  const spread = build(seed, plan, "ours", plant);
  const truth = createTruth(spread.family);
  const judge = watchSpread(spread, truth);
  const dating = watchDating(spread);
  const places = plan.placeMs > 0 ? watchPlaces(spread, truth) : null;
  const { scheduler, violations } = spread;
  const silenced = createSilence();
  const groups =
    plan.groupMs > 0 ? createGroups(spread, truth, (one, by) => silenced.is(one, by)) : null;
  const liars = spread.motes
    .slice(1, 1 + plan.liars)
    .map((mote) => createLiar(spread, mote, plan.tricks, truth, groups?.staleJoin ?? null));
  suffer(spread, plan, truth, { liars, places, groups, silenced }, () => {
    if (!judge.isAnyGone()) undelivered(spread, truth, judge);
  });
  heal(spread, plan, liars);
  let open = settle(spread, truth);
  for (let day = 0; day < DAYS_AHEAD_MAX && waitsForTime(spread); day += 1) {
    spread.jump(DAY_MS);
    open = settle(spread, truth);
  }
  spread.run(scheduler.now() + CALM_MS);
  // Where all are linked a place goes to each; over others it is not repaired, and said again.
  const isWhole = plan.size <= LINKED_SIZE_MAX && plan.liars === 0;
  if (places !== null && isWhole) violations.push(...places.close());
  judge.count();
  if (plan.isQuietJudged) spread.run(scheduler.now() + QUIET_MS);
  if (open.length === 0) open = undelivered(spread, truth, judge);
  judgeAgreement(spread, truth, judge);
  judgeDisks(spread);
  judgeReports(spread, truth, plant);
  if (plan.isQuietJudged) judgeQuiet(spread, judge, plan.liars);
  const lacking = [...openIn(spread, truth), ...dating.believed()];
  const counted = countOf(spread);
  const { said: inGroup, carried: carrying } = groups?.figures() ?? { said: 0, carried: 0 };
  const talked = { inGroup, carrying };
  return {
    seed,
    violations: firstOfEach(violations).map((detail) => ({
      rule: detail.slice(0, 2),
      tick: Math.round(scheduler.now()),
      detail: detail.slice(3),
    })),
    stuck: some(lacking.length > 0 ? lacking : open),
    events: Object.values(spread.figures().frames).reduce((sum, one) => sum + one, 0),
    commits: 0,
    delivered: spread.figures().delivered,
    hasFamily: false,
    trace: spread.digest(),
    spread: { ...counted, ...talked, ...(plant === undefined ? playRoot(seed, plan) : NO_ROOT) },
  };
}

/** Of each rule the first: the rest follows from it. */
function firstOfEach(violations: readonly string[]): readonly string[] {
  const rules = violations.map((one) => one.slice(0, 2));
  return violations.filter((_, at) => rules.indexOf(rules[at] ?? "") === at);
}

const NO_ROOT = { rootExpected: 0, rootDelivered: 0 };

/** The same faults, and nothing but a push: what has come when they are over. */
function playRoot(seed: number, plan: SpreadPlan): typeof NO_ROOT {
  const spread = build(seed, plan, "root", undefined);
  const nobody: Cast = { liars: [], places: null, groups: null, silenced: createSilence() };
  suffer(spread, plan, createTruth(spread.family), nobody, () => undefined);
  spread.run(spread.scheduler.now() + STEP_MS);
  const { expected, delivered } = countOf(spread);
  return { rootExpected: expected, rootDelivered: delivered };
}

/** Of every published entry whether every honest device has it, or has let it go. */
function countOf(spread: Spread): { readonly expected: number; readonly delivered: number } {
  const honest = honestOf(spread);
  let expected = 0;
  let delivered = 0;
  for (const { key, by, entry } of spread.published) {
    if (spread.motes[by]?.alter !== null) continue;
    for (const mote of honest) {
      if (mote.index === by) continue;
      const isOver = Math.floor(entry.header.clock.ms / DAY_MS) <= mote.core.floorDay;
      if (isOver) continue;
      expected += 1;
      if (mote.stored.has(key)) delivered += 1;
    }
  }
  return { expected, delivered };
}

function build(
  seed: number,
  { size, degree, lossFraction, doubleFraction, groupMs, liars }: SpreadPlan,
  strategy: Strategy,
  plant: SpreadPlant | undefined,
): Spread {
  const shared = { seed, size, strategy, degree, delayMs: 40, bodyBytes: 200 };
  const family = groupMs > 0 ? { family: { group: drawGroup(size, liars) } } : {};
  const spread = createSpread({ ...shared, lossFraction, plant, ...family });
  spread.setDoubling(doubleFraction);
  return spread;
}

/** Who and what else there is in a seed. */
interface Cast {
  readonly liars: readonly Liar[];
  readonly places: SpreadPlaces | null;
  readonly groups: SpreadGroups | null;
  readonly silenced: Silence;
}

/** Who says nothing any more, as soon as it knows of that. */
interface Silence {
  readonly add: (device: Hex, height: number) => void;
  readonly has: (device: Hex) => boolean;
  /** By what another one knows. */
  readonly is: (mote: Mote, by: Mote) => boolean;
}

function createSilence(): Silence {
  const known: { readonly device: Hex; readonly height: number }[] = [];
  return {
    add: (device, height) => known.push({ device, height }),
    has: (device) => known.some((one) => one.device === device),
    is: (mote, by) => known.some((one) => one.device === mote.name && one.height <= by.height),
  };
}

function suffer(
  spread: Spread,
  plan: SpreadPlan,
  truth: Truth,
  { liars, places, groups, silenced }: Cast,
  look: () => void,
): void {
  const { random, motes, scheduler } = spread;
  const end = plan.faultsMs;
  spoilClocks(spread, plan);
  weave(spread, plan.degree);
  const repeat = (meanMs: number, happen: () => void): void => {
    scheduler.after(meanMs * (0.3 + 1.4 * random.fraction()), "fault", () => {
      if (isOver) return;
      happen();
      repeat(meanMs, happen);
    });
  };
  let isOver = false;
  rulings(spread, plan, truth, silenced);
  repeat(plan.messageMs, () => {
    const [by] = random.shuffled(motes.filter((one) => one.isAwake && !silenced.is(one, one)));
    if (by === undefined) return;
    const readers = motes.filter((one) => one !== by && !silenced.is(one, by));
    const to = readers.find((one) => one.index > by.index) ?? readers[0];
    if (to !== undefined) spread.publish(by, to.index);
  });
  if (places !== null) {
    repeat(plan.placeMs, () => {
      const [by] = random.shuffled(motes.filter((one) => one.isAwake && one.alter === null));
      if (by !== undefined) places.say(by, random.below(STOPS_OF) === 0, plan.placeSeconds);
    });
  }
  if (groups !== null) repeat(plan.groupMs, groups.act);
  for (let count = 0; count < plan.calls; count += 1) {
    scheduler.after(end * random.fraction(), "call", () => {
      const [by] = random.shuffled(motes.filter((one) => one.isAwake));
      if (by !== undefined) spread.publish(by, undefined, "emergency");
    });
  }
  repeat(plan.partingMs, () => {
    const [one] = random.shuffled([...motes]);
    const [other] = random.shuffled([...(one?.links ?? [])]);
    if (one !== undefined && other !== undefined) spread.cut(one, other);
  });
  repeat(plan.partingMs / 2, () => {
    const [one, other] = random.shuffled([...motes]);
    const isFull = (mote: Mote | undefined): boolean => (mote?.links.size ?? 0) >= plan.degree;
    if (one !== undefined && other !== undefined && !isFull(one) && !isFull(other)) {
      spread.link(one, other);
    }
  });
  if (plan.arePhones) repeat(2_000, () => openOne(spread, plan, () => isOver));
  else repeat(plan.sleepMs, () => turn(spread, random.shuffled([...motes])[0]));
  for (const liar of liars) repeat(LIE_MS, liar.act);
  repeat(LOOK_MS, look);
  if (plan.arePhones) for (const mote of motes.slice(1)) turn(spread, mote);
  for (let count = 0; count < plan.oneWays; count += 1) {
    const [from, to] = random.shuffled([...motes]);
    if (from !== undefined && to !== undefined) spread.block(from, to);
  }
  spread.run(end / 2);
  if (plan.isParted) part(spread);
  spread.run((end * 3) / 4);
  if (plan.awayDays > 0) spread.jump(plan.awayDays * DAY_MS);
  spread.run(scheduler.now() + end / 4);
  isOver = true;
}

function spoilClocks(spread: Spread, { wrongClocks, skewMs, isOneFrozen }: SpreadPlan): void {
  const { random, motes } = spread;
  for (const mote of motes) {
    if (random.below(10) >= wrongClocks) continue;
    mote.skewMs = Math.round((random.fraction() - 0.5) * 2 * skewMs);
  }
  const [frozen] = random.shuffled([...motes]);
  if (isOneFrozen && frozen !== undefined) frozen.frozenAt = spread.wall(frozen);
}

function turn(spread: Spread, mote: Mote | undefined): void {
  if (mote === undefined) return;
  if (mote.isAwake) for (const other of mote.links) spread.cut(mote, other);
  mote.isAwake = !mote.isAwake;
}

/** One phone is opened for some seconds, among whoever else is open then. */
function openOne(spread: Spread, { degree }: SpreadPlan, isOver: () => boolean): void {
  const { random, motes, scheduler } = spread;
  const [mote] = random.shuffled(motes.filter((one) => !one.isAwake));
  if (mote === undefined) return;
  turn(spread, mote);
  for (const other of motes.filter((one) => one.isAwake).slice(0, degree)) spread.link(mote, other);
  scheduler.after(1_000 + random.below(4_000), "closed", () => {
    if (mote.isAwake && !isOver()) turn(spread, mote);
  });
}

/** Two groups that do not hear each other. */
function part(spread: Spread): void {
  const { random, motes } = spread;
  const left = new Set(motes.filter(() => random.below(2) === 0));
  for (const a of left) {
    for (const b of motes) {
      if (left.has(b)) continue;
      spread.block(a, b);
      spread.block(b, a);
    }
  }
}

/** Blocks of the ledger come at random times; who knows of its own mute says nothing any more. */
function rulings(spread: Spread, plan: SpreadPlan, truth: Truth, silenced: Silence): void {
  const { random, motes, scheduler, family } = spread;
  const [judge] = motes;
  for (let count = 0; count < plan.rulings; count += 1) {
    scheduler.after(plan.faultsMs * random.fraction(), "ruling", () => {
      const mote = motes[1 + random.below(motes.length - 1)];
      const person = family.people[mote?.index ?? 0];
      if (mote === undefined || person === undefined || judge === undefined) return;
      if (silenced.has(mote.name)) return;
      const { device, member } = person;
      const what = random.below(3) === 0 ? "revoke" : "mute";
      // As the node does it: a narrowing names all streams, a revocation its own (DI2).
      const cuts = cutsOf(judge.core, [device], { isOnly: what === "revoke", until: () => null });
      const time = spread.wall(judge);
      if (what === "mute") family.mute(mote.index, cuts, time);
      else family.revoke(mote.index, cuts);
      const height = family.height();
      const asked = what === "mute" ? { asked: { by: judge.name, time } } : {};
      const ruling = { what, height, device: toHex(device), member: toHex(member), cuts } as const;
      truth.rule({ ...ruling, ...asked });
      silenced.add(mote.name, height);
      for (const one of motes) {
        scheduler.after(BLOCK_MS_MAX * random.fraction(), "block", () => {
          if (one.isAwake) spread.advance(one, height);
        });
      }
    });
  }
}

function heal(spread: Spread, { degree }: SpreadPlan, liars: readonly Liar[]): void {
  spread.setLoss(0);
  spread.setDoubling(0);
  spread.unblock();
  for (const liar of liars) liar.calm();
  for (const mote of spread.motes) {
    mote.isAwake = true;
    mote.skewMs = 0;
    mote.frozenAt = null;
    spread.advance(mote, spread.family.height());
  }
  weave(spread, degree);
}

function openIn(spread: Spread, truth: Truth): readonly string[] {
  return [...missing(spread, truth), ...unheard(spread), ...torn(spread), ...undated(spread)];
}

/** Until all have all, or time is up; what is missing then. */
function settle(spread: Spread, truth: Truth): readonly string[] {
  const until = spread.scheduler.now() + HEALING_MS_MAX;
  for (;;) {
    spread.run(spread.scheduler.now() + STEP_MS);
    const open = openIn(spread, truth);
    if (open.length === 0 || spread.scheduler.now() >= until) return open;
  }
}
