/**
 * A CryptoSuite without arithmetic, for speed and repeatability: signatures and wraps are hashes
 * under secrets that an oracle looks up, so that they verify exactly if their maker held the seed,
 * and every refusal of the real suite can still happen (unwrap, commitment, ciphertext, padding,
 * wrap-mismatch). Randomness comes from the seed. About 1 % of seeds use real signatures instead
 * (`withRealSignatures`); real HPKE draws randomness of its own, so wraps stay the oracle's.
 * SPEC SI4, SI5.
 */
import { createCipheriv, createDecipheriv, createHash, createHmac } from "node:crypto";
import { domainBytes, type Domain } from "../workers/core/codec/hash.ts";
import type { EncryptionKey, FamilyId, SigningKey } from "../workers/core/codec/ids.ts";
import { PADDING_BUCKETS_BYTES } from "../workers/core/gossip/limits.ts";
import type { Random } from "../workers/core/random.ts";
import type { CryptoSuite, Opened, OpenRequest, WrapTarget } from "../workers/crypto/suite.ts";

/** What the makers of keys know, shared by all devices of a seed. */
export interface Oracle {
  /** Public key (base64) to signing secret. */
  readonly signing: Map<string, Uint8Array>;
  /** Public key (base64) to private key. */
  readonly encryption: Map<string, Uint8Array>;
}

export function createOracle(): Oracle {
  return { signing: new Map(), encryption: new Map() };
}

const EMPTY = new Uint8Array(0);
const AGAIN = Uint8Array.of(1);
const TAG_BYTES = 16;
const NONCE_BYTES = 24;

/** The suite of one device; `random` is the device's own. */
export function createOracleCrypto(oracle: Oracle, random: Random): CryptoSuite {
  const randomBytes = (length: number): Uint8Array => {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += 1) bytes[at] = random.below(256);
    return bytes;
  };
  const suite: CryptoSuite = {
    randomBytes,
    createSigner: async (seed) => {
      const { publicKey, sign } = createOracleSigner(oracle, seed);
      return { publicKey, sign: async (domain, family, message) => sign(domain, family, message) };
    },
    verify: async (key, domain, family, message, signature) =>
      isSigned(oracle, key, domain, family, message, signature),
    isAdmissibleSigningKey: (key) => key.length === 32 && oracle.signing.has(nameOf(key)),
    isAdmissibleEncryptionKey: (key) => key.length === 32 && key.some((byte) => byte !== 0),
    encryptionKeyOf: async (privateKey) => {
      const publicKey: EncryptionKey = digest("exchange", privateKey);
      oracle.encryption.set(nameOf(publicKey), privateKey.slice());
      return publicKey;
    },
    sealBody: async ({ plaintext, associatedData, targets }) => {
      const contentKey = randomBytes(32);
      const nonce = randomBytes(NONCE_BYTES);
      const bodyHash = digest("body", associatedData);
      return {
        wraps: targets.map((target) => wrapFor(oracle, contentKey, target, bodyHash)),
        commitment: digest("commitment", contentKey, nonce, bodyHash),
        nonce,
        ciphertext: encrypt(contentKey, nonce, pad(plaintext), associatedData),
      };
    },
    openBody: async (request) => openBody(oracle, request),
    openBodyWithKey: async (request, contentKey) => openWithKey(oracle, request, contentKey),
    wrapKey: async (family, key, secret, info) => {
      const fresh = randomBytes(32);
      const mask = digest("mask", exchangeSecret(oracle, key), fresh, family, info);
      return join(fresh, xor(secret, mask), digest("tag", mask, secret).subarray(0, TAG_BYTES));
    },
    unwrapKey: async (family, privateKey, wrapped, info) => {
      const mask = digest("mask", privateKey, wrapped.subarray(0, 32), family, info);
      return unmask(wrapped, mask);
    },
    seal: (key, plaintext, associatedData) => {
      const nonce = randomBytes(NONCE_BYTES);
      return join(nonce, encrypt(key, nonce, plaintext, associatedData));
    },
    open: (key, sealed, associatedData) => {
      if (sealed.length < NONCE_BYTES + TAG_BYTES) return null;
      const nonce = sealed.subarray(0, NONCE_BYTES);
      return decrypt(key, nonce, sealed.subarray(NONCE_BYTES), associatedData);
    },
    deriveKey: (secret, label, family, context) => {
      const hash = createHmac("sha256", secret).update(`TinyWeb/${label}/v1\0`);
      return new Uint8Array(hash.update(family).update(context).digest());
    },
  };
  return suite;
}

/** A signer that needs no waiting. */
export interface OracleSigner {
  readonly publicKey: SigningKey;
  readonly sign: (domain: Domain, family: FamilyId, message: Uint8Array) => Uint8Array;
  /** Another signature over the same: some engines' are randomised. */
  readonly signAgain: (domain: Domain, family: FamilyId, message: Uint8Array) => Uint8Array;
}

export function createOracleSigner(oracle: Oracle, seed: Uint8Array): OracleSigner {
  const publicKey: SigningKey = digest("public", seed);
  const secret = digest("secret", seed);
  oracle.signing.set(nameOf(publicKey), secret);
  return {
    publicKey,
    sign: (domain, family, message) => signatureOf(secret, domainBytes(domain, family, message)),
    signAgain: (domain, family, message) =>
      signatureOf(secret, domainBytes(domain, family, message), AGAIN),
  };
}

/** The oracle's verdict, also for judges: independent of any suite that a planted bug has touched. */
export function isSigned(
  oracle: Oracle,
  key: SigningKey,
  domain: Domain,
  family: FamilyId,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const secret = oracle.signing.get(nameOf(key));
  if (secret === undefined || signature.length !== 64) return false;
  const bytes = domainBytes(domain, family, message);
  return [EMPTY, AGAIN].some((salt) => isSame(signatureOf(secret, bytes, salt), signature));
}

/** Signatures of the real suite in the place of the oracle's, their calls counted while under way. */
export function withRealSignatures(
  suite: CryptoSuite,
  real: CryptoSuite,
  track: <T>(call: Promise<T>) => Promise<T>,
): CryptoSuite {
  return {
    ...suite,
    createSigner: async (seed) => {
      const signer = await track(real.createSigner(seed));
      return {
        publicKey: signer.publicKey,
        sign: async (domain, family, message) => track(signer.sign(domain, family, message)),
      };
    },
    verify: async (key, domain, family, message, signature) =>
      track(real.verify(key, domain, family, message, signature)),
    isAdmissibleSigningKey: (key) => real.isAdmissibleSigningKey(key),
  };
}

function openBody(oracle: Oracle, request: OpenRequest): Opened {
  const wrapped = request.body.wraps[request.mine];
  if (wrapped === undefined) return { ok: false, reason: "wrap-mismatch" };
  const bodyHash = digest("body", request.associatedData);
  const mask = digest("mask", request.privateKey, wrapped.subarray(0, 32), bodyHash);
  const contentKey = unmask(wrapped, mask);
  if (contentKey === null) return { ok: false, reason: "unwrap" };
  return openWithKey(oracle, request, contentKey);
}

function openWithKey(
  oracle: Oracle,
  request: Omit<OpenRequest, "mine" | "privateKey">,
  contentKey: Uint8Array,
): Opened {
  const { body, associatedData, targets } = request;
  const bodyHash = digest("body", associatedData);
  if (!isSame(digest("commitment", contentKey, body.nonce, bodyHash), body.commitment)) {
    return { ok: false, reason: "commitment" };
  }
  const padded = decrypt(contentKey, body.nonce, body.ciphertext, associatedData);
  if (padded === null) return { ok: false, reason: "ciphertext" };
  const plaintext = unpad(padded);
  if (plaintext === null) return { ok: false, reason: "padding" };
  const areAllTrue =
    body.wraps.length === targets.length &&
    targets.every(({ device, keyNumber, key }, index) => {
      if (key === null) return true;
      const expected = wrapFor(oracle, contentKey, { device, keyNumber, key }, bodyHash);
      return isSame(expected, body.wraps[index] ?? EMPTY);
    });
  return areAllTrue ? { ok: true, plaintext, contentKey } : { ok: false, reason: "wrap-mismatch" };
}

/** The one wrap of a content key for a target: whoever has the content key can make it again. */
function wrapFor(
  oracle: Oracle,
  contentKey: Uint8Array,
  { device, keyNumber, key }: WrapTarget,
  bodyHash: Uint8Array,
): Uint8Array {
  const ephemeral = digest("ephemeral", contentKey, device, Uint8Array.of(keyNumber & 255));
  const mask = digest("mask", exchangeSecret(oracle, key), ephemeral, bodyHash);
  const tag = digest("tag", mask, contentKey).subarray(0, TAG_BYTES);
  return join(ephemeral, xor(contentKey, mask), tag);
}

function exchangeSecret(oracle: Oracle, key: EncryptionKey): Uint8Array {
  return oracle.encryption.get(nameOf(key)) ?? digest("nobody", key);
}

/** ephemeral (32) ‖ masked (32) ‖ tag (16) to what was masked; null where the tag is another. */
function unmask(wrapped: Uint8Array, mask: Uint8Array): Uint8Array | null {
  if (wrapped.length !== 80) return null;
  const secret = xor(wrapped.subarray(32, 64), mask);
  const tag = digest("tag", mask, secret).subarray(0, TAG_BYTES);
  return isSame(tag, wrapped.subarray(64)) ? secret : null;
}

function signatureOf(secret: Uint8Array, bytes: Uint8Array, salt = EMPTY): Uint8Array {
  return new Uint8Array(createHmac("sha512", secret).update(bytes).update(salt).digest());
}

function encrypt(
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  associatedData: Uint8Array,
): Uint8Array {
  const cipher = createCipheriv("chacha20-poly1305", digest("aead", key, nonce), AEAD_NONCE, AEAD);
  cipher.setAAD(associatedData, { plaintextLength: plaintext.length });
  return join(cipher.update(plaintext), cipher.final(), cipher.getAuthTag());
}

function decrypt(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  associatedData: Uint8Array,
): Uint8Array | null {
  const split = sealed.length - TAG_BYTES;
  if (split < 0) return null;
  const aead = digest("aead", key, nonce);
  const cipher = createDecipheriv("chacha20-poly1305", aead, AEAD_NONCE, AEAD);
  cipher.setAAD(associatedData, { plaintextLength: split });
  cipher.setAuthTag(sealed.subarray(split));
  const plaintext = cipher.update(sealed.subarray(0, split));
  try {
    return join(plaintext, cipher.final());
  } catch {
    // Lengths are checked above: what is left is a tag that does not verify.
    return null;
  }
}

const AEAD = { authTagLength: TAG_BYTES };
/** The key is made of key and nonce, so this one may stay. */
const AEAD_NONCE = new Uint8Array(12);

function pad(plaintext: Uint8Array): Uint8Array {
  const bucket = PADDING_BUCKETS_BYTES.find((bytes) => bytes >= plaintext.length + 4);
  if (bucket === undefined) throw new RangeError(`plaintext of ${plaintext.length} bytes`);
  const padded = new Uint8Array(bucket);
  new DataView(padded.buffer).setUint32(0, plaintext.length);
  padded.set(plaintext, 4);
  return padded;
}

function unpad(padded: Uint8Array): Uint8Array | null {
  if (padded.length < 4) return null;
  const length = new DataView(padded.buffer, padded.byteOffset).getUint32(0);
  return length + 4 > padded.length ? null : padded.slice(4, 4 + length);
}

function digest(label: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash("sha256").update(`${label}\0`);
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, index) => byte ^ (b[index] ?? 0));
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key).toString("base64");
}
