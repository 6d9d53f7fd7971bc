/**
 * Certified blocks of rules that this build does not know: not judged and not applied, but handed on
 * to devices that do know them. Each carries the quorum of the replica set that is known here, so none
 * is taken after one that changes the set. In memory alone: any linked device has them again. While
 * there is one, nothing is signed here and nothing is taken into this ledger. SPEC LV3, LV5, LV6.
 * Source: DESIGN §4.2.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import type { BlockHash, FamilyId } from "../core/codec/ids.ts";
import { blockHashOf, type BlockHeader, type FinalisedBlock } from "../core/ledger/block.ts";
import type { Head } from "../core/ledger/chain.ts";
import { replicaSetHash } from "../core/ledger/state.ts";
import { isRecoveryBlock } from "./chain-track.ts";
import type { Environment } from "./environment.ts";
import { NEWER_BLOCKS_BYTES_MAX } from "./limits.ts";
import { isCertified } from "./verify.ts";

/** `newer-rules`: nobody's fault, and nothing more can be said of it here. */
export type NewerFault = "newer-rules" | "epoch" | "height" | "parent" | "certificate";

export interface NewerBlocks {
  /** Whether the family's rules are newer than this build. */
  readonly isAny: () => boolean;
  /** Height of the last one that is here; the head's where there is none. */
  readonly reach: () => number;
  /** Null where it is new and certified: it can be handed on. */
  readonly take: (finalised: FinalisedBlock, bytes: Uint8Array) => Promise<NewerFault | null>;
  /** Some of this device's own disk, which a newer build of the app has written. */
  readonly trust: () => void;
  readonly all: () => readonly Uint8Array[];
}

export function createNewerBlocks(
  env: Environment,
  family: FamilyId,
  head: () => Head | null,
): NewerBlocks {
  const blocks: Uint8Array[] = [];
  let last: { readonly header: BlockHeader; readonly hash: BlockHash } | null = null;
  let isKnownToExist = false;

  return {
    isAny: () => isKnownToExist,
    reach: () => last?.header.height ?? head()?.state.height ?? -1,
    take,
    trust: () => {
      isKnownToExist = true;
    },
    all: () => blocks,
  };

  async function take(finalised: FinalisedBlock, bytes: Uint8Array): Promise<NewerFault | null> {
    const { block, certificate } = finalised;
    const { header } = block;
    const standing = head();
    // A newcomer has no set to check it by, and a recovery's is of its own.
    if (standing === null || isRecoveryBlock(block)) return "newer-rules";
    const { state } = standing;
    if (header.epoch !== state.epoch) return "epoch";
    if (header.height !== (last?.header.height ?? state.height) + 1) return "height";
    if (!isSameBytes(header.parent, last?.hash ?? standing.hash)) return "parent";
    const set = replicaSetHash(family, state.replicas);
    if (last !== null && !isSameBytes(last.header.nextReplicaSet, set)) return "newer-rules";
    const hash = blockHashOf(family, header);
    if (!(await isCertified(env.crypto, family, state, { block, hash }, certificate))) {
      return "certificate";
    }
    isKnownToExist = true;
    const size = blocks.reduce((sum, one) => sum + one.length, bytes.length);
    if (size > NEWER_BLOCKS_BYTES_MAX) return "newer-rules";
    blocks.push(bytes);
    last = { header, hash };
    return null;
  }
}
