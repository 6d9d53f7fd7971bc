/**
 * Anti-entropy's questions: what a peer has by its register or word and I lack, at most one question
 * open at a time, and of two peers not for the same. Where that is what our two registers say, the
 * question names mine and no numbers. Calls for help come before everything else. A peer whose answer
 * brought nothing that was asked for is dry until its next register, so the loop of asking and answering
 * ends, whatever the peer sends. SPEC GP10..GP13, GP23, GP26, SD6, SD7. Source: DESIGN §5.
 */
import { toHex } from "../codec/ids.ts";
import type { DeviceId, Hex } from "../codec/ids.ts";
import { compareClock, EMERGENCY_STREAM, isDurable, streamKey, type Clock } from "./header.ts";
import { countOf, missingFrom, withRange, type Interval, type Intervals } from "./intervals.ts";
import type { Register } from "./register.ts";
import type { Gossip, Peer, Want } from "./state.ts";

/** Entries asked of a peer at once. */
export const WANT_ENTRIES_MAX = 256;
/** Milliseconds after which a question is asked again, from it or from the last part of its answer. */
export const WANT_TIMEOUT_MS = 10_000;
/** Milliseconds for which what was asked of one peer is asked of no other. */
export const ASK_ELSEWHERE_MS = 2_000;
/** Ranges up to which a question says its numbers: naming a register takes as many bytes. */
const NUMBERS_MAX = 8;
/** Ranges of one stream in a question. */
const WANT_RANGES_MAX = 32;

/** A question to one peer. */
export interface Question {
  readonly to: Hex;
  readonly wants: readonly Want[];
  /** The clock of a register of mine that the peer was given, where it says all of `wants`; else null. */
  readonly by: Clock | null;
}

/**
 * Closes the question to a peer; the next one, unless the answer brought nothing: then whoever else
 * has what was asked for is asked.
 */
export function closeQuestion(gossip: Gossip, from: Hex, now: number): readonly Question[] {
  const peer = gossip.peers.get(from);
  if (peer === undefined || peer.asked === null) return [];
  const isNothing = peer.asked.every((want) => stillMissing(gossip, want) === countOf(want.ranges));
  peer.asked = null;
  // It may have had another register of mine, or have read it otherwise: once more, by numbers.
  if (isNothing && peer.isByRegister) {
    peer.isPlain = true;
    return ask(gossip, from, now);
  }
  peer.isDry = isNothing;
  if (!peer.isDry) return ask(gossip, from, now);
  peer.hasFailed = true;
  return askAll(gossip, now);
}

/** The answer is on its way over a slow link: what is under way is not asked for again. */
export function extendQuestion(gossip: Gossip, from: Hex, now: number): void {
  const peer = gossip.peers.get(from);
  if (peer !== undefined && peer.asked !== null) peer.askedAt = Math.max(peer.askedAt, now);
}

/** The next question for every peer. */
export function askAll(gossip: Gossip, now: number): readonly Question[] {
  return [...gossip.peers.keys()].sort().flatMap((peer) => ask(gossip, peer, now));
}

function stillMissing(gossip: Gossip, want: Want): number {
  return countOf(missingFrom(heldOf(gossip, want.author, want.stream), want.ranges, 1));
}

/** The question for one peer: what it has shown to have and I lack, unless one is still open. */
export function ask(gossip: Gossip, to: Hex, now: number): readonly Question[] {
  const peer = gossip.peers.get(to);
  if (peer === undefined || peer.isDry) return [];
  if (peer.asked !== null) {
    if (Math.abs(now - peer.askedAt) < WANT_TIMEOUT_MS) return [];
    peer.hasFailed = true;
    peer.isPlain = true;
  }
  const wants = missing(gossip, to, peer, now);
  if (wants.length === 0) return [];
  if (peer.asked === null) peer.askedSince = now;
  peer.asked = wants;
  peer.askedAt = now;
  for (const { author } of wants) peer.spares.delete(toHex(author));
  const by = registerOfQuestion(gossip, to, peer, wants);
  peer.isByRegister = by !== null;
  return [{ to, wants, by }];
}

/** The clock of the register of mine with which a peer finds these by itself. */
function registerOfQuestion(
  gossip: Gossip,
  to: Hex,
  { given, isPlain }: Peer,
  wants: readonly Want[],
): Clock | null {
  const mine = gossip.registers.get(toHex(gossip.me))?.register;
  const theirs = gossip.registers.get(to)?.register;
  if (isPlain || given === null || mine === undefined || theirs === undefined) return null;
  if (compareClock(given.clock, mine.clock) !== 0) return null;
  if (wants.reduce((sum, { ranges }) => sum + ranges.length, 0) <= NUMBERS_MAX) return null;
  return isSame(wants, lackingBetween(mine, theirs)) ? given.clock : null;
}

/**
 * What a peer lacks by its register and mine has, where the peer's is the one that it means; null where
 * it is not here. What mine has had since may be among it.
 */
export function lackingOf(gossip: Gossip, from: Hex, by: Clock): readonly Want[] | null {
  const theirs = gossip.registers.get(from)?.register;
  const mine = gossip.registers.get(toHex(gossip.me))?.register;
  if (theirs === undefined || mine === undefined) return null;
  return compareClock(theirs.clock, by) === 0 ? lackingBetween(theirs, mine) : null;
}

/** What the second register has and the first has not, as much as a question asks for. */
function lackingBetween(mine: Register, theirs: Register): readonly Want[] {
  const own = new Map(mine.vector.map((one) => [streamKey(one.author, one.stream), one]));
  return upToQuestion(
    theirs.vector
      .filter((one) => isDurable(one.stream))
      .map((shown) => {
        const covered = own.get(streamKey(shown.author, shown.stream));
        return { shown, held: covered?.had ?? [], first: covered?.first ?? 1 };
      }),
  );
}

function isSame(some: readonly Want[], others: readonly Want[]): boolean {
  return (
    some.length === others.length &&
    some.every((one, index) => {
      const other = others[index];
      return (
        other !== undefined &&
        streamKey(one.author, one.stream) === streamKey(other.author, other.stream) &&
        one.ranges.length === other.ranges.length &&
        one.ranges.every(
          ({ from, to }, at) => from === other.ranges[at]?.from && to === other.ranges[at].to,
        )
      );
    })
  );
}

function missing(gossip: Gossip, to: Hex, peer: Peer, now: number): readonly Want[] {
  return upToQuestion(
    shownBy(gossip, to, peer).map((shown) => {
      const { author, stream } = shown;
      const first = gossip.streams.get(streamKey(author, stream))?.first ?? 1;
      const asked = askedOfOthers(gossip, to, author, stream, now);
      return { shown, held: sorted([...heldOf(gossip, author, stream), ...asked]), first };
    }),
  );
}

/** The same, calls for help of all authors before everything else; each part in the order it had. */
export function helpFirst<T>(all: readonly T[], streamOf: (one: T) => number): readonly T[] {
  const isHelp = (one: T): boolean => streamOf(one) === EMERGENCY_STREAM;
  return [...all.filter(isHelp), ...all.filter((one) => !isHelp(one))];
}

/** What is shown and not held, from both first numbers on, until a question is full. */
function upToQuestion(
  streams: readonly { readonly shown: Shown; readonly held: Intervals; readonly first: number }[],
): readonly Want[] {
  let budget = WANT_ENTRIES_MAX;
  const wants: Want[] = [];
  for (const { shown, held, first } of helpFirst(streams, (one) => one.shown.stream)) {
    if (budget <= 0) break;
    const { author, stream } = shown;
    const ranges: Interval[] = [];
    for (const range of missingFrom(held, shown.had, Math.max(shown.first, first))) {
      if (budget <= 0 || ranges.length >= WANT_RANGES_MAX) break;
      const end = Math.min(range.to, range.from + budget - 1);
      ranges.push({ from: range.from, to: end });
      budget -= end - range.from + 1;
    }
    if (ranges.length > 0) wants.push({ author, stream, ranges });
  }
  return wants;
}

interface Shown {
  readonly author: DeviceId;
  readonly stream: number;
  readonly first: number;
  readonly had: Intervals;
}

/** What a peer has by its register, and by what it has sent and said since. */
function shownBy(gossip: Gossip, to: Hex, peer: Peer): readonly Shown[] {
  const vector = gossip.registers.get(to)?.register.vector ?? [];
  const shown = vector.filter((one) => isDurable(one.stream));
  if (peer.told.size === 0) return shown;
  const told = new Map(peer.told);
  const both = shown.map((one): Shown => {
    const key = streamKey(one.author, one.stream);
    const more = told.get(key)?.had ?? [];
    told.delete(key);
    return {
      ...one,
      had: more.reduce((had, { from, to: end }) => withRange(had, from, end), one.had),
    };
  });
  return [...both, ...[...told.values()].map((one) => ({ ...one, first: 1 }))];
}

/** What is on its way from another peer, that has not failed so far. */
function askedOfOthers(
  gossip: Gossip,
  to: Hex,
  author: DeviceId,
  stream: number,
  now: number,
): Intervals {
  const key = streamKey(author, stream);
  const ranges: Interval[] = [];
  for (const [name, { asked, askedSince, hasFailed }] of gossip.peers) {
    if (name === to || asked === null || hasFailed) continue;
    // Not since the last part: who sends crumbs would keep the rest from everybody.
    if (Math.abs(now - askedSince) >= ASK_ELSEWHERE_MS) continue;
    for (const one of asked) {
      if (streamKey(one.author, one.stream) === key) ranges.push(...one.ranges);
    }
  }
  return ranges;
}

/** Numbers of a stream that need not be asked for: had or parked; may overlap. */
function heldOf(gossip: Gossip, author: Uint8Array, stream: number): Intervals {
  const had = gossip.streams.get(streamKey(author, stream))?.had ?? [];
  return sorted([...had, ...parkedRanges(gossip, author, stream)]);
}

function sorted(ranges: readonly Interval[]): Intervals {
  return ranges.toSorted((a, b) => a.from - b.from);
}

function parkedRanges(gossip: Gossip, author: Uint8Array, stream: number): Intervals {
  const waiting = gossip.parked.get(toHex(author)) ?? [];
  return waiting
    .filter((one) => one.entry.header.stream === stream)
    .map((one) => ({ from: one.entry.header.seq, to: one.entry.header.seq }));
}
