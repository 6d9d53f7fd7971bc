/**
 * What version vectors cannot see: two devices that had different entries at one number. Two linked
 * devices compare one short hash over the ids of what both say that they have, by a pair of their
 * registers; where it differs, those of days, then of streams, then of ranges of numbers, down to single
 * ones. There each gives the other its entry, which proves the fork. Nothing is believed but signed
 * entries, and who answers nonsense is answered a few times in half a minute. SPEC FP1 to FP10.
 * Source: DESIGN §5 (anti-entropy); facts D3.
 */
import { isSameBytes } from "../codec/cbor.ts";
import { toHex, type Hex } from "../codec/ids.ts";
import {
  beyond,
  comparedOf,
  comparisonOf,
  daySums,
  divided,
  NONE,
  rootOf,
  sumOf,
  unnamed,
  type Comparison,
  type RangeSum,
} from "./fingerprints.ts";
import { proofsBeside, type DoubtProof } from "./forks.ts";
import { compareClock, streamKey, type Clock, type Header } from "./header.ts";
import { hasSeq, highest } from "./intervals.ts";
import {
  COMPARE_AGAIN_MS,
  COMPARE_ANSWERS_MAX,
  COMPARE_DAYS_MAX,
  COMPARE_ENTRIES_MAX,
  COMPARE_RANGES_MAX,
  HEADER_EXTRA_DAYS,
} from "./limits.ts";
import type { StreamRanges } from "./packing.ts";
import type { Gossip, Peer } from "./state.ts";

/** One word about fingerprints. */
export interface Fingerprint {
  /** Clocks of the sender's and of the receiver's register that say what is compared. */
  readonly mine: Clock;
  readonly yours: Clock;
  /** First UTC day that counts. */
  readonly from: number;
  /** Streams in which the sender knows of a fork, and where it begins: from there on nothing is compared. */
  readonly forks: readonly StreamRanges[];
  /** Streams that it refuses from a number on because of a register of their device. */
  readonly dated: readonly StreamRanges[];
  readonly what:
    | { readonly type: "all"; readonly sum: Uint8Array }
    | {
        readonly type: "days";
        readonly days: readonly { readonly day: number; readonly sum: Uint8Array }[];
      }
    /** All streams of these days. */
    | {
        readonly type: "streams";
        readonly days: readonly number[];
        readonly ranges: readonly RangeSum[];
      }
    | { readonly type: "ranges"; readonly ranges: readonly RangeSum[] };
}

/** What is said to a peer, and which entries it is given. */
export interface Compared {
  readonly say: readonly { readonly to: Hex; readonly fingerprint: Fingerprint }[];
  readonly give: readonly { readonly to: Hex; readonly header: Header }[];
  readonly proofs: readonly DoubtProof[];
}

const NOTHING: Compared = { say: [], give: [], proofs: [] };

/** Now and then a random peer is told the hash over all. */
export function compareAgain(gossip: Gossip, now: number): Compared {
  const sinceLast = now - gossip.comparedAt;
  if (sinceLast >= 0 && sinceLast < COMPARE_AGAIN_MS) return NOTHING;
  gossip.comparedAt = now;
  const [name] = gossip.random.shuffled([...gossip.peers.keys()].sort());
  return name === undefined ? NOTHING : compareWith(gossip, name);
}

/** Once for each link, by one of the two, as soon as both have said what they have. */
export function compareFirst(gossip: Gossip, name: Hex): Compared {
  const isFirst = gossip.peers.get(name)?.comparing === null;
  return isFirst && toHex(gossip.me) < name ? compareWith(gossip, name) : NOTHING;
}

function compareWith(gossip: Gossip, name: Hex): Compared {
  const peer = gossip.peers.get(name);
  const theirs = gossip.registers.get(name)?.register;
  if (peer === undefined || peer.given === null || theirs === undefined) return NOTHING;
  // From a day on that nobody is about to let go of.
  const from = gossip.floorDay + 1;
  peer.comparing = comparisonOf(peer.given, theirs, from);
  return say(gossip, name, peer.comparing, { type: "all", sum: rootOf(gossip, peer.comparing) });
}

/** What a peer's word is answered with. */
export function onFingerprint(
  gossip: Gossip,
  name: Hex,
  fingerprint: Fingerprint,
  now: number,
): Compared {
  const peer = gossip.peers.get(name);
  if (peer === undefined || !isInTurn(peer, now)) return NOTHING;
  const comparing = comparisonFor(gossip, name, peer, fingerprint);
  if (comparing === null) return NOTHING;
  comparing.forks = beginnings(fingerprint.forks);
  const named = { forks: comparing.forks, dated: beginnings(fingerprint.dated) };
  const isIn = (key: string, from: number): boolean =>
    highest(comparing.scope.get(key)?.among ?? []) >= from;
  const proofs = proofsBeside(gossip, name, now, named, isIn);
  return { ...answerTo(gossip, name, comparing, fingerprint), proofs };
}

function beginnings(doubts: readonly StreamRanges[]): ReadonlyMap<string, number> {
  return new Map(
    doubts.map(({ author, stream, ranges }) => [streamKey(author, stream), ranges[0]?.from ?? 1]),
  );
}

function answerTo(
  gossip: Gossip,
  name: Hex,
  comparing: Comparison,
  { what }: Fingerprint,
): Compared {
  switch (what.type) {
    case "all": {
      if (isSameBytes(what.sum, rootOf(gossip, comparing))) return NOTHING;
      return say(gossip, name, comparing, { type: "days", days: daySums(gossip, comparing) });
    }
    case "days":
      return onDays(gossip, name, comparing, what.days);
    case "streams":
      return onRanges(gossip, name, comparing, [
        ...what.ranges.flatMap((one) => [one, ...beyond(gossip, comparing, one)]),
        ...what.days
          .flatMap((day) => unnamed(gossip, comparing, day, what.ranges))
          .map((one) => ({ ...one, sum: NONE })),
      ]);
    case "ranges":
      return onRanges(gossip, name, comparing, what.ranges);
  }
}

/** A peer is answered a few times in a while, whatever it says. */
function isInTurn(peer: Peer, now: number): boolean {
  if (peer.comparedAt === null || Math.abs(now - peer.comparedAt) >= COMPARE_AGAIN_MS) {
    peer.comparedAt = now;
    peer.comparedCount = 0;
  }
  peer.comparedCount += 1;
  return peer.comparedCount <= COMPARE_ANSWERS_MAX;
}

/** The comparison that a word belongs to; a new one if it begins one and both have its registers. */
function comparisonFor(
  gossip: Gossip,
  name: Hex,
  peer: Peer,
  { mine: theirs, yours: mine, from, what }: Fingerprint,
): Comparison | null {
  const open = peer.comparing;
  const isSame = (a: Clock, b: Clock): boolean => compareClock(a, b) === 0;
  if (what.type !== "all") {
    const isOpen = open !== null && isSame(open.mine, mine) && isSame(open.theirs, theirs);
    return isOpen && open.from === from ? open : null;
  }
  const register = gossip.registers.get(name)?.register;
  if (peer.given === null || register === undefined) return null;
  if (!isSame(peer.given.clock, mine) || !isSame(register.clock, theirs)) return null;
  // Of what is older here some may be let go of already.
  if (from < gossip.floorDay - HEADER_EXTRA_DAYS) return null;
  peer.comparing = comparisonOf(peer.given, register, from);
  return peer.comparing;
}

function say(
  gossip: Gossip,
  to: Hex,
  { mine, theirs, from, scope }: Comparison,
  what: Fingerprint["what"],
): Compared {
  const named = (kind: "forkAt" | "datedAt"): readonly StreamRanges[] =>
    [...scope].flatMap(([key, { author, number }]): readonly StreamRanges[] => {
      const at = gossip.streams.get(key)?.[kind] ?? null;
      return at === null ? [] : [{ author, stream: number, ranges: [{ from: at, to: at }] }];
    });
  const doubts = { forks: named("forkAt"), dated: named("datedAt") };
  const fingerprint = { mine, yours: theirs, from, ...doubts, what };
  return { ...NOTHING, say: [{ to, fingerprint }] };
}

/** The latest days that differ: their streams, one by one. */
function onDays(
  gossip: Gossip,
  name: Hex,
  comparing: Comparison,
  theirs: readonly { readonly day: number; readonly sum: Uint8Array }[],
): Compared {
  const mine = new Map(daySums(gossip, comparing).map(({ day, sum }) => [day, sum]));
  const other = new Map(theirs.map(({ day, sum }) => [day, sum]));
  const days = [...new Set([...mine.keys(), ...other.keys()])]
    .filter((day) => !isSameSum(mine.get(day), other.get(day)) && day >= comparing.from)
    .sort((a, b) => b - a)
    .slice(0, COMPARE_DAYS_MAX);
  if (days.length === 0) return NOTHING;
  const ranges = days.flatMap((day) => unnamed(gossip, comparing, day, []));
  return say(gossip, name, comparing, {
    type: "streams",
    days,
    ranges: ranges.slice(0, COMPARE_RANGES_MAX),
  });
}

/** Ranges that differ are divided; of a single number the entry is given. */
function onRanges(
  gossip: Gossip,
  name: Hex,
  comparing: Comparison,
  theirs: readonly RangeSum[],
): Compared {
  const ranges: RangeSum[] = [];
  const give: Compared["give"][number][] = [];
  for (const one of theirs) {
    const compare = comparedOf(gossip, comparing, streamKey(one.author, one.stream));
    if (compare === null || one.day < comparing.from) continue;
    const { stream, among } = compare;
    if (isSameBytes(one.sum, sumOf(gossip, compare, one.day, one.from, one.to))) continue;
    if (one.from < one.to) {
      // Only as much as a word holds: a part costs a look at all of its day.
      if (ranges.length < COMPARE_RANGES_MAX) ranges.push(...divided(gossip, compare, one));
      continue;
    }
    const known = hasSeq(among, one.from) ? stream.known.get(one.from) : undefined;
    if (known !== undefined) give.push({ to: name, header: known.header });
  }
  const what = { type: "ranges" as const, ranges: ranges.slice(0, COMPARE_RANGES_MAX) };
  const said = ranges.length === 0 ? NOTHING : say(gossip, name, comparing, what);
  return { ...said, give: give.slice(0, COMPARE_ENTRIES_MAX) };
}

function isSameSum(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return isSameBytes(one, other);
}
