/**
 * Votes of one phase at one height, by view and distinct signer. The first vote of a signer in a
 * view stays; a second one for another block is a proof against its signer, and changes nothing
 * else. Order of reading is by signer id, so that certificates do not depend on arrival.
 * SPEC TL1..TL3. Source: DESIGN §4.9.
 */
import { isSameBytes } from "../codec/cbor.ts";
import { compareBytes, toHex } from "../codec/ids.ts";
import type { BlockHash } from "../codec/ids.ts";
import type { VerifiedVote } from "./messages.ts";

export interface Tally {
  /** View to signer (hex) to vote. */
  readonly views: Map<number, Map<string, VerifiedVote>>;
}

/** Two votes of one signer for one epoch, height, view and phase with different blocks. */
export interface Evidence {
  readonly first: VerifiedVote;
  readonly second: VerifiedVote;
}

export type Added =
  | { readonly type: "added" }
  /** The signer has voted for this block in this view already, perhaps under another signature. */
  | { readonly type: "repeated" }
  | { readonly type: "conflict"; readonly evidence: Evidence };

export function emptyTally(): Tally {
  return { views: new Map() };
}

/** Adds a vote, unless its signer has already voted in that view. */
export function addVote(tally: Tally, vote: VerifiedVote): Added {
  const signer = toHex(vote.replica);
  const view = tally.views.get(vote.body.view) ?? new Map<string, VerifiedVote>();
  const first = view.get(signer);
  if (first !== undefined) {
    return isSameBytes(first.body.blockHash, vote.body.blockHash)
      ? { type: "repeated" }
      : { type: "conflict", evidence: { first, second: vote } };
  }
  view.set(signer, vote);
  tally.views.set(vote.body.view, view);
  return { type: "added" };
}

/** Whether `vote` is for the block that `known`, of the same signer, phase and view, is for. */
export function isSameVote(known: VerifiedVote | undefined, vote: VerifiedVote): boolean {
  return known !== undefined && isSameBytes(known.body.blockHash, vote.body.blockHash);
}

/** Votes of a view for one block, by signer id. */
export function votesFor(tally: Tally, view: number, hash: BlockHash): readonly VerifiedVote[] {
  return votesIn(tally, view).filter((vote) => isSameBytes(vote.body.blockHash, hash));
}

/** Votes of a view, by signer id. */
export function votesIn(tally: Tally, view: number): readonly VerifiedVote[] {
  const votes = [...(tally.views.get(view)?.values() ?? [])];
  return votes.sort((a, b) => compareBytes(a.replica, b.replica));
}

/** All votes, by view and signer id. */
export function votesOf(tally: Tally): readonly VerifiedVote[] {
  return viewsOf(tally).flatMap((view) => votesIn(tally, view));
}

/** The views that have votes, ascending. */
export function viewsOf(tally: Tally): readonly number[] {
  return [...tally.views.keys()].sort((a, b) => a - b);
}

/** Blocks with `q` votes in a view, each with its first q votes by signer id; lowest view first. */
export function quorumsOf(
  tally: Tally,
  q: number,
): readonly {
  readonly view: number;
  readonly hash: BlockHash;
  readonly votes: readonly VerifiedVote[];
}[] {
  return viewsOf(tally).flatMap((view) => {
    const votes = votesIn(tally, view);
    const [whole] = votes
      .map(({ body }) => votes.filter((one) => isSameBytes(one.body.blockHash, body.blockHash)))
      .filter((same) => same.length >= q);
    const [first] = whole ?? [];
    if (whole === undefined || first === undefined) return [];
    return [{ view, hash: first.body.blockHash, votes: whole.slice(0, q) }];
  });
}

/** Forgets the views below `view`. */
export function forgetBelow(tally: Tally, view: number): void {
  for (const one of tally.views.keys()) if (one < view) tally.views.delete(one);
}
