/**
 * Votes of one phase at one height, by view and distinct signer. The first vote of a signer in a
 * view stays; a second one changes nothing. Order of reading is by signer id, so that certificates
 * do not depend on arrival. SPEC TL1..TL3.
 */
import { isSameBytes } from "../codec/cbor.ts";
import { compareBytes, toHex } from "../codec/ids.ts";
import type { BlockHash } from "../codec/ids.ts";
import type { VerifiedVote } from "./messages.ts";

export interface Tally {
  /** View to signer (hex) to vote. */
  readonly views: Map<number, Map<string, VerifiedVote>>;
}

export function emptyTally(): Tally {
  return { views: new Map() };
}

/** Adds a vote; false when its signer has already voted in that view. */
export function addVote(tally: Tally, vote: VerifiedVote): boolean {
  const signer = toHex(vote.replica);
  const view = tally.views.get(vote.body.view) ?? new Map<string, VerifiedVote>();
  if (view.has(signer)) return false;
  view.set(signer, vote);
  tally.views.set(vote.body.view, view);
  return true;
}

/** Votes of a view for one block, by signer id. */
export function votesFor(tally: Tally, view: number, hash: BlockHash): readonly VerifiedVote[] {
  const votes = [...(tally.views.get(view)?.values() ?? [])];
  return votes
    .filter((vote) => isSameBytes(vote.body.blockHash, hash))
    .sort((a, b) => compareBytes(a.replica, b.replica));
}

/** All votes, by view and signer id. */
export function votesOf(tally: Tally): readonly VerifiedVote[] {
  const views = [...tally.views.entries()].sort(([a], [b]) => a - b);
  return views.flatMap(([, votes]) =>
    [...votes.values()].sort((a, b) => compareBytes(a.replica, b.replica)),
  );
}
