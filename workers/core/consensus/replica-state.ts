/**
 * What a replica holds of the height in flight, what goes into `step` and what comes out. Types and
 * small questions only; deciding is decide.ts, taking in is intake.ts and own-record.ts.
 * SPEC RP1..RP25. Source: DESIGN §2, §4.
 */
import { isSameBytes } from "../codec/cbor.ts";
import { toHex, type BlockHash, type DeviceId, type Hex } from "../codec/ids.ts";
import type { Certificate, VoteBody } from "../ledger/block.ts";
import type { Head, Misfit, VerifiedBlock } from "../ledger/chain.ts";
import { RULES_VERSION } from "../ledger/state.ts";
import type { VerifiedTransaction } from "../ledger/transaction.ts";
import type {
  ConsensusMessage,
  Phase,
  PreparedCertificate,
  VerifiedProposal,
  VerifiedViewChange,
  VerifiedVote,
  ViewChangeBody,
} from "./messages.ts";
import { primaryOf, type Place } from "./place.ts";
import { TRUE_RULES, type ConsensusRules } from "./rules.ts";
import { emptyTally, type Evidence, type Tally } from "./tally.ts";
import { createTimer, type Timer } from "./timer.ts";

/** A replica's (or an observer's) part in the height after its head. `step` alone changes it. */
export interface Replica {
  /** My device; an observer's is in no replica set, and it follows without voting. */
  readonly me: DeviceId;
  readonly rules: ConsensusRules;
  /** The newest version of the family's rules that this build knows. */
  readonly rulesKnown: number;
  head: Head;
  /** The view that I am in, or that my VIEW-CHANGE asks for. */
  view: number;
  /** My VIEW-CHANGE for `view` was asked for and no proposal of that view is here yet. */
  isChanging: boolean;
  /** The proposal accepted in this view, and the head it would make. */
  proposal: { readonly message: VerifiedProposal; readonly after: Head } | null;
  /** A block of mine that waits to be signed and recorded. */
  drafting: BlockHash | null;
  /** What my signature was asked for, by phase and view: never a second one. */
  readonly asked: Set<string>;
  tallies: Readonly<Record<Phase, Tally>>;
  /** Blocks of this height that the ledger judges valid, by hash: proposed, or certified as prepared. */
  readonly blocks: Map<Hex, { readonly verified: VerifiedBlock; readonly after: Head }>;
  /** The prepared certificate of the highest view that I know. */
  prepared: PreparedCertificate | null;
  /** The VIEW-CHANGE of the highest view of each signer. */
  readonly viewChanges: Map<Hex, VerifiedViewChange>;
  /** Transactions that wait, verified, as the last `work` gave them. */
  pending: readonly VerifiedTransaction[];
  /** Wall clock of the last input that had one, milliseconds since the epoch. */
  now: number;
  readonly timer: Timer;
  /** What a block of mine would have held at the last look. */
  choice: {
    readonly head: Head;
    readonly pending: readonly VerifiedTransaction[];
    readonly now: number;
    readonly ids: readonly Hex[];
  } | null;
  /**
   * `unknown`: not until a STATUS has shown what others know of my votes. `refused`: a vote of mine
   * is known that my log does not have.
   */
  standing: "unknown" | "may-vote" | "refused";
}

/** Something to sign and make durable before it may leave. */
export type RecordRequest =
  | {
      readonly phase: Phase;
      readonly body: VoteBody;
      /** Stored with the vote, so that a restart finds the proposal again. */
      readonly verified: VerifiedBlock;
      /**
       * With a COMMIT: the prepared certificate, q PREPAREs of this view. With a backup's PREPARE:
       * the primary's. Empty with the primary's own.
       */
      readonly prepared: readonly VerifiedVote[];
      /** With a PREPARE above view 0: the VIEW-CHANGEs that justify the proposal. */
      readonly viewChanges: readonly VerifiedViewChange[];
    }
  | {
      readonly phase: "view-change";
      readonly body: ViewChangeBody;
      readonly prepared: PreparedCertificate | null;
      /** The block that `prepared` is for. */
      readonly verified: VerifiedBlock | null;
    };
export type VoteRequest = Extract<RecordRequest, { phase: Phase }>;
export type ViewChangeRequest = Extract<RecordRequest, { phase: "view-change" }>;

/** Something of mine that is durable. */
export type Recorded =
  | { readonly request: VoteRequest; readonly vote: VerifiedVote }
  | { readonly request: ViewChangeRequest; readonly change: VerifiedViewChange };

export interface Finalised {
  readonly verified: VerifiedBlock;
  readonly certificate: Certificate;
  readonly head: Head;
}

/** What one node knows of the votes of another, said in a STATUS. */
export interface KnownVotes {
  /** Height of the head of the node that says it. */
  readonly height: number;
  readonly votes: readonly VerifiedVote[];
  readonly viewChanges: readonly VerifiedViewChange[];
}

export type Input =
  /** Pending transactions, verified; the primary may propose them. `now`: wall clock, ms since the epoch. */
  | {
      readonly type: "work";
      readonly pending: readonly VerifiedTransaction[];
      readonly now: number;
    }
  /** `isHeld`: its primary is on hold here, and has put changes of its own into the block (SPEC HO12). */
  | {
      readonly type: "proposal";
      readonly proposal: VerifiedProposal;
      readonly now: number;
      readonly isHeld?: boolean;
    }
  | { readonly type: "vote"; readonly vote: VerifiedVote }
  /** With the block that its certificate is for. */
  | {
      readonly type: "view-change";
      readonly change: VerifiedViewChange;
      readonly verified: VerifiedBlock | null;
    }
  /** Something of mine is durable. */
  | { readonly type: "recorded"; readonly recorded: Recorded }
  /** After a restart: what the log has of this height, all at once, before any other input. */
  | { readonly type: "resumed"; readonly log: readonly Recorded[]; readonly aloneMs: number }
  /** Another node has said what it knows of my votes. */
  | { readonly type: "status"; readonly known: KnownVotes }
  | {
      readonly type: "tick";
      readonly now: number;
      /** Awake time since the last tick, milliseconds. */
      readonly elapsedMs: number;
      /** Devices that are linked to me now. */
      readonly linked: readonly DeviceId[];
      /** Round trip to the slowest of them, milliseconds; 0 where none is known. */
      readonly roundTripMs: number;
    }
  /** A certified block came by state transfer and was applied. */
  | { readonly type: "advanced"; readonly head: Head };

/** Why an input changed nothing. */
export type Ignored =
  | "other-height"
  | "other-epoch"
  | "other-view"
  | "not-a-replica"
  | "not-the-primary"
  | "repeated-vote"
  | "unproven"
  | "unjustified"
  | "invalid-block"
  | "too-far-ahead"
  | "held"
  | "stale";

export interface Ready {
  readonly record: readonly RecordRequest[];
  readonly send: readonly ConsensusMessage[];
  readonly finalised: Finalised | null;
  /** Pending transactions that no block on this head could hold. */
  readonly misfits: readonly Misfit[];
  readonly ignored: Ignored | null;
  /** Two votes of one replica that cannot both be honest. */
  readonly evidence: readonly Evidence[];
  /** Awake time without a quorum to write into the log, milliseconds; may be lost in a crash. */
  readonly aloneMs: number | null;
  /** A vote of mine is known that my log does not have: I vote no more. */
  readonly isRefused: boolean;
}

export function createReplica(me: DeviceId, head: Head, rulesKnown = RULES_VERSION): Replica {
  return createReplicaUnder(TRUE_RULES, me, head, rulesKnown);
}

/** The same under other rules than the true ones: for the simulator alone. */
export function createReplicaUnder(
  rules: ConsensusRules,
  me: DeviceId,
  head: Head,
  rulesKnown = RULES_VERSION,
): Replica {
  const replica: Replica = {
    me,
    rules,
    rulesKnown,
    head,
    view: 0,
    isChanging: false,
    proposal: null,
    drafting: null,
    asked: new Set(),
    tallies: { prepare: emptyTally(), commit: emptyTally() },
    blocks: new Map(),
    prepared: null,
    viewChanges: new Map(),
    pending: [],
    now: 0,
    timer: createTimer(),
    choice: null,
    standing: "unknown",
  };
  if (isAlone(replica) || !rules.awaitsStatus) replica.standing = "may-vote";
  return replica;
}

/** One replica alone is the only one who could know its votes: it waits for nobody. */
export function isAlone(replica: Replica): boolean {
  return replica.head.state.replicas.length === 1 && isReplica(replica, replica.me);
}

export function placeOf(replica: Replica): Place {
  const { epoch, height, replicas } = replica.head.state;
  return { epoch, height: height + 1, replicas, quorum: quorum(replica) };
}

export function quorum({ rules, head }: Replica): number {
  return rules.quorumOf(head.state.replicas.length);
}

export function faults({ rules, head }: Replica): number {
  return rules.faultsTolerated(head.state.replicas.length);
}

export function isReplica({ rules, head }: Replica, device: DeviceId): boolean {
  return rules.isMember(device, head.state);
}

export function isPrimary(replica: Replica, view: number): boolean {
  return isSameBytes(primaryOf(replica.head, view), replica.me);
}

/** Whether something is of the height in flight; else why not. */
export function misplacedIn(
  replica: Replica,
  body: { readonly epoch: number; readonly height: number },
): Ignored | null {
  return replica.rules.placeFault(body, placeOf(replica));
}

/** Whether votes of a view are kept: not too far from mine. */
export function isNear({ rules, view: mine }: Replica, view: number): boolean {
  return rules.isNearView(view, mine);
}

/** Takes a block into `blocks` if the ledger judges it valid on the head; the head after it. */
export function admitBlock(replica: Replica, verified: VerifiedBlock): Head | null {
  const hash = toHex(verified.hash);
  const known = replica.blocks.get(hash);
  if (known !== undefined) return known.after;
  const judgement = replica.rules.judgeBlock(replica.head, verified, replica.rulesKnown);
  if (!judgement.ok) return null;
  replica.blocks.set(hash, { verified, after: judgement.head });
  return judgement.head;
}

export function ready(some: Partial<Ready>): Ready {
  return {
    record: [],
    send: [],
    finalised: null,
    misfits: [],
    ignored: null,
    evidence: [],
    aloneMs: null,
    isRefused: false,
    ...some,
  };
}

export function ignore(ignored: Ignored): Ready {
  return ready({ ignored });
}
