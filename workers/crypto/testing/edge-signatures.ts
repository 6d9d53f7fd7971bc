/**
 * Signatures on which Ed25519 verifiers of the world disagree, derived here by arithmetic: every pair
 * of the fourteen encodings of small order, every pair of torsion components in key and R with both
 * outcomes of the cofactorless equation, S at and beyond L, encodings that are not canonical. The
 * classes are those of "Taming the many EdDSAs" (Chalkias, Garillot, Nikolaenko) and of ZIP-215.
 */
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";

export interface SignatureCase {
  readonly name: string;
  readonly key: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

const { Point } = ed25519;
const { n: L, p: P } = Point.CURVE();
const SIGN_BIT = 1n << 255n;
const SCALAR = 0x1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdefn % L;
const NONCE = 0x0fedcba987654321fedcba987654321fedcba987654321fedcba987654321fen % L;
const BASE_KEY = Point.BASE.multiply(SCALAR);
const BASE_R = Point.BASE.multiply(NONCE);
const MESSAGE = utf8ToBytes("a rule");
type Point = typeof Point.BASE;

/** A point of order 8: what is left of a curve point without its part in the prime subgroup. */
const TORSION = findTorsion();

export function listSignatureCases(): readonly SignatureCase[] {
  return [
    ...honestCases(),
    ...scalarCases(),
    ...smallOrderCases(),
    ...mixedOrderCases(),
    ...reencodedCases(),
    ...malformedCases(),
  ];
}

/** Encodings that must or must not be admitted as keys, beside those of the signatures. */
export function listKeyCases(): readonly { readonly name: string; readonly key: Uint8Array }[] {
  const fromP = Array.from({ length: 19 }, (_, above) => above).flatMap((above) => [
    { name: `y = p + ${above}`, key: encode(P + BigInt(above)) },
    { name: `y = p + ${above}, sign`, key: encode(P + BigInt(above) + SIGN_BIT) },
  ]);
  const small = Array.from({ length: 40 }, (_, y) => ({
    name: `y = ${y}`,
    key: encode(BigInt(y)),
  }));
  return [...fromP, ...small];
}

/** Two nonces for one message: engines that randomise signatures make such. */
function honestCases(): SignatureCase[] {
  const key = BASE_KEY.toBytes();
  return [NONCE, NONCE + 1n, NONCE * 2n].map((nonce, index) => ({
    name: `honest, nonce ${index + 1}`,
    key,
    message: MESSAGE,
    signature: sign(key, SCALAR, Point.BASE.multiply(nonce % L).toBytes(), nonce),
  }));
}

/** S = s + kL encodes the same residue: only the least one is valid. Without its own bound, also S = L. */
function scalarCases(): SignatureCase[] {
  const key = BASE_KEY.toBytes();
  const honest = sign(key, SCALAR, BASE_R.toBytes(), NONCE);
  const r = honest.slice(0, 32);
  const s = decode(honest.slice(32));
  const times = [1n, 2n, 7n, 8n, 15n].filter((count) => s + count * L < 1n << 256n);
  const withS = (name: string, value: bigint): SignatureCase => ({
    name,
    key,
    message: MESSAGE,
    signature: concatBytes(r, encode(value)),
  });
  const identity = Point.ZERO.toBytes();
  return [
    ...times.map((count) => withS(`S + ${count}L`, s + count * L)),
    withS("S with bit 253", s + (1n << 253n)),
    withS("S with bit 255", s + SIGN_BIT),
    withS("S + 1", (s + 1n) % L),
    ...[0n, L - 1n, L, L + 1n, SIGN_BIT - 1n].map((value) => ({
      name: `A and R are the identity, S = ${nameScalar(value)}`,
      key: identity,
      message: MESSAGE,
      signature: concatBytes(identity, encode(value)),
    })),
  ];
}

/** ZIP-215's own set: S = 0 and every pair of encodings of small order, canonical or not. */
function smallOrderCases(): SignatureCase[] {
  const encodings = smallOrderEncodings();
  return encodings.flatMap((key, a) =>
    encodings.map((r, b) => ({
      name: `A of small order ${a}, R of small order ${b}, S = 0`,
      key,
      message: MESSAGE,
      signature: concatBytes(r, new Uint8Array(32)),
    })),
  );
}

/**
 * A = aB + iT, R = rB + jT, S = r + ka: always equal after multiplying by 8; without that only where
 * j + ki = 0 (mod 8), which the message decides.
 */
function mixedOrderCases(): SignatureCase[] {
  const cases: SignatureCase[] = [];
  for (let i = 0; i < 8; i += 1) {
    for (let j = 0; j < 8; j += 1) {
      const key = BASE_KEY.add(torsion(i)).toBytes();
      const r = BASE_R.add(torsion(j)).toBytes();
      for (const isCofactorless of [true, false]) {
        const message = findMessage((text) => {
          const k = challenge(r, key, text);
          return ((BigInt(j) + k * BigInt(i)) % 8n === 0n) === isCofactorless;
        });
        if (message === null) continue;
        const name = `A + ${i}T, R + ${j}T, ${isCofactorless ? "equal" : "equal times 8 only"}`;
        cases.push({ name, key, message, signature: sign(key, SCALAR, r, NONCE, message) });
      }
    }
  }
  return cases;
}

/** R of small order in each encoding: signed over the bytes as they are, and over the canonical ones. */
function reencodedCases(): SignatureCase[] {
  const key = BASE_KEY.toBytes();
  return smallOrderEncodings().flatMap((r, index) => {
    const canonical = Point.fromBytes(r, true).toBytes();
    const overCanonical = (challenge(canonical, key) * SCALAR) % L;
    return [
      {
        name: `R of small order ${index}`,
        key,
        message: MESSAGE,
        signature: sign(key, SCALAR, r, 0n),
      },
      {
        name: `R of small order ${index}, hashed canonically`,
        key,
        message: MESSAGE,
        signature: concatBytes(r, encode(overCanonical)),
      },
    ];
  });
}

function malformedCases(): SignatureCase[] {
  const key = BASE_KEY.toBytes();
  const honest = sign(key, SCALAR, BASE_R.toBytes(), NONCE);
  const resized = (bytes: Uint8Array, length: number): Uint8Array => {
    const other = new Uint8Array(length);
    other.set(bytes.subarray(0, length));
    return other;
  };
  const flipped = Array.from({ length: 64 }, (_, at) => {
    const signature = honest.slice();
    signature[at] = (signature[at] ?? 0) ^ (1 << (at % 8));
    return { name: `bit ${at % 8} of byte ${at} flipped`, key, message: MESSAGE, signature };
  });
  return [
    ...flipped,
    ...[0, 31, 63, 65, 128].map((length) => ({
      name: `signature of ${length} bytes`,
      key,
      message: MESSAGE,
      signature: resized(honest, length),
    })),
    ...[0, 31, 33, 64].map((length) => ({
      name: `key of ${length} bytes`,
      key: resized(key, length),
      message: MESSAGE,
      signature: honest,
    })),
    { name: "key off the curve", key: encode(2n), message: MESSAGE, signature: honest },
    { name: "another message", key, message: new Uint8Array(6), signature: honest },
    { name: "no message", key, message: new Uint8Array(0), signature: honest },
  ];
}

/** The eight points of small order, and the six further encodings that decode to one of them. */
function smallOrderEncodings(): readonly Uint8Array[] {
  const canonical = Array.from({ length: 8 }, (_, index) => torsion(index).toBytes());
  const others = [1n + SIGN_BIT, P - 1n + SIGN_BIT, P, P + SIGN_BIT, P + 1n, P + 1n + SIGN_BIT];
  return [...canonical, ...others.map(encode)];
}

function torsion(times: number): Point {
  return times === 0 ? Point.ZERO : TORSION.multiplyUnsafe(BigInt(times));
}

function findTorsion(): Point {
  for (let y = 3n; ; y += 1n) {
    let point: Point;
    try {
      point = Point.fromBytes(encode(y));
    } catch {
      continue; // Not the y of a point.
    }
    const candidate = point.multiplyUnsafe(L - 1n).add(point);
    if (!candidate.double().double().is0()) return candidate;
  }
}

/** S so that R and A, in these exact encodings, are a signature; `nonce` is R's logarithm up to torsion. */
function sign(
  key: Uint8Array,
  scalar: bigint,
  r: Uint8Array,
  nonce: bigint,
  message: Uint8Array = MESSAGE,
): Uint8Array {
  return concatBytes(r, encode((nonce + challenge(r, key, message) * scalar) % L));
}

function challenge(r: Uint8Array, key: Uint8Array, message: Uint8Array = MESSAGE): bigint {
  return decode(sha512(concatBytes(r, key, message))) % L;
}

/** The first of 200 short messages that does; null where none can. */
function findMessage(does: (message: Uint8Array) => boolean): Uint8Array | null {
  for (let count = 0; count < 200; count += 1) {
    const message = utf8ToBytes(`a rule ${count}`);
    if (does(message)) return message;
  }
  return null;
}

function nameScalar(value: bigint): string {
  const known: readonly (readonly [bigint, string])[] = [
    [0n, "0"],
    [L - 1n, "L - 1"],
    [L, "L"],
    [L + 1n, "L + 1"],
  ];
  return known.find(([one]) => one === value)?.[1] ?? "2^255 - 1";
}

function encode(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, at) => Number((value >> BigInt(8 * at)) & 255n));
}

function decode(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
}
