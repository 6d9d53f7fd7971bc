/**
 * What of mine is durable: it counts and leaves only now. After a restart the whole log comes at
 * once; the same bytes are sent again, and nothing that was asked for is asked for twice. A STATUS
 * then says whether others know of a vote that the log does not have.
 * SPEC RP2 to RP4, RP18, RP22. Source: DESIGN §4.7.
 */
import { isSameBytes } from "../codec/cbor.ts";
import { toHex, type BlockHash } from "../codec/ids.ts";
import { askKey, decide, goTo } from "./decide.ts";
import { isMine, isMyChange, refuse } from "./intake.ts";
import {
  proposalMessageOf,
  viewChangeMessageOf,
  voteMessageOf,
  type ConsensusMessage,
  type VerifiedVote,
} from "./messages.ts";
import { primaryOf } from "./place.ts";
import { higherOf } from "./prepared.ts";
import {
  admitBlock,
  ignore,
  isNear,
  isPrimary,
  misplacedIn,
  ready,
  type KnownVotes,
  type Ready,
  type Recorded,
  type Replica,
  type VoteRequest,
} from "./replica-state.ts";
import { votesFor } from "./tally.ts";

/** Counts and sends what is durable. All is counted before anything more is asked for. */
export function takeRecorded(replica: Replica, log: readonly Recorded[]): Ready {
  const current = log.filter(({ request }) => misplacedIn(replica, request.body) === null);
  if (current.length === 0) return log.length === 0 ? ready({}) : ignore("stale");
  for (const one of current) count(replica, one);
  for (const { request } of current) {
    if (request.phase !== "view-change") restoreProposal(replica, request);
  }
  return decide(
    replica,
    current.map((one) => messageOf(replica, one)),
  );
}

/** After a restart: the view that my log had reached, then everything in it. */
export function takeLog(replica: Replica, log: readonly Recorded[], aloneMs: number): Ready {
  const current = log.filter(({ request }) => misplacedIn(replica, request.body) === null);
  const view = Math.max(0, ...current.map(({ request }) => request.body.view));
  goTo(replica, view);
  replica.isChanging = current.some(
    ({ request }) => request.phase === "view-change" && request.body.view === view,
  );
  replica.timer.aloneMs = aloneMs;
  replica.timer.loggedAloneMs = aloneMs;
  return takeRecorded(replica, log);
}

/** What a node at my height knows of my votes; one that I do not know of silences me. */
export function takeStatus(replica: Replica, known: KnownVotes): Ready {
  const { standing, head } = replica;
  if (standing === "refused" || known.height !== head.state.height) return ignore("other-height");
  const isOwn = (one: { readonly replica: Uint8Array }): boolean =>
    isSameBytes(one.replica, replica.me);
  const isHere = (body: { readonly epoch: number; readonly height: number }): boolean =>
    misplacedIn(replica, body) === null;
  const isUnknownVote = (one: VerifiedVote): boolean =>
    isOwn(one) && isHere(one.body) && isNear(replica, one.body.view) && !isMine(replica, one);
  const hasUnknown =
    known.votes.some(isUnknownVote) ||
    known.viewChanges.some((one) => isOwn(one) && isHere(one.body) && !isMyChange(replica, one));
  if (hasUnknown) return refuse(replica);
  if (standing === "may-vote") return ready({});
  replica.standing = "may-vote";
  return decide(replica, []);
}

function count(replica: Replica, recorded: Recorded): void {
  const { request } = recorded;
  replica.asked.add(askKey(request.phase, request.body.view));
  if (request.phase === "view-change") {
    if (!("change" in recorded)) throw new Error("invariant: a VIEW-CHANGE is recorded as one");
    if (request.verified !== null) admitOwn(replica, request.verified);
    replica.prepared = higherOf(replica.prepared, request.prepared);
    replica.viewChanges.set(toHex(replica.me), recorded.change);
    return;
  }
  if (!("vote" in recorded)) throw new Error("invariant: a vote is recorded as one");
  const { phase, body, verified, prepared, viewChanges } = request;
  // Who commits in a view has no other block to PREPARE there.
  if (phase === "commit") replica.asked.add(askKey("prepare", body.view));
  admitOwn(replica, verified);
  for (const one of prepared) replica.rules.addVote(replica.tallies.prepare, one);
  replica.rules.addVote(replica.tallies[phase], recorded.vote);
  for (const one of viewChanges) keepHigher(replica, one);
  if (phase === "commit") {
    const certificate = { view: body.view, blockHash: body.blockHash, prepares: prepared };
    replica.prepared = higherOf(replica.prepared, certificate);
  }
  const isDraft = replica.drafting !== null && isSameBytes(replica.drafting, verified.hash);
  if (isDraft) replica.drafting = null;
}

function keepHigher(replica: Replica, change: VoteRequest["viewChanges"][number]): void {
  const signer = toHex(change.replica);
  const known = replica.viewChanges.get(signer);
  if (known === undefined || known.body.view < change.body.view) {
    replica.viewChanges.set(signer, change);
  }
}

function admitOwn(replica: Replica, verified: VoteRequest["verified"]): void {
  if (admitBlock(replica, verified) !== null) return;
  throw new Error("invariant: what I signed for is valid on its head");
}

/** The primary's PREPARE leaves inside its proposal. */
function messageOf(replica: Replica, recorded: Recorded): ConsensusMessage {
  if ("change" in recorded) return viewChangeMessageOf(recorded.change, recorded.request.verified);
  const { request, vote } = recorded;
  const { phase, body, verified, viewChanges } = request;
  const isProposal = phase === "prepare" && isPrimary(replica, body.view);
  return isProposal
    ? proposalMessageOf({ verified, prepare: vote, viewChanges })
    : voteMessageOf(vote);
}

/** Takes a proposal of this view from my own record, once its primary's PREPARE is known too. */
function restoreProposal(replica: Replica, request: VoteRequest): void {
  const { body, verified, viewChanges } = request;
  if (replica.proposal !== null || body.view !== replica.view) return;
  // A COMMIT without an own PREPARE does not say what justified the proposal: it cannot be passed on.
  if (body.view > 0 && viewChanges.length === 0) return;
  const prepare = primaryPrepareOf(replica, body.view, verified.hash);
  if (prepare === undefined) return;
  const after = admitBlock(replica, verified);
  if (after === null) throw new Error("invariant: what I voted for is valid on its head");
  replica.isChanging = false;
  replica.proposal = { message: { verified, prepare, viewChanges }, after };
}

function primaryPrepareOf(
  replica: Replica,
  view: number,
  hash: BlockHash,
): VerifiedVote | undefined {
  const primary = primaryOf(replica.head, view);
  return votesFor(replica.tallies.prepare, view, hash).find((one) =>
    isSameBytes(one.replica, primary),
  );
}
