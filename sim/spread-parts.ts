/**
 * What the spread world is made of, and what can be put around its cores from outside: a bug, an
 * onlooker, a liar's mouth. The product has no hook for any of them. SPEC SI20, SI32, SI33.
 */
import type { Hex } from "../workers/core/codec/ids.ts";
import type { Draft } from "../workers/core/gossip/composing.ts";
import type { GossipInput } from "../workers/core/gossip/gossip.ts";
import type { GossipReady } from "../workers/core/gossip/ready.ts";
import type { Gossip, VerifiedEntry } from "../workers/core/gossip/state.ts";
import type { Violation } from "../workers/core/gossip/violations.ts";
import type { LedgerView } from "../workers/core/gossip/verdict.ts";
import type { Random } from "../workers/core/random.ts";
import type { Scheduler } from "./scheduler.ts";
import type { SpreadFamily, SpreadFamilyOptions } from "./spread-family.ts";
import type { SpreadFrame } from "./spread-frames.ts";

export type Strategy = "ours" | "root";

export interface SpreadOptions {
  readonly seed: number;
  readonly size: number;
  readonly strategy: Strategy;
  /** Links a device has; the rest of the family is reached over others. Infinity: all are linked. */
  readonly degree: number;
  /** One way, milliseconds: the mean of an exponential distribution above half of it. */
  readonly delayMs: number;
  readonly lossFraction: number;
  readonly bodyBytes: number;
  readonly plant?: SpreadPlant | undefined;
  readonly family?: SpreadFamilyOptions;
}

/** A bug that is put in from outside, around the core of every honest device. */
export interface SpreadPlant {
  /** What the core is given; null: it is given nothing. */
  readonly before?: (input: GossipInput, mote: Mote) => GossipInput | null;
  /** The ledger and the time by which it judges. */
  readonly view?: (view: LedgerView, input: GossipInput) => LedgerView;
  readonly now?: (now: number, input: GossipInput) => number;
  /** What it has become and says. */
  readonly after?: (ready: GossipReady, mote: Mote, input: GossipInput) => GossipReady;
  /** What it would bring before the family as broken rules. */
  readonly reports?: (mote: Mote, spread: Spread) => readonly Violation[];
  /** Before a signature is checked that does not hold. */
  readonly forged?: (entry: VerifiedEntry, mote: Mote) => void;
}

/** Who looks on: told of everything, changes nothing. */
export interface SpreadWatch {
  /** A core took an input, at that view and wall time; before anything of it is done. */
  readonly stepped?: (
    mote: Mote,
    input: GossipInput,
    ready: GossipReady,
    view: LedgerView,
    now: number,
  ) => void;
  readonly sent?: (from: Mote, to: Mote, frame: SpreadFrame) => void;
  readonly came?: (to: Mote, from: Mote, frame: SpreadFrame) => void;
  readonly linked?: (a: Mote, b: Mote) => void;
}

/** What a device that lies sends instead of what its core says. */
export type Alter = (frame: SpreadFrame, to: Mote) => readonly SpreadFrame[];

/** One device. */
export interface Mote {
  readonly index: number;
  readonly name: Hex;
  core: Gossip;
  readonly stored: Map<string, VerifiedEntry>;
  readonly links: Set<Mote>;
  isAwake: boolean;
  /** Milliseconds by which its wall clock is wrong. */
  skewMs: number;
  /** What its wall clock shows all the time; null: it goes. */
  frozenAt: number | null;
  /** Of its ledger; and the lowest that it has whole. */
  height: number;
  snapshotAt: number;
  /** It lies; and says that it has what nobody has. */
  alter: Alter | null;
  claims: boolean;
}

export interface Spread {
  readonly motes: readonly Mote[];
  readonly family: SpreadFamily;
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly link: (a: Mote, b: Mote) => void;
  readonly cut: (a: Mote, b: Mote) => void;
  /** What the first sends to the second no longer arrives; and all ways are open again. */
  readonly block: (from: Mote, to: Mote) => void;
  readonly unblock: () => void;
  /** Writes and spreads an own entry; false: its core does not let it. */
  readonly publish: (
    by: Mote,
    to?: number,
    kind?: "direct" | "refill" | "presence" | "emergency",
  ) => boolean;
  /** The same of what a caller has put together. */
  readonly say: (by: Mote, draft: Draft) => boolean;
  /** Says where it is to everybody else, for so long; null: its core does not let it. */
  readonly place: (by: Mote, ttlSeconds: number) => VerifiedEntry | null;
  readonly run: (untilMs: number) => void;
  /** Everybody's app stands still that long. */
  readonly jump: (ms: number) => void;
  readonly setLoss: (fraction: number) => void;
  readonly setDoubling: (fraction: number) => void;
  /** A frame, whatever the core says: how a liar speaks. */
  readonly send: (from: Mote, to: Hex, frame: SpreadFrame) => void;
  readonly feed: (mote: Mote, input: GossipInput) => void;
  readonly advance: (mote: Mote, height: number) => void;
  readonly wall: (mote: Mote) => number;
  readonly viewOf: (mote: Mote) => LedgerView;
  readonly watches: SpreadWatch[];
  /** Over all that was delivered when: the same seed gives the same. */
  readonly digest: () => string;
  readonly figures: () => SpreadFigures;
  readonly violations: string[];
  readonly published: readonly Published[];
}

export interface Published {
  readonly key: string;
  readonly by: number;
  readonly entry: VerifiedEntry;
}

export interface SpreadFigures {
  /** Entries that came, again and again or not, for each that was to come. */
  readonly copies: number;
  readonly frames: Readonly<Record<SpreadFrame["type"], number>>;
  /** Bytes of all frames for each entry that arrived. */
  readonly bytesPerEntry: number;
  /** From publishing to each device that lacked it, milliseconds. */
  readonly latencies: readonly number[];
  readonly delivered: number;
  readonly expected: number;
}
