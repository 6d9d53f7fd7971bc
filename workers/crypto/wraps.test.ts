import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core";
import { x25519 } from "@noble/curves/ed25519.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { describe, expect, test } from "vitest";
import { copyOf } from "./derive.ts";
import { type Curve, X25519Kem } from "./kem.ts";
import { nobleCurve } from "./noble-x25519.ts";
import type { WrapTarget } from "./suite.ts";
import { createCryptoSuite } from "./webcrypto-suite.ts";
import { createWraps } from "./wraps.ts";
import { isAdmissibleEncryptionKey, loadX25519 } from "./x25519.ts";

const fill = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);
const FAMILY = fill(32, 0xfa);
const CONTENT_KEY = fill(32, 0xc0);
const PRIVATE = fill(32, 0x77);
const BODY_HASH = sha256(utf8ToBytes("header"));
const TARGET: WrapTarget = {
  device: fill(16, 0xd1),
  keyNumber: 258,
  key: x25519.getPublicKey(PRIVATE),
};

const noWebCrypto = async (): Promise<never> => {
  throw new Error("planted: this engine lacks X25519");
};
const wraps = createWraps(() => loadX25519());
const wrapsOnNoble = createWraps(() => loadX25519(noWebCrypto));
const suite = createCryptoSuite();

/** 258 in 8 bytes, big-endian. */
const KEY_NUMBER_258: readonly number[] = [0, 0, 0, 0, 0, 0, 1, 2];

const GOLDEN_WRAP =
  "f81bc844368808fb12142b844fd203928e89ffbebf72027b95ccd0aa8ad81541762b1da5546e0c8b128bcc2433357ddcf6aa1f61f87fcddcf370839e4db0c646df2ba70c2dba32b469f04e7a7f41b69a";
const GOLDEN_KEY_WRAP =
  "41852320ff367495fa522c94cb83af391e4e89018392725bbf2098dd931bc424a943ba33e6b0cbc1116b81bd8ecd50ac4e82774665b2ac39f2d3bd14dc63797349c44d15a7dccfe38084c0cc89382a5e";

test("[CR8] an engine that refuses some private keys is not used for any", async () => {
  const engine: Curve = async (privateKey) => {
    if (privateKey[0] === 0) throw new DOMException("planted", "DataError");
    return nobleCurve(privateKey);
  };
  expect((await loadX25519(engine)).by).toBe("noble");
  expect((await loadX25519(nobleCurve)).by).toBe("WebCrypto");
});

test("[CR7] no secret is made of a shared value of zeros, whatever the engine gives", async () => {
  const kem = new X25519Kem(async () => ({
    publicKey: TARGET.key,
    sharedWith: async () => new Uint8Array(32),
  }));
  const recipientPublicKey = await kem.deserializePublicKey(copyOf(TARGET.key));
  await expect(kem.encap({ recipientPublicKey })).rejects.toThrow("low order");
  const recipientKey = await kem.deserializePrivateKey(copyOf(PRIVATE));
  const enc = copyOf(TARGET.key);
  await expect(kem.decap({ recipientKey, enc })).rejects.toThrow("low order");
});

describe("content key wraps", () => {
  test("[CR9] fixed inputs give these 80 bytes", async () => {
    const wrapped = await wraps.wrapContentKey(FAMILY, CONTENT_KEY, TARGET, BODY_HASH);
    expect(bytesToHex(wrapped)).toBe(GOLDEN_WRAP);
    expect(wrapped.length).toBe(80);
  });

  test("[CR9] [CR10] are what RFC 9180 says for that ephemeral, info and associated data", async () => {
    const label = (name: string): readonly number[] => [...utf8ToBytes(`TinyWeb/${name}/v1`), 0];
    const ephemeralInfo = Uint8Array.of(
      ...label("wrap-ephemeral"),
      ...FAMILY,
      ...TARGET.device,
      ...KEY_NUMBER_258,
    );
    // The library's own, on WebCrypto throughout.
    const kem = new DhkemX25519HkdfSha256();
    const context = await new CipherSuite({
      kem,
      kdf: new HkdfSha256(),
      aead: new Aes256Gcm(),
    }).createSenderContext({
      recipientPublicKey: await kem.deserializePublicKey(copyOf(TARGET.key)),
      info: Uint8Array.of(...label("wrap"), ...FAMILY),
      ekm: copyOf(hkdf(sha256, CONTENT_KEY, undefined, ephemeralInfo, 32)),
    });
    const sealed = await context.seal(copyOf(CONTENT_KEY), copyOf(BODY_HASH));
    const expected = Uint8Array.of(...new Uint8Array(context.enc), ...new Uint8Array(sealed));
    expect(await wraps.wrapContentKey(FAMILY, CONTENT_KEY, TARGET, BODY_HASH)).toEqual(expected);
  });

  test("[CR8] an engine without X25519 makes and opens the same bytes", async () => {
    const wrapped = await wrapsOnNoble.wrapContentKey(FAMILY, CONTENT_KEY, TARGET, BODY_HASH);
    expect(bytesToHex(wrapped)).toBe(GOLDEN_WRAP);
    const opened = await wrapsOnNoble.unwrapContentKey(FAMILY, PRIVATE, wrapped, BODY_HASH);
    expect(opened).toEqual(CONTENT_KEY);
    const onNoble = createCryptoSuite(() => loadX25519(noWebCrypto));
    expect(await onNoble.encryptionKeyOf(PRIVATE)).toEqual(await suite.encryptionKeyOf(PRIVATE));
  });

  test("[CR10] another device, key number, family, header or key gives another wrap", async () => {
    const made = await Promise.all([
      wraps.wrapContentKey(FAMILY, CONTENT_KEY, TARGET, BODY_HASH),
      wraps.wrapContentKey(FAMILY, CONTENT_KEY, { ...TARGET, device: fill(16, 1) }, BODY_HASH),
      wraps.wrapContentKey(FAMILY, CONTENT_KEY, { ...TARGET, keyNumber: 259 }, BODY_HASH),
      wraps.wrapContentKey(fill(32, 1), CONTENT_KEY, TARGET, BODY_HASH),
      wraps.wrapContentKey(FAMILY, fill(32, 1), TARGET, BODY_HASH),
    ]);
    const ephemerals = made.map((wrap) => bytesToHex(wrap.subarray(0, 32)));
    expect(new Set(ephemerals).size).toBe(made.length);
    const otherHeader = await wraps.wrapContentKey(FAMILY, CONTENT_KEY, TARGET, sha256(FAMILY));
    expect(bytesToHex(otherHeader)).not.toBe(GOLDEN_WRAP);
  });

  test("[CR11] open with the right key, family and header alone", async () => {
    const wrapped = await wraps.wrapContentKey(FAMILY, CONTENT_KEY, TARGET, BODY_HASH);
    expect(await wraps.unwrapContentKey(FAMILY, PRIVATE, wrapped, BODY_HASH)).toEqual(CONTENT_KEY);
    expect(await wraps.unwrapContentKey(FAMILY, fill(32, 9), wrapped, BODY_HASH)).toBeNull();
    expect(await wraps.unwrapContentKey(fill(32, 9), PRIVATE, wrapped, BODY_HASH)).toBeNull();
    expect(await wraps.unwrapContentKey(FAMILY, PRIVATE, wrapped, sha256(FAMILY))).toBeNull();
  });

  test("[CR11] truncated, extended, random and changed wraps give nothing, on both engines", async () => {
    const wrapped = await wraps.wrapContentKey(FAMILY, CONTENT_KEY, TARGET, BODY_HASH);
    const bad = [
      ...[0, 1, 31, 32, 48, 79].map((length) => wrapped.slice(0, length)),
      Uint8Array.of(...wrapped, 0),
      suite.randomBytes(80),
      fill(80, 0),
      fill(80, 255),
      ...[0, 31, 32, 79].map((at) =>
        wrapped.map((byte, index) => (index === at ? byte ^ 128 : byte)),
      ),
    ];
    for (const one of bad) {
      expect(await wraps.unwrapContentKey(FAMILY, PRIVATE, one, BODY_HASH)).toBeNull();
      expect(await wrapsOnNoble.unwrapContentKey(FAMILY, PRIVATE, one, BODY_HASH)).toBeNull();
    }
  });
});

const P = 2n ** 255n - 19n;

function encode(u: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, index) => Number((u >> BigInt(8 * index)) & 255n));
}

/** Whether noble's curve, which is not asked by the product code here, sees a zero shared secret. */
function hasNoSharedSecret(key: Uint8Array): boolean {
  try {
    x25519.getSharedSecret(PRIVATE, key);
    return false;
  } catch {
    return true;
  }
}

const LOW_ORDER = [
  0n,
  1n,
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
  P - 1n,
  P,
  P + 1n,
].flatMap((u) => [encode(u), encode(u + (1n << 255n))]);

describe("encryption keys", () => {
  test("[CR7] the low-order points, in every encoding, are refused", async () => {
    for (const key of LOW_ORDER) {
      expect(hasNoSharedSecret(key)).toBe(true);
      expect(isAdmissibleEncryptionKey(key)).toBe(false);
      const target = { ...TARGET, key };
      const sealing = wraps.wrapContentKey(FAMILY, CONTENT_KEY, target, BODY_HASH);
      await expect(sealing).rejects.toThrow("inadmissible");
      const wrapped = Uint8Array.of(...key, ...fill(48, 1));
      expect(await wraps.unwrapContentKey(FAMILY, PRIVATE, wrapped, BODY_HASH)).toBeNull();
    }
  });

  test("[CR7] non-canonical encodings and wrong lengths are refused, ordinary keys are not", () => {
    for (const u of [P + 2n, P + 9n, P + 18n, 9n + (1n << 255n)]) {
      expect(hasNoSharedSecret(encode(u))).toBe(false);
      expect(isAdmissibleEncryptionKey(encode(u))).toBe(false);
    }
    for (const length of [0, 31, 33])
      expect(isAdmissibleEncryptionKey(fill(length, 9))).toBe(false);
    expect(isAdmissibleEncryptionKey(encode(9n))).toBe(true);
    expect(isAdmissibleEncryptionKey(encode(P - 2n))).toBe(true);
    for (let index = 0; index < 20; index += 1) {
      expect(isAdmissibleEncryptionKey(x25519.getPublicKey(suite.randomBytes(32)))).toBe(true);
    }
  });
});

describe("wrapped secrets outside a body", () => {
  const secret = fill(32, 0x5e);
  const info = utf8ToBytes("refill");

  test("[CR12] fixed inputs give these bytes, on both engines", async () => {
    for (const one of [wraps, wrapsOnNoble]) {
      const wrapped = await one.wrapKey(FAMILY, TARGET.key, secret, info, fill(32, 1));
      expect(bytesToHex(wrapped)).toBe(GOLDEN_KEY_WRAP);
    }
  });

  test("[CR12] open for the same purpose, family and key alone; each wrap is fresh", async () => {
    const wrapped = await suite.wrapKey(FAMILY, TARGET.key, secret, info);
    expect(await suite.wrapKey(FAMILY, TARGET.key, secret, info)).not.toEqual(wrapped);
    expect(await suite.unwrapKey(FAMILY, PRIVATE, wrapped, info)).toEqual(secret);
    expect(await suite.unwrapKey(FAMILY, PRIVATE, wrapped, utf8ToBytes("epoch"))).toBeNull();
    expect(await suite.unwrapKey(fill(32, 1), PRIVATE, wrapped, info)).toBeNull();
    expect(await suite.unwrapKey(FAMILY, fill(32, 1), wrapped, info)).toBeNull();
    expect(await suite.unwrapKey(FAMILY, PRIVATE, wrapped.slice(1), info)).toBeNull();
  });

  test("[CR12] never open as a content key's wrap, nor the other way round", async () => {
    const empty = new Uint8Array(0);
    const secretWrap = await suite.wrapKey(FAMILY, TARGET.key, secret, empty);
    expect(await wraps.unwrapContentKey(FAMILY, PRIVATE, secretWrap, empty)).toBeNull();
    const contentWrap = await wraps.wrapContentKey(FAMILY, CONTENT_KEY, TARGET, empty);
    expect(await wraps.unwrapContentKey(FAMILY, PRIVATE, contentWrap, empty)).toEqual(CONTENT_KEY);
    expect(await suite.unwrapKey(FAMILY, PRIVATE, contentWrap, empty)).toBeNull();
  });
});
