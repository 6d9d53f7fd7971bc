/**
 * The consensus core: PBFT with signatures, one height in flight, views counted from 0 at each
 * height, a certificate per block. `step` takes one input and says what to do, in this order: sign
 * and make durable (`record`), send, apply (`finalised`). What I sign counts and leaves only when it
 * comes back as `recorded`, so nothing is ever sent that a crash could forget. It does not verify
 * signatures, read a clock or store anything. One replica alone is a quorum and needs no peer.
 * SPEC RP1..RP25. Source: PBFT, OSDI'99 §4.2, §4.4; DESIGN §4.
 */
import { isSameBytes } from "../codec/cbor.ts";
import { toHex, type DeviceId, type Hex } from "../codec/ids.ts";
import { chooseTransactions } from "../ledger/chain.ts";
import { changesFrom, changeView, decide, enterNextHeight } from "./decide.ts";
import { takeProposal, takeViewChange, takeVote } from "./intake.ts";
import {
  proposalMessageOf,
  viewChangeMessageOf,
  voteMessageOf,
  type ConsensusMessage,
  type Phase,
  type VerifiedVote,
} from "./messages.ts";
import { takeLog, takeRecorded, takeStatus } from "./own-record.ts";
import { CHOICE_KEPT_MS } from "./limits.ts";
import { primaryOf } from "./place.ts";
import { isReplica, quorum, ready, type Input, type Ready, type Replica } from "./replica-state.ts";
import { votesFor, votesIn, votesOf } from "./tally.ts";
import { aloneToLog } from "./timer.ts";

/** Takes one input. Deterministic in the replica and the input. */
export function step(replica: Replica, input: Input): Ready {
  switch (input.type) {
    case "work":
      replica.pending = input.pending;
      replica.now = input.now;
      return decide(replica, []);
    case "proposal":
      return takeProposal(replica, input.proposal, input.now, input.isHeld ?? false);
    case "vote":
      return takeVote(replica, input.vote);
    case "view-change":
      return takeViewChange(replica, input.change, input.verified);
    case "recorded":
      return takeRecorded(replica, [input.recorded]);
    case "resumed":
      return takeLog(replica, input.log, input.aloneMs);
    case "status":
      return takeStatus(replica, input.known);
    case "tick":
      return takeTick(replica, input);
    case "advanced":
      enterNextHeight(replica, input.head);
      return ready({});
  }
}

/**
 * What is known of the height in flight, for a device that has just connected (DESIGN §4.6): the
 * proposal, of each replica the latest vote of each phase and those of the highest certificate, then
 * VIEW-CHANGEs: in this order, so that nobody asks for a view without what it should have known.
 */
export function messagesInFlight(replica: Replica): readonly ConsensusMessage[] {
  const { proposal, viewChanges, blocks } = replica;
  const changes = [...viewChanges.keys()].sort().flatMap((one) => viewChanges.get(one) ?? []);
  return [
    ...(proposal === null ? [] : [proposalMessageOf(proposal.message)]),
    ...latestVotes(replica, "prepare").map((one) => voteMessageOf(one)),
    ...latestVotes(replica, "commit").map((one) => voteMessageOf(one)),
    ...changes.map((one) => {
      const { prepared } = one;
      const block = prepared === null ? undefined : blocks.get(toHex(prepared.blockHash));
      return viewChangeMessageOf(one, block?.verified ?? null);
    }),
  ];
}

/** Replicas that the height in flight waits for; who of them is asleep is not known here. */
export function missingReplicas(replica: Replica): readonly DeviceId[] {
  const { head, view, proposal, isChanging } = replica;
  const set = head.state.replicas;
  if (isChanging && changesFrom(replica, view) < quorum(replica)) {
    return set.filter((one) => !replica.viewChanges.has(toHex(one)));
  }
  if (proposal === null) return [primaryOf(head, view)];
  const commits = votesFor(replica.tallies.commit, view, proposal.message.verified.hash);
  return set.filter((one) => !commits.some((vote) => isSameBytes(vote.replica, one)));
}

type Tick = Extract<Input, { type: "tick" }>;

function takeTick(replica: Replica, tick: Tick): Ready {
  replica.now = tick.now;
  const { head, view, timer } = replica;
  const isVoter = replica.standing === "may-vote" && isReplica(replica, replica.me);
  if (!isVoter || head.state.replicas.length === 1) return ready({});
  const isLinked = (one: DeviceId): boolean =>
    isSameBytes(one, replica.me) || tick.linked.some((other) => isSameBytes(other, one));
  const waiting = waitingTransactions(replica);
  const isOver = replica.rules.runTimer(timer, {
    elapsedMs: tick.elapsedMs,
    isQuorumConnected: head.state.replicas.filter(isLinked).length >= quorum(replica),
    isPrimaryConnected: isLinked(primaryOf(head, view)),
    roundTripMs: tick.roundTripMs,
    view,
    hasWork: replica.proposal !== null || replica.prepared !== null || waiting.length > 0,
    waiting,
    isHeld: replica.isChanging && changesFrom(replica, view) < quorum(replica),
  });
  if (!isOver) return { ...decide(replica, []), aloneMs: aloneToLog(timer) };
  const request = changeView(replica, view + 1);
  return ready({ record: [request], aloneMs: 0 });
}

/** What a block of mine would hold and the proposal does not: only this is work (DESIGN §4.5). */
function waitingTransactions(replica: Replica): readonly Hex[] {
  const { head, pending, now, proposal, rulesKnown } = replica;
  if (pending.length === 0) return [];
  const isKept =
    replica.choice?.head === head &&
    replica.choice.pending === pending &&
    Math.abs(now - replica.choice.now) < CHOICE_KEPT_MS;
  if (!isKept) {
    const { chosen } = chooseTransactions(head, pending, now, rulesKnown);
    replica.choice = { head, pending, now, ids: chosen.map((one) => toHex(one.id)) };
  }
  const proposed = new Set(
    proposal?.message.verified.transactions.map((one) => toHex(one.id)) ?? [],
  );
  return (replica.choice?.ids ?? []).filter((one) => !proposed.has(one));
}

/** The latest vote of each replica, and all of the views that still matter. */
function latestVotes(replica: Replica, phase: Phase): readonly VerifiedVote[] {
  const tally = replica.tallies[phase];
  const latest = new Map<Hex, VerifiedVote>();
  for (const vote of votesOf(tally)) latest.set(toHex(vote.replica), vote);
  const views = new Set([replica.view, replica.prepared?.view ?? replica.view]);
  const current = [...views].flatMap((view) => votesIn(tally, view));
  const older = [...latest.values()].filter(({ body }) => !views.has(body.view));
  return [...older, ...current];
}
