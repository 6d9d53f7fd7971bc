/**
 * What replicas say to each other, as it travels and as it is once its signatures were checked.
 * PRE-PREPARE carries the primary's PREPARE; the COMMIT signature is the certificate's. A VIEW-CHANGE
 * carries its signer's highest prepared certificate, which proves itself, and travels with the block;
 * a NEW-VIEW is a proposal with the q VIEW-CHANGEs that justify it. SPEC CM1..CM5.
 * Source: PBFT, OSDI'99 §4.2, §4.4; DESIGN §4.3, §4.4.
 */
import type { Decoded } from "../codec/cbor.ts";
import { deviceId } from "../codec/ids.ts";
import type { BlockHash, DeviceId, Signature } from "../codec/ids.ts";
import {
  bytes,
  decodeWith,
  encodeWith,
  list,
  option,
  struct,
  uint,
  union,
  type Shaped,
} from "../codec/shape.ts";
import { hash32 } from "../codec/ids.ts";
import { blockShape, type VoteBody } from "../ledger/block.ts";
import type { VerifiedBlock } from "../ledger/chain.ts";
import { BLOCK_BYTES_MAX, REPLICAS_MAX } from "../ledger/limits.ts";

export type Phase = "prepare" | "commit";

const VIEW_MAX = 2 ** 32;

const voteMessage = struct({
  epoch: uint(),
  height: uint(),
  view: uint(VIEW_MAX),
  blockHash: hash32,
  replica: deviceId,
  signature: bytes<Signature>(64),
});

/** q PREPAREs of one view for one block; epoch and height are those of what carries it. */
export const preparedShape = struct({
  view: uint(VIEW_MAX),
  blockHash: hash32,
  prepares: list(struct({ replica: deviceId, signature: bytes<Signature>(64) }), REPLICAS_MAX, 1),
});
type PreparedMessage = Shaped<typeof preparedShape>;

/** A VIEW-CHANGE without the block that its certificate is for. */
export const viewChangeShape = struct({
  epoch: uint(),
  height: uint(),
  view: uint(VIEW_MAX, 1),
  prepared: option(preparedShape),
  replica: deviceId,
  signature: bytes<Signature>(64),
});
export type ViewChangeMessage = Shaped<typeof viewChangeShape>;

const consensusShape = union({
  "pre-prepare": [
    0,
    struct({
      view: uint(VIEW_MAX),
      block: blockShape,
      /** The primary's PREPARE signature over the block's hash in this view. */
      signature: bytes<Signature>(64),
      replica: deviceId,
    }),
  ],
  prepare: [1, voteMessage],
  commit: [2, voteMessage],
  "view-change": [3, struct({ change: viewChangeShape, block: option(blockShape) })],
  "new-view": [
    4,
    struct({
      view: uint(VIEW_MAX, 1),
      block: blockShape,
      signature: bytes<Signature>(64),
      replica: deviceId,
      viewChanges: list(viewChangeShape, REPLICAS_MAX, 1),
    }),
  ],
});
/** A consensus message on the wire. */
export type ConsensusMessage = Shaped<typeof consensusShape>;
/** A proposal on the wire: PRE-PREPARE or NEW-VIEW. */
export type ProposalMessage = Extract<ConsensusMessage, { type: "pre-prepare" | "new-view" }>;

/** Bytes beside the block: seven VIEW-CHANGEs with seven PREPAREs each are below 6 kB. */
const BESIDE_BLOCK_BYTES = 8_192;

export function encodeConsensus(message: ConsensusMessage): Uint8Array {
  return encodeWith(consensusShape, message);
}

export function decodeConsensus(messageBytes: Uint8Array): Decoded<ConsensusMessage> {
  return decodeWith(consensusShape, messageBytes, BLOCK_BYTES_MAX + BESIDE_BLOCK_BYTES);
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

const viewChangeBody = struct({
  epoch: uint(),
  height: uint(),
  view: uint(VIEW_MAX, 1),
  prepared: option(struct({ view: uint(VIEW_MAX), blockHash: hash32 })),
});
/** What a VIEW-CHANGE signs. The PREPAREs behind its claim prove themselves. */
export type ViewChangeBody = Shaped<typeof viewChangeBody>;

export function encodeViewChange(body: ViewChangeBody): Uint8Array {
  return encodeWith(viewChangeBody, body);
}

/** A prepared certificate: PREPAREs of one view for one block, each with its signature checked. */
export interface PreparedCertificate {
  readonly view: number;
  readonly blockHash: BlockHash;
  readonly prepares: readonly VerifiedVote[];
}

/** A VIEW-CHANGE, claimed until its own signature and those of its PREPAREs were checked. */
export interface ViewChange {
  readonly body: ViewChangeBody;
  readonly prepared: PreparedCertificate | null;
  readonly replica: DeviceId;
  readonly signature: Signature;
}
export interface VerifiedViewChange extends ViewChange {
  readonly [verified]?: true;
}

/** A proposal whose transactions, primary's PREPARE and VIEW-CHANGEs were checked. */
export interface VerifiedProposal {
  readonly verified: VerifiedBlock;
  readonly prepare: VerifiedVote;
  /** What justifies it; empty in view 0. */
  readonly viewChanges: readonly VerifiedViewChange[];
}

/** The wire form of a vote. */
export function voteMessageOf(vote: Vote): Extract<ConsensusMessage, { type: Phase }> {
  const { replica, signature } = vote;
  return { type: vote.phase, ...vote.body, replica, signature };
}

/** The wire form of a proposal: NEW-VIEW above view 0. */
export function proposalMessageOf(proposal: VerifiedProposal): ProposalMessage {
  const { prepare, viewChanges } = proposal;
  const { view } = prepare.body;
  const { signature, replica } = prepare;
  const { block } = proposal.verified;
  if (view === 0) return { type: "pre-prepare", view, block, signature, replica };
  const changes = viewChanges.map((one) => changeMessageOf(one));
  return { type: "new-view", view, block, signature, replica, viewChanges: changes };
}

/** The wire form of a VIEW-CHANGE; `block` is the one that its certificate is for. */
export function viewChangeMessageOf(
  change: ViewChange,
  block: VerifiedBlock | null,
): ConsensusMessage {
  return { type: "view-change", change: changeMessageOf(change), block: block?.block ?? null };
}

/** A VIEW-CHANGE as it stands inside a NEW-VIEW. */
export function changeMessageOf({
  body,
  prepared,
  replica,
  signature,
}: ViewChange): ViewChangeMessage {
  const { epoch, height, view } = body;
  const certificate: PreparedMessage | null =
    prepared === null
      ? null
      : {
          view: prepared.view,
          blockHash: prepared.blockHash,
          prepares: prepared.prepares.map((one) => ({
            replica: one.replica,
            signature: one.signature,
          })),
        };
  return { epoch, height, view, prepared: certificate, replica, signature };
}

/** What a wire VIEW-CHANGE claims: nothing in it is checked yet. */
export function viewChangeOf(message: ViewChangeMessage): ViewChange {
  const { epoch, height, view, prepared, replica, signature } = message;
  if (prepared === null) {
    return { body: { epoch, height, view, prepared: null }, prepared: null, replica, signature };
  }
  const { blockHash } = prepared;
  const body = { epoch, height, view: prepared.view, blockHash };
  const prepares = prepared.prepares.map((one) => ({ phase: "prepare" as const, body, ...one }));
  return {
    body: { epoch, height, view, prepared: { view: prepared.view, blockHash } },
    prepared: { view: prepared.view, blockHash, prepares },
    replica,
    signature,
  };
}
