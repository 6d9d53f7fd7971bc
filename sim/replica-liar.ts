/**
 * What a lying replica says beside what its core says: claims without proof, NEW-VIEWs without
 * justification, proposals out of turn, blocks with a false next set or from a far future, votes of
 * another epoch, of far views, or signed twice. All under its own key: it cannot forge another's
 * signature. SPEC SI21. Source: facts on Byzantine faults.
 */
import { toHex } from "../workers/core/codec/ids.ts";
import {
  encodeViewChange,
  proposalMessageOf,
  viewChangeMessageOf,
  voteMessageOf,
  type ConsensusMessage,
  type Phase,
  type PreparedCertificate,
  type VerifiedViewChange,
  type VerifiedVote,
} from "../workers/core/consensus/messages.ts";
import { primaryOf } from "../workers/core/consensus/place.ts";
import type { Replica } from "../workers/core/consensus/replica-state.ts";
import { votesOf } from "../workers/core/consensus/tally.ts";
import { blockHashOf, encodeVote, type VoteBody } from "../workers/core/ledger/block.ts";
import { buildBlock, type VerifiedBlock } from "../workers/core/ledger/chain.ts";
import type { Random } from "../workers/core/random.ts";
import { quorum } from "./checkers/chain.ts";
import type { Station } from "./station.ts";

const HOUR_MS = 3_600_000;
const TRICKS = 8;

/** One lie about the height in flight; nothing where there is nothing to lie about. */
export function lie(
  station: Station,
  core: Replica,
  now: number,
  family: Uint8Array,
  random: Random,
): readonly ConsensusMessage[] {
  const { signer, device } = station;
  const { head, view } = core;
  const { epoch, height, replicas } = head.state;
  const q = quorum(replicas.length);
  const next = nextTurn();
  switch (random.below(TRICKS)) {
    case 0: {
      const block = someBlock();
      return block === null ? [] : [viewChangeMessageOf(claim(view + 1, block), block)];
    }
    case 1: {
      const block = fresh(now);
      return block === null ? [] : [propose(Math.max(1, next), block, [claim(next, null)])];
    }
    case 2: {
      const block = fresh(now);
      return block === null || view > 0 ? [] : [propose(0, block, [])];
    }
    case 3: {
      const block = fresh(now);
      if (block === null || next > 0) return [];
      const nextReplicaSet = Uint8Array.from({ length: 32 }, () => random.below(256));
      return [propose(0, withHeader(block, { nextReplicaSet }), [])];
    }
    case 4: {
      const block = fresh(now + HOUR_MS);
      return block === null || next > 0 ? [] : [propose(0, block, [])];
    }
    case 5: {
      const block = someBlock();
      if (block === null) return [];
      const body = { ...bodyOf(view, block), epoch: epoch + 1 };
      return [voteMessageOf(vote("prepare", body)), voteMessageOf(vote("commit", body))];
    }
    case 6:
      return Array.from({ length: 60 }, () => {
        const blockHash = Uint8Array.from({ length: 32 }, () => random.below(256));
        const body = { epoch, height: height + 1, view: random.below(2 ** 32), blockHash };
        return voteMessageOf(vote(random.below(2) === 0 ? "prepare" : "commit", body));
      });
    default:
      return Object.values(core.tallies)
        .flatMap((tally) => votesOf(tally))
        .filter((one) => toHex(one.replica) === toHex(device))
        .map((one) => {
          const signature = signer.signAgain(one.phase, family, encodeVote(one.body));
          return voteMessageOf({ ...one, signature });
        });
  }

  /** The lowest view from mine on in which it is my turn. */
  function nextTurn(): number {
    for (let one = view; one < view + replicas.length; one += 1) {
      if (toHex(primaryOf(head, one)) === toHex(device)) return one;
    }
    return view + 1;
  }

  function fresh(at: number): VerifiedBlock | null {
    return buildBlock(head, [...station.disk.pending.values()], device, at).verified;
  }

  function someBlock(): VerifiedBlock | null {
    const known = [...core.blocks.values()];
    return known[random.below(Math.max(1, known.length))]?.verified ?? fresh(now);
  }

  function withHeader(
    { block, transactions }: VerifiedBlock,
    changes: Partial<VerifiedBlock["block"]["header"]>,
  ): VerifiedBlock {
    const header = { ...block.header, ...changes };
    return { block: { ...block, header }, hash: blockHashOf(family, header), transactions };
  }

  function bodyOf(at: number, block: VerifiedBlock): VoteBody {
    return { epoch, height: height + 1, view: at, blockHash: block.hash };
  }

  function vote(phase: Phase, body: VoteBody): VerifiedVote {
    const signature = signer.sign(phase, family, encodeVote(body));
    return { phase, body, replica: device, signature };
  }

  function propose(
    at: number,
    verified: VerifiedBlock,
    viewChanges: readonly VerifiedViewChange[],
  ): ConsensusMessage {
    return proposalMessageOf({
      verified,
      prepare: vote("prepare", bodyOf(at, verified)),
      viewChanges,
    });
  }

  /** A VIEW-CHANGE whose certificate, if it has one, is my own PREPARE q times. */
  function claim(at: number, block: VerifiedBlock | null): VerifiedViewChange {
    const below = Math.max(1, at);
    const own = block === null ? null : vote("prepare", bodyOf(below - 1, block));
    const prepared: PreparedCertificate | null =
      own === null
        ? null
        : {
            view: below - 1,
            blockHash: own.body.blockHash,
            prepares: Array.from({ length: q }, () => own),
          };
    const named = prepared === null ? null : { view: below - 1, blockHash: prepared.blockHash };
    const body = { epoch, height: height + 1, view: below, prepared: named };
    const signature = signer.sign("view-change", family, encodeViewChange(body));
    return { body, prepared, replica: device, signature };
  }
}
