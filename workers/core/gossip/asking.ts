/**
 * Anti-entropy's questions: what a peer's register has and I lack, at most one question open at a
 * time. A peer whose answer brought nothing that was asked for is dry until its next register, so
 * the loop of asking and answering ends, whatever the peer sends. SPEC GP10..GP13. Source: DESIGN §5.
 */
import { toHex } from "../codec/ids.ts";
import type { Hex } from "../codec/ids.ts";
import { isDurable, streamKey } from "./header.ts";
import { countOf, missingFrom, type Intervals } from "./intervals.ts";
import type { Register } from "./register.ts";
import type { Gossip, Want } from "./state.ts";

/** Entries asked of a peer at once. */
export const WANT_ENTRIES_MAX = 256;
/** Milliseconds after which a question is asked again, from it or from the last part of its answer. */
export const WANT_TIMEOUT_MS = 10_000;
/** Ranges of one stream in a question. */
const WANT_RANGES_MAX = 32;

/** A question to one peer. */
export interface Question {
  readonly to: Hex;
  readonly wants: readonly Want[];
}

/** Closes the question to a peer; the next one, unless the answer brought nothing. */
export function closeQuestion(gossip: Gossip, from: Hex, now: number): readonly Question[] {
  const peer = gossip.peers.get(from);
  if (peer === undefined || peer.asked === null) return [];
  peer.isDry = peer.asked.every((want) => stillMissing(gossip, want) === countOf(want.ranges));
  peer.asked = null;
  return ask(gossip, from, now);
}

/** The answer is on its way over a slow link: what is under way is not asked for again. */
export function extendQuestion(gossip: Gossip, from: Hex, now: number): void {
  const peer = gossip.peers.get(from);
  if (peer !== undefined && peer.asked !== null) peer.askedAt = Math.max(peer.askedAt, now);
}

function stillMissing(gossip: Gossip, want: Want): number {
  return countOf(missingFrom(heldOf(gossip, want.author, want.stream), want.ranges, 1));
}

/** The question for one peer: what its register has and I lack, unless one is still open. */
export function ask(gossip: Gossip, to: Hex, now: number): readonly Question[] {
  const peer = gossip.peers.get(to);
  const register = gossip.registers.get(to)?.register;
  if (peer === undefined || register === undefined || peer.isDry) return [];
  if (peer.asked !== null && now - peer.askedAt < WANT_TIMEOUT_MS) return [];
  const wants = missing(gossip, register);
  if (wants.length === 0) return [];
  peer.asked = wants;
  peer.askedAt = now;
  return [{ to, wants }];
}

function missing(gossip: Gossip, register: Register): readonly Want[] {
  let budget = WANT_ENTRIES_MAX;
  const wants: Want[] = [];
  for (const covered of register.vector) {
    if (budget <= 0) break;
    if (!isDurable(covered.stream)) continue;
    const first = gossip.streams.get(streamKey(covered.author, covered.stream))?.first ?? 1;
    const held = heldOf(gossip, covered.author, covered.stream);
    const ranges = [];
    for (const range of missingFrom(held, covered.had, Math.max(covered.first, first))) {
      if (budget <= 0 || ranges.length >= WANT_RANGES_MAX) break;
      const to = Math.min(range.to, range.from + budget - 1);
      ranges.push({ from: range.from, to });
      budget -= to - range.from + 1;
    }
    if (ranges.length > 0) wants.push({ author: covered.author, stream: covered.stream, ranges });
  }
  return wants;
}

/** Numbers of a stream that need not be asked for: had or parked; may overlap. */
function heldOf(gossip: Gossip, author: Uint8Array, stream: number): Intervals {
  const had = gossip.streams.get(streamKey(author, stream))?.had ?? [];
  return [...had, ...parkedRanges(gossip, author, stream)].sort((a, b) => a.from - b.from);
}

function parkedRanges(gossip: Gossip, author: Uint8Array, stream: number): Intervals {
  const waiting = gossip.parked.get(toHex(author)) ?? [];
  return waiting
    .filter((one) => one.entry.header.stream === stream)
    .map((one) => ({ from: one.entry.header.seq, to: one.entry.header.seq }));
}
