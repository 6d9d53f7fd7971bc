/**
 * Takes in what other replicas say: proposals, votes, VIEW-CHANGEs. Each is checked against the
 * height in flight and kept or ignored with a reason; then decide.ts says what is owed. Signatures
 * were checked before. SPEC RP7, RP8, RP10, RP17 to RP23. Source: PBFT, OSDI'99 §4.4; DESIGN §4.4.
 */
import { isSameBytes } from "../codec/cbor.ts";
import { toHex } from "../codec/ids.ts";
import type { VerifiedBlock } from "../ledger/chain.ts";
import { decide, goTo } from "./decide.ts";
import { VIEWS_AHEAD_MAX } from "./limits.ts";
import type { VerifiedProposal, VerifiedViewChange, VerifiedVote } from "./messages.ts";
import { higherOf } from "./prepared.ts";
import {
  admitBlock,
  ignore,
  isNear,
  isReplica,
  misplacedIn,
  placeOf,
  ready,
  type Ignored,
  type Ready,
  type Replica,
} from "./replica-state.ts";
import type { Evidence } from "./tally.ts";

/** A PRE-PREPARE or NEW-VIEW. */
export function takeProposal(
  replica: Replica,
  message: VerifiedProposal,
  now: number,
  isHeld: boolean,
): Ready {
  replica.now = now;
  const { verified, prepare, viewChanges } = message;
  const { view } = prepare.body;
  const misplaced = misplacedIn(replica, prepare.body);
  if (misplaced !== null) return ignore(misplaced);
  if (!replica.rules.mayPropose(prepare.replica, replica.head, view)) {
    return ignore("not-the-primary");
  }
  if (view === replica.view && replica.proposal !== null) return takeSecond(replica, prepare);
  const fault = proposalFault(replica, message, now, isHeld);
  // Views are bounded but for those that q replicas have asked for.
  if (!isNear(replica, view) && view < replica.view) return ignore("other-view");
  if (fault !== null) return ignore(fault);
  // A VIEW-CHANGE of mine in a NEW-VIEW is kept by entering the view, whether I know of it or not.
  if (isLost(replica, prepare)) return refuse(replica);
  const isKnown = replica.blocks.has(toHex(verified.hash));
  const after = admitBlock(replica, verified);
  if (after === null) return ignore("invalid-block");
  const added = replica.rules.addVote(replica.tallies.prepare, prepare);
  // Said as news each time it comes, it would be passed on for ever.
  if (view < replica.view && isKnown && added.type === "repeated") return ignore("stale");
  if (added.type === "conflict") return convict(added.evidence);
  for (const change of viewChanges) keepChange(replica, change, null);
  if (view >= replica.view) {
    goTo(replica, view);
    replica.isChanging = false;
    replica.proposal = { message, after };
  }
  return decide(replica, []);
}

/** A primary that proposes twice in a view convicts itself by its two PREPAREs. */
function takeSecond(replica: Replica, prepare: VerifiedVote): Ready {
  if (isLost(replica, prepare)) return refuse(replica);
  const added = replica.rules.addVote(replica.tallies.prepare, prepare);
  return added.type === "conflict" ? convict(added.evidence) : ignore("stale");
}

/** Why a proposal of the view's primary is not accepted; null if it is. */
function proposalFault(
  replica: Replica,
  message: VerifiedProposal,
  now: number,
  isHeld: boolean,
): Ignored | null {
  const { verified, prepare, viewChanges } = message;
  const { view } = prepare.body;
  const { rules } = replica;
  const isJustified =
    view === 0
      ? viewChanges.length === 0
      : rules.areJustification(viewChanges, view, placeOf(replica));
  if (!isJustified) return "unjustified";
  const bound = rules.highestPrepared(viewChanges);
  if (bound !== null) {
    return isSameBytes(bound.blockHash, verified.hash) ? null : "unjustified";
  }
  const { header } = verified.block;
  if (!isSameBytes(header.primary, prepare.replica)) return "invalid-block";
  // Neither is part of the block's validity: this replica merely lends it no name.
  if (isHeld) return "held";
  return rules.isTooFarAhead(verified.block, now) ? "too-far-ahead" : null;
}

/** A PREPARE or COMMIT. */
export function takeVote(replica: Replica, vote: VerifiedVote): Ready {
  const misplaced = misplacedIn(replica, vote.body);
  if (misplaced !== null) return ignore(misplaced);
  if (!isNear(replica, vote.body.view)) return ignore("other-view");
  if (!isReplica(replica, vote.replica)) return ignore("not-a-replica");
  if (isLost(replica, vote)) return refuse(replica);
  const added = replica.rules.addVote(replica.tallies[vote.phase], vote);
  switch (added.type) {
    case "added":
      return decide(replica, []);
    case "repeated":
      return ignore("repeated-vote");
    case "conflict":
      return convict(added.evidence);
  }
}

/** A VIEW-CHANGE with the block that its certificate is for. */
export function takeViewChange(
  replica: Replica,
  change: VerifiedViewChange,
  verified: VerifiedBlock | null,
): Ready {
  const { body } = change;
  const misplaced = misplacedIn(replica, body);
  if (misplaced !== null) return ignore(misplaced);
  if (body.view > replica.view + VIEWS_AHEAD_MAX) return ignore("other-view");
  if (!isReplica(replica, change.replica)) return ignore("not-a-replica");
  if (!replica.rules.isProven(change, placeOf(replica))) return ignore("unproven");
  if (isSameBytes(change.replica, replica.me) && !isMyChange(replica, change)) {
    return refuse(replica);
  }
  const fault = keepChange(replica, change, verified);
  return fault === null ? decide(replica, []) : ignore(fault);
}

/** A vote of mine that is known and that my log does not have: I stop voting for good. */
export function refuse(replica: Replica): Ready {
  const isNew = replica.standing !== "refused";
  replica.standing = "refused";
  return ready({ isRefused: isNew });
}

function isLost(replica: Replica, vote: VerifiedVote): boolean {
  return isSameBytes(vote.replica, replica.me) && !isMine(replica, vote);
}

/** Whether I have made this vote: it is the one in my tally. */
export function isMine(replica: Replica, vote: VerifiedVote): boolean {
  const own = replica.tallies[vote.phase].views.get(vote.body.view)?.get(toHex(replica.me));
  return replica.rules.isSameVote(own, vote);
}

/** Whether I have asked for this view, or a higher one since. */
export function isMyChange(replica: Replica, change: VerifiedViewChange): boolean {
  const own = replica.viewChanges.get(toHex(replica.me));
  return replica.rules.coversChange(own, change);
}

/** Keeps the highest of each signer, with what it proves. `verified` may be missing in a NEW-VIEW. */
function keepChange(
  replica: Replica,
  change: VerifiedViewChange,
  verified: VerifiedBlock | null,
): Ignored | null {
  const signer = toHex(change.replica);
  const known = replica.viewChanges.get(signer);
  if (known !== undefined && known.body.view >= change.body.view) return "repeated-vote";
  const fault = learn(replica, change, verified);
  if (fault !== null) return fault;
  replica.viewChanges.set(signer, change);
  return null;
}

/** Takes the certificate of a VIEW-CHANGE for my own, with its block. */
function learn(
  replica: Replica,
  { prepared }: VerifiedViewChange,
  verified: VerifiedBlock | null,
): Ignored | null {
  if (prepared === null) return null;
  const isHere = replica.blocks.has(toHex(prepared.blockHash));
  if (!isHere) {
    if (verified === null || !isSameBytes(verified.hash, prepared.blockHash)) return "unproven";
    if (admitBlock(replica, verified) === null) return "invalid-block";
  }
  replica.prepared = higherOf(replica.prepared, prepared);
  return null;
}

function convict(evidence: Evidence): Ready {
  return ready({ ignored: "repeated-vote", evidence: [evidence] });
}
