/**
 * The cryptography that the node needs, as one interface, so that the simulator can put a fast
 * deterministic oracle in its place. The real one is `createCryptoSuite` in webcrypto-suite.ts.
 * No security duty is left to callers: labels, associated data and key checks are inside.
 * Source: DESIGN §3, §6.
 */
import type { Domain } from "../core/codec/hash.ts";
import type {
  DeviceId,
  EncryptionKey,
  FamilyId,
  Signature,
  SigningKey,
} from "../core/codec/ids.ts";
import type { Body } from "../core/gossip/header.ts";

/** An Ed25519 key that can sign; the seed stays inside. */
export interface Signer {
  readonly publicKey: SigningKey;
  /** Signs domainBytes(domain, family, message). */
  sign(domain: Domain, family: FamilyId, message: Uint8Array): Promise<Signature>;
}

/** A device that a body is wrapped for. */
export interface WrapTarget {
  readonly device: DeviceId;
  readonly keyNumber: number;
  readonly key: EncryptionKey;
}

export interface SealRequest {
  readonly family: FamilyId;
  /** At most the largest padding bucket minus 4 bytes; padded inside. */
  readonly plaintext: Uint8Array;
  /** The header without its body hash. */
  readonly associatedData: Uint8Array;
  /** Sorted by device id, as the header lists them. */
  readonly targets: readonly WrapTarget[];
}

export interface OpenRequest {
  readonly family: FamilyId;
  readonly body: Body;
  readonly associatedData: Uint8Array;
  /** All recipients of the header in its order; `key` null where its device has announced two. */
  readonly targets: readonly (Omit<WrapTarget, "key"> & { readonly key: EncryptionKey | null })[];
  /** Position of my device in targets. */
  readonly mine: number;
  /** My X25519 private key of that number, 32 bytes. */
  readonly privateKey: Uint8Array;
}

/** `wrap-mismatch`: opened, but another recipient was given something else; it must not be shown. */
export type Opened =
  | { readonly ok: true; readonly plaintext: Uint8Array; readonly contentKey: Uint8Array }
  | {
      readonly ok: false;
      readonly reason: "unwrap" | "commitment" | "ciphertext" | "padding" | "wrap-mismatch";
    };

export interface CryptoSuite {
  /** Cryptographically random bytes (seeded in the simulator). */
  randomBytes(length: number): Uint8Array;
  /** A signer from a 32-byte seed. */
  createSigner(seed: Uint8Array): Promise<Signer>;
  /** ZIP-215 verdict over domainBytes; false for anything malformed, never throws. */
  verify(
    key: SigningKey,
    domain: Domain,
    family: FamilyId,
    message: Uint8Array,
    signature: Signature,
  ): Promise<boolean>;
  /** Canonical, not small-order, torsion-free: what a key must be to enter the ledger. */
  isAdmissibleSigningKey(key: SigningKey): boolean;
  /** Not a low-order point. */
  isAdmissibleEncryptionKey(key: EncryptionKey): boolean;
  /** X25519 public key of a 32-byte private key. */
  encryptionKeyOf(privateKey: Uint8Array): Promise<EncryptionKey>;
  /** Seals with a fresh content key and nonce, wraps that can be verified, and a commitment. */
  sealBody(request: SealRequest): Promise<Body>;
  openBody(request: OpenRequest): Promise<Opened>;
  /** Opens with a content key that another recipient handed over (refill); same checks but the unwrap. */
  openBodyWithKey(
    request: Omit<OpenRequest, "mine" | "privateKey">,
    contentKey: Uint8Array,
  ): Promise<Opened>;
  /** HPKE-wraps 32 bytes for one key: 80 bytes; for the refill of a new device. */
  wrapKey(
    family: FamilyId,
    key: EncryptionKey,
    secret: Uint8Array,
    info: Uint8Array,
  ): Promise<Uint8Array>;
  unwrapKey(
    family: FamilyId,
    privateKey: Uint8Array,
    wrapped: Uint8Array,
    info: Uint8Array,
  ): Promise<Uint8Array | null>;
  /** AEAD under a 32-byte key: random nonce (24) ‖ ciphertext ‖ tag. */
  seal(key: Uint8Array, plaintext: Uint8Array, associatedData: Uint8Array): Uint8Array;
  /** Inverse of seal; null when it does not verify or is malformed. */
  open(key: Uint8Array, sealed: Uint8Array, associatedData: Uint8Array): Uint8Array | null;
  /** HKDF-SHA256 with info `TinyWeb/<label>/v1` ‖ 0 ‖ family ‖ context; 32 bytes. */
  deriveKey(secret: Uint8Array, label: string, family: FamilyId, context: Uint8Array): Uint8Array;
}
