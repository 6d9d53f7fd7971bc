/**
 * Founds a family, or founds it again from its words: keys, names, the founding block. The family's
 * id commits to the recovery key alone, so the words find the same family in an empty browser; its
 * history comes back only from a device or a backup that still has it (ADR 3). SPEC FO1..FO5.
 */
import { familyIdOf } from "../core/codec/ids.ts";
import { hashOf } from "../core/codec/hash.ts";
import type { FamilyId } from "../core/codec/ids.ts";
import { encodeWith, struct, uint } from "../core/codec/shape.ts";
import { hash32 } from "../core/codec/ids.ts";
import { buildFounding, type Head, type VerifiedBlock } from "../core/ledger/chain.ts";
import { encodeTransaction, type Transaction } from "../core/ledger/transaction.ts";
import { sealBlob } from "./blobs.ts";
import type { Environment } from "./environment.ts";
import { openIdentity, type Identity, type Profile } from "./profile.ts";
import { verifyTransaction } from "./verify.ts";

export interface Founding {
  readonly identity: Identity;
  readonly verified: VerifiedBlock;
  readonly head: Head;
  readonly blobs: readonly Uint8Array[];
}

export interface FoundingRequest {
  /** 32 bytes behind the recovery words. */
  readonly entropy: Uint8Array;
  /** Seed of the recovery key that the entropy gives. */
  readonly recoverySeed: Uint8Array;
  readonly familyName: string;
  readonly myName: string;
  readonly servers: readonly string[];
  /** 0 for a new family; unix seconds when it is founded again. */
  readonly epoch: number;
  /** Whether the words are still to be shown and confirmed. */
  readonly keepWords: boolean;
}

const secretShape = struct({ epoch: uint(), secret: hash32 });

/** Commitment of the ledger to a family secret. */
export function secretCommitmentOf(
  family: FamilyId,
  epoch: number,
  secret: Uint8Array,
): Uint8Array {
  return hashOf("secret", family, encodeWith(secretShape, { epoch, secret }));
}

/** Makes everything that a new family is; nothing is stored yet. */
export async function prepareFounding(
  env: Environment,
  request: FoundingRequest,
): Promise<Founding> {
  const { crypto } = env;
  const recovery = await crypto.createSigner(request.recoverySeed);
  const family = familyIdOf(recovery.publicKey);
  const secret = { epoch: 1, secret: crypto.randomBytes(32) };
  const privateKey = crypto.randomBytes(32);
  const profile: Profile = {
    family,
    deviceSeed: crypto.randomBytes(32),
    encryptionKeys: [{ number: 0, privateKey }],
    pin: null,
    words: request.keepWords ? request.entropy : null,
    secrets: [secret],
    servers: request.servers,
    isMember: 1,
  };
  const identity = await openIdentity(env, profile);
  const seal = (name: string): ReturnType<typeof sealBlob> =>
    sealBlob(crypto, family, secret, { salt: crypto.randomBytes(16), text: name });
  const familyName = seal(request.familyName);
  const memberName = seal(request.myName);
  const content: Transaction = {
    version: 1,
    author: identity.device,
    time: env.now(),
    expiresHeight: 0,
    salt: crypto.randomBytes(16),
    body: {
      type: "family-created",
      epoch: request.epoch,
      recoveryKey: recovery.publicKey,
      deviceKey: identity.signer.publicKey,
      encryptionKey: await crypto.encryptionKeyOf(privateKey),
      familyName: familyName.hash,
      memberName: memberName.hash,
      secretCommitment: secretCommitmentOf(family, secret.epoch, secret.secret),
    },
  };
  const bytes = encodeTransaction(content);
  const signed = {
    bytes,
    signature: await identity.signer.sign("transaction", family, bytes),
    proofs: [await recovery.sign("recovery", family, bytes)],
  };
  const transaction = await verifyTransaction(crypto, family, null, signed);
  if (transaction === null) throw new Error("invariant: an own founding transaction verifies");
  const built = buildFounding(family, transaction, env.rulesKnown);
  if (!built.ok || built.verified === undefined) {
    throw new Error("invariant: an own founding block is valid");
  }
  return {
    identity,
    verified: built.verified,
    head: built.head,
    blobs: [familyName.bytes, memberName.bytes],
  };
}
