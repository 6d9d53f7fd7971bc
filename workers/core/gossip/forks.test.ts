import { describe, expect, test } from "vitest";
import { NOW, type Actor } from "../ledger/family-fixture.suite.test.ts";
import type { DoubtProof } from "./forks.ts";
import {
  at,
  AUNT,
  chainOf,
  CHILD,
  DAD,
  feed,
  following,
  gossipOf,
  link,
  peerOf,
  receive,
  registerOf,
  registerWith,
  takeRegister,
  VIEW,
} from "./gossip-fixture.suite.test.ts";
import { PROOF_AGAIN_MS } from "./limits.ts";
import type { RegisterException } from "./register.ts";
import { streamOf, type Gossip } from "./state.ts";
import { forgetBelow } from "./stream.ts";

const CHAIN = chainOf(CHILD, 4);
const TWIN = following(CHILD, at(CHAIN, 1), {}, 2, { ttlSeconds: 9 });

/** Mum has seen the third number twice, and is linked to these. */
function forked(...peers: readonly Actor[]): Gossip {
  const gossip = gossipOf();
  for (const entry of CHAIN) receive(gossip, entry);
  receive(gossip, TWIN);
  link(gossip, ...peers);
  return gossip;
}

const refused = (seq: number): RegisterException => ({
  author: CHILD.device,
  stream: 0,
  seq,
  what: "refused",
  height: 5,
});

/** What a peer is given for its register with numbers 1 to `to`. */
function given(
  gossip: Gossip,
  peer: Actor,
  to: number,
  exceptions: readonly RegisterException[] = [],
  now = NOW,
): readonly DoubtProof[] {
  const clock = { ms: now, counter: 0 };
  const register = registerWith(peer, CHILD, 1, to, { exceptions, clock });
  return takeRegister(gossip, register, peer, now).proofs;
}

describe("a fork that a peer has not heard of", () => {
  test("[GP24] is shown by both of its entries, without bodies", () => {
    const gossip = forked(DAD);
    expect(given(gossip, DAD, 4)).toMatchObject([
      { to: peerOf(DAD), kept: at(CHAIN, 2).header, other: { id: TWIN.id } },
    ]);
    const proof = streamOf(gossip, CHILD.device, 0).proof?.entry;
    expect(proof).toMatchObject({ header: TWIN.entry.header, signature: TWIN.entry.signature });
    expect([proof?.body.length, proof?.hops]).toEqual([0, 0]);
  });

  test("[GP24] is taken up from those two, bare as they are, in either order", () => {
    for (const order of [
      [at(CHAIN, 2), TWIN],
      [TWIN, at(CHAIN, 2)],
    ]) {
      const reader = gossipOf(AUNT);
      for (const entry of CHAIN) receive(reader, entry);
      for (const entry of order) {
        receive(reader, { ...entry, entry: { ...entry.entry, body: new Uint8Array() } });
      }
      expect(streamOf(reader, CHILD.device, 0)).toMatchObject({
        forkAt: 3,
        proof: { id: TWIN.id },
      });
    }
  });

  test("[GP24] is not shown to who refuses it, has nothing there, or is its author", () => {
    expect(given(forked(DAD), DAD, 4, [refused(3), refused(4)])).toEqual([]);
    expect(given(forked(DAD), DAD, 2)).toEqual([]);
    expect(given(forked(DAD), DAD, 3)).toHaveLength(1);
    expect(given(forked(CHILD), CHILD, 4)).toEqual([]);
    // Who refuses the number itself for another reason, and believes what follows, has not heard.
    expect(given(forked(DAD), DAD, 4, [refused(3)])).toHaveLength(1);
    expect(given(gossipOf(), DAD, 4)).toEqual([]);
  });

  test("[GP24] is shown once a minute while it is not said to be known", () => {
    const gossip = forked(DAD, AUNT);
    expect(given(gossip, DAD, 4)).toHaveLength(1);
    expect(given(gossip, DAD, 4, [], NOW + PROOF_AGAIN_MS - 1)).toEqual([]);
    expect(given(gossip, AUNT, 4, [], NOW + 1_000)).toHaveLength(1);
    expect(given(gossip, DAD, 4, [], NOW + PROOF_AGAIN_MS)).toHaveLength(1);
  });

  test("[GP24] a register that another hands on is answered to nobody", () => {
    const gossip = forked(DAD, AUNT);
    const register = registerWith(AUNT, CHILD, 1, 4);
    expect(takeRegister(gossip, register, DAD).proofs).toEqual([]);
    expect(takeRegister(gossip, registerOf(DAD), DAD).proofs).toEqual([]);
  });

  test("[GP24] is not shown once the entries are gone", () => {
    const gossip = forked(DAD);
    forgetBelow(streamOf(gossip, CHILD.device, 0), 4);
    expect(given(gossip, DAD, 4)).toEqual([]);
  });

  test("[GP24] of two forks the lower one is kept and shown", () => {
    const gossip = forked(DAD);
    const lower = following(CHILD, at(CHAIN, 0), {}, 1, { ttlSeconds: 9 });
    const ready = feed(gossip, { type: "entry", entry: lower, from: peerOf(DAD) }, VIEW, NOW);
    // Who brought it may have nothing but that one: it is shown both at once.
    expect(ready.proofs).toMatchObject([{ to: peerOf(DAD), kept: { seq: 2 } }]);
    expect(given(gossip, DAD, 4)).toEqual([]);
    expect(given(gossip, DAD, 4, [], NOW + PROOF_AGAIN_MS).map(({ kept }) => kept.seq)).toEqual([
      2,
    ]);
  });
});
