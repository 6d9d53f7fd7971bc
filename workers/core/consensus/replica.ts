/**
 * The consensus core: PBFT's normal case with signatures, one height in flight, a certificate per
 * block. `step` takes one input and says what to do, in this order: sign and make durable
 * (`record`), send, apply (`finalised`). A vote counts and leaves only when it comes back as
 * `recorded`, so nothing is ever sent that a crash could forget. It does not verify signatures,
 * read a clock or store anything. One replica alone is a quorum of one and needs no peer.
 * SPEC RP1..RP16. Source: PBFT, OSDI'99 §4.2; DESIGN §4.
 */
import { isSameBytes } from "../codec/cbor.ts";
import type { BlockHash, DeviceId } from "../codec/ids.ts";
import { quorumOf, type Certificate, type VoteBody } from "../ledger/block.ts";
import {
  buildBlock,
  isTooFarAhead,
  judgeBlock,
  type Head,
  type Misfit,
  type VerifiedBlock,
} from "../ledger/chain.ts";
import type { VerifiedTransaction } from "../ledger/transaction.ts";
import { VIEWS_AHEAD_MAX } from "./limits.ts";
import {
  prePrepareMessageOf,
  voteMessageOf,
  type ConsensusMessage,
  type Phase,
  type VerifiedPrePrepare,
  type VerifiedVote,
} from "./messages.ts";
import { addVote, emptyTally, votesFor, votesOf, type Tally } from "./tally.ts";

/** A replica's (or an observer's) part in the height after its head. `step` alone changes it. */
export interface Replica {
  /** My device; an observer's is in no replica set, and it follows without voting. */
  readonly me: DeviceId;
  head: Head;
  /** View of the height in flight, from 0. */
  view: number;
  /** The proposal accepted in this view, and the head it would make. */
  proposal: { readonly prePrepare: VerifiedPrePrepare; readonly after: Head } | null;
  /** A block of mine that waits to be signed and recorded. */
  drafting: BlockHash | null;
  /** Views in which my PREPARE or COMMIT was asked for: never a second one. */
  readonly asked: Set<string>;
  prepares: Tally;
  commits: Tally;
}

/** Something to sign and make durable before it may leave. */
export interface RecordRequest {
  readonly phase: Phase;
  readonly body: VoteBody;
  /** Stored with the vote, so that a restart finds the proposal again. */
  readonly verified: VerifiedBlock;
  /**
   * With a COMMIT: the prepared certificate, q PREPAREs of this view. With a backup's PREPARE: the
   * primary's, so that a restart finds the proposal again. Empty with the primary's own.
   */
  readonly prepared: readonly VerifiedVote[];
}

/** A vote of mine that is durable. */
export interface Recorded {
  readonly request: RecordRequest;
  readonly vote: VerifiedVote;
}

export interface Finalised {
  readonly verified: VerifiedBlock;
  readonly certificate: Certificate;
  readonly head: Head;
}

export type Input =
  /** Pending transactions, verified; the primary may propose them. */
  | {
      readonly type: "work";
      readonly pending: readonly VerifiedTransaction[];
      /** Wall clock, milliseconds since the epoch. */
      readonly now: number;
    }
  | { readonly type: "pre-prepare"; readonly message: VerifiedPrePrepare; readonly now: number }
  | { readonly type: "vote"; readonly vote: VerifiedVote }
  /** My own vote is durable. */
  | ({ readonly type: "recorded" } & Recorded)
  /** After a restart: my votes of this height as the log has them, all at once, before any other input. */
  | { readonly type: "resumed"; readonly log: readonly Recorded[] }
  /** A certified block came by state transfer and was applied. */
  | { readonly type: "advanced"; readonly head: Head };

/** Why an input changed nothing. */
export type Ignored =
  | "other-height"
  | "other-epoch"
  | "other-view"
  | "not-a-replica"
  | "not-the-primary"
  | "second-proposal"
  | "repeated-vote"
  | "invalid-block"
  | "too-far-ahead"
  | "stale";

export interface Ready {
  readonly record: readonly RecordRequest[];
  readonly send: readonly ConsensusMessage[];
  readonly finalised: Finalised | null;
  /** Pending transactions that no block on this head could hold. */
  readonly misfits: readonly Misfit[];
  readonly ignored: Ignored | null;
}

export function createReplica(me: DeviceId, head: Head): Replica {
  return {
    me,
    head,
    view: 0,
    proposal: null,
    drafting: null,
    asked: new Set(),
    prepares: emptyTally(),
    commits: emptyTally(),
  };
}

/** The replica that may propose in a view of the height after `head` (DESIGN §4.3). */
export function primaryOf(head: Head, view: number): DeviceId {
  const set = head.state.replicas;
  const sticky = set.findIndex((one) => isSameBytes(one, head.primary));
  const chosen = set[(Math.max(sticky, 0) + view) % set.length];
  if (chosen === undefined) throw new Error("invariant: a replica set is never empty");
  return chosen;
}

/** Takes one input. Deterministic in the replica and the input. */
export function step(replica: Replica, input: Input): Ready {
  switch (input.type) {
    case "work":
      return onWork(replica, input.pending, input.now);
    case "pre-prepare":
      return onPrePrepare(replica, input.message, input.now);
    case "vote":
      return onVote(replica, input.vote);
    case "recorded":
      return onRecorded(replica, [input]);
    case "resumed":
      return onRecorded(replica, input.log);
    case "advanced":
      enter(replica, input.head);
      return ready({});
  }
}

/** All that is known of the height in flight, for a device that has just connected (DESIGN §4.6). */
export function messagesInFlight(replica: Replica): readonly ConsensusMessage[] {
  const votes = [...votesOf(replica.prepares), ...votesOf(replica.commits)];
  return [
    ...(replica.proposal === null ? [] : [prePrepareMessageOf(replica.proposal.prePrepare)]),
    ...votes.map((vote) => voteMessageOf(vote)),
  ];
}

/** Replicas whose COMMIT or PREPARE is still missing for the height in flight. */
export function missingReplicas(replica: Replica): readonly DeviceId[] {
  const hash = replica.proposal?.prePrepare.verified.hash;
  return replica.head.state.replicas.filter((one) => {
    if (hash === undefined) return isSameBytes(one, primaryOf(replica.head, replica.view));
    const commits = votesFor(replica.commits, replica.view, hash);
    return !commits.some((vote) => isSameBytes(vote.replica, one));
  });
}

function onWork(replica: Replica, pending: readonly VerifiedTransaction[], now: number): Ready {
  if (replica.proposal !== null || replica.drafting !== null) return ready({});
  if (!isPrimary(replica, replica.view)) return ready({});
  if (pending.length === 0) return ready({});
  const { verified, misfits } = buildBlock(replica.head, pending, replica.me, now);
  if (verified === null) return ready({ misfits });
  const request = prepareRequest(replica, verified);
  if (request === null) return ready({ misfits });
  replica.drafting = verified.hash;
  return ready({ misfits, record: [request] });
}

function onPrePrepare(replica: Replica, message: VerifiedPrePrepare, now: number): Ready {
  const { verified, prepare } = message;
  const fault = bodyFault(replica, prepare.body);
  if (fault !== null) return ignore(fault);
  if (prepare.body.view !== replica.view) return ignore("other-view");
  if (!isSameBytes(prepare.replica, primaryOf(replica.head, replica.view))) {
    return ignore("not-the-primary");
  }
  if (replica.proposal !== null) {
    const isSame = isSameBytes(replica.proposal.prePrepare.verified.hash, verified.hash);
    return ignore(isSame ? "stale" : "second-proposal");
  }
  if (!isSameBytes(verified.block.header.primary, prepare.replica)) return ignore("invalid-block");
  const judgement = judgeBlock(replica.head, verified);
  if (!judgement.ok) return ignore("invalid-block");
  if (isTooFarAhead(verified.block, now)) return ignore("too-far-ahead");
  replica.proposal = { prePrepare: message, after: judgement.head };
  addVote(replica.prepares, prepare);
  return decide(replica, []);
}

function onVote(replica: Replica, vote: VerifiedVote): Ready {
  const fault = bodyFault(replica, vote.body);
  if (fault !== null) return ignore(fault);
  if (vote.body.view > replica.view + VIEWS_AHEAD_MAX) return ignore("other-view");
  if (!isReplica(replica, vote.replica)) return ignore("not-a-replica");
  const tally = vote.phase === "prepare" ? replica.prepares : replica.commits;
  if (!addVote(tally, vote)) return ignore("repeated-vote");
  return decide(replica, []);
}

/** Counts and sends my durable votes. All are counted before anything more is asked for. */
function onRecorded(replica: Replica, log: readonly Recorded[]): Ready {
  const current = log.filter(({ request }) => bodyFault(replica, request.body) === null);
  if (current.length === 0) return log.length === 0 ? ready({}) : ignore("stale");
  for (const one of current) countOwn(replica, one);
  for (const { request } of current) {
    restoreProposal(replica, request.body.view, request.verified);
  }
  return decide(
    replica,
    current.map((one) => ownMessage(replica, one)),
  );
}

function countOwn(replica: Replica, { request, vote }: Recorded): void {
  const { phase, body, verified, prepared } = request;
  replica.asked.add(askKey(phase, body.view));
  // Who commits in a view has no other block to PREPARE there.
  if (phase === "commit") replica.asked.add(askKey("prepare", body.view));
  for (const one of prepared) addVote(replica.prepares, one);
  addVote(phase === "prepare" ? replica.prepares : replica.commits, vote);
  const isDraft = replica.drafting !== null && isSameBytes(replica.drafting, verified.hash);
  if (isDraft) replica.drafting = null;
}

/** The primary's PREPARE leaves inside its PRE-PREPARE. */
function ownMessage(replica: Replica, { request, vote }: Recorded): ConsensusMessage {
  const { phase, body, verified } = request;
  const isProposal = phase === "prepare" && isPrimary(replica, body.view);
  return isProposal ? prePrepareMessageOf({ verified, prepare: vote }) : voteMessageOf(vote);
}

/** Takes a proposal from my own record, once the primary's PREPARE for it is known too. */
function restoreProposal(replica: Replica, view: number, verified: VerifiedBlock): void {
  if (replica.proposal !== null || view !== replica.view) return;
  const primary = primaryOf(replica.head, view);
  const prepare = votesFor(replica.prepares, view, verified.hash).find((one) =>
    isSameBytes(one.replica, primary),
  );
  if (prepare === undefined) return;
  const judgement = judgeBlock(replica.head, verified);
  if (!judgement.ok) throw new Error("invariant: what I voted for is valid on its head");
  replica.proposal = { prePrepare: { verified, prepare }, after: judgement.head };
}

/** The one decision: after any change, what is owed for the proposal in flight. */
function decide(replica: Replica, send: readonly ConsensusMessage[]): Ready {
  const { proposal } = replica;
  if (proposal === null) return ready({ send });
  const { verified } = proposal.prePrepare;
  const finalised = finalise(replica, proposal.prePrepare.verified, proposal.after);
  if (finalised !== null) {
    enter(replica, finalised.head);
    return ready({ send, finalised });
  }
  const record: RecordRequest[] = [];
  const prepare = prepareRequest(replica, verified);
  if (prepare !== null) record.push(prepare);
  const commit = commitRequest(replica, verified);
  if (commit !== null) record.push(commit);
  return ready({ send, record });
}

/** q COMMITs of any one view finalise the block, whatever view I am in. */
function finalise(replica: Replica, verified: VerifiedBlock, after: Head): Finalised | null {
  const q = quorumOf(replica.head.state.replicas.length);
  for (const view of replica.commits.views.keys()) {
    const commits = votesFor(replica.commits, view, verified.hash);
    if (commits.length < q) continue;
    const certificate = {
      view,
      commits: commits.slice(0, q).map(({ replica: one, signature }) => ({
        replica: one,
        signature,
      })),
    };
    return { verified, certificate, head: after };
  }
  return null;
}

function prepareRequest(replica: Replica, verified: VerifiedBlock): RecordRequest | null {
  const proposal = replica.proposal?.prePrepare.prepare;
  return request(replica, "prepare", verified, proposal === undefined ? [] : [proposal]);
}

function commitRequest(replica: Replica, verified: VerifiedBlock): RecordRequest | null {
  const prepared = votesFor(replica.prepares, replica.view, verified.hash);
  const q = quorumOf(replica.head.state.replicas.length);
  if (prepared.length < q) return null;
  return request(replica, "commit", verified, prepared.slice(0, q));
}

/** Asks for a signature once per phase and view, and only from a member of the set. */
function request(
  replica: Replica,
  phase: Phase,
  verified: VerifiedBlock,
  prepared: readonly VerifiedVote[],
): RecordRequest | null {
  const key = askKey(phase, replica.view);
  if (!isReplica(replica, replica.me) || replica.asked.has(key)) return null;
  replica.asked.add(key);
  const { state } = replica.head;
  const body: VoteBody = {
    epoch: state.epoch,
    height: state.height + 1,
    view: replica.view,
    blockHash: verified.hash,
  };
  return { phase, body, verified, prepared };
}

function enter(replica: Replica, head: Head): void {
  replica.head = head;
  replica.view = 0;
  replica.proposal = null;
  replica.drafting = null;
  replica.asked.clear();
  replica.prepares = emptyTally();
  replica.commits = emptyTally();
}

function bodyFault(replica: Replica, body: VoteBody): Ignored | null {
  if (body.epoch !== replica.head.state.epoch) return "other-epoch";
  return body.height === replica.head.state.height + 1 ? null : "other-height";
}

function isPrimary(replica: Replica, view: number): boolean {
  return isSameBytes(primaryOf(replica.head, view), replica.me);
}

function isReplica(replica: Replica, device: DeviceId): boolean {
  return replica.head.state.replicas.some((one) => isSameBytes(one, device));
}

function askKey(phase: Phase, view: number): string {
  return `${phase}/${view}`;
}

function ready(some: Partial<Ready>): Ready {
  return { record: [], send: [], finalised: null, misfits: [], ignored: null, ...some };
}

function ignore(ignored: Ignored): Ready {
  return ready({ ignored });
}
