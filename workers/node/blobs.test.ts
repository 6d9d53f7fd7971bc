import { expect, test } from "vitest";
import { createCryptoSuite } from "../crypto/webcrypto-suite.ts";
import { blobHashOf, nameHashOf, openBlob, sealBlob } from "./blobs.ts";

const crypto = createCryptoSuite();
const family = new Uint8Array(32).fill(1);
const secret = { epoch: 3, secret: new Uint8Array(32).fill(7) };
const secretOf = (epoch: number) => (epoch === 3 ? secret.secret : null);
const salted = (text: string) => ({ salt: crypto.randomBytes(16), text });

test("[SB2] a blob opens with its epoch's secret and is named by the hash of its bytes", () => {
  const blob = sealBlob(crypto, family, secret, salted("Grandma 👵"));
  expect(openBlob(crypto, family, secretOf, blob.bytes)).toBe("Grandma 👵");
  expect(blobHashOf(family, blob.bytes)).toEqual(blob.hash);
});

test("[SB3] with another secret, epoch, family or a changed byte there is no text, and no throw", () => {
  const { bytes } = sealBlob(crypto, family, secret, salted("Mum"));
  const other = new Uint8Array(32);
  expect(openBlob(crypto, family, () => other, bytes)).toBeNull();
  expect(openBlob(crypto, family, () => null, bytes)).toBeNull();
  expect(openBlob(crypto, other, secretOf, bytes)).toBeNull();
  for (let at = 0; at < bytes.length; at += 1) {
    const flipped = bytes.slice();
    flipped[at] = (flipped[at] ?? 0) ^ 1;
    expect(openBlob(crypto, family, secretOf, flipped)).toBeNull();
    expect(openBlob(crypto, family, secretOf, bytes.slice(0, at))).toBeNull();
  }
});

test("[SB4] equal names have unequal hashes; the hash of a name commits to salt and family", () => {
  const one = sealBlob(crypto, family, secret, salted("Mum"));
  const two = sealBlob(crypto, family, secret, salted("Mum"));
  expect(one.hash).not.toEqual(two.hash);
  const salt = crypto.randomBytes(16);
  const hash = nameHashOf(family, salt, "Mum");
  expect(nameHashOf(family, salt, "Mum")).toEqual(hash);
  expect(nameHashOf(family, salt, "Mun")).not.toEqual(hash);
  expect(nameHashOf(family, crypto.randomBytes(16), "Mum")).not.toEqual(hash);
  expect(nameHashOf(new Uint8Array(32), salt, "Mum")).not.toEqual(hash);
});
