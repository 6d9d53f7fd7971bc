/**
 * Sealed blobs: text that the ledger names by hash and that only the family can read (names now).
 * The blob travels beside the block and can be forgotten without breaking the chain. Salted, so that
 * equal names do not show as equal hashes. SPEC SB1 to SB4. Source: DESIGN §4.
 */
import { hashOf } from "../core/codec/hash.ts";
import type { BlobHash, FamilyId } from "../core/codec/ids.ts";
import { bytes, decodeWith, encodeWith, struct, text, uint } from "../core/codec/shape.ts";
import { BLOB_BYTES_MAX } from "../core/ledger/limits.ts";
import type { CryptoSuite } from "../crypto/suite.ts";

const blobShape = struct({
  /** Epoch of the family secret that opens it. */
  epoch: uint(),
  sealed: bytes(40, BLOB_BYTES_MAX - 64),
});
const contentShape = struct({ salt: bytes(16), text: text(1024) });

/** Bytes of a name, as typed. */
export const NAME_BYTES_MAX = 64;
const EMPTY = new Uint8Array(0);

export interface Blob {
  readonly hash: BlobHash;
  readonly bytes: Uint8Array;
}

export function blobHashOf(family: FamilyId, blobBytes: Uint8Array): BlobHash {
  return hashOf("blob", family, blobBytes);
}

/** Hash that a join request carries of a name: it commits the newcomer to it. */
export function nameHashOf(family: FamilyId, salt: Uint8Array, name: string): Uint8Array {
  return hashOf("join-name", family, encodeWith(contentShape, { salt, text: name }));
}

/** Seals a text under the family secret of an epoch. */
export function sealBlob(
  crypto: CryptoSuite,
  family: FamilyId,
  secret: { readonly epoch: number; readonly secret: Uint8Array },
  plain: { readonly salt: Uint8Array; readonly text: string },
): Blob {
  const key = crypto.deriveKey(secret.secret, "blob", family, EMPTY);
  const sealed = crypto.seal(key, encodeWith(contentShape, plain), EMPTY);
  const blobBytes = encodeWith(blobShape, { epoch: secret.epoch, sealed });
  return { hash: blobHashOf(family, blobBytes), bytes: blobBytes };
}

/** The text of a blob; null when it is malformed or of an epoch whose secret is not here. */
export function openBlob(
  crypto: CryptoSuite,
  family: FamilyId,
  secretOf: (epoch: number) => Uint8Array | null,
  blobBytes: Uint8Array,
): string | null {
  const blob = decodeWith(blobShape, blobBytes, BLOB_BYTES_MAX);
  if (!blob.ok) return null;
  const secret = secretOf(blob.value.epoch);
  if (secret === null) return null;
  const key = crypto.deriveKey(secret, "blob", family, EMPTY);
  const plain = crypto.open(key, blob.value.sealed, EMPTY);
  if (plain === null) return null;
  const content = decodeWith(contentShape, plain, BLOB_BYTES_MAX);
  return content.ok ? content.value.text : null;
}
