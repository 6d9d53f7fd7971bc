/**
 * Judges the simulated replica set, with books of its own: I1 one block a height, I2 a certificate is
 * a quorum of distinct members, I3 no key votes twice in a view and phase, I4 no vote below a view
 * that was promised, I5 a claim carries its proof, I9 a transaction happens once, I10 what a replica
 * holds is bounded, E1 evidence convicts nobody but the liar, W1 nobody honest is silenced. Knows the
 * core's data, asks it nothing. SPEC SI16.
 */
import { toHex, type Hex } from "../workers/core/codec/ids.ts";
import type { ConsensusMessage } from "../workers/core/consensus/messages.ts";
import type { Recorded, Replica } from "../workers/core/consensus/replica-state.ts";
import type { Evidence } from "../workers/core/consensus/tally.ts";
import type { Head } from "../workers/core/ledger/chain.ts";
import { voteIn } from "../workers/node/verify.ts";
import { quorum } from "./checkers/chain.ts";
import type { Checks } from "./replica-checks.ts";
import type { ReplicaFamily } from "./replica-family.ts";
import type { Certified, Station } from "./station.ts";

export interface ReplicaJudge {
  readonly onFinalised: (station: Station, block: Certified, head: Head) => void;
  readonly onSaid: (station: Station, message: ConsensusMessage) => void;
  readonly onRecorded: (station: Station, recorded: Recorded) => void;
  readonly onEvidence: (evidence: Evidence, liar: number) => void;
  readonly onSilenced: (station: Station) => void;
  /** Between events. */
  readonly onRest: (station: Station, core: Replica) => void;
  readonly commits: () => number;
}

/** Views for which votes may be kept, and one vote for each replica and phase in each. */
const VIEWS_KEPT_MAX = 129;

export function createReplicaJudge(
  family: ReplicaFamily,
  checks: Checks,
  violate: (rule: string, detail: string) => void,
): ReplicaJudge {
  const size = family.members.length;
  const q = quorum(size);
  const hashes = new Map<number, Hex>();
  const executed = new Map<Hex, number>();
  const voted = new Map<string, Hex>();
  /** By station and height: the highest view that it asked for, on the disk. */
  const promised = new Map<string, number>();

  return {
    onFinalised,
    onSaid,
    onRecorded,
    onEvidence: ({ first, second }, liar) => {
      const signer = family.members.findIndex((one) => toHex(one.device) === toHex(first.replica));
      if (signer !== liar) violate("E1", `r${signer} is accused`);
      if (toHex(first.body.blockHash) === toHex(second.body.blockHash)) {
        violate("E1", "two signatures of one vote");
      }
    },
    onSilenced: (station) => {
      if (!station.isLiar) violate("W1", station.name);
    },
    onRest,
    commits: () => hashes.size,
  };

  function onFinalised(station: Station, block: Certified, head: Head): void {
    const { height } = head.state;
    const signers = new Set(checks.signersOf(block));
    if (signers.size < q || signers.size !== block.certificate.commits.length) {
      violate("I2", `${station.name} at ${height}`);
    }
    const known = hashes.get(height);
    if (known !== undefined) {
      if (known !== toHex(head.hash)) violate("I1", `${station.name} at ${height}`);
      return;
    }
    hashes.set(height, toHex(head.hash));
    for (const { id } of block.verified.transactions) {
      const earlier = executed.get(toHex(id));
      if (earlier !== undefined) violate("I9", `at ${earlier} and ${height}`);
      executed.set(toHex(id), height);
    }
  }

  function onSaid(station: Station, message: ConsensusMessage): void {
    if (message.type === "view-change") {
      const { prepared, view } = message.change;
      const isProven =
        prepared === null || (prepared.view < view && prepared.prepares.length === q);
      if (!isProven || (prepared === null) !== (message.block === null)) {
        violate("I5", `${station.name} asks for ${view}`);
      }
      return;
    }
    const vote = voteIn(family.family, message);
    if (vote === null) return;
    const { height, view, blockHash } = vote.body;
    const place = `${station.name}/${height}/${view}/${vote.phase}`;
    const earlier = voted.get(place);
    if (earlier !== undefined && earlier !== toHex(blockHash)) violate("I3", place);
    voted.set(place, toHex(blockHash));
  }

  function onRecorded(station: Station, { request }: Recorded): void {
    if (station.isLiar) return;
    const { height, view } = request.body;
    const key = `${station.name}/${height}`;
    const before = promised.get(key) ?? 0;
    if (view < before) violate("I4", `${station.name} at ${height}: ${view} below ${before}`);
    if (request.phase === "view-change") promised.set(key, view);
  }

  function onRest(station: Station, core: Replica): void {
    const counts = Object.values(core.tallies).map((one) =>
      [...one.views.values()].reduce((sum, view) => sum + view.size, 0),
    );
    const isBounded =
      counts.every((one) => one <= VIEWS_KEPT_MAX * size) &&
      core.viewChanges.size <= size &&
      core.blocks.size <= 2 * VIEWS_KEPT_MAX;
    if (!isBounded) violate("I10", station.name);
  }
}
