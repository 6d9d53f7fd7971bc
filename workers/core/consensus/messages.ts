/**
 * What replicas say to each other, as it travels and as it is once its signatures were checked.
 * PRE-PREPARE carries the primary's PREPARE; the COMMIT signature is the certificate's. VIEW-CHANGE
 * and NEW-VIEW take the next free tags. SPEC CM1..CM3. Source: PBFT, OSDI'99 §4.2; DESIGN §4.3.
 */
import type { Decoded } from "../codec/cbor.ts";
import { deviceId } from "../codec/ids.ts";
import type { DeviceId, Signature } from "../codec/ids.ts";
import { bytes, decodeWith, encodeWith, struct, uint, union, type Shaped } from "../codec/shape.ts";
import { hash32 } from "../codec/ids.ts";
import { blockShape, type VoteBody } from "../ledger/block.ts";
import type { VerifiedBlock } from "../ledger/chain.ts";
import { BLOCK_BYTES_MAX } from "../ledger/limits.ts";

export type Phase = "prepare" | "commit";

const voteMessage = struct({
  epoch: uint(),
  height: uint(),
  view: uint(2 ** 32),
  blockHash: hash32,
  replica: deviceId,
  signature: bytes<Signature>(64),
});

const consensusShape = union({
  "pre-prepare": [
    0,
    struct({
      view: uint(2 ** 32),
      block: blockShape,
      /** The primary's PREPARE signature over the block's hash in this view. */
      signature: bytes<Signature>(64),
      replica: deviceId,
    }),
  ],
  prepare: [1, voteMessage],
  commit: [2, voteMessage],
});
/** A consensus message on the wire. */
export type ConsensusMessage = Shaped<typeof consensusShape>;

export function encodeConsensus(message: ConsensusMessage): Uint8Array {
  return encodeWith(consensusShape, message);
}

export function decodeConsensus(messageBytes: Uint8Array): Decoded<ConsensusMessage> {
  return decodeWith(consensusShape, messageBytes, BLOCK_BYTES_MAX + 4096);
}

/** A vote, claimed until a VerifiedVote is minted from it. */
export interface Vote {
  readonly phase: Phase;
  readonly body: VoteBody;
  readonly replica: DeviceId;
  readonly signature: Signature;
}

declare const verified: unique symbol;
/** A vote whose signature was checked under the key of its replica; minted by node/verify.ts. */
export interface VerifiedVote extends Vote {
  readonly [verified]?: true;
}

/** A proposal whose transactions and primary's PREPARE were checked. */
export interface VerifiedPrePrepare {
  readonly verified: VerifiedBlock;
  readonly prepare: VerifiedVote;
}

/** The wire form of a vote. */
export function voteMessageOf(vote: Vote): ConsensusMessage {
  const { replica, signature } = vote;
  return { type: vote.phase, ...vote.body, replica, signature };
}

/** The wire form of a proposal. */
export function prePrepareMessageOf(proposal: VerifiedPrePrepare): ConsensusMessage {
  const { prepare } = proposal;
  return {
    type: "pre-prepare",
    view: prepare.body.view,
    block: proposal.verified.block,
    signature: prepare.signature,
    replica: prepare.replica,
  };
}
