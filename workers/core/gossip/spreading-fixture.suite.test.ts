/** Short ways to feed a core that spreads, and to read what it would send. */
import { toHex, type Hex } from "../codec/ids.ts";
import { NOW, type Actor } from "../ledger/family-fixture.suite.test.ts";
import type { GossipReady } from "./ready.ts";
import {
  at,
  AUNT,
  chainOf,
  CHILD,
  DAD,
  feed,
  FRIEND,
  gossipOf,
  link,
  MUM,
  peerOf,
  registerOf,
  takeRegister,
  VIEW,
} from "./gossip-fixture.suite.test.ts";
import { ANNOUNCE_MS } from "./limits.ts";
import type { Gossip, VerifiedEntry, Want } from "./state.ts";

export const CHAIN = chainOf(CHILD, 40);
export const ONE = at(CHAIN, 0);
export const TWO = at(CHAIN, 1);

export const pushed = (ready: GossipReady): readonly Hex[] =>
  ready.push.flatMap((one) => one.to).toSorted();
export const names = (...actors: readonly Actor[]): readonly Hex[] =>
  actors.map((one) => peerOf(one)).toSorted();
export const again = (
  gossip: Gossip,
  { header }: VerifiedEntry,
  from: Actor,
  now = NOW,
): GossipReady => feed(gossip, { type: "again", header, from: peerOf(from) }, VIEW, now);
export const rangeOf = (from: number, to: number, author = CHILD): Want => ({
  author: author.device,
  stream: 0,
  ranges: [{ from, to }],
});
export const told = (gossip: Gossip, from: Actor, ...has: readonly Want[]): GossipReady =>
  feed(gossip, { type: "told", from: peerOf(from), has });
export const announced = (gossip: Gossip, now = NOW + ANNOUNCE_MS): GossipReady["tell"] =>
  feed(gossip, { type: "announce" }, VIEW, now).tell;
export const wish = (gossip: Gossip, from: Actor, isWanted: boolean, author = CHILD): GossipReady =>
  feed(gossip, { type: "wish", from: peerOf(from), author: author.device, isWanted });
export const wished = (ready: GossipReady): readonly string[] =>
  ready.wishes
    .map(({ to, author, isWanted }) => `${isWanted ? "+" : "-"}${nameOf(author)}>${nameOf(to)}`)
    .toSorted();
export const PEOPLE = { DAD, MUM, CHILD, AUNT, FRIEND };
export const nameOf = (device: Hex | Uint8Array): string => {
  const hex = typeof device === "string" ? device : toHex(device);
  return Object.entries(PEOPLE).find(([, actor]) => peerOf(actor) === hex)?.[0] ?? hex;
};
export const tick = (gossip: Gossip, now = NOW): GossipReady =>
  feed(gossip, { type: "tick" }, VIEW, now);

/** Linked to these, and nobody else was heard of. */
export function wholeOf(...peers: readonly Actor[]): Gossip {
  const gossip = gossipOf();
  link(gossip, ...peers);
  for (const peer of peers) takeRegister(gossip, registerOf(peer), peer);
  return gossip;
}

/** Linked to these, while another device that was heard of is not: not everybody is linked. */
export function partOf(...peers: readonly Actor[]): Gossip {
  const gossip = gossipOf();
  link(gossip, ...peers);
  const elsewhere = [DAD, AUNT, FRIEND, CHILD].find((one) => !peers.includes(one));
  if (elsewhere === undefined) throw new Error("somebody has to be elsewhere");
  takeRegister(gossip, registerOf(elsewhere), peers[0] ?? DAD);
  return gossip;
}

export const isNothing = (ready: GossipReady): boolean =>
  [ready.push, ready.want, ready.tell, ready.wishes, ready.store].every((one) => one.length === 0);
