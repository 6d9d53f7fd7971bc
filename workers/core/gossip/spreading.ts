/**
 * How a new entry spreads: at once to peers that may lack it, a moment later a word to some of the
 * rest that it is here. A device that got an entry twice asks whoever was later to spare it that
 * author's, so that after an author's first entries each device gets one copy, over the quickest way;
 * whoever asks for what it was told of wants the author's next ones at once again. Nothing here is
 * needed for an entry to arrive: registers repair what is lost. SPEC SD1 to SD9, SD12.
 * Source: DESIGN §5; Leitão, Pereira and Rodrigues, Epidemic Broadcast Trees (SRDS 2007), here with a
 * tree for each author.
 */
import { toHex } from "../codec/ids.ts";
import type { DeviceId, Hex } from "../codec/ids.ts";
import { least } from "../codec/extremes.ts";
import { EMERGENCY_KINDS, isDurable, streamKey, type Header } from "./header.ts";
import { hasSeq, withRange, type Intervals } from "./intervals.ts";
import {
  AGAIN_MAX,
  ANNOUNCE_MS,
  ANNOUNCED_PEERS_MAX,
  FANOUT_MAX,
  HOPS_MAX,
  OWN_FANOUT_MAX,
  LATELY_MS,
  REGISTER_LATE_MS,
  SPARED_AUTHORS_MAX,
  TOLD_RANGES_MAX,
  TOLD_STREAMS_MAX,
  WAYS_MAX,
} from "./limits.ts";
import { coverageOf, type VerifiedRegister } from "./register.ts";
import type { Gossip, Peer, VerifiedEntry, Want } from "./state.ts";

/** An entry that some peers may not have heard of yet. */
export interface Untold {
  readonly author: DeviceId;
  readonly stream: number;
  readonly seq: number;
  /** Milliseconds of the wall clock. */
  readonly dueAt: number;
}

/** Whether I want an author's new entries from a peer at once. */
export interface Wish {
  readonly to: Hex;
  readonly author: DeviceId;
  readonly isWanted: boolean;
}

/** What one peer is told to be here. */
export interface Announcement {
  readonly to: Hex;
  readonly has: readonly Want[];
}

/** Peers that get a new entry at once; of a durable one others are told when its time has come. */
export function spread(
  gossip: Gossip,
  { header, entry }: VerifiedEntry,
  from: Hex | null,
  now: number,
): readonly Hex[] {
  const author = toHex(header.author);
  const hops = from === null ? 0 : entry.hops + 1;
  if (from !== null) {
    noteHas(gossip, from, header);
    noteWay(gossip, nameOf(header), from);
  }
  const lacking = lackingPeers(gossip, header, from);
  const isUrgent = EMERGENCY_KINDS.has(header.kind);
  const open = from === null || isUrgent ? lacking : wishing(gossip, author, lacking, now);
  const chosen =
    hops >= HOPS_MAX
      ? []
      : isUrgent
        ? open
        : gossip.random.shuffled(open).slice(0, from === null ? OWN_FANOUT_MAX : FANOUT_MAX);
  for (const one of chosen) noteHas(gossip, one, header);
  if (isDurable(header.stream) && chosen.length < lacking.length) {
    const { author: device, stream, seq } = header;
    gossip.untold.push({ author: device, stream, seq, dueAt: now + ANNOUNCE_MS });
  }
  return chosen;
}

/** Two entries at one number prove something: everybody gets both, whatever they have. */
export function spreadProof(gossip: Gossip, { header }: VerifiedEntry, from: Hex | null): Hex[] {
  const others = [...gossip.peers.keys()].filter(
    (one) => one !== from && one !== toHex(header.author),
  );
  return gossip.random.shuffled(others.sort()).slice(0, OWN_FANOUT_MAX);
}

/** What is due is told to a few peers that do not show it by now. */
export function announce(gossip: Gossip, now: number): readonly Announcement[] {
  // A clock that was set back must not keep it for long.
  const isDue = (one: Untold): boolean => one.dueAt <= now || one.dueAt > now + ANNOUNCE_MS;
  const due = gossip.untold.filter(isDue);
  if (due.length === 0) return [];
  gossip.untold = gossip.untold.filter((one) => !isDue(one));
  const lists = new Map<Hex, Want[]>();
  for (const { author, stream, seq } of due) {
    for (const peer of lackingPeers(gossip, { author, stream, seq }, null)) {
      lists.set(peer, withSeq(lists.get(peer) ?? [], author, stream, seq));
    }
  }
  const count = isWhole(gossip, now) ? 1 : ANNOUNCED_PEERS_MAX;
  const told = gossip.random.shuffled([...lists.keys()].sort()).slice(0, count);
  return told.map((to) => ({ to, has: lists.get(to) ?? [] }));
}

/** When something has to be told next, milliseconds of the wall clock; null: nothing. */
export function nextAnnouncement(gossip: Gossip): number | null {
  return gossip.untold.length === 0
    ? null
    : least(
        gossip.untold.map((one) => one.dueAt),
        Number.POSITIVE_INFINITY,
      );
}

/**
 * What came unasked is here already: from the third copy on its peer is to be asked to spare me that
 * author's, once. Two ways are kept, so that a slow or fallen one costs no time. Never the author
 * itself, which tells everybody it is linked to. `what` names the entry or register.
 */
export function isToBeSpared(gossip: Gossip, author: DeviceId, what: string, from: Hex): boolean {
  const name = toHex(author);
  const peer = gossip.peers.get(from);
  if (peer === undefined || from === name) return false;
  const ways = noteWay(gossip, what, from);
  if (ways <= WAYS_MAX || peer.spares.has(name) || peer.spares.size >= SPARED_AUTHORS_MAX) {
    return false;
  }
  peer.spares.add(name);
  peer.asks.delete(name);
  return true;
}

/** Over how many peers an entry or register has come, this one included. */
export function noteWay(gossip: Gossip, what: string, from: Hex): number {
  const ways = gossip.ways.get(what) ?? new Set<Hex>();
  ways.add(from);
  gossip.ways.delete(what);
  gossip.ways.set(what, ways);
  for (const oldest of gossip.ways.keys()) {
    if (gossip.ways.size <= AGAIN_MAX) break;
    gossip.ways.delete(oldest);
  }
  return ways.size;
}

/** The name of an entry in `ways`. */
export function nameOf({ author, stream, seq }: Place): string {
  return `${streamKey(author, stream)}/${seq}`;
}

/** Whether a peer wants an author's new entries at once; it asks for some, or to be spared them. */
export function wish(gossip: Gossip, from: Hex, author: DeviceId, isWanted: boolean): void {
  const wishes = gossip.peers.get(from)?.wishes;
  const name = toHex(author);
  if (wishes === undefined) return;
  if (wishes.has(name) || wishes.size < SPARED_AUTHORS_MAX) wishes.set(name, isWanted);
}

/**
 * Peers that want another's entries from me at once. Where everybody is linked to everybody they
 * have them from their author; whoever has not is told, asks, and gets the next ones at once.
 */
export function wishing(
  gossip: Gossip,
  author: Hex,
  among: readonly Hex[],
  now: number,
): readonly Hex[] {
  const isDefault = !isWhole(gossip, now);
  return among.filter((one) => gossip.peers.get(one)?.wishes.get(author) ?? isDefault);
}

/**
 * Every device that was heard of lately is linked to me, so likely they all are to each other, and
 * they are few enough for each author to reach all at once.
 */
export function isWhole(gossip: Gossip, now: number): boolean {
  if (gossip.peers.size > OWN_FANOUT_MAX) return false;
  for (const peer of gossip.peers.keys()) if (!gossip.registers.has(peer)) return false;
  return elsewhere(gossip, now).next().done === true;
}

/** Devices heard of lately that are not linked to me. */
function* elsewhere(gossip: Gossip, now: number): Generator<VerifiedRegister, void> {
  const me = toHex(gossip.me);
  for (const [name, register] of gossip.registers) {
    if (name !== me && !gossip.peers.has(name) && isLately(gossip, name, now)) yield register;
  }
}

/** By when it was heard and not by its own clock, which may be wrong. */
export function isLately(gossip: Gossip, device: Hex, now: number): boolean {
  const heardAt = gossip.heardAt.get(device);
  return heardAt !== undefined && Math.abs(now - heardAt) < LATELY_MS;
}

/** Whether its registers come one after the other, none left out. */
export function isInTime(gossip: Gossip, device: Hex, now: number): boolean {
  const heardAt = gossip.heardAt.get(device);
  return heardAt !== undefined && Math.abs(now - heardAt) < REGISTER_LATE_MS;
}

/** Who brought what the ways so far did not is the way from now on. */
export function graft(gossip: Gossip, from: Hex, author: DeviceId): readonly Wish[] {
  const name = toHex(author);
  if (name === from || gossip.peers.has(name)) return [];
  for (const [peer, { asks }] of gossip.peers) if (peer !== from) asks.delete(name);
  return wishFrom(gossip, from, author);
}

/**
 * Of devices that I am not linked to I ask two peers, since these may think that everybody is linked;
 * once I am linked to one, they are asked to spare me its entries.
 */
export function wishesToSay(gossip: Gossip, now: number): readonly Wish[] {
  const wishes: Wish[] = [];
  for (const [to, { asks }] of gossip.peers) {
    for (const name of asks) {
      const register = gossip.peers.has(name) ? gossip.registers.get(name) : undefined;
      if (register === undefined) continue;
      asks.delete(name);
      wishes.push({ to, author: register.register.device, isWanted: false });
    }
  }
  for (const { register } of elsewhere(gossip, now)) {
    const name = toHex(register.device);
    const isWay = ({ asks, spares }: Peer): boolean => !asks.has(name) && !spares.has(name);
    const isOnlySpared = [...gossip.peers.values()].every((one) => one.spares.has(name));
    const peers = [...gossip.peers].filter(([, one]) => isOnlySpared || isWay(one));
    const names = peers.map(([peer]) => peer).sort();
    for (const to of gossip.random.shuffled(names)) {
      wishes.push(...wishFrom(gossip, to, register.device));
    }
  }
  return wishes;
}

/** A wish for an author's new entries, unless two other peers were asked for them already. */
export function wishFrom(gossip: Gossip, to: Hex, author: DeviceId): readonly Wish[] {
  const name = toHex(author);
  const asks = gossip.peers.get(to)?.asks;
  const ways = [...gossip.peers].filter(([peer, one]) => peer !== to && one.asks.has(name)).length;
  if (asks === undefined || ways >= WAYS_MAX) return [];
  if (asks.size >= SPARED_AUTHORS_MAX) return [];
  asks.add(name);
  gossip.peers.get(to)?.spares.delete(name);
  return [{ to, author, isWanted: true }];
}

/** A peer says what it has; what is beyond a bound is left to its register. */
export function noteTold(gossip: Gossip, from: Hex, { author, stream, ranges }: Want): void {
  const peer = gossip.peers.get(from);
  if (peer === undefined || !isDurable(stream)) return;
  for (const range of ranges) {
    if (range.from <= range.to) note(peer, author, stream, range.from, range.to);
  }
}

export function noteHas(gossip: Gossip, peer: Hex, { author, stream, seq }: Place): void {
  const found = gossip.peers.get(peer);
  if (found !== undefined && isDurable(stream)) note(found, author, stream, seq, seq);
}

function note(peer: Peer, author: DeviceId, stream: number, from: number, to: number): void {
  const key = streamKey(author, stream);
  const told = peer.told.get(key);
  if (told === undefined && peer.told.size >= TOLD_STREAMS_MAX) return;
  const had: Intervals = withRange(told?.had ?? [], from, to);
  if (had.length <= TOLD_RANGES_MAX) peer.told.set(key, { author, stream, had });
}

type Place = Pick<Header, "author" | "stream" | "seq">;

/** Linked peers that neither sent it nor wrote it, and have shown it by no register and no word. */
function lackingPeers(gossip: Gossip, place: Place, from: Hex | null): Hex[] {
  const { author, stream, seq } = place;
  const key = streamKey(author, stream);
  const lacking: Hex[] = [];
  for (const [name, peer] of gossip.peers) {
    if (name === from || name === toHex(author)) continue;
    if (hasSeq(peer.told.get(key)?.had ?? [], seq)) continue;
    const register = gossip.registers.get(name)?.register;
    if (register !== undefined && coverageOf(register, author, stream, seq) !== "missing") continue;
    lacking.push(name);
  }
  return lacking.sort();
}

function withSeq(wants: readonly Want[], author: DeviceId, stream: number, seq: number): Want[] {
  const key = streamKey(author, stream);
  const isSame = (one: Want): boolean => streamKey(one.author, one.stream) === key;
  const ranges = withRange(wants.find(isSame)?.ranges ?? [], seq, seq);
  // More than a word holds: the register says it.
  if (ranges.length > TOLD_RANGES_MAX) return [...wants];
  if (wants.length >= TOLD_STREAMS_MAX && !wants.some(isSame)) return [...wants];
  return [...wants.filter((one) => !isSame(one)), { author, stream, ranges }];
}
