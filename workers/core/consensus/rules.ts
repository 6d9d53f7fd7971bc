/**
 * What a replica judges by, each judgement by its name: quorum, membership, proof, the one vote, the
 * two clocks. The rules are fixed; they stand in one object so that the simulator alone can break
 * one at a time and show that its judges notice (SPEC SI20). Nothing else makes such an object or
 * passes one (SPEC RP26, TD7). It decides nothing itself.
 */
import { faultsTolerated, quorumOf } from "../ledger/block.ts";
import { buildBlock, isTooFarAhead, judgeBlock } from "../ledger/chain.ts";
import type { PreparedCertificate } from "./messages.ts";
import { isMember, isNearView, mayPropose, placeFault } from "./place.ts";
import { areJustification, coversChange, highestPrepared, isProven } from "./prepared.ts";
import { addVote, isSameVote, quorumsOf } from "./tally.ts";
import { runTimer } from "./timer.ts";

export interface ConsensusRules {
  /** Distinct signers that decide, among n. */
  readonly quorumOf: typeof quorumOf;
  /** Replicas that may lie, among n; one more of them ahead is followed. */
  readonly faultsTolerated: typeof faultsTolerated;
  /** Whether something is of the height in flight. */
  readonly placeFault: typeof placeFault;
  readonly isMember: typeof isMember;
  readonly isNearView: typeof isNearView;
  readonly mayPropose: typeof mayPropose;
  /** Whether a VIEW-CHANGE proves what it claims. */
  readonly isProven: typeof isProven;
  /** Whether VIEW-CHANGEs justify a NEW-VIEW. */
  readonly areJustification: typeof areJustification;
  /** What a NEW-VIEW is bound to. */
  readonly highestPrepared: typeof highestPrepared;
  /** What a VIEW-CHANGE claims, of the highest certificate that its signer knows. */
  readonly claimOf: (known: PreparedCertificate | null) => PreparedCertificate | null;
  readonly addVote: typeof addVote;
  readonly quorumsOf: typeof quorumsOf;
  /** Whether a vote of mine that others show is the one that I know of. */
  readonly isSameVote: typeof isSameVote;
  /** The same of a VIEW-CHANGE of mine. */
  readonly coversChange: typeof coversChange;
  readonly runTimer: typeof runTimer;
  readonly judgeBlock: typeof judgeBlock;
  readonly buildBlock: typeof buildBlock;
  /** Whether a fresh proposal leads my clock by too much. */
  readonly isTooFarAhead: typeof isTooFarAhead;
  /** Whether a replica of several votes only when a STATUS has come. */
  readonly awaitsStatus: boolean;
}

export const TRUE_RULES: ConsensusRules = Object.freeze({
  quorumOf,
  faultsTolerated,
  placeFault,
  isMember,
  isNearView,
  mayPropose,
  isProven,
  areJustification,
  highestPrepared,
  claimOf: (known: PreparedCertificate | null) => known,
  addVote,
  quorumsOf,
  isSameVote,
  coversChange,
  runTimer,
  judgeBlock,
  buildBlock,
  isTooFarAhead,
  awaitsStatus: true,
});
