/**
 * What the gossip core remembers between steps: streams, the latest register of every device, what
 * is parked, and of each linked peer what was asked. Bodies are the store's. `step` in gossip.ts
 * alone changes it. SPEC GS1..GS2.
 */
import { toHex } from "../codec/ids.ts";
import type { DeviceId, FamilyId, Hex } from "../codec/ids.ts";
import { least } from "../codec/extremes.ts";
import type { LedgerState } from "../ledger/state.ts";
import { createRandom, type Random } from "../random.ts";
import { CLOCK_ZERO, dayOf } from "./clock.ts";
import {
  DURABLE_STREAM,
  EPHEMERAL_STREAM,
  isDurable,
  streamKey,
  type Clock,
  type Entry,
  type Header,
} from "./header.ts";
import { highest, type Intervals } from "./intervals.ts";
import type { StreamRanges } from "./packing.ts";
import type { Comparison } from "./fingerprints.ts";
import {
  coverageIn,
  type Coverage,
  type Lasting,
  type Register,
  type VerifiedRegister,
} from "./register.ts";
import type { Untold } from "./spreading.ts";
import { createStream, type Stream } from "./stream.ts";

declare const verified: unique symbol;
/** An entry whose signature was checked under its author's key; minted by node/verify.ts. */
export interface VerifiedEntry {
  readonly [verified]?: true;
  readonly id: Uint8Array;
  readonly header: Header;
  readonly entry: Entry;
}

/** Numbers of one stream to ask a peer for. */
export type Want = StreamRanges;

export interface Peer {
  /** What was asked and not yet answered. */
  asked: readonly Want[] | null;
  /** When it was asked, or last sent a part of the answer, milliseconds of the wall clock. */
  askedAt: number;
  /** Since when it is the one that is asked, over its questions, until it has nothing more to give. */
  askedSince: number;
  /** The last answer brought nothing: ask again only after its next register. */
  isDry: boolean;
  /** It has once left a question without what was asked for: others are asked for the same. */
  hasFailed: boolean;
  /** Authors whose new entries it wants at once, or does not: it has them sooner from others. */
  readonly wishes: Map<Hex, boolean>;
  /** Authors whose new entries I asked it for, because I am not linked to them. */
  readonly asks: Set<Hex>;
  /** Authors that I asked it to spare me. */
  readonly spares: Set<Hex>;
  /** What it has shown to have since its last register, by stream: sent, said, or sent to it. */
  readonly told: Map<string, Told>;
  /** The last register of mine that it was given since it was linked. */
  given: Register | null;
  /** It is asked by numbers: of the register of mine that it was given it made nothing. */
  isPlain: boolean;
  /** What was asked was said by my register alone. */
  isByRegister: boolean;
  /** Doubts, by stream, number and kind, of which it was given the proof, and when, milliseconds of the wall clock. */
  readonly proven: Map<string, number>;
  /** When it last said which registers it has, milliseconds of the wall clock; null: not yet. */
  listedAt: number | null;
  /** What is compared with it: what both said that they have, by a pair of registers. */
  comparing: Comparison | null;
  /** Since when its words about fingerprints are counted, milliseconds, and how many were answered. */
  comparedAt: number | null;
  comparedCount: number;
}

export interface Told {
  readonly author: DeviceId;
  readonly stream: number;
  readonly had: Intervals;
}

/** A peer that has just been linked. */
export function newPeer(): Peer {
  return {
    asked: null,
    askedAt: 0,
    askedSince: 0,
    isDry: false,
    hasFailed: false,
    wishes: new Map(),
    asks: new Set(),
    spares: new Set(),
    told: new Map(),
    given: null,
    isPlain: false,
    isByRegister: false,
    proven: new Map(),
    listedAt: null,
    comparing: null,
    comparedAt: null,
    comparedCount: 0,
  };
}

export interface Parked {
  readonly entry: VerifiedEntry;
  readonly from: Hex | null;
  readonly why: "height" | "clock";
}

/** The newest place of a device, or what is left of it: nothing older of it comes back. */
export interface HeldPlace {
  readonly author: DeviceId;
  readonly clock: Clock;
  readonly id: Uint8Array;
  /** Who sent it; null where it is mine. */
  readonly from: Hex | null;
  /** Null where it is refused or over, or is known by its clock alone. */
  entry: VerifiedEntry | null;
  /** When one of its device was last acted on, milliseconds of the wall clock. */
  actedAt: number;
  /** It came too soon after the one before it, and waits for its turn. */
  isOwed: boolean;
}

export interface Gossip {
  readonly family: FamilyId;
  readonly me: DeviceId;
  readonly random: Random;
  readonly streams: Map<string, Stream>;
  /** Clock of the latest entry of each ephemeral stream. */
  readonly ephemeral: Map<string, Clock>;
  /** Of each device its newest place, and one that cites a height above the head. */
  readonly places: Map<Hex, HeldPlace>;
  readonly placesAhead: Map<Hex, { readonly entry: VerifiedEntry; readonly from: Hex | null }>;
  readonly registers: Map<Hex, VerifiedRegister>;
  readonly parked: Map<Hex, Parked[]>;
  readonly peers: Map<Hex, Peer>;
  /** What some peers are to be told of in a moment, oldest first. */
  untold: Untold[];
  /** From whom entries and registers came unasked, latest last. */
  readonly ways: Map<string, Set<Hex>>;
  /** When a newer register of a device last came, milliseconds of the wall clock. */
  readonly heardAt: Map<Hex, number>;
  /** When everybody was given my register, milliseconds of the wall clock. */
  roundAt: number;
  /** My latest one went to some peers only. */
  isRoundOwed: boolean;
  /** When a peer was told which registers are here, milliseconds of the wall clock. */
  listedAt: number;
  /** When I last compared fingerprints with a random peer, milliseconds of the wall clock. */
  comparedAt: number;
  /** Entries that this device is a recipient of and cannot open: `stream key/seq`. */
  readonly undecryptable: Set<string>;
  /** My hybrid logical clock: over entries and registers together. */
  clock: Clock;
  /** My streams: the numbers in use, and where each stands. */
  own: { durable: number; ephemeral: number; ephemeralSeq: number };
  /** How far this browser keeps what is stored; the page knows. */
  lasting: Lasting;
  /** Something is had, or so, that my last register does not cover. */
  isDirty: boolean;
  /** Wall clock of my last register, milliseconds. */
  registeredAt: number;
  retentionDays: number;
  /** First UTC day still inside retention; never moves back. */
  floorDay: number;
}

export function createGossip(
  family: FamilyId,
  me: DeviceId,
  seed: readonly [number, number, number, number],
  retentionDays: number,
  now: number,
): Gossip {
  return {
    family,
    me,
    random: createRandom(seed),
    streams: new Map(),
    ephemeral: new Map(),
    places: new Map(),
    placesAhead: new Map(),
    registers: new Map(),
    parked: new Map(),
    peers: new Map(),
    untold: [],
    ways: new Map(),
    heardAt: new Map(),
    roundAt: 0,
    isRoundOwed: false,
    listedAt: now,
    comparedAt: now,
    undecryptable: new Set(),
    clock: CLOCK_ZERO,
    own: { durable: DURABLE_STREAM, ephemeral: EPHEMERAL_STREAM, ephemeralSeq: 0 },
    lasting: "unknown",
    isDirty: true,
    registeredAt: 0,
    retentionDays,
    floorDay: dayOf(now) - retentionDays,
  };
}

/** The stream of an author, created empty when it is not known yet. */
export function streamOf(gossip: Gossip, author: DeviceId, number: number): Stream {
  const key = streamKey(author, number);
  const found = gossip.streams.get(key);
  if (found !== undefined) return found;
  const stream = createStream(author, number);
  gossip.streams.set(key, stream);
  return stream;
}

/** Durable streams in a fixed order. */
export function durableStreams(gossip: Gossip): readonly Stream[] {
  return [...gossip.streams.entries()]
    .filter(([, stream]) => isDurable(stream.number))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, stream]) => stream);
}

/**
 * The first number of a stream that any device still has: what is below is gone everywhere. Only
 * registers of today count, and of who is in the family: an older one names numbers that its device lets
 * go when it wakes. Once one
 * says that something was let go, of each the lowest counts that it can still give: two that missed
 * what is gone by now, away or new, would else each wait for what the other never had.
 */
export function anchorOf(gossip: Gossip, stream: Stream, now: number, head: LedgerState): number {
  const covers: Coverage[] = [];
  const active = activeIn(head);
  const me = toHex(gossip.me);
  for (const [device, { register }] of gossip.registers) {
    if (device === me || dayOf(register.clock.ms) < dayOf(now)) continue;
    // Who was taken out gives nobody anything any more.
    if (!active.has(device)) continue;
    const covered = coverageIn(register, stream.author, stream.number);
    if (covered !== undefined) covers.push(covered);
  }
  const isAnyGone = covers.some((one) => one.first > 1);
  const begins = covers.map((one) => (isAnyGone ? lowestOf(one) : one.first));
  return covers.length === 0 ? 1 : least(begins, Number.POSITIVE_INFINITY);
}

const actives = new WeakMap<LedgerState, ReadonlySet<Hex>>();

/** Devices of a state, which is never changed in place, that are not taken out. */
function activeIn(state: LedgerState): ReadonlySet<Hex> {
  const found =
    actives.get(state) ??
    new Set(state.devices.filter((one) => one.revoked === null).map((one) => toHex(one.id)));
  actives.set(state, found);
  return found;
}

/** The lowest number that a device can still give, or where it begins. */
export function lowestOf({ first, had }: Coverage): number {
  const lowest = had.find((one) => one.to >= first);
  return lowest === undefined ? first : Math.max(lowest.from, first);
}

/** My last entry's number in my durable stream, or in another of mine. */
export function ownHead(gossip: Gossip, stream: number = gossip.own.durable): number {
  return highest(streamOf(gossip, gossip.me, stream).had);
}
