import { Aes128Gcm, CipherSuite, HkdfSha256, type KemInterface } from "@hpke/core";
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { describe, expect, test } from "vitest";
import { copyOf, deriveKey } from "./derive.ts";
import { createKeyPairs, verifyByWebCrypto, verifySignature } from "./signatures.ts";
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

const RFC_8032 = [
  {
    seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    key: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    message: "",
    signature:
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  },
  {
    seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    key: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    message: "72",
    signature:
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  },
  {
    seed: "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
    key: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    message: "af82",
    signature:
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
  },
];

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

const A1 = {
  info: "4f6465206f6e2061204772656369616e2055726e",
  ikmE: "7268600d403fce431561aef583ee1613527cff655c1343f29812e66706df3234",
  enc: "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431",
  pkR: "3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d",
  skR: "4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8",
  pt: "4265617574792069732074727574682c20747275746820626561757479",
  aad: "436f756e742d30",
  ct: "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a",
};
