/**
 * Forks that a peer has not heard of: its register shows something at or above one without saying
 * that it is refused. It was away when the second entry went round (GP20), and is given both, so that
 * all say the same of that stream whenever they come. SPEC GP24. Source: DESIGN §5.
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
  const peer = gossip.peers.get(to);
  const register = gossip.registers.get(to)?.register;
  if (peer === undefined || register === undefined) return [];
  return durableStreams(gossip).flatMap((stream): readonly ForkProof[] => {
    const { author, number, proof } = stream;
    const kept = proof === null ? undefined : stream.known.get(proof.header.seq);
    if (proof === null || kept === undefined || toHex(author) === to) return [];
    const key = streamKey(author, number);
    const provenAt = peer.proven.get(key);
    const isRecent = provenAt !== undefined && Math.abs(now - provenAt) < PROOF_AGAIN_MS;
    if (isRecent || !believes(register, stream, proof.header.seq)) return [];
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
