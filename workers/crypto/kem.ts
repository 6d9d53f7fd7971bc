/**
 * HPKE's key encapsulation and key derivation for @hpke/core, which does the rest: DHKEM(X25519,
 * HKDF-SHA256) in base mode, over whatever X25519 the engine has, with HKDF by noble. The library's own
 * ask WebCrypto some twenty times for each wrap, each a trip to another thread; these five times.
 * Keys are plain bytes in an opaque holder. Source: RFC 9180 §4, §4.1, §7.1.3; ADR 21; SPEC CR2, CR8.
 */
import { KdfId, type KdfInterface, KemId, type KemInterface } from "@hpke/core";
import type { RecipientContextParams, SenderContextParams } from "@hpke/core";
import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import type { EncryptionKey } from "../core/codec/ids.ts";
import { copyOf, EMPTY } from "./derive.ts";

/** One private key at work. */
export interface CurveKey {
  readonly publicKey: EncryptionKey;
  /** The 32 bytes shared with a public key; throws, or gives zeros, where that is of low order. */
  readonly sharedWith: (peer: Uint8Array) => Promise<Uint8Array>;
}

/** X25519 for a private key of 32 bytes. */
export type Curve = (privateKey: Uint8Array) => Promise<CurveKey>;

/** HKDF-SHA256 with HPKE's labels. */
export class LabeledHkdf implements KdfInterface {
  readonly id = KdfId.HkdfSha256;
  readonly hashSize = 32;
  #suite: Uint8Array = EMPTY;

  init(suiteId: Uint8Array): void {
    this.#suite = suiteId;
  }

  buildLabeledIkm(label: Uint8Array, ikm: Uint8Array): Uint8Array {
    return concatBytes(HPKE_VERSION, this.#suite, label, ikm);
  }

  buildLabeledInfo(label: Uint8Array, info: Uint8Array, length: number): Uint8Array {
    return concatBytes(Uint8Array.of(0, length), HPKE_VERSION, this.#suite, label, info);
  }

  async extract(salt: Input, ikm: Input): Promise<ArrayBuffer> {
    return bufferOf(extract(sha256, bytesOf(ikm), bytesOf(salt)));
  }

  async expand(prk: Input, info: Input, length: number): Promise<ArrayBuffer> {
    return bufferOf(expand(sha256, bytesOf(prk), bytesOf(info), length));
  }

  async extractAndExpand(
    salt: Input,
    ikm: Input,
    info: Input,
    length: number,
  ): Promise<ArrayBuffer> {
    return this.expand(await this.extract(salt, ikm), info, length);
  }

  async labeledExtract(salt: Input, label: Uint8Array, ikm: Uint8Array): Promise<ArrayBuffer> {
    return this.extract(salt, this.buildLabeledIkm(label, ikm));
  }

  async labeledExpand(
    prk: Input,
    label: Uint8Array,
    info: Uint8Array,
    length: number,
  ): Promise<ArrayBuffer> {
    return this.expand(prk, this.buildLabeledInfo(label, info, length), length);
  }
}

/** The members that @hpke/core's CipherSuite asks of a key encapsulation. */
export class X25519Kem implements KemInterface {
  readonly id = KemId.DhkemX25519HkdfSha256;
  readonly secretSize = 32;
  readonly encSize = 32;
  readonly publicKeySize = 32;
  readonly privateKeySize = 32;
  readonly #curve: Curve;
  readonly #kdf = new LabeledHkdf();

  constructor(curve: Curve) {
    this.#curve = curve;
    this.#kdf.init(KEM_SUITE);
  }

  async serializePublicKey(key: CryptoKey): Promise<ArrayBuffer> {
    return bufferOf(unhold(key));
  }

  async serializePrivateKey(key: CryptoKey): Promise<ArrayBuffer> {
    return bufferOf(unhold(key));
  }

  async deserializePublicKey(key: Input): Promise<CryptoKey> {
    return hold(bytesOf(key));
  }

  async deserializePrivateKey(key: Input): Promise<CryptoKey> {
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
    return this.#pairOf(crypto.getRandomValues(new Uint8Array(32)));
  }

  async deriveKeyPair(ikm: Input): Promise<CryptoKeyPair> {
    return this.#pairOf(await this.#privateKeyOf(ikm));
  }

  async encap(
    params: SenderContextParams,
  ): Promise<{ sharedSecret: ArrayBuffer; enc: ArrayBuffer }> {
    if (params.senderKey !== undefined) throw new TypeError("base mode only");
    const ephemeral = await this.#curve(await this.#ephemeralOf(params.ekm));
    const recipient = unhold(params.recipientPublicKey);
    const shared = await ephemeral.sharedWith(recipient);
    return {
      sharedSecret: await this.#secretOf(shared, ephemeral.publicKey, recipient),
      enc: bufferOf(ephemeral.publicKey),
    };
  }

  async decap(params: RecipientContextParams): Promise<ArrayBuffer> {
    if (params.senderPublicKey !== undefined) throw new TypeError("base mode only");
    const { recipientKey } = params;
    const own = await this.#curve(
      unhold("privateKey" in recipientKey ? recipientKey.privateKey : recipientKey),
    );
    const enc = bytesOf(params.enc);
    return this.#secretOf(await own.sharedWith(enc), enc, own.publicKey);
  }

  async #ephemeralOf(ekm: SenderContextParams["ekm"]): Promise<Uint8Array> {
    if (ekm === undefined) return crypto.getRandomValues(new Uint8Array(32));
    return "privateKey" in ekm ? unhold(ekm.privateKey) : this.#privateKeyOf(ekm);
  }

  /** DeriveKeyPair of RFC 9180 §7.1.3. */
  async #privateKeyOf(ikm: Input): Promise<Uint8Array> {
    const prk = await this.#kdf.labeledExtract(EMPTY, utf8ToBytes("dkp_prk"), bytesOf(ikm));
    return new Uint8Array(await this.#kdf.labeledExpand(prk, utf8ToBytes("sk"), EMPTY, 32));
  }

  async #pairOf(privateKey: Uint8Array): Promise<CryptoKeyPair> {
    const { publicKey } = await this.#curve(privateKey);
    return { privateKey: hold(privateKey), publicKey: hold(publicKey) };
  }

  /** ExtractAndExpand of RFC 9180 §4.1; no secret is made of a shared value of zeros (§7.1.4). */
  async #secretOf(
    shared: Uint8Array,
    enc: Uint8Array,
    recipient: Uint8Array,
  ): Promise<ArrayBuffer> {
    if (shared.every((byte) => byte === 0)) throw new RangeError("a key of low order");
    const prk = await this.#kdf.labeledExtract(EMPTY, utf8ToBytes("eae_prk"), shared);
    const context = concatBytes(enc, recipient);
    return this.#kdf.labeledExpand(prk, utf8ToBytes("shared_secret"), context, 32);
  }
}

type Input = ArrayBufferLike | ArrayBufferView;

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

function bytesOf(input: Input): Uint8Array {
  return ArrayBuffer.isView(input)
    ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength).slice()
    : new Uint8Array(input).slice();
}

function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return copyOf(bytes).buffer;
}

const HPKE_VERSION = utf8ToBytes("HPKE-v1");
/** "KEM" and the identifier 0x0020. */
const KEM_SUITE = concatBytes(utf8ToBytes("KEM"), Uint8Array.of(0x00, 0x20));
