/**
 * Planted bugs of the consensus core and of the shell around it: one judgement of the core replaced
 * (ConsensusRules), or what reaches the disk. Each with the rules that must notice it. SPEC SI20.
 */
import { isSameBytes } from "../workers/core/codec/cbor.ts";
import { toHex } from "../workers/core/codec/ids.ts";
import type { DeviceId } from "../workers/core/codec/ids.ts";
import type { VerifiedViewChange, VerifiedVote } from "../workers/core/consensus/messages.ts";
import { isMember } from "../workers/core/consensus/place.ts";
import { isProven } from "../workers/core/consensus/prepared.ts";
import { TRUE_RULES, type ConsensusRules } from "../workers/core/consensus/rules.ts";
import { votesOf } from "../workers/core/consensus/tally.ts";
import { blockHashOf } from "../workers/core/ledger/block.ts";
import type { Head, VerifiedBlock } from "../workers/core/ledger/chain.ts";
import { BLOCK_FUTURE_MS } from "../workers/core/ledger/limits.ts";
import { replicaSetHash, stateRootOf, type LedgerState } from "../workers/core/ledger/state.ts";
import type { Plant } from "./plant.ts";
import type { ReplicaPlan } from "./replica-faults.ts";

type Core = Partial<ConsensusRules>;
type Hooks = Omit<Plant, "name" | "rules" | "world">;

const {
  quorumOf,
  placeFault,
  addVote,
  quorumsOf,
  runTimer,
  highestPrepared,
  judgeBlock,
  buildBlock,
} = TRUE_RULES;

/** A liar at four, so that there is somebody to use the hole. */
const LIAR: Partial<ReplicaPlan> = { size: 4, liar: 1, rolledBack: -1, isTwin: false };
/** Messages as late as the views are long, and nobody knows: views pass, blocks are proposed again. */
const LATE: Partial<ReplicaPlan> = {
  liar: -1,
  rolledBack: -1,
  delayMeanMs: 900,
  lossFraction: 0.3,
  knowsRoundTrip: false,
  safetyMs: 60_000,
};
/** The set changes all the time. */
const CHANGING: Partial<ReplicaPlan> = {
  size: 3,
  liar: -1,
  rolledBack: -1,
  spares: 2,
  setChangeMeanMs: 1_500,
};

const core = (name: string, rules: readonly string[], mutant: Core, plan?: Partial<ReplicaPlan>) =>
  plant(name, rules, { core: () => mutant, ...(plan === undefined ? {} : { replicaPlan: plan }) });

export const PLANTED_LEDGER: readonly Plant[] = [
  plant("a replica forgets its votes in a crash", ["I3"], { toLog: () => null }),
  plant("a certificate counts one signer twice", ["I2", "I1"], { countsSignatures: true }),
  plant("a transaction is executed twice", ["I9", "I7"], { finalised: forgetful }),
  core("a quorum is one less", ["I2", "I1", "I5"], {
    quorumOf: (n) => Math.max(1, quorumOf(n) - 1),
  }),
  core(
    "a quorum is 2f + 1 where n is not 3f + 1",
    ["I2", "I1", "I5"],
    { quorumOf: (n) => 2 * Math.floor((n - 1) / 3) + 1 },
    { size: 5, liar: -1 },
  ),
  core("a block is prepared by one PREPARE less", ["I5"], {
    quorumsOf: (tally, q) => {
      const isPrepare = votesOf(tally)[0]?.phase === "prepare";
      return quorumsOf(tally, isPrepare ? Math.max(1, q - 1) : q);
    },
  }),
  plant("a COMMIT is logged without its whole certificate", ["I5"], {
    toLog: (recorded) => {
      if (!("vote" in recorded) || recorded.vote.phase !== "commit") return recorded;
      const prepared = recorded.request.prepared.slice(0, -1);
      return { ...recorded, request: { ...recorded.request, prepared } };
    },
    replicaPlan: { ...LATE, size: 3, deathMeanMs: 1_000, downMeanMs: 300 },
  }),
  plant("a COMMIT is not logged", ["W1", "C1", "I6"], {
    toLog: (recorded) => (recorded.request.phase === "commit" ? null : recorded),
    replicaPlan: LATE,
  }),
  plant("a VIEW-CHANGE is not logged", ["I4", "W1"], {
    toLog: (recorded) => (recorded.request.phase === "view-change" ? null : recorded),
  }),
  core("a VIEW-CHANGE claims nothing", ["C1", "I6"], { claimOf: () => null }),
  core(
    "a NEW-VIEW re-proposes the lowest prepared block",
    ["I5", "I6", "I1"],
    { highestPrepared: lowestPrepared },
    { ...LATE, size: 3, lossFraction: 0.4, partitionMeanMs: 2_500, deathMeanMs: 0 },
  ),
  core("a NEW-VIEW proposes afresh although a block is prepared", ["I5", "I6", "I1"], {
    highestPrepared: () => null,
  }),
  core("a VIEW-CHANGE is believed without proof", ["I5", "I6"], { isProven: () => true }, LIAR),
  core(
    "a VIEW-CHANGE of another height is counted",
    ["I5"],
    {
      placeFault: (body, place) => ("prepared" in body ? null : placeFault(body, place)),
      isProven: (change, place) => isProven(change, { ...place, height: change.body.height }),
    },
    LATE,
  ),
  core("a NEW-VIEW is believed unjustified", ["I5", "I6"], { areJustification: () => true }, LIAR),
  plant("votes of an older set are counted", ["I2", "I5"], {
    core: () => ({ isMember: everMember() }),
    replicaPlan: CHANGING,
  }),
  core("votes of another epoch are counted", ["I2", "I5"], { placeFault: anyEpoch }, LIAR),
  core("a proposal out of turn is PREPAREd", ["I5"], { mayPropose: () => true }, LIAR),
  core("time goes on without q VIEW-CHANGEs", ["T1"], {
    runTimer: (timer, sight) => runTimer(timer, { ...sight, isHeld: false }),
  }),
  core("time runs without work", ["T3"], {
    runTimer: (timer, sight) => runTimer(timer, { ...sight, hasWork: true }),
  }),
  core(
    "a view is never given more time than the last",
    ["stuck"],
    {
      runTimer: (timer, sight) => {
        timer.connectedViews = 0;
        return runTimer(timer, sight);
      },
    },
    { size: 4, liar: -1, calmDelayMs: 800, knowsRoundTrip: false },
  ),
  core("one VIEW-CHANGE ahead is followed", ["T2"], { faultsTolerated: () => 0 }, LIAR),
  core("f + 1 VIEW-CHANGEs ahead are not followed", ["T2"], { faultsTolerated: () => 7 }),
  core("COMMITs of two views make one certificate", ["I2"], { quorumsOf: mixedQuorums }, LATE),
  core(
    "late COMMITs are ignored",
    ["F1"],
    { isNearView: (view, mine) => view >= mine && TRUE_RULES.isNearView(view, mine) },
    LATE,
  ),
  core("a signer counts as often as it signs", ["I2", "I5"], {
    addVote: (tally, vote) => {
      const views = tally.views.get(vote.body.view) ?? new Map<string, VerifiedVote>();
      views.set(`${toHex(vote.replica)}/${views.size}`, vote);
      tally.views.set(vote.body.view, views);
      return { type: "added" };
    },
  }),
  core(
    "two signatures of one vote are evidence",
    ["E1"],
    {
      addVote: (tally, vote) => {
        const first = tally.views.get(vote.body.view)?.get(toHex(vote.replica));
        return first === undefined || isSameBytes(first.signature, vote.signature)
          ? addVote(tally, vote)
          : { type: "conflict", evidence: { first, second: vote } };
      },
    },
    LIAR,
  ),
  core("votes of any view are kept", ["I10"], { isNearView: () => true }, LIAR),
  core("a replica votes before a STATUS", ["W2"], { awaitsStatus: false }),
  core(
    "a vote that the log lacks silences nobody",
    ["W2"],
    { isSameVote: () => true, coversChange: () => true },
    { size: 4, liar: -1, rolledBack: 1, deathMeanMs: 500 },
  ),
  plant("transferred state lacks what was executed", ["I7", "I9"], { transferred: forgetful }),
  core("the state root depends on the order of insertion", ["I7"], {
    judgeBlock: (head, verified) => inserted(head, verified),
    buildBlock: (head, pending, primary, now) => {
      const built = buildBlock(head, pending, primary, now);
      const { verified } = built;
      return { ...built, verified: verified === null ? null : withOwnRoot(head, verified) };
    },
  }),
  core(
    "the next replica set's hash is not checked",
    ["I7"],
    {
      judgeBlock: (head, verified) => {
        const judged = judgeBlock(head, verified);
        if (judged.ok || judged.fault !== "replica-set") return judged;
        const nextReplicaSet = replicaSetHash(head.state.family, head.state.replicas);
        return judgeBlock(head, withHeader(verified, { nextReplicaSet }));
      },
    },
    { ...LIAR, liar: 0 },
  ),
  plant("awake time without a quorum is forgotten with each session", ["stuck"], {
    forgetsAwakeTime: true,
    scenario: "sessions-never-overlap",
  }),
  plant("a prepared block that is old is not decided any more", ["stuck"], {
    core: (now) => ({
      judgeBlock: (head, verified) =>
        verified.block.header.time < now() - BLOCK_FUTURE_MS
          ? { ok: false, fault: "time" }
          : judgeBlock(head, verified),
    }),
    scenario: "an-old-block",
  }),
  core("a block from the future is PREPAREd", ["B1"], { isTooFarAhead: () => false }),
];

function plant(name: string, rules: readonly string[], hooks: Hooks): Plant {
  return { name, rules, world: "replicas", ...hooks };
}

/** A state that has lost what says that something was done before. */
function forgetful(head: Head): Head {
  return { ...head, state: { ...head.state, executed: [], invites: [] } };
}

function lowestPrepared(
  changes: readonly VerifiedViewChange[],
): ReturnType<typeof highestPrepared> {
  const [lowest] = changes
    .flatMap(({ prepared }) => prepared ?? [])
    .toSorted((a, b) => a.view - b.view);
  return lowest ?? null;
}

/** Whoever was in a set since the start stays in it. */
function everMember(): ConsensusRules["isMember"] {
  const ever = new Set<string>();
  return (device: DeviceId, place) => {
    for (const one of place.replicas) ever.add(toHex(one));
    return isMember(device, place) || ever.has(toHex(device));
  };
}

function anyEpoch(
  body: Parameters<typeof placeFault>[0],
  place: Parameters<typeof placeFault>[1],
): ReturnType<typeof placeFault> {
  return placeFault({ ...body, epoch: place.epoch }, place);
}

/** Signers of any view, counted together as of the last. */
function mixedQuorums(
  tally: Parameters<typeof quorumsOf>[0],
  q: number,
): ReturnType<typeof quorumsOf> {
  const votes = votesOf(tally);
  if (votes[0]?.phase !== "commit") return quorumsOf(tally, q);
  for (const { body } of votes) {
    const bySigner = new Map<string, VerifiedVote>();
    for (const one of votes) {
      if (isSameBytes(one.body.blockHash, body.blockHash)) bySigner.set(toHex(one.replica), one);
    }
    const same = [...bySigner.values()].slice(0, q);
    const view = Math.max(...same.map((one) => one.body.view));
    if (same.length >= q) return [{ view, hash: body.blockHash, votes: same }];
  }
  return [];
}

function withHeader(
  verified: VerifiedBlock,
  changes: Partial<VerifiedBlock["block"]["header"]>,
): VerifiedBlock {
  const { block } = verified;
  return { ...verified, block: { ...block, header: { ...block.header, ...changes } } };
}

/** The state as somebody has it who appends where the true one sorts. */
function appended(before: LedgerState, after: LedgerState): LedgerState {
  const has = (id: Uint8Array): boolean => before.executed.some((one) => isSameBytes(one.id, id));
  const added = after.executed.filter((one) => !has(one.id));
  const kept = before.executed.filter((one) =>
    after.executed.some((other) => isSameBytes(other.id, one.id)),
  );
  return { ...after, executed: [...kept, ...added.reverse()] };
}

function inserted(head: Head, verified: VerifiedBlock): ReturnType<typeof judgeBlock> {
  const { family } = head.state;
  const { header } = verified.block;
  const honest = buildBlock(head, verified.transactions, header.primary, header.time);
  if (honest.verified === null) return judgeBlock(head, verified);
  const root = honest.verified.block.header.stateRoot;
  const judged = judgeBlock(head, withHeader(verified, { stateRoot: root }));
  if (!judged.ok) return judged;
  const state = appended(head.state, judged.head.state);
  const isSame = isSameBytes(stateRootOf(state), header.stateRoot);
  if (!isSame) return { ok: false, fault: "state-root" };
  return {
    ok: true,
    head: { ...judged.head, state, hash: blockHashOf(family, header) },
  };
}

function withOwnRoot(head: Head, verified: VerifiedBlock): VerifiedBlock {
  const judged = judgeBlock(head, verified);
  if (!judged.ok) return verified;
  const stateRoot = stateRootOf(appended(head.state, judged.head.state));
  const changed = withHeader(verified, { stateRoot });
  return { ...changed, hash: blockHashOf(head.state.family, changed.block.header) };
}
