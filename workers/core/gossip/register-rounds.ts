/**
 * To whom registers go when. Mine: at once to those whose entries it newly covers, since they wait for
 * a word of delivery; to everybody at most every few seconds. Between many devices that talk, registers
 * would else be most of all frames. Others': a peer says how new those are that it has, and is given
 * what is newer here. SPEC SD8, SD10, SD11. Source: DESIGN §5.
 */
import { compareBytes, toHex, type DeviceId, type Hex } from "../codec/ids.ts";
import { compareClock, streamKey } from "./header.ts";
import { LIST_AGAIN_MS, LIST_ANSWER_MS, REGISTER_ALL_MS } from "./limits.ts";
import type { RegisterMark } from "./packing.ts";
import type { GossipReady } from "./ready.ts";
import type { Register } from "./register.ts";
import type { Gossip } from "./state.ts";

/** Peers that get my new register now; `before` is my last one. */
export function registerTargets(
  gossip: Gossip,
  before: Register | null,
  next: Register,
  now: number,
): readonly Hex[] {
  const targets = targetsOf(gossip, before, next, now);
  for (const one of targets) give(gossip, one, next);
  return targets;
}

/** A peer is given that register of mine. */
export function give(gossip: Gossip, name: Hex, register: Register): void {
  const peer = gossip.peers.get(name);
  if (peer === undefined) return;
  peer.given = register;
  peer.isPlain = false;
}

function targetsOf(
  gossip: Gossip,
  before: Register | null,
  next: Register,
  now: number,
): readonly Hex[] {
  const peers = [...gossip.peers.keys()].sort();
  const authors = before === null ? null : authorsOfNews(before, next);
  const others = (authors ?? []).filter((one) => one !== toHex(gossip.me));
  const isForAll =
    before === null ||
    before.lasting !== next.lasting ||
    isRoundDue(gossip, now) ||
    others.some((one) => !gossip.peers.has(one));
  if (isForAll) {
    gossip.roundAt = now;
    gossip.isRoundOwed = false;
    return peers;
  }
  gossip.isRoundOwed = true;
  return peers.filter((one) => others.includes(one) || gossip.peers.get(one)?.given === null);
}

/** Whether everybody is to get the register that only some got. */
export function takeRound(gossip: Gossip, now: number): boolean {
  if (!gossip.isRoundOwed || !isRoundDue(gossip, now)) return false;
  gossip.isRoundOwed = false;
  gossip.roundAt = now;
  return true;
}

/** Which registers are here, for a peer: neither its own nor mine, which come of themselves. */
export function listFor(gossip: Gossip, to: Hex): GossipReady["lists"][number] {
  const marks = [...gossip.registers.entries()]
    .filter(([device]) => device !== to && device !== toHex(gossip.me))
    .map(([, { register }]): RegisterMark => ({ device: register.device, clock: register.clock }));
  return { to, marks };
}

/** Now and then a random peer is told: a register may have missed me while I was linked. */
export function listAgain(gossip: Gossip, now: number): GossipReady["lists"] {
  const sinceLast = now - gossip.listedAt;
  if (sinceLast >= 0 && sinceLast < LIST_AGAIN_MS) return [];
  gossip.listedAt = now;
  const [peer] = gossip.random.shuffled([...gossip.peers.keys()].sort());
  return peer === undefined ? [] : [listFor(gossip, peer)];
}

/** What a peer lacks by its list. */
export function copiesFor(
  gossip: Gossip,
  from: Hex,
  marks: readonly RegisterMark[],
  now: number,
): GossipReady["copies"] {
  const peer = gossip.peers.get(from);
  if (peer === undefined) return [];
  if (peer.listedAt !== null && Math.abs(now - peer.listedAt) < LIST_ANSWER_MS) return [];
  peer.listedAt = now;
  const listed = new Map(marks.map(({ device, clock }) => [toHex(device), clock]));
  return [...gossip.registers.entries()].flatMap(([device, register]) => {
    const theirs = listed.get(device);
    const isNewer = theirs === undefined || compareClock(register.register.clock, theirs) > 0;
    const isTheirs = device === from || device === toHex(gossip.me);
    return isNewer && !isTheirs ? [{ register, to: [from] }] : [];
  });
}

function isRoundDue({ roundAt }: Gossip, now: number): boolean {
  return Math.abs(now - roundAt) >= REGISTER_ALL_MS;
}

/** Authors, in hex, of whose entries the two registers say something else. */
function authorsOfNews(before: Register, next: Register): readonly Hex[] {
  const lines = (register: Register): ReadonlyMap<string, DeviceId> =>
    new Map([
      ...register.vector.map(({ author, stream, first, had }): [string, DeviceId] => [
        `${streamKey(author, stream)} ${first} ${had.map(({ from, to }) => `${from}-${to}`).join()}`,
        author,
      ]),
      ...register.exceptions.map(({ author, stream, seq, what, height }): [string, DeviceId] => [
        `${streamKey(author, stream)}/${seq} ${what} ${height}`,
        author,
      ]),
    ]);
  const [old, now] = [lines(before), lines(next)];
  const changed = [
    ...[...now].filter(([line]) => !old.has(line)),
    ...[...old].filter(([line]) => !now.has(line)),
  ].map(([, author]) => author);
  return changed.toSorted(compareBytes).map((one) => toHex(one));
}
