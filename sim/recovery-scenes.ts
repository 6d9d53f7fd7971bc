/**
 * Named scenarios of recoveries and snapshots: what happens where the old keepers were only asleep,
 * where words are used twice, where somebody joins at height 200, and what a lying device can make a
 * newcomer believe. SPEC SI25, SI28, SI29. Source: DESIGN §4.10, §4.11.
 */
import { createRecoveryStage, type RecoveryRules } from "./recovery-stage.ts";
import { joinBySnapshot, type Gift, type SnapshotRules } from "./snapshot-stage.ts";
import type { Scene, Stage } from "./stage.ts";

/** Judgements that a planted bug puts in the place of the true ones. */
export interface ScenePlants {
  readonly recovery?: Partial<RecoveryRules>;
  readonly snapshot?: Partial<SnapshotRules>;
}

export interface Played {
  readonly stuck: readonly string[];
  readonly figures?: Readonly<Record<string, number>>;
}

interface RecoveryScenario {
  readonly seeds: number;
  readonly breaks: null;
  readonly scene: (seed: number) => Scene;
  readonly play: (stage: Stage, seed: number, plants: ScenePlants) => Played;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const BLOCKS_A_DAY = 15;

const THREE_AND_A_TABLET: Scene = { size: 3, spares: 1 };
/** 0, 1 and 2 keep the rules; 3 is a device of another parent that is left. */
const [MUM, DAD, GRAN, TABLET] = [0, 1, 2, 3] as const;

export const RECOVERY_SCENARIOS = {
  "recovery-while-the-old-quorum-commits": {
    seeds: 3,
    breaks: null,
    scene: () => THREE_AND_A_TABLET,
    play: (stage, seed, plants) => {
      const recoveries = begin(stage, plants);
      // Mum and Dad sleep apart; the tablet and Gran's phone think them lost.
      stage.link([MUM, DAD], [GRAN, TABLET]);
      recoveries.recover(TABLET);
      recoveries.meet(GRAN, TABLET);
      recoveries.passHours([1, 40, 71][seed % 3] ?? 1);
      stage.ask(MUM);
      stage.pass(5_000);
      const isDecided = stage.areAt(1, [MUM, DAD]);
      stage.link([MUM, DAD, GRAN, TABLET]);
      stage.pass(2_000);
      recoveries.meet(MUM, DAD, GRAN, TABLET);
      recoveries.passHours(80);
      const devices = [MUM, DAD, GRAN, TABLET];
      return {
        stuck: [
          ...(isDecided ? [] : ["Mum and Dad decide nothing"]),
          ...(stage.areAt(1, devices) ? [] : ["the block did not come to everybody"]),
          ...devices.flatMap((one) =>
            recoveries.knownTo(one) > 0 ? [`r${one} still shows a recovery`] : [],
          ),
        ],
      };
    },
  },
  "two-recoveries": {
    seeds: 4,
    breaks: null,
    scene: () => THREE_AND_A_TABLET,
    play: (stage, seed, plants) => {
      const recoveries = begin(stage, plants);
      stage.close(MUM, DAD);
      stage.link([GRAN], [TABLET]);
      const first = recoveries.recover(TABLET);
      recoveries.recover(GRAN);
      // They meet at once, after a day, or an hour before the time of one is over.
      recoveries.passHours([0, 24, 71][seed % 3] ?? 0);
      stage.link([GRAN, TABLET]);
      recoveries.meet(GRAN, TABLET);
      recoveries.passHours(100);
      const isFree = [GRAN, TABLET].every((one) => recoveries.takenBy(one) === null);
      for (const one of [GRAN, TABLET]) recoveries.choose(one, first);
      recoveries.passHours(1);
      const isOne = [GRAN, TABLET].every((one) => recoveries.takenBy(one) === first);
      return {
        stuck: [
          ...(isFree ? [] : ["one was taken by itself"]),
          ...(isOne ? [] : ["what people chose was not taken"]),
        ],
      };
    },
  },
  "recovery-and-a-no": {
    seeds: 2,
    breaks: null,
    scene: () => THREE_AND_A_TABLET,
    play: (stage, seed, plants) => {
      const recoveries = begin(stage, plants);
      stage.close(MUM);
      stage.link([DAD], [GRAN, TABLET]);
      const recovery = recoveries.recover(TABLET);
      recoveries.meet(GRAN, TABLET);
      recoveries.passHours(50);
      // Dad hears of it and says no; the no goes by Gran, or by Dad himself.
      recoveries.meet(DAD, GRAN);
      recoveries.object(DAD, recovery);
      if (seed % 2 === 0) recoveries.meet(DAD, GRAN);
      recoveries.meet(seed % 2 === 0 ? GRAN : DAD, TABLET);
      recoveries.meet(GRAN, TABLET);
      recoveries.passHours(60);
      const isTaken = [DAD, GRAN, TABLET].some((one) => recoveries.takenBy(one) !== null);
      return { stuck: isTaken ? ["it was taken"] : [] };
    },
  },
  "recovery-of-what-is-lost": {
    seeds: 1,
    breaks: null,
    scene: () => THREE_AND_A_TABLET,
    play: (stage, _seed, plants) => {
      const recoveries = begin(stage, plants);
      stage.close(MUM, DAD);
      stage.link([GRAN, TABLET]);
      const recovery = recoveries.recover(TABLET);
      recoveries.meet(GRAN, TABLET);
      recoveries.passHours(71);
      const isEarly = [GRAN, TABLET].some((one) => recoveries.takenBy(one) !== null);
      recoveries.passHours(2);
      const isTaken = [GRAN, TABLET].every((one) => recoveries.takenBy(one) === recovery);
      return {
        stuck: [...(isEarly ? ["too early"] : []), ...(isTaken ? [] : ["never taken"])],
      };
    },
  },
  "join-at-height-200": {
    seeds: 1,
    breaks: null,
    scene: () => ({ size: 1, spares: 1 }),
    play: (stage, _seed, plants) => joining(stage, plants, [], 200),
  },
  "join-beside-a-liar": {
    seeds: 2,
    breaks: null,
    scene: () => ({ size: 1, spares: 1 }),
    play: (stage, seed, plants) =>
      joining(stage, plants, [seed % 2 === 0 ? "another-chain" : "another-state"], 70),
  },
  "snapshot-without-executed-ids": {
    seeds: 1,
    breaks: null,
    scene: () => ({ size: 1, spares: 1 }),
    play: (stage, _seed, plants) => joining(stage, plants, ["nothing-executed"], 70),
  },
} satisfies Readonly<Record<string, RecoveryScenario>>;

function begin(stage: Stage, plants: ScenePlants): ReturnType<typeof createRecoveryStage> {
  stage.open(MUM, DAD, GRAN, TABLET);
  stage.link([MUM, DAD, GRAN, TABLET]);
  stage.pass(2_000);
  return createRecoveryStage(stage, plants.recovery);
}

/** One replica writes blocks; then a newcomer is given a snapshot, by liars first. */
function joining(
  stage: Stage,
  plants: ScenePlants,
  liars: readonly Gift[],
  height: number,
): Played {
  stage.open(0);
  stage.link([0]);
  // A few blocks above the pin as well.
  for (let at = 0; at < height + 5; at += 1) {
    stage.ask(0);
    stage.pass(1_000, 500);
    // One person writes so many in a day (BD1).
    if (at % BLOCKS_A_DAY === 0) stage.pass(DAY_MS, 6 * HOUR_MS);
  }
  const joined = joinBySnapshot(stage, { pinHeight: height, liars, planted: plants.snapshot });
  return {
    stuck: [
      ...(stage.areAt(height + 5, [0]) ? [] : ["no blocks"]),
      ...(joined.isIn ? [] : ["the newcomer is not in"]),
      ...(joined.refused === liars.length ? [] : ["a liar was believed"]),
    ],
    figures: { blocksTaken: joined.blocksTaken, from: joined.from },
  };
}
