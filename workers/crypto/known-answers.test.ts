import { Aes128Gcm, CipherSuite, HkdfSha256, type KemInterface } from "@hpke/core";
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { describe, expect, test } from "vitest";
import { copyOf, deriveKey } from "./derive.ts";
import { createKeyPairs, verifyByWebCrypto, verifySignature } from "./signatures.ts";
import { RFC_8032, RFC_9180_A1 as A1 } from "./testing/published.ts";
import { loadX25519 } from "./x25519.ts";

const noWebCrypto = async (): Promise<never> => {
  throw new Error("planted: this engine lacks it");
};

describe("published answers", () => {
  test("[CR2] HMAC-SHA256 gives RFC 4231 case 2", () => {
    const mac = hmac(sha256, utf8ToBytes("Jefe"), utf8ToBytes("what do ya want for nothing?"));
    expect(bytesToHex(mac)).toBe(
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    );
  });

  test("[CR2] HKDF-SHA256 gives RFC 5869 cases 1 and 3", () => {
    const ikm = new Uint8Array(22).fill(0x0b);
    const salt = hexToBytes("000102030405060708090a0b0c");
    const info = hexToBytes("f0f1f2f3f4f5f6f7f8f9");
    expect(bytesToHex(hkdf(sha256, ikm, salt, info, 42))).toBe(
      "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    );
    expect(bytesToHex(hkdf(sha256, ikm, undefined, undefined, 42))).toBe(
      "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
    );
  });

  test("[CR1] derived keys equal WebCrypto's HKDF with the label as info", async () => {
    const secret = new Uint8Array(32).fill(1);
    const family = new Uint8Array(32).fill(2);
    const context = Uint8Array.of(3, 4);
    const info = Uint8Array.of(...utf8ToBytes("TinyWeb/some-key/v1"), 0, ...family, ...context);
    const key = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
    const parameters = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info };
    const expected = new Uint8Array(await crypto.subtle.deriveBits(parameters, key, 256));
    expect(deriveKey(secret, "some-key", family, context)).toEqual(expected);
    expect(deriveKey(secret, "some-kez", family, context)).not.toEqual(expected);
    expect(deriveKey(secret, "some-key", new Uint8Array(32), context)).not.toEqual(expected);
    expect(deriveKey(secret, "some-key", family, Uint8Array.of(3))).not.toEqual(expected);
  });

  test("[CR2] XChaCha20-Poly1305 gives the draft's A.3.1", () => {
    const key = Uint8Array.from({ length: 32 }, (_, index) => 0x80 + index);
    const nonce = Uint8Array.from({ length: 24 }, (_, index) => 0x40 + index);
    const aad = hexToBytes("50515253c0c1c2c3c4c5c6c7");
    const plaintext = utf8ToBytes(
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
    );
    expect(bytesToHex(xchacha20poly1305(key, nonce, aad).encrypt(plaintext))).toBe(
      "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb" +
        "731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452" +
        "2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9" +
        "21f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49",
    );
  });
});

describe.each(RFC_8032)("RFC 8032 §7.1, message '$message'", (vector) => {
  const message = hexToBytes(vector.message);

  test("[CR2] noble makes the key and the signature", async () => {
    const pair = await createKeyPairs(noWebCrypto)(hexToBytes(vector.seed));
    expect(bytesToHex(pair.publicKey)).toBe(vector.key);
    expect(bytesToHex(await pair.sign(message))).toBe(vector.signature);
  });

  test("[CR2] both verifiers accept it, and rule V", async () => {
    const key = hexToBytes(vector.key);
    const signature = hexToBytes(vector.signature);
    expect(await verifySignature(key, message, signature, noWebCrypto)).toBe(true);
    expect(await verifyByWebCrypto(key, message, signature)).toBe(true);
    expect(await verifySignature(key, message, signature)).toBe(true);
  });
});

describe.each([
  { name: "WebCrypto", load: () => loadX25519() },
  { name: "noble", load: () => loadX25519(noWebCrypto) },
])("X25519 on $name", ({ load }) => {
  test("[CR2] multiplies the base point as RFC 7748 §6.1", async () => {
    const { publicKeyOf } = await load();
    const bob = hexToBytes("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
    expect(bytesToHex(await publicKeyOf(bob))).toBe(
      "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
    );
  });

  test("[CR2] seals and opens as RFC 9180 A.1.1 with the given ikmE", async () => {
    const { kem } = await load();
    const suite = new CipherSuite({ kem, kdf: new HkdfSha256(), aead: new Aes128Gcm() });
    const context = await suite.createSenderContext({
      recipientPublicKey: await kem.deserializePublicKey(copyOf(hexToBytes(A1.pkR))),
      info: copyOf(hexToBytes(A1.info)),
      ekm: copyOf(hexToBytes(A1.ikmE)),
    });
    const sealed = await context.seal(copyOf(hexToBytes(A1.pt)), copyOf(hexToBytes(A1.aad)));
    expect(bytesToHex(new Uint8Array(context.enc))).toBe(A1.enc);
    expect(bytesToHex(new Uint8Array(sealed))).toBe(A1.ct);
    expect(bytesToHex(await openA1(suite, kem))).toBe(A1.pt);
  });
});

async function openA1(suite: CipherSuite, kem: KemInterface): Promise<Uint8Array> {
  const context = await suite.createRecipientContext({
    recipientKey: await kem.deserializePrivateKey(copyOf(hexToBytes(A1.skR))),
    enc: copyOf(hexToBytes(A1.enc)),
    info: copyOf(hexToBytes(A1.info)),
  });
  const aad = copyOf(hexToBytes(A1.aad));
  return new Uint8Array(await context.open(copyOf(hexToBytes(A1.ct)), aad));
}
