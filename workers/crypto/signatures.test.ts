import { Point, signAsync } from "@noble/ed25519";
import { sha512 } from "@noble/hashes/sha2.js";
import { bytesToHex, concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import * as fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import type { SigningKey } from "../core/codec/ids.ts";
import {
  createKeyPairs,
  isAdmissibleSigningKey,
  isFitForFastPath,
  verifyByNoble,
  verifyByWebCrypto,
  verifySignature,
} from "./signatures.ts";
import { createCryptoSuite } from "./webcrypto-suite.ts";

const { n: L, p: P } = Point.CURVE();
const MESSAGE = utf8ToBytes("a rule");

interface Edge {
  readonly name: string;
  readonly key: Uint8Array;
  readonly signature: Uint8Array;
  readonly isValid: boolean;
  readonly isAdmissible: boolean;
}

/** Order 8, made from a curve point that is not in the prime subgroup. */
const TORSION = torsionOfOrder8();
const SCALAR = 0x1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdefn % L;
const NONCE = 0x0fedcba987654321fedcba987654321fedcba987654321fedcba987654321fen % L;
const KEY = Point.BASE.multiply(SCALAR);

function torsionOfOrder8(): Point {
  for (let y = 3; ; y += 1) {
    let point: Point;
    try {
      point = Point.fromBytes(encodeNumber(BigInt(y)));
    } catch {
      continue; // Not the y of a point.
    }
    const torsion = point.multiply(L - 1n, false).add(point);
    if (!torsion.double().double().is0()) return torsion;
  }
}

function encodeNumber(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, index) => Number((value >> BigInt(8 * index)) & 255n));
}

function decodeNumber(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
}

function challenge(r: Uint8Array, key: Uint8Array): bigint {
  return decodeNumber(sha512(concatBytes(r, key, MESSAGE))) % L;
}

/** Signs with exact encodings of A and R; R's discrete logarithm is `nonce` up to torsion. */
function forge(key: Uint8Array, scalar: bigint, r: Uint8Array, nonce: bigint): Uint8Array {
  return concatBytes(r, encodeNumber((nonce + challenge(r, key) * scalar) % L));
}

function edges(): readonly Edge[] {
  const r = Point.BASE.multiply(NONCE).toBytes();
  const key = KEY.toBytes();
  const honest = forge(key, SCALAR, r, NONCE);
  const mixedKey = KEY.add(TORSION).toBytes();
  const mixedR = Point.BASE.multiply(NONCE).add(TORSION).toBytes();
  const plusL = encodeNumber(decodeNumber(honest.subarray(32)) + L);
  const identityPlusP = encodeNumber(P + 1n);
  const identitySigned = encodeNumber(1n + (1n << 255n));
  const off = { isValid: true, isAdmissible: false };
  const on = { isValid: true, isAdmissible: true };
  return [
    { name: "honest", key, signature: honest, ...on },
    {
      name: "S + L",
      key,
      signature: concatBytes(r, plusL),
      isValid: false,
      isAdmissible: true,
    },
    {
      name: "other R",
      key,
      signature: concatBytes(KEY.toBytes(), honest.subarray(32)),
      isValid: false,
      isAdmissible: true,
    },
    { name: "mixed-order A", key: mixedKey, signature: forge(mixedKey, SCALAR, r, NONCE), ...off },
    { name: "mixed-order R", key, signature: forge(key, SCALAR, mixedR, NONCE), ...on },
    {
      name: "non-canonical R (p + 1)",
      key,
      signature: forge(key, SCALAR, identityPlusP, 0n),
      ...on,
    },
    {
      name: "R = identity with the sign bit",
      key,
      signature: forge(key, SCALAR, identitySigned, 0n),
      ...on,
    },
    {
      name: "non-canonical A (p + 1)",
      key: identityPlusP,
      signature: forge(identityPlusP, 0n, r, NONCE),
      ...off,
    },
    {
      name: "A = identity with the sign bit",
      key: identitySigned,
      signature: forge(identitySigned, 0n, r, NONCE),
      ...off,
    },
    ...Array.from({ length: 8 }, (_, index) => {
      const small = index === 0 ? Point.ZERO : TORSION.multiply(BigInt(index), false);
      const smallKey = small.toBytes();
      const signature = forge(smallKey, 0n, r, NONCE);
      return { name: `A of small order (${index}/8)`, key: smallKey, signature, ...off };
    }),
  ];
}

describe.each(edges())("edge case: $name", ({ key, signature, isValid, isAdmissible }) => {
  test("[CR3] has the ZIP-215 verdict, whatever the fast path says", async () => {
    const refuse = async (): Promise<boolean> => false;
    const fail = async (): Promise<boolean> => {
      throw new Error("planted: unsupported");
    };
    expect(await verifyByNoble(key, MESSAGE, signature)).toBe(isValid);
    expect(await verifySignature(key, MESSAGE, signature)).toBe(isValid);
    expect(await verifySignature(key, MESSAGE, signature, refuse)).toBe(isValid);
    expect(await verifySignature(key, MESSAGE, signature, fail)).toBe(isValid);
  });

  test("[CR4] is accepted by WebCrypto only if ZIP-215 accepts it", async () => {
    const verdict = await verifyByWebCrypto(key, MESSAGE, signature).catch(() => false);
    expect(verdict && !isValid).toBe(false);
  });

  test("[CR5] is admitted as a key only if canonical and torsion-free", () => {
    expect(isAdmissibleSigningKey(key)).toBe(isAdmissible);
  });
});

test("[CR4] WebCrypto is not asked about S + L, a small-order key or bytes off the curve", async () => {
  const asked: string[] = [];
  /** As WebKitGTK's, which accepts S + L, and dies of such keys. */
  const acceptAll = async (key: Uint8Array): Promise<boolean> => {
    asked.push(bytesToHex(key));
    return true;
  };
  const offCurve = { key: encodeNumber(2n), signature: edges()[0]!.signature, isValid: false };
  const cases = edges().filter(({ name }) => /^S \+ L|^A of small order|A \(p|^A = /.test(name));
  expect(cases).toHaveLength(11);
  for (const { key, signature, isValid } of [...cases, offCurve]) {
    expect(await verifySignature(key, MESSAGE, signature, acceptAll)).toBe(isValid);
    expect(isFitForFastPath(key, signature)).toBe(false);
  }
  expect(asked).toEqual([]);
  const { key, signature } = edges()[0]!;
  expect(await verifySignature(key, MESSAGE, signature, acceptAll)).toBe(true);
  expect(asked).toEqual([bytesToHex(key)]);
});

test("[CR4] S up to L - 1 is fit for WebCrypto, L and more are not, and many keys are remembered", () => {
  const key = KEY.toBytes();
  const withS = (value: bigint): Uint8Array => concatBytes(key, encodeNumber(value));
  const fit = (value: bigint): boolean => isFitForFastPath(key, withS(value));
  for (const value of [0n, 1n, L - 1n]) expect(fit(value)).toBe(true);
  for (const value of [L, L + 1n, 1n << 253n, 2n ** 256n - 1n]) expect(fit(value)).toBe(false);
  for (let count = 1n; count <= 300n; count += 1n) {
    expect(isFitForFastPath(Point.BASE.multiply(count).toBytes(), withS(1n))).toBe(true);
  }
  expect(isFitForFastPath(key.subarray(1), withS(1n))).toBe(false);
  expect(isFitForFastPath(key, withS(1n).subarray(1))).toBe(false);
});

test("[CR5] a small-order key has one signature for every message: why it is not admitted", async () => {
  const edge = edges().find(({ name }) => name === "A of small order (1/8)")!;
  for (const text of ["one", "two", "three"]) {
    expect(await verifySignature(edge.key, utf8ToBytes(text), edge.signature)).toBe(true);
  }
});

test("[CR5] bytes that are no point, or of another length, are not admitted", () => {
  const offCurve = Array.from({ length: 40 }, (_, y) => encodeNumber(BigInt(y))).filter((bytes) => {
    try {
      Point.fromBytes(bytes, true);
      return false;
    } catch {
      return true;
    }
  });
  expect(offCurve.length).toBeGreaterThan(5);
  for (const key of offCurve) expect(isAdmissibleSigningKey(key)).toBe(false);
  for (const length of [0, 31, 33]) {
    const key = new Uint8Array(length);
    key.set(KEY.toBytes().subarray(0, length));
    expect(isAdmissibleSigningKey(key)).toBe(false);
  }
});

test("[CR5] every one of the 38 non-canonical encodings (y from p to 2^255 - 1) is refused", () => {
  for (let y = P; y < 2n ** 255n; y += 1n) {
    expect(isAdmissibleSigningKey(encodeNumber(y))).toBe(false);
    expect(isAdmissibleSigningKey(encodeNumber(y + 2n ** 255n))).toBe(false);
  }
});

test("[CR4] random keys, messages and changes: WebCrypto true implies noble true", async () => {
  const pairOf = createKeyPairs();
  const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const change = fc.option(fc.tuple(fc.nat(95), fc.nat(7)), { freq: 2 });
  await fc.assert(
    fc.asyncProperty(bytes32, fc.uint8Array(), change, async (seed, message, flipped) => {
      const pair = await pairOf(seed);
      const both = concatBytes(pair.publicKey, await pair.sign(message));
      if (flipped !== null) both[flipped[0]]! ^= 1 << flipped[1];
      const [key, signature] = [both.slice(0, 32), both.slice(32)];
      const fast = await verifyByWebCrypto(key, message, signature).catch(() => false);
      const slow = await verifyByNoble(key, message, signature);
      expect(fast && !slow).toBe(false);
      expect(slow).toBe(flipped === null);
      expect(await verifySignature(key, message, signature)).toBe(slow);
    }),
    { numRuns: 60, seed: 8032 },
  );
});

test("[CR3] wrong lengths are false, never a throw", async () => {
  const full = new Uint8Array(64);
  for (const length of [0, 31, 33]) {
    expect(await verifySignature(new Uint8Array(length), MESSAGE, full)).toBe(false);
  }
  for (const length of [0, 63, 65]) {
    expect(await verifySignature(KEY.toBytes(), MESSAGE, new Uint8Array(length))).toBe(false);
  }
});

describe("signer", () => {
  const suite = createCryptoSuite();
  const family = new Uint8Array(32).fill(1);

  test("[CR6] signs what its key verifies, for one domain, family and message", async () => {
    const signer = await suite.createSigner(new Uint8Array(32).fill(5));
    const key: SigningKey = signer.publicKey;
    const signature = await signer.sign("commit", family, MESSAGE);
    const other = (await suite.createSigner(new Uint8Array(32).fill(6))).publicKey;
    expect(await suite.verify(key, "commit", family, MESSAGE, signature)).toBe(true);
    expect(await suite.verify(key, "prepare", family, MESSAGE, signature)).toBe(false);
    expect(await suite.verify(key, "commit", new Uint8Array(32), MESSAGE, signature)).toBe(false);
    expect(await suite.verify(key, "commit", family, new Uint8Array(6), signature)).toBe(false);
    expect(await suite.verify(other, "commit", family, MESSAGE, signature)).toBe(false);
    expect(suite.isAdmissibleSigningKey(key)).toBe(true);
  });

  test("[CR3] [CR6] WebCrypto's answers keep keys apart, and a key that came to nothing is asked for again", async () => {
    const keyPairOf = createKeyPairs();
    const pairs = await Promise.all([1, 2].map((one) => keyPairOf(new Uint8Array(32).fill(one))));
    const signed = await Promise.all(
      pairs.map(async ({ publicKey, sign }) => ({ publicKey, signature: await sign(MESSAGE) })),
    );
    const askAll = async (): Promise<readonly boolean[]> =>
      Promise.all(
        signed.flatMap(({ publicKey }) =>
          signed.map(async ({ signature }) => verifyByWebCrypto(publicKey, MESSAGE, signature)),
        ),
      );
    const importing = vi.spyOn(crypto.subtle, "importKey");
    try {
      importing.mockRejectedValueOnce(new DOMException("not now", "OperationError"));
      const [first] = signed;
      if (first === undefined) throw new Error("two keys");
      await expect(
        verifyByWebCrypto(first.publicKey, MESSAGE, first.signature),
      ).rejects.toMatchObject({ name: "OperationError" });
      expect(await askAll()).toEqual([true, false, false, true]);
      const asked = importing.mock.calls.length;
      expect(await askAll()).toEqual([true, false, false, true]);
      expect(importing.mock.calls.length).toBe(asked);
    } finally {
      importing.mockRestore();
    }
  });

  test("[CR6] falls back to noble where WebCrypto throws or signs wrongly", async () => {
    const seed = new Uint8Array(32).fill(5);
    const expected = await createKeyPairs()(seed);
    for (const broken of [
      () => Promise.reject(new Error("planted: unsupported")),
      () => Promise.resolve(() => Promise.resolve(new Uint8Array(64))),
    ]) {
      const pair = await createKeyPairs(broken)(seed);
      expect(pair.publicKey).toEqual(expected.publicKey);
      const signature = await pair.sign(MESSAGE);
      expect(await verifyByWebCrypto(pair.publicKey, MESSAGE, signature)).toBe(true);
    }
  });

  test("[CR6] signs with noble for a seed that WebCrypto refuses, and only for that one", async () => {
    const zero = Uint8Array.of(0, ...new Uint8Array(31).fill(1));
    const asked: number[] = [];
    const pairOf = createKeyPairs(async (seed) => {
      asked.push(seed[0] ?? -1);
      if (seed[0] === 0) throw new DOMException("planted", "DataError");
      return (bytes) => signAsync(bytes, seed);
    });
    for (const seed of [zero, new Uint8Array(32).fill(5)]) {
      const pair = await pairOf(seed);
      expect(await verifyByNoble(pair.publicKey, MESSAGE, await pair.sign(MESSAGE))).toBe(true);
    }
    expect(asked).toEqual([1, 0, 5]);
  });

  test("[CR6] refuses a seed of another length", async () => {
    await expect(suite.createSigner(new Uint8Array(31))).rejects.toThrow(RangeError);
  });
});
