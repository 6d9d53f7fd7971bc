/**
 * What a peer has not heard of: its register shows something at or above a number that is in doubt
 * without saying that it is refused. It was away when the second entry of a fork went round (GP20), or
 * the register that contradicts an entry (BK), and is given both, so that all say the same of that
 * stream whenever they come. SPEC GP24, BK5, FP8. Source: DESIGN §5.
 */
import { toHex, type Hex } from "../codec/ids.ts";
import { streamKey, type Header } from "./header.ts";
import { OWN_FANOUT_MAX, PROOF_AGAIN_MS } from "./limits.ts";
import { contradicts, coverageOf, type Register, type VerifiedRegister } from "./register.ts";
import { durableStreams, type Gossip, type Peer } from "./state.ts";
import type { Proof, Stream } from "./stream.ts";

interface Shown {
  readonly to: Hex;
  /** Of the entry that is kept, whose signature the store has. */
  readonly kept: Header;
}
export interface ForkProof extends Shown {
  readonly other: Proof;
}
/** An entry and a register of its author of which no app signs both. */
export interface DatingProof extends Shown {
  readonly register: VerifiedRegister;
}
export type DoubtProof = ForkProof | DatingProof;

/** The forks and datings that a peer has named: by stream the number where each begins. */
export interface NamedDoubts {
  readonly forks: ReadonlyMap<string, number>;
  readonly dated: ReadonlyMap<string, number>;
}

export const NAMED_NONE: NamedDoubts = { forks: new Map(), dated: new Map() };

type WithoutPeer = Omit<ForkProof, "to"> | Omit<DatingProof, "to">;

/** One reason why a stream is in doubt. */
interface Doubt {
  readonly kind: keyof NamedDoubts;
  readonly at: number;
  readonly proof: WithoutPeer;
}

/** What a linked peer is to be given now that it has said what it has. */
export function proofsFor(gossip: Gossip, to: Hex, now: number): readonly DoubtProof[] {
  const register = gossip.registers.get(to)?.register;
  if (register === undefined) return [];
  return proofsOf(gossip, to, now, (stream, doubt) => isUnheard(register, stream, doubt));
}

/**
 * What a peer is to be given that has named the doubts that it knows: those of numbers that it has and
 * refuses for another reason. `isIn`: whether it has something of a stream from a number on.
 */
export function proofsBeside(
  gossip: Gossip,
  to: Hex,
  now: number,
  named: NamedDoubts,
  isIn: (key: string, from: number) => boolean,
): readonly DoubtProof[] {
  return proofsOf(gossip, to, now, ({ author, number }, { kind, at }) => {
    const key = streamKey(author, number);
    return isIn(key, at) && at < (named[kind].get(key) ?? Number.POSITIVE_INFINITY);
  });
}

/** A dating that is news: every peer is shown it at once, whatever it has; its author too. */
export function showDating(
  gossip: Gossip,
  { author, number }: Stream,
  kept: Header,
  register: VerifiedRegister,
  from: Hex | null,
  now: number,
): readonly DatingProof[] {
  const others = [...gossip.peers]
    .filter(([one]) => one !== from)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const chosen = gossip.random.shuffled(others).slice(0, OWN_FANOUT_MAX);
  return chosen.map(([to, peer]) => {
    peer.proven.set(nameOf(author, number, "dated", kept.seq), now);
    return { to, kept, register };
  });
}

/** At most once in a while for each stream and kind, and a fork never to its author. */
function proofsOf(
  gossip: Gossip,
  to: Hex,
  now: number,
  isLacking: (stream: Stream, doubt: Doubt) => boolean,
): readonly DoubtProof[] {
  const peer = gossip.peers.get(to);
  if (peer === undefined) return [];
  return durableStreams(gossip).flatMap((stream) =>
    doubtsOf(stream).flatMap((doubt): readonly DoubtProof[] => {
      const { author, number } = stream;
      if (doubt.kind === "forks" && toHex(author) === to) return [];
      const name = nameOf(author, number, doubt.kind, doubt.at);
      if (isRecent(peer, name, now) || !isLacking(stream, doubt)) return [];
      peer.proven.set(name, now);
      return [{ ...doubt.proof, to }];
    }),
  );
}

/** Those that can be proven: what is kept has its signature in the store. */
function doubtsOf({ known, proof, datedAt, datedBy }: Stream): readonly Doubt[] {
  const doubts: Doubt[] = [];
  const forked = proof === null ? undefined : known.get(proof.header.seq);
  if (proof !== null && forked !== undefined) {
    const { seq } = proof.header;
    doubts.push({ kind: "forks", at: seq, proof: { kept: forked.header, other: proof } });
  }
  const dated = datedAt === null ? undefined : known.get(datedAt);
  // Where it forks, the one that is kept may be the other one.
  if (datedAt === null || datedBy === null || dated === undefined) return doubts;
  if (!contradicts(datedBy.register, dated)) return doubts;
  const shown = { kept: dated.header, register: datedBy };
  return [...doubts, { kind: "dated", at: datedAt, proof: shown }];
}

function isRecent({ proven }: Peer, name: string, now: number): boolean {
  const provenAt = proven.get(name);
  return provenAt !== undefined && Math.abs(now - provenAt) < PROOF_AGAIN_MS;
}

function nameOf(author: Stream["author"], number: number, kind: Doubt["kind"], at: number): string {
  return `${streamKey(author, number)}/${at}/${kind}`;
}

/**
 * Whether it has something at or above the number that it does not refuse. Of a dating also whether it
 * lacks something there: it comes without its body, and is taken by who knows why.
 */
function isUnheard(
  register: Register,
  { author, number, known }: Stream,
  { kind, at }: Doubt,
): boolean {
  return [...known.keys()].some((seq) => {
    if (seq < at) return false;
    const says = coverageOf(register, author, number, seq);
    return says === "had" || (says === "missing" && kind === "dated");
  });
}
