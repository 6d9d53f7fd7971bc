/**
 * DHKEM(X25519, HKDF-SHA256) on noble, for engines whose WebCrypto lacks X25519 (before Chrome 133,
 * Firefox 130, Safari 17). Loaded lazily by x25519.ts, so the curve is not in the worker's first
 * chunk. Base mode only. Keys are plain bytes in an opaque holder. Remove it with those engines.
 * Source: RFC 9180 §4.1, §7.1.3; SPEC CR8.
 */
import { KemId, type KemInterface, type RecipientContextParams } from "@hpke/core";
import type { SenderContextParams } from "@hpke/core";
import { x25519 } from "@noble/curves/ed25519.js";
import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import type { EncryptionKey } from "../core/codec/ids.ts";
import { copyOf, EMPTY } from "./derive.ts";

export async function publicKeyByNoble(privateKey: Uint8Array): Promise<EncryptionKey> {
  return x25519.getPublicKey(privateKey);
}

/** The members that @hpke/core's CipherSuite asks of a key encapsulation. */
export class NobleKem implements KemInterface {
  readonly id = KemId.DhkemX25519HkdfSha256;
  readonly secretSize = 32;
  readonly encSize = 32;
  readonly publicKeySize = 32;
  readonly privateKeySize = 32;

  async serializePublicKey(key: CryptoKey): Promise<ArrayBuffer> {
    return bufferOf(unhold(key));
  }

  async serializePrivateKey(key: CryptoKey): Promise<ArrayBuffer> {
    return bufferOf(unhold(key));
  }

  async deserializePublicKey(key: ArrayBufferLike | ArrayBufferView): Promise<CryptoKey> {
    return hold(bytesOf(key));
  }

  async deserializePrivateKey(key: ArrayBufferLike | ArrayBufferView): Promise<CryptoKey> {
    return hold(bytesOf(key));
  }

  async importKey(
    format: "raw" | "jwk",
    key: ArrayBuffer | JsonWebKey,
    _isPublic = true,
  ): Promise<CryptoKey> {
    if (format !== "raw" || !(key instanceof ArrayBuffer)) throw new TypeError("raw keys only");
    return hold(bytesOf(key));
  }

  async generateKeyPair(): Promise<CryptoKeyPair> {
    return pairOf(crypto.getRandomValues(new Uint8Array(32)));
  }

  async deriveKeyPair(ikm: ArrayBufferLike | ArrayBufferView): Promise<CryptoKeyPair> {
    const prk = labeledExtract("dkp_prk", bytesOf(ikm));
    return pairOf(labeledExpand(prk, "sk", EMPTY));
  }

  async encap(
    params: SenderContextParams,
  ): Promise<{ sharedSecret: ArrayBuffer; enc: ArrayBuffer }> {
    if (params.senderKey !== undefined) throw new TypeError("base mode only");
    const ephemeral = await this.#ephemeralOf(params.ekm);
    const enc = unhold(ephemeral.publicKey);
    const recipient = unhold(params.recipientPublicKey);
    const shared = x25519.getSharedSecret(unhold(ephemeral.privateKey), recipient);
    return { sharedSecret: bufferOf(secretOf(shared, enc, recipient)), enc: bufferOf(enc) };
  }

  async decap(params: RecipientContextParams): Promise<ArrayBuffer> {
    if (params.senderPublicKey !== undefined) throw new TypeError("base mode only");
    const own = params.recipientKey;
    const privateKey = unhold("privateKey" in own ? own.privateKey : own);
    const enc = bytesOf(params.enc);
    const shared = x25519.getSharedSecret(privateKey, enc);
    return bufferOf(secretOf(shared, enc, x25519.getPublicKey(privateKey)));
  }

  #ephemeralOf(ekm: SenderContextParams["ekm"]): Promise<CryptoKeyPair> {
    if (ekm === undefined) return this.generateKeyPair();
    return "privateKey" in ekm ? Promise.resolve(ekm) : this.deriveKeyPair(ekm);
  }
}

/** The suite only carries keys back to this module, so any object serves as a CryptoKey. */
interface Holder {
  readonly bytes: Uint8Array;
}

function hold(bytes: Uint8Array): CryptoKey {
  if (bytes.length !== 32) throw new RangeError("X25519 keys have 32 bytes");
  const holder: Holder = { bytes };
  return holder as unknown as CryptoKey;
}

function unhold(key: CryptoKey): Uint8Array {
  return (key as unknown as Holder).bytes;
}

function pairOf(privateKey: Uint8Array): CryptoKeyPair {
  return { privateKey: hold(privateKey), publicKey: hold(x25519.getPublicKey(privateKey)) };
}

function bytesOf(input: ArrayBufferLike | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(input)
    ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength).slice()
    : new Uint8Array(input).slice();
}

function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return copyOf(bytes).buffer;
}

/** ExtractAndExpand of RFC 9180 §4.1. */
function secretOf(shared: Uint8Array, enc: Uint8Array, recipient: Uint8Array): Uint8Array {
  const prk = labeledExtract("eae_prk", shared);
  return labeledExpand(prk, "shared_secret", concatBytes(enc, recipient));
}

function labeledExtract(label: string, ikm: Uint8Array): Uint8Array {
  return extract(sha256, concatBytes(HPKE_VERSION, KEM_SUITE, utf8ToBytes(label), ikm), EMPTY);
}

function labeledExpand(prk: Uint8Array, label: string, info: Uint8Array): Uint8Array {
  const length = Uint8Array.of(0, 32);
  const labeled = concatBytes(length, HPKE_VERSION, KEM_SUITE, utf8ToBytes(label), info);
  return expand(sha256, prk, labeled, 32);
}

const HPKE_VERSION = utf8ToBytes("HPKE-v1");
/** "KEM" and the identifier 0x0020. */
const KEM_SUITE = concatBytes(utf8ToBytes("KEM"), Uint8Array.of(0x00, 0x20));
