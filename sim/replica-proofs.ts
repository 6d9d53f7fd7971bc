/**
 * The judges' own word on certificates and justifications, written apart from the core's: q distinct
 * members of the set, of one view, for one block, at the height after a head. SPEC SI13, SI16.
 */
import { toHex } from "../workers/core/codec/ids.ts";
import type { VerifiedViewChange, VerifiedVote } from "../workers/core/consensus/messages.ts";
import { blockHashOf, type BlockHeader, type VoteBody } from "../workers/core/ledger/block.ts";
import type { Head } from "../workers/core/ledger/chain.ts";
import { quorum } from "./checkers/chain.ts";

/** Whether exactly q distinct members say what `body` says, in PREPAREs. */
export function isQuorumOf(votes: readonly VerifiedVote[], body: VoteBody, head: Head): boolean {
  const of = (one: VoteBody): string =>
    `${one.epoch}/${one.height}/${one.view}/${toHex(one.blockHash)}`;
  return (
    body.height === head.state.height + 1 &&
    body.epoch === head.state.epoch &&
    areQuorum(votes, head) &&
    votes.every((one) => one.phase === "prepare" && of(one.body) === of(body))
  );
}

/** Whether a VIEW-CHANGE is of the height after `head` and proves its claim. */
export function isProven({ body, prepared, replica }: VerifiedViewChange, head: Head): boolean {
  const { epoch, height, view } = body;
  if (epoch !== head.state.epoch || height !== head.state.height + 1) return false;
  if (!head.state.replicas.some((one) => toHex(one) === toHex(replica))) return false;
  if (prepared === null || body.prepared === null) return prepared === body.prepared;
  if (prepared.view >= view || prepared.view !== body.prepared.view) return false;
  const { blockHash } = body.prepared;
  return isQuorumOf(prepared.prepares, { epoch, height, view: prepared.view, blockHash }, head);
}

/** Whether q VIEW-CHANGEs for exactly `view` allow this block: the highest claim's, or a fresh one. */
export function isJustified(
  changes: readonly VerifiedViewChange[],
  view: number,
  header: BlockHeader,
  head: Head,
): boolean {
  const isWhole =
    areQuorum(changes, head) &&
    changes.every((one) => one.body.view === view && isProven(one, head));
  if (!isWhole) return false;
  const claims = changes.flatMap(({ body }) => body.prepared ?? []);
  const [highest] = claims.toSorted((a, b) => b.view - a.view);
  if (highest === undefined) return true;
  return toHex(highest.blockHash) === toHex(blockHashOf(head.state.family, header));
}

function areQuorum(signed: readonly { readonly replica: Uint8Array }[], { state }: Head): boolean {
  const members = new Set(state.replicas.map((one) => toHex(one)));
  const signers = new Set(signed.map((one) => toHex(one.replica)));
  return (
    signers.size === signed.length &&
    signed.length === quorum(members.size) &&
    [...signers].every((one) => members.has(one))
  );
}
