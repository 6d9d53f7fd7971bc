/**
 * Branded ids and keys. An id is a hash of exact bytes, never chosen by its sender; the functions
 * here are the only ones that mint them. Text forms (hex) serve as map keys and in diagnostics.
 * SPEC ID1..ID4. Source: DESIGN §3.
 */
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { hashOf } from "./hash.ts";
import { bytes, type Shape } from "./shape.ts";

declare const brand: unique symbol;
type Branded<Name extends string> = Uint8Array & { readonly [brand]?: Name };

/** SHA-256 of the founding recovery key, 32 bytes. */
export type FamilyId = Branded<"family">;
/** First 16 bytes of the hash of the member's first device key. */
export type MemberId = Branded<"member">;
/** First 16 bytes of the hash of the device's Ed25519 key. */
export type DeviceId = Branded<"device">;
/** First 16 bytes of the hash of the invite's public key. */
export type InviteId = Branded<"invite">;
/** 32 bytes: hash of a transaction's signed bytes. */
export type TransactionId = Branded<"transaction">;
/** 32 bytes: hash of a block header. */
export type BlockHash = Branded<"block">;
/** 16 bytes: first half of the hash of a gossip header. */
export type MessageId = Branded<"message">;
/** 32 bytes: hash of a sealed blob. */
export type BlobHash = Branded<"blob">;
/** Ed25519 public key, 32 bytes. */
export type SigningKey = Branded<"signing-key">;
/** X25519 public key, 32 bytes. */
export type EncryptionKey = Branded<"encryption-key">;
/** Ed25519 signature, 64 bytes. */
export type Signature = Branded<"signature">;

/** An id as lower-case hex: for map keys, storage keys and the page. */
export type Hex = string;

export const familyId: Shape<FamilyId> = bytes<FamilyId>(32);
export const memberId: Shape<MemberId> = bytes<MemberId>(16);
export const deviceId: Shape<DeviceId> = bytes<DeviceId>(16);
export const inviteId: Shape<InviteId> = bytes<InviteId>(16);
export const transactionId: Shape<TransactionId> = bytes<TransactionId>(32);
export const blockHash: Shape<BlockHash> = bytes<BlockHash>(32);
export const messageId: Shape<MessageId> = bytes<MessageId>(16);
export const blobHash: Shape<BlobHash> = bytes<BlobHash>(32);
export const signingKey: Shape<SigningKey> = bytes<SigningKey>(32);
export const encryptionKey: Shape<EncryptionKey> = bytes<EncryptionKey>(32);
export const signature: Shape<Signature> = bytes<Signature>(64);
/** Any 32-byte hash that has no id type of its own. */
export const hash32: Shape<Uint8Array> = bytes(32);

const NO_FAMILY: FamilyId = new Uint8Array(32);

/** The family's id commits to the founder's recovery key alone, so that the words find it again. */
export function familyIdOf(recoveryKey: SigningKey): FamilyId {
  return hashOf("family", NO_FAMILY, recoveryKey);
}

export function deviceIdOf(family: FamilyId, key: SigningKey): DeviceId {
  return hashOf("device", family, key).slice(0, 16);
}

/** A member is named by the key of the first device that was registered for it. */
export function memberIdOf(family: FamilyId, firstDeviceKey: SigningKey): MemberId {
  return hashOf("member", family, firstDeviceKey).slice(0, 16);
}

export function inviteIdOf(family: FamilyId, inviteKey: SigningKey): InviteId {
  return hashOf("invite", family, inviteKey).slice(0, 16);
}

export function toHex(id: Uint8Array): Hex {
  return bytesToHex(id);
}

/** Inverse of toHex; throws on text that is not hex, so use it on own text only. */
export function fromHex(hex: Hex): Uint8Array {
  return hexToBytes(hex);
}

/** Orders byte strings: by bytes, then the shorter first. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
