/**
 * Where devices say that they are. Of each device the newest alone counts, whatever comes when: one that
 * is refused, one for others, and "no more" each end what came before. It is held in memory for as long
 * as it matters, to be given to who comes later, and never asked for. What a device shows of it, and
 * for how long, is the shell's. SPEC PC3 to PC11. Source: DESIGN §5 (ephemeral streams, latest by key).
 */
import { compareBytes, toHex, type DeviceId, type Hex } from "../codec/ids.ts";
import { isSameBytes } from "../codec/cbor.ts";
import { passClock, seenAgain } from "./arrivals.ts";
import { compareClock, type Clock, type Header } from "./header.ts";
import {
  DAY_MS,
  FUTURE_ACCEPT_MS,
  HOPS_MAX,
  PLACE_BODY_BYTES_MAX,
  PLACE_PASS_MS,
} from "./limits.ts";
import { merge, ready, untaken, type GossipReady, type PlaceNews } from "./ready.ts";
import { spread } from "./spreading.ts";
import type { Gossip, HeldPlace, VerifiedEntry } from "./state.ts";
import { judgeEphemeral, type LedgerView } from "./verdict.ts";

/** Milliseconds for which the newest of a device is known by its clock and id alone. */
const MARK_MS = 2 * DAY_MS;

/** Takes the place of a known device. */
export function takePlace(
  gossip: Gossip,
  entry: VerifiedEntry,
  from: Hex | null,
  ledger: LedgerView,
  now: number,
): GossipReady {
  const { header } = entry;
  const author = toHex(header.author);
  const before = gossip.places.get(author);
  if (before !== undefined && compareAge(entry, before) <= 0) {
    return seenAgain(gossip, header, from);
  }
  if (entry.entry.body.length === 0) return untaken("no-body", false);
  if (entry.entry.body.length > PLACE_BODY_BYTES_MAX) return untaken("too-large", false);
  if (header.clock.ms > now + FUTURE_ACCEPT_MS) return untaken("far-future", false);
  if (isOver(header, now)) return untaken("expired", false);
  if (header.height > ledger.head.height) return waitForLedger(gossip, author, entry, from);
  passClock(gossip, header.clock, header.author, from, now);
  if (from === null) gossip.own.ephemeralSeq = header.seq;
  const isGood = judgeEphemeral(header, ledger).type === "accepted";
  const held: HeldPlace = {
    author: header.author,
    clock: header.clock,
    id: entry.id,
    from,
    entry: isGood ? entry : null,
    actedAt: before?.actedAt ?? Number.NEGATIVE_INFINITY,
    isOwed: true,
  };
  gossip.places.set(author, held);
  return from === null || isDue(held, now) ? act(gossip, held, now) : ready({});
}

/** A later one of the ledger may be what it goes by: the newest such waits, and no other. */
function waitForLedger(
  gossip: Gossip,
  author: Hex,
  entry: VerifiedEntry,
  from: Hex | null,
): GossipReady {
  const waiting = gossip.placesAhead.get(author);
  const isNewer =
    waiting === undefined ||
    compareAge(entry, { clock: waiting.entry.header.clock, id: waiting.entry.id }) > 0;
  if (isNewer) gossip.placesAhead.set(author, { entry, from });
  return untaken("parked", true);
}

/** After a restart: nothing older than what stood here counts. */
export function recallPlace(
  gossip: Gossip,
  {
    author,
    clock,
    id,
  }: { readonly author: DeviceId; readonly clock: Clock; readonly id: Uint8Array },
): void {
  const name = toHex(author);
  const before = gossip.places.get(name);
  if (before !== undefined && compareAge({ header: { clock }, id }, before) <= 0) return;
  const isMine = isSameBytes(author, gossip.me);
  if (isMine && compareClock(clock, gossip.clock) > 0) gossip.clock = clock;
  gossip.places.set(name, {
    author,
    clock,
    id,
    from: null,
    entry: null,
    actedAt: Number.NEGATIVE_INFINITY,
    isOwed: false,
  });
}

/** What came too soon has its turn, and what is over goes. */
export function tickPlaces(gossip: Gossip, now: number): GossipReady {
  const readies: GossipReady[] = [];
  for (const [author, held] of gossip.places) {
    if (held.entry !== null && isOver(held.entry.header, now)) held.entry = null;
    if (held.isOwed && isDue(held, now)) readies.push(act(gossip, held, now));
    // An older one is not taken any more, also by a clock that was ahead and is put right.
    if (held.clock.ms < now - MARK_MS) gossip.places.delete(author);
  }
  for (const [author, { entry }] of gossip.placesAhead) {
    if (isOver(entry.header, now)) gossip.placesAhead.delete(author);
  }
  return merge(readies);
}

/** The ledger moved: what waited for it is looked at, and all that is held is judged again. */
export function judgePlaces(gossip: Gossip, ledger: LedgerView, now: number): GossipReady {
  const readies: GossipReady[] = [];
  for (const held of gossip.places.values()) {
    const { entry } = held;
    if (entry === null || judgeEphemeral(entry.header, ledger).type === "accepted") continue;
    held.entry = null;
    held.isOwed = false;
    readies.push(ready({ places: [newsOf(held)] }));
  }
  const waiting = [...gossip.placesAhead.values()];
  gossip.placesAhead.clear();
  for (const { entry, from } of waiting) {
    readies.push(takePlace(gossip, entry, from, ledger, now));
  }
  return merge(readies);
}

/**
 * What a device that has just been linked is given: my own newest, and of devices that cannot give it
 * theirs, since they are not linked to me, what is for me too.
 */
export function placesFor(gossip: Gossip, peer: Hex): GossipReady["push"] {
  const found: { readonly entry: VerifiedEntry; readonly to: readonly Hex[] }[] = [];
  for (const [author, { entry, isOwed }] of gossip.places) {
    if (entry === null || isOwed || entry.entry.hops >= HOPS_MAX) continue;
    const isMine = author === toHex(gossip.me);
    const isForMe = entry.header.recipients.some(({ device }) => isSameBytes(device, gossip.me));
    if (isMine || (isForMe && !gossip.peers.has(author))) found.push({ entry, to: [peer] });
  }
  return found;
}

function act(gossip: Gossip, held: HeldPlace, now: number): GossipReady {
  const { entry, from } = held;
  held.actedAt = now;
  held.isOwed = false;
  if (entry === null) return ready({ places: [newsOf(held)] });
  return ready({
    places: [newsOf(held)],
    push: [{ entry, to: spread(gossip, entry, from, now) }],
  });
}

function newsOf({ author, clock, id, entry }: HeldPlace): PlaceNews {
  return { author, clock, id, entry };
}

/** A clock that was set back must not keep it for long. */
function isDue({ actedAt }: HeldPlace, now: number): boolean {
  return now - actedAt >= PLACE_PASS_MS || now < actedAt;
}

function isOver({ clock, ttlSeconds }: Header, now: number): boolean {
  return clock.ms + Math.min(ttlSeconds * 1_000, DAY_MS) <= now;
}

/** By clock, then id: the same two are in one order everywhere. */
function compareAge(
  one: { readonly header: Pick<Header, "clock">; readonly id: Uint8Array },
  other: { readonly clock: Clock; readonly id: Uint8Array },
): number {
  return compareClock(one.header.clock, other.clock) || compareBytes(one.id, other.id);
}
