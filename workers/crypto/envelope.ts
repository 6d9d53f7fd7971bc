/**
 * A message's body: padded plaintext under a fresh content key, the key's commitment, one wrap for
 * each recipient device. The header is bound three times: associated data of the ciphertext, of
 * every wrap, and under the commitment. Opening shows nothing unless the same key was given to every
 * recipient that has one key of its number. Does not judge who must be a recipient (gossip does).
 * Source: DESIGN §6; SPEC CR13 to CR19.
 */
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { equalBytes } from "@noble/ciphers/utils.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes } from "@noble/hashes/utils.js";
import type { FamilyId } from "../core/codec/ids.ts";
import type { Body } from "../core/gossip/header.ts";
import { PADDING_BUCKETS_BYTES } from "../core/gossip/limits.ts";
import { assertLength, deriveKey, EMPTY } from "./derive.ts";
import type { Opened, OpenRequest, SealRequest } from "./suite.ts";
import type { Wraps } from "./wraps.ts";
import { isAdmissibleEncryptionKey } from "./x25519.ts";

const NONCE_BYTES = 24;
const TAG_BYTES = 16;
const LENGTH_BYTES = 4;

/** What must be fresh and random for every body. */
export interface Freshness {
  /** 32 bytes. */
  readonly contentKey: Uint8Array;
  /** 24 bytes. */
  readonly nonce: Uint8Array;
}

/** Throws on a plaintext beyond the largest bucket and on an inadmissible key: broken invariants. */
export async function sealBody(
  wraps: Wraps,
  request: SealRequest,
  { contentKey, nonce }: Freshness,
): Promise<Body> {
  assertLength(contentKey, 32, "content key");
  assertLength(nonce, NONCE_BYTES, "nonce");
  const { family, associatedData } = request;
  const bodyHash = sha256(associatedData);
  const bodyKey = deriveKey(contentKey, "body-key", family, EMPTY);
  const cipher = xchacha20poly1305(bodyKey, nonce, associatedData);
  return {
    wraps: await Promise.all(
      request.targets.map((target) => wraps.wrapContentKey(family, contentKey, target, bodyHash)),
    ),
    commitment: commitmentOf(family, contentKey, nonce, bodyHash),
    nonce,
    ciphertext: cipher.encrypt(pad(request.plaintext)),
  };
}

/** Opens with my wrap. A body from a peer never throws; `mine` outside the targets does. */
export async function openBody(wraps: Wraps, request: OpenRequest): Promise<Opened> {
  if (request.targets[request.mine] === undefined) throw new RangeError("mine is not a target");
  const wrapped = request.body.wraps[request.mine];
  if (wrapped === undefined) return { ok: false, reason: "wrap-mismatch" };
  const bodyHash = sha256(request.associatedData);
  const { family, privateKey } = request;
  const contentKey = await wraps.unwrapContentKey(family, privateKey, wrapped, bodyHash);
  if (contentKey === null) return { ok: false, reason: "unwrap" };
  return openBodyWithKey(wraps, request, contentKey);
}

/** Opens with a content key that was handed over; every check but the unwrap. */
export async function openBodyWithKey(
  wraps: Wraps,
  request: Omit<OpenRequest, "mine" | "privateKey">,
  contentKey: Uint8Array,
): Promise<Opened> {
  const { family, body, associatedData } = request;
  if (contentKey.length !== 32) return { ok: false, reason: "unwrap" };
  const bodyHash = sha256(associatedData);
  const commitment = commitmentOf(family, contentKey, body.nonce, bodyHash);
  if (!equalBytes(commitment, body.commitment)) return { ok: false, reason: "commitment" };
  const bodyKey = deriveKey(contentKey, "body-key", family, EMPTY);
  const padded = decrypt(bodyKey, body.nonce, body.ciphertext, associatedData);
  if (padded === null) return { ok: false, reason: "ciphertext" };
  const plaintext = unpad(padded);
  if (plaintext === null) return { ok: false, reason: "padding" };
  if (!(await isWrappedForAll(wraps, request, contentKey, bodyHash))) {
    return { ok: false, reason: "wrap-mismatch" };
  }
  return { ok: true, plaintext, contentKey };
}

/** Encrypts under a 32-byte key; the caller's nonce (24 bytes) must be fresh. nonce ‖ ciphertext ‖ tag. */
export function sealBytes(
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  associatedData: Uint8Array,
): Uint8Array {
  return concatBytes(nonce, xchacha20poly1305(key, nonce, associatedData).encrypt(plaintext));
}

/** Inverse of sealBytes; null when malformed or not authentic. */
export function openBytes(
  key: Uint8Array,
  sealed: Uint8Array,
  associatedData: Uint8Array,
): Uint8Array | null {
  const nonce = sealed.subarray(0, NONCE_BYTES);
  return decrypt(key, nonce, sealed.subarray(NONCE_BYTES), associatedData);
}

/** HMAC-SHA256(commit key, nonce ‖ SHA-256(associated data)): no two keys open one body. */
function commitmentOf(
  family: FamilyId,
  contentKey: Uint8Array,
  nonce: Uint8Array,
  bodyHash: Uint8Array,
): Uint8Array {
  const commitKey = deriveKey(contentKey, "body-commitment", family, EMPTY);
  return hmac(sha256, commitKey, concatBytes(nonce, bodyHash));
}

async function isWrappedForAll(
  wraps: Wraps,
  request: Omit<OpenRequest, "mine" | "privateKey">,
  contentKey: Uint8Array,
  bodyHash: Uint8Array,
): Promise<boolean> {
  const { family, targets, body } = request;
  if (body.wraps.length !== targets.length) return false;
  const verdicts = targets.map(async ({ device, keyNumber, key }, index) => {
    if (key === null) return true;
    if (!isAdmissibleEncryptionKey(key)) return false;
    const expected = await wraps.wrapContentKey(
      family,
      contentKey,
      { device, keyNumber, key },
      bodyHash,
    );
    return equalBytes(expected, body.wraps[index] ?? EMPTY);
  });
  return (await Promise.all(verdicts)).every(Boolean);
}

function decrypt(
  key: Uint8Array,
  nonce: Uint8Array,
  ciphertext: Uint8Array,
  associatedData: Uint8Array,
): Uint8Array | null {
  assertLength(key, 32, "key");
  if (nonce.length !== NONCE_BYTES || ciphertext.length < TAG_BYTES) return null;
  try {
    return xchacha20poly1305(key, nonce, associatedData).decrypt(ciphertext);
  } catch {
    // Lengths are checked above: what is left is a tag that does not verify.
    return null;
  }
}

/** Length (4 bytes BE) ‖ plaintext ‖ zeros, to the smallest bucket that holds it. */
function pad(plaintext: Uint8Array): Uint8Array {
  const bucket = bucketOf(plaintext.length);
  if (bucket === null) throw new RangeError(`plaintext of ${plaintext.length} bytes`);
  const padded = new Uint8Array(bucket);
  new DataView(padded.buffer).setUint32(0, plaintext.length);
  padded.set(plaintext, LENGTH_BYTES);
  return padded;
}

/** Null unless the bytes are exactly what `pad` makes. */
function unpad(padded: Uint8Array): Uint8Array | null {
  if (padded.length < LENGTH_BYTES) return null;
  const length = new DataView(padded.buffer, padded.byteOffset).getUint32(0);
  if (bucketOf(length) !== padded.length) return null;
  const end = LENGTH_BYTES + length;
  if (padded.subarray(end).some((byte) => byte !== 0)) return null;
  return padded.slice(LENGTH_BYTES, end);
}

function bucketOf(length: number): number | null {
  return PADDING_BUCKETS_BYTES.find((bucket) => bucket >= length + LENGTH_BYTES) ?? null;
}
