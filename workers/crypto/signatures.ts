/**
 * Ed25519. Rule V: a signature is valid exactly if ZIP-215, as the pinned @noble/ed25519 implements
 * it, says so. WebCrypto is a fast path in one direction: engines disagree on edge cases, but what a
 * cofactorless verifier accepts ZIP-215 accepts too, so true is believed and anything else is
 * asked of noble. That holds only for S below L, and only keys of large order are safe to ask about:
 * see isFitForFastPath. Does not add domain labels (webcrypto-suite.ts does).
 * Source: DESIGN §3; RFC 8032; ZIP-215; SPEC CR3 to CR6.
 */
import { getPublicKeyAsync, Point, signAsync, verifyAsync } from "@noble/ed25519";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import type { Signature, SigningKey } from "../core/codec/ids.ts";
import { assertLength, copyOf } from "./derive.ts";

/** Answers whether a signature is valid; may throw where the engine lacks the algorithm. */
type Verifier = (key: Uint8Array, bytes: Uint8Array, signature: Uint8Array) => Promise<boolean>;

/** Signs exact bytes. A signature is never compared or hashed: some engines randomise it. */
export type SignBytes = (bytes: Uint8Array) => Promise<Signature>;

export interface KeyPair {
  readonly publicKey: SigningKey;
  readonly sign: SignBytes;
}

/** The ZIP-215 verdict. False for wrong lengths; never throws on any bytes. */
export async function verifySignature(
  key: SigningKey,
  bytes: Uint8Array,
  signature: Signature,
  fastPath: Verifier = verifyByWebCrypto,
): Promise<boolean> {
  if (key.length !== 32 || signature.length !== 64) return false;
  let isAccepted = false;
  try {
    isAccepted = isFitForFastPath(key, signature) && (await fastPath(key, bytes, signature));
  } catch {
    // Rule V: an engine that lacks Ed25519 or refuses the key has no say.
  }
  return isAccepted || (await verifyByNoble(key, bytes, signature));
}

/**
 * Whether WebCrypto may be asked. WebKitGTK 2.50 (libgcrypt) accepts S + L, which no other engine
 * does, and its page dies of a key that is off the curve or of small order; so a stranger's bytes
 * could split a family, or end a tab. Both seen by workers/crypto/testing/judge.ts.
 */
export function isFitForFastPath(key: SigningKey, signature: Signature): boolean {
  return key.length === 32 && signature.length === 64 && isBelowL(signature) && hasLargeOrder(key);
}

/** Whether S, the second half of a signature, is less than the order of the base point. */
function isBelowL(signature: Signature): boolean {
  for (let at = 31; at >= 0; at -= 1) {
    const difference = (signature[32 + at] ?? 0) - (ORDER_BYTES[at] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** Remembered for each key: decoding it takes as long as several verifications by WebCrypto. */
function hasLargeOrder(key: SigningKey): boolean {
  const name = bytesToHex(key);
  const known = largeOrders.get(name);
  if (known !== undefined) return known;
  let isLarge: boolean;
  try {
    isLarge = !Point.fromBytes(key, true).isSmallOrder();
  } catch {
    // Not on the curve.
    isLarge = false;
  }
  if (largeOrders.size >= KEYS_REMEMBERED_MAX) largeOrders.clear();
  largeOrders.set(name, isLarge);
  return isLarge;
}

/** The slow path, and the definition of the verdict. Key of 32, signature of 64 bytes. */
export function verifyByNoble(
  key: Uint8Array,
  bytes: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  return verifyAsync(signature, bytes, key, { zip215: true });
}

/** What this engine's WebCrypto says; throws where it lacks Ed25519 or refuses the key. */
export async function verifyByWebCrypto(
  key: Uint8Array,
  bytes: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const name = bytesToHex(key);
  // Without a pause where the key is known: the engine checks one while the caller reads the next.
  const known = importedKeys.get(name) ?? (await imported(name, key));
  return crypto.subtle.verify("Ed25519", known, copyOf(signature), copyOf(bytes));
}

/** Remembered for each key: a family's few devices sign all that there is. */
async function imported(name: string, key: Uint8Array): Promise<CryptoKey> {
  const made = await crypto.subtle.importKey("raw", copyOf(key), "Ed25519", false, ["verify"]);
  if (importedKeys.size >= KEYS_REMEMBERED_MAX) importedKeys.clear();
  importedKeys.set(name, made);
  return made;
}

/**
 * What a key must be to enter the ledger: canonical, not of small order, torsion-free. Under ZIP-215
 * one signature of a small-order key is valid for many messages. (No non-canonical encoding happens to
 * pass the other two checks; the strict decoding says what is meant.) About 1 ms.
 */
export function isAdmissibleSigningKey(key: SigningKey): boolean {
  if (key.length !== 32) return false;
  let point: Point;
  try {
    point = Point.fromBytes(key, false);
  } catch {
    // Not canonical or not on the curve.
    return false;
  }
  return !point.isSmallOrder() && point.isTorsionFree();
}

/**
 * Makes key pairs from 32-byte seeds; asks once whether this engine's WebCrypto can sign. WebKitGTK
 * 2.50 refuses a seed whose first byte is zero, one in 256: noble signs for those.
 */
export function createKeyPairs(
  importSigner: (seed: Uint8Array) => Promise<SignBytes> = signerByWebCrypto,
): (seed: Uint8Array) => Promise<KeyPair> {
  let probe: Promise<boolean> | null = null;
  return async (seed) => {
    assertLength(seed, 32, "seed");
    probe ??= canSign(importSigner);
    const publicKey: SigningKey = await getPublicKeyAsync(seed);
    const native = (await probe) ? await importSigner(seed).catch(() => null) : null;
    return { publicKey, sign: native ?? signerByNoble(seed) };
  };
}

/** Signs with WebCrypto: faster, and constant-time where noble cannot be. */
async function signerByWebCrypto(seed: Uint8Array): Promise<SignBytes> {
  const pkcs8 = copyOf(concatBytes(PKCS8_ED25519, seed));
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", false, ["sign"]);
  return async (bytes) => new Uint8Array(await crypto.subtle.sign("Ed25519", key, copyOf(bytes)));
}

function signerByNoble(seed: Uint8Array): SignBytes {
  const own = copyOf(seed);
  return (bytes) => signAsync(bytes, own);
}

/** Whether a signature made by this engine is valid by rule V; a throw-away key is used. */
async function canSign(importSigner: (seed: Uint8Array) => Promise<SignBytes>): Promise<boolean> {
  const seed = new Uint8Array(32).fill(1);
  const probe = utf8ToBytes("TinyWeb/probe/v1");
  try {
    const sign = await importSigner(seed);
    return await verifyByNoble(await getPublicKeyAsync(seed), probe, await sign(probe));
  } catch {
    // The engine lacks Ed25519: noble signs.
    return false;
  }
}

/** A pure function's answers, so all nodes of a process may share them; more than a family's devices. */
const largeOrders = new Map<string, boolean>();
const importedKeys = new Map<string, CryptoKey>();
const KEYS_REMEMBERED_MAX = 256;

/** L = 2^252 + 27742317777372353535851937790883648493, little-endian. */
const ORDER_BYTES = hexToBytes("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");

/** RFC 8410 header of a PKCS#8 Ed25519 private key; the seed follows. */
const PKCS8_ED25519 = hexToBytes("302e020100300506032b657004220420");
