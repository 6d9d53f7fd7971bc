/**
 * Governance transactions: what a device signs to change the family's rules. The id is the hash of
 * the signed bytes; signatures, the author's and those of keys that the body names (`proofs`), stand
 * beside them and are never part of an id. Whether a transaction may happen is execute.ts's to say.
 * SPEC TX1..TX6. Source: DESIGN §4.
 */
import type { Decoded } from "../codec/cbor.ts";
import type { Domain } from "../codec/hash.ts";
import { hashOf } from "../codec/hash.ts";
import {
  blobHash,
  deviceId,
  deviceIdOf,
  encryptionKey,
  hash32,
  inviteId,
  memberId,
  messageId,
  signingKey,
} from "../codec/ids.ts";
import type {
  BlockHash,
  DeviceId,
  FamilyId,
  Signature,
  SigningKey,
  TransactionId,
} from "../codec/ids.ts";
import {
  bytes,
  decodeWith,
  encodeWith,
  list,
  oneOf,
  option,
  struct,
  uint,
  union,
  type Shaped,
} from "../codec/shape.ts";
import {
  ACTION_BYTES_MAX,
  CUT_STREAMS_MAX,
  DEVICES_MAX,
  PROOFS_MAX,
  REPLICAS_MAX,
  TRANSACTION_BYTES_MAX,
} from "./limits.ts";
import { RULE_BODIES } from "./rule-bodies.ts";
import { roleShape } from "./vocabulary.ts";

export const TRANSACTION_VERSION = 1;

export { ROLES, roleShape, type Role } from "./vocabulary.ts";

/** Where a narrowing takes hold in one stream of the device: entries up to it stay as they are. */
const cut = struct({
  stream: uint(2 ** 32),
  seq: uint(2 ** 40),
  id: messageId,
});
export type Cut = Shaped<typeof cut>;
export const cutsShape = list(cut, CUT_STREAMS_MAX);

export const revocationReason = oneOf(["lost", "retired", "compromised"]);

/** What a newcomer asks; signed by the invite's key and by its own device key. */
const joinRequest = struct({
  inviteKey: signingKey,
  deviceKey: signingKey,
  encryptionKey,
  /** Hash of salt and name; the name itself is a sealed blob. */
  nameHash: hash32,
  role: roleShape,
  /** The member that this device is a further device of; none for a new member. */
  member: option(memberId),
});
export type JoinRequest = Shaped<typeof joinRequest>;

export function encodeJoinRequest(request: JoinRequest): Uint8Array {
  return encodeWith(joinRequest, request);
}

/** The block that a vote was for, and the vote's signature. */
const signedHash = struct({ blockHash: hash32, signature: bytes<Signature>(64) });

const body = union({
  "family-created": [
    0,
    struct({
      /** 0 at the first founding; unix seconds when it is founded again from its words (ADR 3). */
      epoch: uint(),
      recoveryKey: signingKey,
      deviceKey: signingKey,
      encryptionKey,
      familyName: blobHash,
      memberName: blobHash,
      /** Commitment to the first family secret. */
      secretCommitment: hash32,
    }),
  ],
  "invite-created": [
    1,
    struct({
      inviteKey: signingKey,
      role: roleShape,
      /** Set when it invites a further device of a member. */
      member: option(memberId),
      /** Milliseconds since the epoch. */
      expiresAt: uint(),
    }),
  ],
  "invite-revoked": [2, struct({ invite: inviteId })],
  /** Admits a newcomer as a member. Proofs: invite key, newcomer's device key. */
  "member-registered": [3, struct({ request: joinRequest, name: blobHash })],
  /** Admits a further device of a member, and revokes those it replaces. Same proofs. */
  "device-registered": [
    4,
    struct({
      request: joinRequest,
      replaced: list(struct({ device: deviceId, cuts: cutsShape }), DEVICES_MAX),
    }),
  ],
  "device-revoked": [5, struct({ device: deviceId, reason: revocationReason, cuts: cutsShape })],
  /** Changes who keeps the rules, in one step: 1 to 3, 3 to 4, a swap, back to 1. */
  "replicas-changed": [
    6,
    struct({
      /** The block on which it builds, and no other: the very one that the READYs are for. */
      parent: hash32,
      added: list(struct({ device: deviceId, ready: bytes<Signature>(64) }), REPLICAS_MAX),
      removed: list(deviceId, REPLICAS_MAX),
    }),
  ],
  /** Two votes of one device that cannot both be honest. */
  evidence: [
    7,
    struct({
      device: deviceId,
      epoch: uint(),
      height: uint(),
      view: uint(2 ** 32),
      phase: oneOf(["prepare", "commit"]),
      first: signedHash,
      second: signedHash,
    }),
  ],
  /** New devices keep the rules where the old ones are lost: a block of its own. Proof: recovery key. */
  recovery: [
    63,
    struct({
      /** One more than the family's. */
      epoch: uint(),
      /** The highest finalised block that is known where it is signed. */
      parent: hash32,
      /** Who keeps the rules from now on; the author's device among them. */
      replicas: list(deviceId, REPLICAS_MAX, 1),
      /** Public half of the words of a parent. */
      recoveryKey: signingKey,
    }),
  ],
  ...RULE_BODIES,
});
export type TransactionBody = Shaped<typeof body>;

const transactionShape = struct({
  version: uint(255),
  author: deviceId,
  /** Author's clock, milliseconds since the epoch. */
  time: uint(),
  /** Last height at which it may be executed. */
  expiresHeight: uint(),
  /** Random, so that two alike have different ids. */
  salt: bytes(16),
  body,
});
export type Transaction = Shaped<typeof transactionShape>;

/** A transaction as it travels and is stored. */
export const signedTransactionShape = struct({
  bytes: bytes(1, TRANSACTION_BYTES_MAX),
  signature: bytes<Signature>(64),
  proofs: list(bytes<Signature>(64), PROOFS_MAX),
});
export type SignedTransaction = Shaped<typeof signedTransactionShape>;

declare const verified: unique symbol;
/**
 * A transaction whose signature and proofs were checked under the keys named here. Minted only by
 * node/verify.ts; execute.ts still compares `authorKey` with the state's key for the author.
 */
export interface VerifiedTransaction {
  readonly [verified]?: true;
  readonly id: TransactionId;
  readonly authorKey: SigningKey;
  readonly content: Transaction;
  readonly signed: SignedTransaction;
}

export function encodeTransaction(transaction: Transaction): Uint8Array {
  return encodeWith(transactionShape, transaction);
}

export function decodeTransaction(transactionBytes: Uint8Array): Decoded<Transaction> {
  const decoded = decodeWith(transactionShape, transactionBytes, TRANSACTION_BYTES_MAX);
  if (decoded.ok && decoded.value.version !== TRANSACTION_VERSION) {
    return { ok: false, reason: "shape", detail: "unknown version" };
  }
  return decoded;
}

export function encodeSignedTransaction(signed: SignedTransaction): Uint8Array {
  return encodeWith(signedTransactionShape, signed);
}

export function decodeSignedTransaction(signedBytes: Uint8Array): Decoded<SignedTransaction> {
  return decodeWith(signedTransactionShape, signedBytes, TRANSACTION_BYTES_MAX + 1024);
}

export function transactionIdOf(family: FamilyId, transactionBytes: Uint8Array): TransactionId {
  return hashOf("transaction", family, transactionBytes);
}

/** What a device signs that will keep the rules: the block before the one that adds it. */
export function encodeReady(parent: BlockHash): Uint8Array {
  return encodeWith(struct({ parent: hash32 }), { parent });
}

/** One signature that must hold for a transaction to be what it claims. */
export interface RequiredProof {
  readonly key: SigningKey;
  readonly domain: Domain;
  readonly message: Uint8Array;
}

/** What a proposal would do. */
export function encodeAction(action: TransactionBody): Uint8Array {
  return encodeWith(body, action);
}

export function decodeAction(action: Uint8Array): Decoded<TransactionBody> {
  return decodeWith(body, action, ACTION_BYTES_MAX);
}

/** The body that happens in the end: a proposal's action, else the body itself; null if malformed. */
export function actionOf(content: TransactionBody): TransactionBody | null {
  if (content.type !== "proposed") return content;
  const decoded = decodeAction(content.action);
  return decoded.ok ? decoded.value : null;
}

/** The signatures, by position in `proofs`, that a body needs besides the author's. */
export function requiredProofs(content: Transaction): readonly RequiredProof[] {
  const action = actionOf(content.body);
  if (action === null) return [];
  switch (action.type) {
    case "recovery":
    case "family-created":
      return [
        {
          key: action.recoveryKey,
          domain: "recovery",
          message: encodeTransaction(content),
        },
      ];
    case "recovery-key-replaced":
      return [{ key: action.key, domain: "recovery", message: encodeTransaction(content) }];
    case "member-registered":
    case "device-registered": {
      const { request } = action;
      const message = encodeJoinRequest(request);
      return [
        { key: request.inviteKey, domain: "join-request", message },
        { key: request.deviceKey, domain: "join-request", message },
      ];
    }
    default:
      return [];
  }
}

/** The founding transaction names its author by a key in its own body. */
export function foundingDeviceOf(
  family: FamilyId,
  founding: Extract<TransactionBody, { type: "family-created" }>,
): DeviceId {
  return deviceIdOf(family, founding.deviceKey);
}
