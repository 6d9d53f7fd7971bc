/**
 * Forks that a peer has not heard of: its register shows something at or above one without saying
 * that it is refused. It was away when the second entry went round (GP20), and is given both, so that
 * all say the same of that stream whenever they come. SPEC GP24, FP8. Source: DESIGN §5.
 */
import { toHex, type Hex } from "../codec/ids.ts";
import { streamKey, type Header } from "./header.ts";
import { PROOF_AGAIN_MS } from "./limits.ts";
import { coverageOf, type Register } from "./register.ts";
import { durableStreams, type Gossip } from "./state.ts";
import type { Proof, Stream } from "./stream.ts";

export interface ForkProof {
  readonly to: Hex;
  /** Of the entry that is kept, whose signature the store has. */
  readonly kept: Header;
  readonly other: Proof;
}

/** What a linked peer is to be given now that it has said what it has. */
export function proofsFor(gossip: Gossip, to: Hex, now: number): readonly ForkProof[] {
  const register = gossip.registers.get(to)?.register;
  if (register === undefined) return [];
  return proofsOf(gossip, to, now, (stream, forkAt) => believes(register, stream, forkAt));
}

/**
 * What a peer is to be given that has named the forks that it knows: those of numbers that it has and
 * refuses for another reason. `isIn`: whether it has something of a stream from a number on.
 */
export function proofsBeside(
  gossip: Gossip,
  to: Hex,
  now: number,
  named: ReadonlyMap<string, number>,
  isIn: (key: string, from: number) => boolean,
): readonly ForkProof[] {
  return proofsOf(gossip, to, now, ({ author, number }, forkAt) => {
    const key = streamKey(author, number);
    return isIn(key, forkAt) && forkAt < (named.get(key) ?? Number.POSITIVE_INFINITY);
  });
}

/** At most once in a while for each stream, and never to its author. */
function proofsOf(
  gossip: Gossip,
  to: Hex,
  now: number,
  isLacking: (stream: Stream, forkAt: number) => boolean,
): readonly ForkProof[] {
  const peer = gossip.peers.get(to);
  if (peer === undefined) return [];
  return durableStreams(gossip).flatMap((stream): readonly ForkProof[] => {
    const { author, number, proof } = stream;
    const kept = proof === null ? undefined : stream.known.get(proof.header.seq);
    if (proof === null || kept === undefined || toHex(author) === to) return [];
    const key = `${streamKey(author, number)}/${proof.header.seq}`;
    const provenAt = peer.proven.get(key);
    const isRecent = provenAt !== undefined && Math.abs(now - provenAt) < PROOF_AGAIN_MS;
    if (isRecent || !isLacking(stream, proof.header.seq)) return [];
    peer.proven.set(key, now);
    return [{ to, kept: kept.header, other: proof }];
  });
}

/** Whether it has something at or above the fork that it does not refuse. */
function believes(register: Register, { author, number, known }: Stream, forkAt: number): boolean {
  return [...known.keys()].some(
    (seq) => seq >= forkAt && coverageOf(register, author, number, seq) === "had",
  );
}
