/**
 * What happens to a simulated replica set, drawn from the seed alone: its size, its network, who
 * lies, how often replicas die, for how long, and how often the set falls into groups.
 * SPEC SI21. Source: facts on simulators (fault list), scaled to a set of at most seven.
 */
import type { Random } from "../workers/core/random.ts";

export interface ReplicaPlan {
  readonly size: number;
  /** Further devices that follow, and may be taken into the set. */
  readonly spares: number;
  /** Between two changes of the set, on average; 0: never. */
  readonly setChangeMeanMs: number;
  /** Index of the liar, -1 for none; only where the set survives one. */
  readonly liar: number;
  /** The liar runs twice with one key, each half of it talking to others as it likes. */
  readonly isTwin: boolean;
  /** Index of who starts from a disk without its latest log, -1 for none; in the place of a liar. */
  readonly rolledBack: number;
  readonly lossFraction: number;
  readonly duplicateFraction: number;
  readonly delayMeanMs: number;
  /** After the faults, for every message. With `knowsRoundTrip` no view ends before it can. */
  readonly calmDelayMs: number;
  readonly knowsRoundTrip: boolean;
  /** Between two deaths, on average; deaths come at any step of the shell. */
  readonly deathMeanMs: number;
  readonly downMeanMs: number;
  /** Between two changes of who can talk to whom; 0: never. */
  readonly partitionMeanMs: number;
  readonly workMeanMs: number;
  readonly safetyMs: number;
  /** By how much each replica's wall clock is off, milliseconds. */
  readonly clockOffsetsMs: readonly number[];
}

const SIZES = [1, 3, 3, 4, 4, 4, 5, 7];
const MINUTE_MS = 60_000;

/** Draws the plan; what is `asked` for stands, and the rest is drawn to fit it. */
export function drawReplicaPlan(random: Random, asked: Partial<ReplicaPlan> = {}): ReplicaPlan {
  const drawn = SIZES[random.below(SIZES.length)] ?? 1;
  const size = asked.size ?? drawn;
  const fault = random.below(4);
  const who = random.below(size);
  const isRough = random.below(3) === 0;
  // Slow for its timers: views pass before anything can be decided in them.
  const isSlow = random.below(4) === 0;
  const plan = {
    size,
    spares: random.below(3),
    setChangeMeanMs: random.below(2) === 0 ? 0 : 2_000 + random.below(10_000),
    liar: size >= 4 && fault < 2 ? who : -1,
    rolledBack: size >= 4 && fault === 2 ? who : -1,
    isTwin: random.below(2) === 0,
    lossFraction: random.fraction() * (isRough ? 0.5 : 0.2),
    duplicateFraction: random.fraction() * 0.5,
    delayMeanMs: 5 + random.below(isRough ? 1_500 : 200),
    calmDelayMs: isSlow ? 400 + random.below(500) : 10,
    knowsRoundTrip: !isSlow,
    deathMeanMs: random.below(4) === 0 ? 0 : 1_000 + random.below(8_000),
    downMeanMs: 100 + random.below(12_000),
    partitionMeanMs: random.below(3) === 0 ? 0 : 2_000 + random.below(10_000),
    workMeanMs: 200 + random.below(4_000),
    safetyMs: 20_000 + random.below(40_000),
    clockOffsetsMs: Array.from({ length: size }, () =>
      random.below(3) === 0 ? random.below(20 * MINUTE_MS) - 10 * MINUTE_MS : 0,
    ),
  };
  return { ...plan, ...asked };
}

/** Groups of stations that hear each other: any split, now and then with one station in two of them. */
export function drawGroups(random: Random, stations: number): readonly ReadonlySet<number>[] {
  const parts = 1 + random.below(3);
  const groups = Array.from({ length: parts }, () => new Set<number>());
  for (let station = 0; station < stations; station += 1) {
    groups[random.below(parts)]?.add(station);
    // A bridge hears both sides, who do not hear each other.
    if (random.below(8) === 0) groups[random.below(parts)]?.add(station);
  }
  return groups;
}
