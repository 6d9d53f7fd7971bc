/**
 * The real CryptoSuite, for a browser's worker or page and for node 20: puts the modules of this
 * folder behind the interface of suite.ts, with domain labels and fresh randomness. Holds no keys
 * and no state but the probes of this engine. SPEC CR1 to CR20.
 */
import { domainBytes } from "../core/codec/hash.ts";
import { deriveKey } from "./derive.ts";
import { openBody, openBodyWithKey, openBytes, sealBody, sealBytes } from "./envelope.ts";
import { createKeyPairs, isAdmissibleSigningKey, verifySignature } from "./signatures.ts";
import type { CryptoSuite } from "./suite.ts";
import { createWraps } from "./wraps.ts";
import { isAdmissibleEncryptionKey, loadX25519, type X25519 } from "./x25519.ts";

/** Needs a secure context: without `crypto.subtle` the asynchronous members reject. */
export function createCryptoSuite(
  loadCurve: () => Promise<X25519> = () => loadX25519(),
): CryptoSuite {
  const keyPairOf = createKeyPairs();
  let loading: Promise<X25519> | null = null;
  const curve = (): Promise<X25519> => {
    loading ??= loadCurve().catch((error: unknown) => {
      // The fallback's chunk may not have loaded: ask again next time.
      loading = null;
      throw error;
    });
    return loading;
  };
  const wraps = createWraps(curve);
  return {
    randomBytes,
    createSigner: async (seed) => {
      const { publicKey, sign } = await keyPairOf(seed);
      return {
        publicKey,
        sign: (domain, family, message) => sign(domainBytes(domain, family, message)),
      };
    },
    verify: (key, domain, family, message, signature) =>
      verifySignature(key, domainBytes(domain, family, message), signature),
    isAdmissibleSigningKey,
    isAdmissibleEncryptionKey,
    encryptionKeyOf: async (privateKey) => (await curve()).publicKeyOf(privateKey),
    sealBody: (request) =>
      sealBody(wraps, request, { contentKey: randomBytes(32), nonce: randomBytes(24) }),
    openBody: (request) => openBody(wraps, request),
    openBodyWithKey: (request, contentKey) => openBodyWithKey(wraps, request, contentKey),
    wrapKey: (family, key, secret, info) =>
      wraps.wrapKey(family, key, secret, info, randomBytes(32)),
    unwrapKey: (family, privateKey, wrapped, info) =>
      wraps.unwrapKey(family, privateKey, wrapped, info),
    seal: (key, plaintext, associatedData) =>
      sealBytes(key, randomBytes(24), plaintext, associatedData),
    open: openBytes,
    deriveKey,
  };
}

/** From the engine's generator; at most 65,536 bytes, WebCrypto's own limit. */
function randomBytes(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}
