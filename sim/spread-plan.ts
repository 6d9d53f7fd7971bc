/** What one seed of the spread world is to be, drawn from the seed alone. SPEC SI32 to SI34, SI47. */
import { createRandom, seedWords, type Random } from "../workers/core/random.ts";
import { PLACE_SECONDS } from "./spread-places.ts";
import { TRICKS, type Trick } from "./spread-liar.ts";

export interface SpreadPlan {
  readonly size: number;
  readonly degree: number;
  readonly lossFraction: number;
  readonly doubleFraction: number;
  /** Virtual milliseconds with faults. */
  readonly faultsMs: number;
  /** Whether a quiet half minute is watched in the end: of two hundred devices it would take long. */
  readonly isQuietJudged: boolean;
  /** Mean milliseconds between two messages of the whole family, two lost links, two that sleep. */
  readonly messageMs: number;
  /** The same between two places of somebody, or stops; 0: nobody says where it is. */
  readonly placeMs: number;
  /** For how long a place matters, seconds. */
  readonly placeSeconds: number;
  /** The same between two things that happen with the family's group; 0: there is none. */
  readonly groupMs: number;
  readonly partingMs: number;
  readonly sleepMs: number;
  /** Phones that are open a twentieth of the time, few together; else all are mostly awake. */
  readonly arePhones: boolean;
  /** Ways that are closed in one direction; two groups that do not hear each other; 0: none. */
  readonly oneWays: number;
  readonly isParted: boolean;
  /** Days that pass for everybody in the middle. */
  readonly awayDays: number;
  /** Of ten devices so many have a clock that is wrong; and by how many milliseconds at most. */
  readonly wrongClocks: number;
  readonly skewMs: number;
  readonly isOneFrozen: boolean;
  /** Mutes and revocations. */
  readonly rulings: number;
  readonly liars: number;
  readonly tricks: readonly Trick[];
  /** Calls for help, of whoever is awake, muted or not. */
  readonly calls: number;
}

const LARGE_EVERY = 25;
/** A place is sealed for all of them. */
const LARGEST_SHARING = 60;
const LARGEST_GROUPED = 40;
const BRIEF_PLACE_SECONDS = 12;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Mostly families, now and then a clan, and in every 25th seed more than sixty devices. */
export function drawSpreadPlan(seed: number): SpreadPlan {
  const random = createRandom(seedWords(seed ^ 0x51ced));
  const isHuge = seed % LARGE_EVERY === 0;
  const isLarge = isHuge || random.below(12) === 0;
  const size = sizeOf(random, isHuge, isLarge);
  const liars = random.below(5) < 3 ? 1 + random.below(Math.min(3, Math.floor((size - 1) / 3))) : 0;
  const isJumping = random.below(3) === 0;
  return {
    size,
    degree: size <= 10 ? Number.POSITIVE_INFINITY : 4 + random.below(3),
    lossFraction: [0, 0.02, 0.1, 0.3][random.below(4)] ?? 0,
    doubleFraction: random.below(2) === 0 ? 0 : random.fraction() * 0.5,
    faultsMs: isHuge ? 8_000 : 40_000,
    isQuietJudged: !isHuge,
    messageMs: (isHuge ? 500 : 200) + random.below(2_000),
    placeMs: drawPlaces(seed, size),
    placeSeconds: drawPlaceSeconds(seed),
    groupMs: drawGroups(seed, size),
    partingMs: isLarge ? 500 : 500 + random.below(8_000),
    sleepMs: 3_000 + random.below(20_000),
    arePhones: !isHuge && random.below(5) === 0,
    oneWays: random.below(3) === 0 ? 1 + random.below(size) : 0,
    isParted: random.below(3) === 0,
    awayDays: isJumping ? ([1, 3, 5, 34, 40][random.below(5)] ?? 1) : 0,
    wrongClocks: random.below(4),
    skewMs:
      random.below(6) === 0 ? DAY_MS - 2 * MINUTE_MS : 1.5 * MINUTE_MS * (1 + random.below(7)),
    isOneFrozen: random.below(6) === 0,
    rulings: random.below(2) === 0 ? 0 : 1 + random.below(3),
    liars,
    tricks: [
      ...random.shuffled(TRICKS.filter((one) => !ADDED.has(one))).slice(0, 2 + random.below(5)),
      ...drawBackdating(seed),
      ...(drawGroups(seed, size) > 0 ? (["join"] as const) : []),
    ],
    calls: random.below(2) === 0 ? 0 : 1 + random.below(5),
  };
}

/** In half of the seeds they are over while people talk, by a generator of its own. */
function drawPlaceSeconds(seed: number): number {
  return createRandom(seedWords(seed ^ 0x5ec5)).below(2) === 0
    ? BRIEF_PLACE_SECONDS
    : PLACE_SECONDS;
}

/** Drawn by generators of their own. */
const ADDED: ReadonlySet<Trick> = new Set<Trick>(["backdate", "join"]);

/** In two of five seeds of families, by a generator of its own: the others are as they were. */
function drawGroups(seed: number, size: number): number {
  const random = createRandom(seedWords(seed ^ 0x6a01));
  if (size > LARGEST_GROUPED || random.below(5) > 1) return 0;
  return 300 + random.below(1_500);
}

/** In a third of the seeds with liars, by a generator of its own: the others are as they were. */
function drawBackdating(seed: number): readonly Trick[] {
  return createRandom(seedWords(seed ^ 0xbac)).below(3) === 0 ? ["backdate"] : [];
}

/** In two of five seeds, by a generator of its own: the others are as they were. */
function drawPlaces(seed: number, size: number): number {
  const random = createRandom(seedWords(seed ^ 0x91ace));
  if (size > LARGEST_SHARING || random.below(5) > 1) return 0;
  return 400 + random.below(3_000);
}

function sizeOf(random: Random, isHuge: boolean, isLarge: boolean): number {
  if (isHuge) return 61 + random.below(140);
  return isLarge ? 20 + random.below(41) : 5 + random.below(10);
}
