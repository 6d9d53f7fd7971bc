/**
 * Judges the simulated replica set's chain and evidence, with books of its own: I1 one block a
 * height, I2 a certificate is a quorum of distinct members of the set before it, I7 blocks and heads
 * are what replay gives, I9 a transaction happens once, I10 what a replica holds is bounded, E1
 * evidence convicts nobody but who is faulty, K1 nobody signs for or applies rules that it does not know, W1 nobody honest is silenced. What replicas say is
 * judged by replica-words.ts. Knows the core's data, asks it nothing. SPEC SI16.
 */
import { toHex, type Hex } from "../workers/core/codec/ids.ts";
import type { ConsensusMessage } from "../workers/core/consensus/messages.ts";
import type { Input, Ready, Recorded, Replica } from "../workers/core/consensus/replica-state.ts";
import type { Evidence } from "../workers/core/consensus/tally.ts";
import { judgeBlock, type Head } from "../workers/core/ledger/chain.ts";
import { stateRootOf } from "../workers/core/ledger/state.ts";
import { quorum } from "./checkers/chain.ts";
import type { Checks } from "./replica-checks.ts";
import type { ReplicaFamily } from "./replica-family.ts";
import { createWordsJudge } from "./replica-words.ts";
import type { Certified, Station } from "./station.ts";

export interface ReplicaJudge {
  readonly onStarted: (station: Station) => void;
  readonly onTaken: (station: Station, input: Input, ready: Ready) => void;
  readonly onFinalised: (station: Station, block: Certified, head: Head) => void;
  readonly onSaid: (station: Station, message: ConsensusMessage) => void;
  readonly onRecorded: (station: Station, recorded: Recorded) => void;
  readonly onEvidence: (evidence: Evidence) => void;
  readonly onSilenced: (station: Station) => void;
  /** Between events. */
  readonly onRest: (station: Station, core: Replica) => void;
  readonly figures: () => ViewFigures;
}

export interface ViewFigures {
  readonly commits: number;
  /** The highest view that an honest replica was in. */
  readonly highestView: number;
  /** VIEW-CHANGEs that honest replicas made durable. */
  readonly viewChanges: number;
}

export interface JudgeOptions {
  readonly family: ReplicaFamily;
  readonly checks: Checks;
  /** Members by index that may do anything: who lies, or has lost its disk. */
  readonly isFaulty: (index: number) => boolean;
  readonly nowOf: (station: Station) => number;
  readonly violate: (rule: string, detail: string) => void;
}

/** How far from its own view a replica may keep votes; each signer has one of a phase in each. */
const VIEWS_AWAY_MAX = 64;
/** The judge knows all rules that a scenario raises. */
const ANY_RULES = 255;

export function createReplicaJudge(options: JudgeOptions): ReplicaJudge {
  const { family, checks, isFaulty, violate } = options;
  const heads: Head[] = [family.head];
  const roots: Hex[] = [toHex(stateRootOf(family.head.state))];
  const executed = new Map<Hex, number>();
  /** By station: the height whose head was compared with replay. */
  const compared = new Map<string, Head>();
  const words = createWordsJudge(options);
  let highestView = 0;
  let viewChanges = 0;

  return {
    onStarted: words.onStarted,
    onTaken: words.onTaken,
    onSaid: words.onSaid,
    onFinalised,
    onRecorded: (station, recorded) => {
      words.onRecorded(station, recorded);
      judgeVersion(station, recorded.request.verified?.block.header.rulesVersion ?? 0, "signs for");
      if (isFaulty(station.index)) return;
      highestView = Math.max(highestView, recorded.request.body.view);
      if (recorded.request.phase === "view-change") viewChanges += 1;
    },
    onEvidence: ({ first, second }) => {
      const signer = family.members.findIndex((one) => toHex(one.device) === toHex(first.replica));
      if (!isFaulty(signer)) violate("E1", `r${signer} is accused`);
      if (toHex(first.body.blockHash) === toHex(second.body.blockHash)) {
        violate("E1", "two signatures of one vote");
      }
    },
    onSilenced: (station) => {
      if (!isFaulty(station.index)) violate("W1", station.name);
    },
    onRest,
    figures: () => ({ commits: heads.length - 1, highestView, viewChanges }),
  };

  function onFinalised(station: Station, block: Certified, head: Head): void {
    const { height } = head.state;
    judgeVersion(station, block.verified.block.header.rulesVersion, "applies");
    const before = heads[height - 1];
    if (before === undefined) {
      violate("I1", `${station.name} finalised ${height} after ${heads.length - 1}`);
      return;
    }
    judgeCertificate(station, block, before);
    const known = heads[height];
    if (known !== undefined) {
      if (toHex(known.hash) !== toHex(head.hash)) violate("I1", `${station.name} at ${height}`);
      words.onAdvanced(station, known);
      return;
    }
    const judged = judgeBlock(before, block.verified, ANY_RULES);
    if (!judged.ok) {
      violate("I7", `${station.name} at ${height}: ${JSON.stringify(judged.fault)}`);
      return;
    }
    heads.push(judged.head);
    roots.push(toHex(stateRootOf(judged.head.state)));
    words.onAdvanced(station, judged.head);
    for (const { id } of block.verified.transactions) {
      const earlier = executed.get(toHex(id));
      if (earlier !== undefined) violate("I9", `at ${earlier} and ${height}`);
      executed.set(toHex(id), height);
    }
  }

  function judgeVersion(station: Station, version: number, does: string): void {
    if (version <= station.rulesKnown) return;
    violate("K1", `${station.name} ${does} rules ${version}, knows ${station.rulesKnown}`);
  }

  function judgeCertificate(station: Station, block: Certified, { state }: Head): void {
    const set = new Set(state.replicas.map((one) => toHex(one)));
    const signers = new Set(checks.signersOf(block).filter((one) => set.has(one)));
    if (signers.size < quorum(set.size) || signers.size !== block.certificate.commits.length) {
      violate("I2", `${station.name} at ${state.height + 1}`);
    }
  }

  function onRest(station: Station, core: Replica): void {
    if (isFaulty(station.index)) return;
    highestView = Math.max(highestView, core.view);
    const views = Object.values(core.tallies).flatMap((one) => [...one.views.keys()]);
    const isBounded =
      views.every((one) => Math.abs(one - core.view) <= VIEWS_AWAY_MAX) &&
      core.viewChanges.size <= family.members.length &&
      core.blocks.size <= 2 * VIEWS_AWAY_MAX;
    if (!isBounded) violate("I10", station.name);
    if (compared.get(station.name) !== core.head) {
      compared.set(station.name, core.head);
      const { state } = core.head;
      if (toHex(stateRootOf(state)) !== roots[state.height])
        violate("I7", `${station.name}'s head`);
    }
    words.onRest(station, core);
  }
}
