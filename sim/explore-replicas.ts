/**
 * What the explorer and the twins are made of: a replica family on one head and one device that only
 * follows, each with a transaction of its own, what they say as inputs of the core, and the shell that records at once. SPEC SI26.
 */
import { toHex, type Hex } from "../workers/core/codec/ids.ts";
import {
  encodeViewChange,
  type VerifiedProposal,
  type VerifiedViewChange,
  type VerifiedVote,
} from "../workers/core/consensus/messages.ts";
import { primaryOf } from "../workers/core/consensus/place.ts";
import {
  createReplicaUnder,
  type Finalised,
  type Input,
  type Ready,
  type Recorded,
  type RecordRequest,
  type Replica,
} from "../workers/core/consensus/replica-state.ts";
import { step } from "../workers/core/consensus/replica.ts";
import { TRUE_RULES, type ConsensusRules } from "../workers/core/consensus/rules.ts";
import type { Tally } from "../workers/core/consensus/tally.ts";
import { encodeVote } from "../workers/core/ledger/block.ts";
import {
  buildBlock,
  judgeBlock,
  type Head,
  type Judgement,
  type VerifiedBlock,
} from "../workers/core/ledger/chain.ts";
import type { VerifiedTransaction } from "../workers/core/ledger/transaction.ts";
import { createRandom } from "../workers/core/random.ts";
import { EPOCH_MS } from "./device-clock.ts";
import { createOracle } from "./oracle-crypto.ts";
import { createReplicaFamily, type ReplicaFamily } from "./replica-family.ts";

/** Something signed, as others take it in. */
export interface Said {
  readonly index: number;
  readonly signer: number;
  readonly view: number;
  readonly recorded: Recorded;
  /** Of the block in it. */
  readonly hash: Hex | null;
  readonly input: Input;
}

export interface Troupe {
  readonly size: number;
  readonly head: Head;
  readonly rules: ConsensusRules;
  readonly family: ReplicaFamily;
  /** Whose turn a view is. */
  readonly primary: (view: number) => number;
  /** A transaction that only that actor has; twins have one each. */
  readonly transaction: (actor: number) => VerifiedTransaction;
  readonly fresh: (member: number, actor: number) => VerifiedBlock;
  readonly sign: (member: number, request: RecordRequest) => Recorded;
  /** A core that has what it signed, nobody knows of more, and its transaction waits. */
  readonly wake: (
    member: number,
    actor: number,
    log: readonly Recorded[],
    isTwin?: boolean,
  ) => [Replica, Outcome];
  readonly feed: (member: number, core: Replica, input: Input) => Outcome;
  /** Time for the view is over. */
  readonly tick: Input;
}

export interface Outcome {
  readonly recorded: readonly Recorded[];
  readonly finalised: Finalised | null;
}

export function createTroupe(size: number, changed: Partial<ConsensusRules> = {}): Troupe {
  const oracle = createOracle();
  const family = createReplicaFamily(oracle, createRandom([size, 2, 3, 4]), size, 1);
  const { head, members } = family;
  const transactions = new Map<number, VerifiedTransaction>();
  const judged = new Map<Hex, Judgement>();
  const built = new Map<string, VerifiedBlock>();
  const rules: ConsensusRules = {
    ...TRUE_RULES,
    // The same block on the one head: judged once.
    judgeBlock: (on, verified) => {
      const hash = toHex(verified.hash);
      const known = on === head ? judged.get(hash) : undefined;
      const judgement = known ?? judgeBlock(on, verified);
      if (on === head) judged.set(hash, judgement);
      return judgement;
    },
    ...changed,
  };
  const memberAt = (index: number): (typeof members)[number] => {
    const member = members[index];
    if (member === undefined) throw new Error("no such member");
    return member;
  };
  const transaction = (actor: number): VerifiedTransaction => {
    const known = transactions.get(actor) ?? family.transact(actor, EPOCH_MS);
    transactions.set(actor, known);
    return known;
  };
  for (let actor = 0; actor <= size; actor += 1) transaction(actor);

  function obey(member: number, core: Replica, first: Ready): Outcome {
    const recorded: Recorded[] = [];
    let finalised: Finalised | null = null;
    const queue = [first];
    for (let ready = queue.shift(); ready !== undefined; ready = queue.shift()) {
      for (const request of ready.record) {
        const one = sign(member, request);
        recorded.push(one);
        queue.push(step(core, { type: "recorded", recorded: one }));
      }
      finalised ??= ready.finalised;
    }
    return { recorded, finalised };
  }

  function sign(member: number, request: RecordRequest): Recorded {
    const { device, signer } = memberAt(member);
    if (request.phase === "view-change") {
      const { body, prepared } = request;
      const signature = signer.sign("view-change", family.family, encodeViewChange(body));
      return { request, change: { body, prepared, replica: device, signature } };
    }
    const { phase, body } = request;
    const signature = signer.sign(phase, family.family, encodeVote(body));
    return { request, vote: { phase, body, replica: device, signature } };
  }

  const feed = (member: number, core: Replica, input: Input): Outcome =>
    obey(member, core, step(core, input));

  return {
    size,
    head,
    rules,
    family,
    primary: (view) => {
      const device = toHex(primaryOf(head, view));
      return members.findIndex((one) => toHex(one.device) === device);
    },
    transaction,
    fresh: (member, actor) => {
      const place = `${member}/${actor}`;
      const known = built.get(place);
      if (known !== undefined) return known;
      const { device } = memberAt(member);
      const { verified } = buildBlock(head, [transaction(actor)], device, EPOCH_MS);
      if (verified === null) throw new Error("invariant: it fits");
      built.set(place, verified);
      return verified;
    },
    sign,
    wake: (member, actor, log, isTwin = false) => {
      const own = isTwin ? { ...rules, ...SHAMELESS } : rules;
      const core = createReplicaUnder(own, memberAt(member).device, head);
      const known = { height: head.state.height, votes: [], viewChanges: [] };
      const inputs: readonly Input[] = [
        { type: "resumed", log, aloneMs: 0 },
        { type: "status", known },
        { type: "work", pending: [transaction(actor)], now: EPOCH_MS },
      ];
      const outcomes = inputs.map((input) => feed(member, core, input));
      const recorded = outcomes.flatMap((one) => one.recorded);
      return [core, { recorded, finalised: null }];
    },
    feed,
    tick: {
      type: "tick",
      now: EPOCH_MS,
      elapsedMs: 3_600_000,
      linked: members.map((one) => one.device),
      roundTripMs: 0,
    },
  };
}

/** A twin goes on although it is shown what it never signed. */
const SHAMELESS: Partial<ConsensusRules> = { isSameVote: () => true, coversChange: () => true };

/** What others take in of something recorded: proposal, vote or VIEW-CHANGE. */
export function inputOf(recorded: Recorded, isPrimary: boolean): Input {
  if ("change" in recorded) {
    return { type: "view-change", change: recorded.change, verified: recorded.request.verified };
  }
  const { request, vote } = recorded;
  if (vote.phase === "commit" || !isPrimary) return { type: "vote", vote };
  const { verified, viewChanges } = request;
  const proposal: VerifiedProposal = { verified, prepare: vote, viewChanges };
  return { type: "proposal", proposal, now: EPOCH_MS };
}

/** A name for what was said: what differs by it alone is the same to everybody. */
export function nameOf(signer: number, recorded: Recorded, isPrimary: boolean): string {
  if ("change" in recorded) return `V${signer}/${claimOf(recorded.change)}`;
  const { request, vote } = recorded;
  const { view, blockHash } = vote.body;
  const letter = vote.phase === "commit" ? "C" : isPrimary ? "N" : "P";
  const claims = isPrimary ? request.viewChanges.map((one) => one.prepared?.view ?? -1) : [];
  return `${letter}${signer}/${view}/${toHex(blockHash)}/${Math.max(-1, ...claims)}`;
}

function claimOf({ body }: VerifiedViewChange): string {
  const { view, prepared } = body;
  return prepared === null ? `${view}` : `${view}/${prepared.view}/${toHex(prepared.blockHash)}`;
}

/** A copy that can take steps of its own. */
export function cloneReplica(replica: Replica): Replica {
  const { asked, tallies, blocks, viewChanges, timer } = replica;
  return {
    ...replica,
    asked: new Set(asked),
    tallies: { prepare: cloneTally(tallies.prepare), commit: cloneTally(tallies.commit) },
    blocks: new Map(blocks),
    viewChanges: new Map(viewChanges),
    timer: { ...timer, waitedMs: new Map(timer.waitedMs) },
  };
}

function cloneTally({ views }: Tally): Tally {
  return { views: new Map([...views].map(([view, votes]) => [view, new Map(votes)])) };
}

/** Everything of a replica that its next steps depend on, but for time. */
export function describeReplica(replica: Replica): string {
  const { view, isChanging, proposal, prepared, tallies, viewChanges, blocks, asked } = replica;
  const votesOf = ({ views }: Tally): string =>
    [...views]
      .flatMap(([at, votes]) => [...votes].map(([signer, vote]) => `${at}${signer}${short(vote)}`))
      .sort()
      .join();
  return [
    view,
    isChanging,
    proposal === null ? "" : short(proposal.message.prepare),
    prepared === null ? "" : `${prepared.view}${toHex(prepared.blockHash).slice(0, 8)}`,
    votesOf(tallies.prepare),
    votesOf(tallies.commit),
    [...viewChanges]
      .map(([signer, one]) => `${signer}${claimOf(one)}`)
      .sort()
      .join(),
    [...blocks.keys()].sort().join(),
    [...asked].sort().join(),
    replica.head.state.height,
    toHex(replica.head.hash).slice(0, 8),
  ].join("|");
}

function short({ body }: VerifiedVote): string {
  return toHex(body.blockHash).slice(0, 8);
}

/** Whether no two are of one signer. */
export function areDistinct(changes: readonly Said[]): boolean {
  return new Set(changes.map((one) => one.signer)).size === changes.length;
}

/** Votes of a phase by view and block. */
export function votesIn(
  all: readonly Said[],
  phase: VerifiedVote["phase"],
): ReadonlyMap<string, readonly Said[]> {
  const votes = new Map<string, Said[]>();
  for (const one of all) {
    if (one.recorded.request.phase !== phase) continue;
    const place = `${one.view}/${one.hash}`;
    const known = votes.get(place);
    if (known === undefined) votes.set(place, [one]);
    else known.push(one);
  }
  return votes;
}
