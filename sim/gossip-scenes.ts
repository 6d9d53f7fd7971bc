/**
 * Scenarios of gossip by name, on the cores of the spread world with its judges: what families get into,
 * each told from the first message to the end, where all have all and say the same of it. SPEC SI36.
 */
import { cutsOf } from "../workers/core/gossip/cuts.ts";
import { streamKey } from "../workers/core/gossip/header.ts";
import { encodeRegister } from "../workers/core/gossip/register.ts";
import { toHex } from "../workers/core/codec/ids.ts";
import type { SeedResult } from "./family.ts";
import { judgeAgreement, missing, some, undelivered } from "./spread-end.ts";
import type { SpreadFamilyOptions } from "./spread-family.ts";
import { idOf } from "./spread-frames.ts";
import { watchSpread, type SpreadJudge } from "./spread-judge.ts";
import type { Mote, Published, Spread } from "./spread-parts.ts";
import { JOIN_GROUP, joinInEveryOrder } from "./join-scene.ts";
import { placeInPartition } from "./place-scene.ts";
import { createTruth, type Truth } from "./spread-truth.ts";
import { createSpread, weave } from "./spread-world.ts";

export interface SpreadPlayed extends SeedResult {
  readonly figures: Readonly<Record<string, number>>;
}

export interface Stage {
  readonly spread: Spread;
  readonly truth: Truth;
  readonly judge: SpreadJudge;
  readonly mote: (index: number) => Mote;
  /** Writes one; null: the device's own core does not let it. */
  readonly write: (by: number, to: number) => Published | null;
  readonly pass: (ms: number) => void;
  /** All of these are linked to each other, and to nobody else. */
  readonly link: (...groups: readonly (readonly number[])[]) => void;
  /** Everybody has the newest state of the ledger. */
  readonly advance: (...indexes: readonly number[]) => void;
  /** What a device says of an entry. */
  readonly wordOf: (index: number, entry: Published) => string;
}

/** What is not as it should be in the end, and some numbers. */
export interface SceneEnd {
  readonly stuck: readonly string[];
  readonly figures: Readonly<Record<string, number>>;
}

interface Scene {
  readonly size: number;
  readonly family?: SpreadFamilyOptions;
  readonly play: (stage: Stage, seed: number) => SceneEnd;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
export const ORDERS = 24;
const EVERYBODY = [0, 1, 2, 3, 4];
/** From five minutes after the start of the simulation, 9 o'clock, for ten hours. */
const QUIET = { days: 127, from: 545, to: 1_145 };
/** A number grows by a byte now and then; a gap costs several. */
const GROWTH_BYTES_MAX = 40;

export const GOSSIP_SCENARIOS = {
  "a-mute-in-every-order": scenario(ORDERS, { size: 6, play: muteInEveryOrder }),
  "a-join-in-every-order": scenario(ORDERS, {
    size: 6,
    family: { group: JOIN_GROUP },
    play: joinInEveryOrder,
  }),
  "a-lost-phone-and-a-new-one": scenario(4, { size: 5, family: { lastIsOf: 1 }, play: lostPhone }),
  "a-clock-frozen-before-quiet-hours": scenario(4, {
    size: 5,
    family: { child: { index: 1, quiet: QUIET } },
    play: frozenClock,
  }),
  "a-clock-a-day-ahead": scenario(4, { size: 5, play: dayAhead }),
  "a-day-in-two-groups": scenario(4, { size: 5, play: partition }),
  "place-in-a-partition": scenario(4, { size: 5, play: placeInPartition }),
} as const;

function scenario(
  seeds: number,
  scene: Scene,
): { readonly seeds: number; readonly playSpread: (seed: number) => SpreadPlayed } {
  return { seeds, playSpread: (seed) => playScene(seed, scene) };
}

function playScene(seed: number, { size, family, play }: Scene): SpreadPlayed {
  const shared = {
    seed,
    size,
    strategy: "ours" as const,
    degree: size,
    delayMs: 20,
    bodyBytes: 80,
  };
  const spread = createSpread({ ...shared, lossFraction: 0, ...(family ? { family } : {}) });
  const truth = createTruth(spread.family);
  const judge = watchSpread(spread, truth);
  const stage = stageOf(spread, truth, judge);
  const { stuck, figures } = play(stage, seed);
  judgeAgreement(spread, truth, judge);
  const open = [...stuck, ...missing(spread, truth), ...undelivered(spread, truth, judge)];
  return {
    seed,
    violations: spread.violations.map((detail) => ({
      rule: detail.slice(0, 2),
      tick: Math.round(spread.scheduler.now()),
      detail: detail.slice(3),
    })),
    stuck: some(open),
    events: Object.values(spread.figures().frames).reduce((sum, one) => sum + one, 0),
    commits: 0,
    delivered: spread.figures().delivered,
    hasFamily: false,
    trace: spread.digest(),
    figures,
  };
}

function stageOf(spread: Spread, truth: Truth, judge: SpreadJudge): Stage {
  const mote = (index: number): Mote => {
    const found = spread.motes[index];
    if (found === undefined) throw new Error(`no device ${index}`);
    return found;
  };
  return {
    spread,
    truth,
    judge,
    mote,
    write: (by, to) => {
      const isWritten = spread.publish(mote(by), to);
      return isWritten ? (spread.published.at(-1) ?? null) : null;
    },
    pass: (ms) => spread.run(spread.scheduler.now() + ms),
    link: (...groups) => {
      const groupOf = (one: Mote): number => groups.findIndex((group) => group.includes(one.index));
      for (const a of spread.motes) {
        for (const b of a.links) if (groupOf(a) < 0 || groupOf(a) !== groupOf(b)) spread.cut(a, b);
      }
      for (const group of groups) {
        for (const a of group) for (const b of group) if (a < b) spread.link(mote(a), mote(b));
      }
    },
    advance: (...indexes) => {
      for (const index of indexes) spread.advance(mote(index), spread.family.height());
    },
    wordOf: (index, { entry }) => {
      const { author, stream, seq } = entry.header;
      const known = mote(index).core.streams.get(streamKey(author, stream))?.known.get(seq);
      if (known === undefined) return "nothing";
      return known.verdict.type === "refused" ? known.verdict.rule : known.verdict.type;
    },
  };
}

/**
 * Five devices hear of two messages below a mute's cut, one beyond it and the mute itself in an order of
 * their own; over 24 seeds each of them in every order. A newcomer knows the ledger by a snapshot alone.
 */
function muteInEveryOrder(stage: Stage, seed: number): ReturnType<Scene["play"]> {
  const { spread, truth, mote, write, pass, link, advance, wordOf } = stage;
  const [muted, newcomer] = [mote(1), mote(5)];
  const said = [write(1, 2), write(1, 2)];
  for (const one of said) if (one !== null) give(spread, 0, muted, one);
  const [person] = spread.family.people.slice(1, 2);
  if (person === undefined) throw new Error("nobody to mute");
  const { device, member } = person;
  const cuts = cutsOf(mote(0).core, [device], { isOnly: true, until: () => null });
  // It has not heard of the mute yet.
  const beyond = write(1, 2);
  spread.family.mute(1, cuts, spread.wall(mote(0)));
  truth.rule({ what: "mute", height: 1, device: muted.name, member: toHex(member), cuts });
  const entries = [...said, beyond].flatMap((one) => one ?? []);
  for (const index of [0, 2, 3, 4]) {
    for (const at of orderOf((seed + index * 5) % ORDERS)) {
      const entry = entries[at];
      if (entry === undefined) advance(index);
      else give(spread, index, muted, entry);
    }
  }
  advance(1);
  spread.family.pass();
  advance(...EVERYBODY);
  newcomer.height = spread.family.height();
  newcomer.snapshotAt = newcomer.height;
  link([...EVERYBODY, 5]);
  pass(20 * SECOND_MS);
  const words = new Set(
    [...EVERYBODY, 5].map((index) => entries.map((one) => wordOf(index, one)).join()),
  );
  // Nobody is throttled for what was refused.
  const later = [0, 2, 3, 4, 5].map((index) => write(index, (index + 2) % 5));
  pass(10 * SECOND_MS);
  const isFree = later.every((one) => one !== null);
  const right = "accepted,accepted,denied";
  return {
    stuck: [
      ...([...words].join(";") === right ? [] : [`they say ${[...words].join("; ")}`]),
      ...(isFree ? [] : ["somebody may not write"]),
    ],
    figures: { words: words.size },
  };
}

/** A phone is lost, revoked at what is known of it, and speaks on; its member has a new one. */
function lostPhone(stage: Stage, seed: number): ReturnType<Scene["play"]> {
  const { spread, truth, mote, write, pass, link, advance, wordOf } = stage;
  link([0, 1, 2, 3]);
  const before = Array.from({ length: 10 }, () => write(1, 2));
  pass(5 * SECOND_MS);
  const toIt = write(2, 1);
  link([0, 2, 3], [1]);
  // Whoever found it writes on, before the family knows and after.
  const found = [write(1, 2), write(1, 3)];
  const [person] = spread.family.people.slice(1, 2);
  if (person === undefined) throw new Error("nobody lost a phone");
  const { device, member } = person;
  const cuts = cutsOf(mote(0).core, [device], { isOnly: true, until: () => null });
  spread.family.revoke(1, cuts);
  truth.rule({ what: "revoke", height: 1, device: mote(1).name, member: toHex(member), cuts });
  spread.family.registerLast(spread.wall(mote(0)));
  advance(0, 2, 3, 4);
  if (seed % 2 === 0) spread.jump(DAY_MS);
  link([0, 2, 3, 4]);
  pass(20 * SECOND_MS);
  // The keys of what came before are one message to the new device.
  const isRefilled = spread.publish(mote(2), 4, "refill");
  const refill = spread.published.at(-1);
  pass(5 * SECOND_MS);
  link([0, 1, 2, 3, 4]);
  found.push(write(1, 2));
  advance(1);
  pass(30 * SECOND_MS);
  const own = before.flatMap((one) => one ?? []).filter((one) => wordOf(4, one) === "accepted");
  const stolen = found.flatMap((one) => one ?? []);
  const believed = stolen.filter((one) =>
    [0, 2, 3, 4].some((at) => wordOf(at, one) === "accepted"),
  );
  const isOpened = refill !== undefined && isRefilled && wordOf(4, refill) === "accepted";
  return {
    stuck: [
      ...(own.length === 10 ? [] : [`the new phone has ${own.length} of 10`]),
      ...(toIt !== null && wordOf(4, toIt) === "accepted"
        ? []
        : ["it lacks what came for the old"]),
      ...(isOpened ? [] : ["it has no refill"]),
      ...(believed.length === 0 ? [] : ["what the finder wrote is believed"]),
      ...(stolen.length >= 2 ? [] : ["the finder wrote nothing"]),
    ],
    figures: { own: own.length, refused: stolen.length },
  };
}

/** A child's clock stands still before its quiet hours: all say the same, and nobody is throttled. */
function frozenClock({ spread, truth, ...stage }: Stage): ReturnType<Scene["play"]> {
  const { mote, write, pass, link, wordOf } = stage;
  const child = mote(1);
  link(EVERYBODY);
  pass(5 * SECOND_MS);
  child.frozenAt = spread.wall(child);
  pass(6 * MINUTE_MS);
  // By its own clock quiet hours have not begun (LIMITS: nobody checks it against registers yet).
  const dated = [write(1, 2), write(1, 3), write(1, 4)];
  pass(10 * SECOND_MS);
  child.frozenAt = null;
  const quiet = write(1, 2);
  if (quiet !== null) truth.note(idOf(quiet.entry), "quiet-hours");
  // The word is noted after it was said: what was judged until now is judged anew.
  spread.violations.length = 0;
  pass(10 * SECOND_MS);
  const toGuardian = write(1, 0);
  spread.jump(11 * HOUR_MS);
  pass(10 * SECOND_MS);
  const later = write(1, 2);
  pass(10 * SECOND_MS);
  const words = (one: Published | null): string =>
    [...new Set(EVERYBODY.map((index) => (one === null ? "unsaid" : wordOf(index, one))))].join();
  const expected = [...dated, toGuardian, later].every((one) => words(one) === "accepted");
  return {
    stuck: [
      ...(expected ? [] : [[...dated, toGuardian, later].map((one) => words(one)).join("; ")]),
      ...(words(quiet) === "quiet-hours" ? [] : [`in quiet hours: ${words(quiet)}`]),
    ],
    figures: { dated: dated.length },
  };
}

/** What was written by a clock a day ahead waits, its author too; nobody is dragged along. */
function dayAhead({ spread, ...stage }: Stage): ReturnType<Scene["play"]> {
  const { mote, write, pass, link, wordOf } = stage;
  const early = mote(1);
  link(EVERYBODY);
  pass(5 * SECOND_MS);
  early.skewMs = 23 * HOUR_MS;
  const ahead = [write(1, 2), write(1, 3)];
  pass(10 * SECOND_MS);
  const taken = ahead.filter((one) => one !== null && wordOf(2, one) !== "nothing").length;
  early.skewMs = 0;
  const atOnce = write(1, 2);
  const others = [write(2, 1), write(3, 1)];
  pass(10 * SECOND_MS);
  const drag = Math.max(
    ...[0, 2, 3, 4].map((at) => mote(at).core.clock.ms - spread.wall(mote(at))),
  );
  let hours = 0;
  while (write(1, 2) === null && hours < 30) {
    spread.jump(HOUR_MS);
    pass(5 * SECOND_MS);
    hours += 1;
  }
  pass(20 * SECOND_MS);
  const all = [...ahead, ...others];
  const isShown = all.every((one) => one !== null && wordOf(4, one) === "accepted");
  return {
    stuck: [
      ...(taken === 0 ? [] : ["what is dated ahead is taken at once"]),
      ...(atOnce === null ? [] : ["a clock that fell back a day writes"]),
      ...(drag <= MINUTE_MS ? [] : [`others are dragged ${drag} ms`]),
      ...(hours <= 23 ? [] : [`it writes after ${hours} hours`]),
      ...(isShown ? [] : ["not all is shown"]),
    ],
    figures: { hours },
  };
}

/**
 * Two groups for a day, with loss: what is ephemeral is over by then and nobody asks for it, and the
 * bytes of gaps in registers go as they came.
 */
function partition({ spread, ...stage }: Stage): ReturnType<Scene["play"]> {
  const { mote, write, pass, link } = stage;
  const bytes = (): number => {
    const own = mote(0).core.registers.get(mote(0).name)?.register;
    return own === undefined ? 0 : encodeRegister(own, spread.family.view.head.devices).length;
  };
  const acted = new Set<string>();
  spread.watches.push({
    stepped: (at, _input, ready) => {
      for (const { header } of ready.ephemeral) acted.add(`${at.index} ${header.clock.ms}`);
    },
  });
  link(EVERYBODY);
  const talk = (rounds: number): void => {
    for (let round = 0; round < rounds; round += 1) {
      for (const index of EVERYBODY) {
        write(index, (index + 1) % 5);
        spread.publish(mote(index), (index + 1) % 5, "presence");
      }
      pass(2 * SECOND_MS);
    }
  };
  talk(5);
  pass(10 * SECOND_MS);
  const baseline = bytes();
  link([0, 1], [2, 3, 4]);
  spread.setLoss(0.5);
  let parted = 0;
  for (let hour = 0; hour < 24; hour += 1) {
    talk(1);
    parted = Math.max(parted, bytes());
    spread.jump(HOUR_MS);
  }
  const actedBefore = acted.size;
  spread.setLoss(0);
  link(EVERYBODY);
  weave(spread, 5);
  pass(60 * SECOND_MS);
  const healed = bytes();
  const vectors = mote(0).core.registers.get(mote(0).name)?.register.vector ?? [];
  const isPlain = vectors.every(({ had, stream }) => had.length === 1 && stream % 2 === 0);
  return {
    stuck: [
      ...(healed <= baseline + GROWTH_BYTES_MAX ? [] : [`${healed} bytes, ${baseline} before`]),
      ...(isPlain ? [] : ["gaps are left"]),
      ...(acted.size === actedBefore ? [] : ["something ephemeral came a day late"]),
    ],
    figures: { baseline, parted, healed },
  };
}

/** An entry by hand, as from its author. */
export function give(spread: Spread, to: number, from: Mote, { entry }: Published): void {
  const [mote] = spread.motes.slice(to, to + 1);
  if (mote !== undefined) spread.feed(mote, { type: "entry", entry, from: from.name });
}

/** One of the 24 orders of four things; 3 is the mute. */
export function orderOf(number: number): readonly number[] {
  const left = [0, 1, 2, 3];
  const order: number[] = [];
  let rest = number;
  for (let size = 4; size > 0; size -= 1) {
    order.push(...left.splice(rest % size, 1));
    rest = Math.floor(rest / size);
  }
  return order;
}
