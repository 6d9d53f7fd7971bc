/**
 * X25519 keys and the HPKE key encapsulation that fits this engine: on WebCrypto where that has X25519
 * for every key (probed once), else on noble's curve, which is loaded only then.
 * Source: RFC 7748, RFC 9180 §4; DESIGN §3; SPEC CR7, CR8.
 */
import type { KemInterface } from "@hpke/core";
import { concatBytes, hexToBytes } from "@noble/hashes/utils.js";
import { isSameBytes } from "../core/codec/cbor.ts";
import type { EncryptionKey } from "../core/codec/ids.ts";
import { assertLength, copyOf } from "./derive.ts";
import { type Curve, X25519Kem } from "./kem.ts";

export interface X25519 {
  /** Whose curve it is. */
  readonly by: "WebCrypto" | "noble";
  /** DHKEM(X25519, HKDF-SHA256). */
  readonly kem: KemInterface;
  /** Public key of a 32-byte private key. */
  readonly publicKeyOf: (privateKey: Uint8Array) => Promise<EncryptionKey>;
}

/**
 * Whether a peer may give this as a key: canonical and not of low order. Canonical because HPKE
 * hashes the key's bytes, which engines keep differently when they are not (high bit, u ≥ p).
 */
export function isAdmissibleEncryptionKey(key: EncryptionKey): boolean {
  if (key.length !== 32) return false;
  let u = 0n;
  for (const byte of key.toReversed()) u = u * 256n + BigInt(byte);
  return u < P && !LOW_ORDER.has(u);
}

/** This engine's X25519, after a probe against RFC 7748 §6.1. */
export async function loadX25519(native: Curve = curveOfWebCrypto): Promise<X25519> {
  if (await canDerive(native)) return x25519On("WebCrypto", native);
  const { nobleCurve } = await import("./noble-x25519.ts");
  return x25519On("noble", nobleCurve);
}

function x25519On(by: X25519["by"], curve: Curve): X25519 {
  return {
    by,
    kem: new X25519Kem(curve),
    publicKeyOf: async (privateKey) => {
      assertLength(privateKey, 32, "private key");
      return (await curve(privateKey)).publicKey;
    },
  };
}

/** The public key is the base point's share: WebCrypto has no other way that all engines have. */
const curveOfWebCrypto: Curve = async (privateKey) => {
  const { subtle } = crypto;
  const pkcs8 = copyOf(concatBytes(PKCS8_X25519, privateKey));
  basePoint ??= importPublic(BASE_POINT);
  const own = await subtle.importKey("pkcs8", pkcs8, "X25519", false, ["deriveBits"]);
  const share = async (other: CryptoKey): Promise<Uint8Array> =>
    new Uint8Array(await subtle.deriveBits({ name: "X25519", public: other }, own, 256));
  return {
    publicKey: await share(await basePoint),
    sharedWith: async (peer) => share(await importPublic(peer)),
  };
};

let basePoint: Promise<CryptoKey> | null = null;

function importPublic(key: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", copyOf(key), "X25519", true, []);
}

/**
 * Whether the engine has X25519 for every key. WebKitGTK 2.50 refuses a private key whose first byte
 * is zero, one in 256: a wrap could then not be made or checked, and a family not be founded.
 */
async function canDerive(native: Curve): Promise<boolean> {
  try {
    for (const [privateKey, publicKey] of PROBES) {
      if (!isSameBytes((await native(privateKey)).publicKey, publicKey)) return false;
    }
    return true;
  } catch {
    // The engine lacks X25519, or has it for some keys only: the fallback is loaded.
    return false;
  }
}

const P = 2n ** 255n - 19n;

/** Canonical u of every point of order 1, 2, 4 and 8 on the curve and its twist. */
const LOW_ORDER: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
  P - 1n,
]);

const BASE_POINT: Uint8Array = Uint8Array.of(9, ...new Uint8Array(31));

/** RFC 8410 header of a PKCS#8 X25519 private key; 32 bytes follow. */
const PKCS8_X25519 = hexToBytes("302e020100300506032b656e04220420");

/** Private key and public key: RFC 7748 §6.1, Alice; and a key whose first byte is zero. */
const PROBES: readonly (readonly [Uint8Array, Uint8Array])[] = [
  [
    hexToBytes("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"),
    hexToBytes("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"),
  ],
  [
    Uint8Array.of(0, ...new Uint8Array(31).fill(1)),
    hexToBytes("a4e09292b651c278b9772c569f5fa9bb13d906b46ab68c9df9dc2b4409f8a209"),
  ],
];
