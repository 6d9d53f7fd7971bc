/**
 * Blocks and certificates. A block's hash covers its header alone; the header commits to the
 * transactions by their ids and to the state after them. The view is in the votes and not in the
 * block, so a re-proposal keeps its hash. A certificate is exactly q COMMIT signatures of distinct
 * replicas of that height's set, all of one view. SPEC BL1..BL6. Source: DESIGN §4.2, §4.3.
 */
import type { Decoded } from "../codec/cbor.ts";
import { hashOf } from "../codec/hash.ts";
import { deviceId, hash32, toHex, transactionId } from "../codec/ids.ts";
import type { BlockHash, DeviceId, FamilyId, Signature, TransactionId } from "../codec/ids.ts";
import { isSameBytes } from "../codec/cbor.ts";
import { bytes, decodeWith, encodeWith, list, struct, uint, type Shaped } from "../codec/shape.ts";
import { BLOCK_BYTES_MAX, BLOCK_TRANSACTIONS_MAX, REPLICAS_MAX } from "./limits.ts";
import { signedTransactionShape } from "./transaction.ts";

export const headerShape = struct({
  rulesVersion: uint(255),
  epoch: uint(),
  height: uint(),
  parent: hash32,
  /** The replica that first proposed it; a re-proposal never changes it. */
  primary: deviceId,
  /** Proposer's clock, not before the parent's, milliseconds since the epoch. */
  time: uint(),
  replicaSet: hash32,
  nextReplicaSet: hash32,
  stateRoot: hash32,
  transactions: hash32,
});
export type BlockHeader = Shaped<typeof headerShape>;

export const blockShape = struct({
  header: headerShape,
  transactions: list(signedTransactionShape, BLOCK_TRANSACTIONS_MAX, 1),
});
export type Block = Shaped<typeof blockShape>;

const certificateShape = struct({
  view: uint(2 ** 32),
  commits: list(struct({ replica: deviceId, signature: bytes<Signature>(64) }), REPLICAS_MAX, 1),
});
export type Certificate = Shaped<typeof certificateShape>;

/** A finalised block as it is stored and handed over. */
export const finalisedShape = struct({ block: blockShape, certificate: certificateShape });
export type FinalisedBlock = Shaped<typeof finalisedShape>;

const voteBody = struct({
  epoch: uint(),
  height: uint(),
  view: uint(2 ** 32),
  blockHash: hash32,
});
/** What a PREPARE or COMMIT signs; the domain tells them apart. */
export type VoteBody = Shaped<typeof voteBody>;

export const NO_PARENT: BlockHash = new Uint8Array(32);

/** Replicas that may lie or fail in Byzantine ways among n. */
export function faultsTolerated(replicas: number): number {
  return Math.floor((replicas - 1) / 3);
}

/** q = ceil((n + f + 1) / 2): two quorums share an honest replica (DESIGN §4.1; never 2f + 1). */
export function quorumOf(replicas: number): number {
  return Math.ceil((replicas + faultsTolerated(replicas) + 1) / 2);
}

export function encodeVote(vote: VoteBody): Uint8Array {
  return encodeWith(voteBody, vote);
}

export function encodeBlock(block: Block): Uint8Array {
  return encodeWith(blockShape, block);
}

export function decodeBlock(blockBytes: Uint8Array): Decoded<Block> {
  return decodeWith(blockShape, blockBytes, BLOCK_BYTES_MAX);
}

export function encodeFinalised(finalised: FinalisedBlock): Uint8Array {
  return encodeWith(finalisedShape, finalised);
}

export function decodeFinalised(finalisedBytes: Uint8Array): Decoded<FinalisedBlock> {
  return decodeWith(finalisedShape, finalisedBytes, BLOCK_BYTES_MAX + 4096);
}

export function blockHashOf(family: FamilyId, header: BlockHeader): BlockHash {
  return hashOf("block", family, encodeWith(headerShape, header));
}

/** Root over the ids in block order. */
export function transactionsRootOf(family: FamilyId, ids: readonly TransactionId[]): Uint8Array {
  return hashOf(
    "transactions",
    family,
    encodeWith(list(transactionId, BLOCK_TRANSACTIONS_MAX), ids),
  );
}

/** Signatures that a certificate needs checked, or why its form is already wrong. */
export function certificateFault(
  certificate: Certificate,
  replicas: readonly DeviceId[],
): "not-a-quorum" | "repeated-signer" | "not-a-replica" | null {
  const signers = new Set(certificate.commits.map((one) => toHex(one.replica)));
  if (signers.size !== certificate.commits.length) return "repeated-signer";
  if (certificate.commits.length !== quorumOf(replicas.length)) return "not-a-quorum";
  const isMember = (id: DeviceId): boolean => replicas.some((one) => isSameBytes(one, id));
  return certificate.commits.every((one) => isMember(one.replica)) ? null : "not-a-replica";
}
