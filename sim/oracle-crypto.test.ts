import { expect, test } from "vitest";
import { deviceIdOf, familyIdOf } from "../workers/core/codec/ids.ts";
import { createRandom, seedWords } from "../workers/core/random.ts";
import { createOracle, createOracleCrypto, isSigned } from "./oracle-crypto.ts";

const FAMILY = familyIdOf(new Uint8Array(32).fill(3));
const DATA = Uint8Array.of(9, 8, 7);
const TEXT = new TextEncoder().encode("Be home by six");

async function setUp() {
  const oracle = createOracle();
  const crypto = createOracleCrypto(oracle, createRandom(seedWords(7)));
  const people = await Promise.all(
    [1, 2].map(async (number) => {
      const privateKey = new Uint8Array(32).fill(number);
      const key = await crypto.encryptionKeyOf(privateKey);
      return {
        privateKey,
        target: { device: deviceIdOf(FAMILY, new Uint8Array(key)), keyNumber: 0, key },
      };
    }),
  );
  const targets = people.map((one) => one.target);
  const body = await crypto.sealBody({
    family: FAMILY,
    plaintext: TEXT,
    associatedData: DATA,
    targets,
  });
  const request = { family: FAMILY, body, associatedData: DATA, targets };
  const privateKey = people[0]!.privateKey;
  return { oracle, crypto, request: { ...request, mine: 0, privateKey } };
}

const flipped = (bytes: Uint8Array, at = 0): Uint8Array => {
  const copy = bytes.slice();
  copy[at]! ^= 1;
  return copy;
};

test("[SI4] what is sealed opens for its recipient, and refuses for the reason it has", async () => {
  const { crypto, request } = await setUp();
  const { body } = request;
  const reasonOf = async (changed: Partial<typeof request>): Promise<string> => {
    const opened = await crypto.openBody({ ...request, ...changed });
    return opened.ok ? new TextDecoder().decode(opened.plaintext) : opened.reason;
  };
  expect(await reasonOf({})).toBe("Be home by six");
  expect(await reasonOf({ privateKey: new Uint8Array(32).fill(9) })).toBe("unwrap");
  expect(await reasonOf({ associatedData: Uint8Array.of(1) })).toBe("unwrap");
  expect(await reasonOf({ body: { ...body, commitment: flipped(body.commitment) } })).toBe(
    "commitment",
  );
  expect(await reasonOf({ body: { ...body, ciphertext: flipped(body.ciphertext) } })).toBe(
    "ciphertext",
  );
  const wraps = [body.wraps[0]!, flipped(body.wraps[1]!, 40)];
  expect(await reasonOf({ body: { ...body, wraps } })).toBe("wrap-mismatch");
});

test("[SI4] a wrapped key and sealed bytes open again, and not when altered", async () => {
  const { crypto, request } = await setUp();
  const { key } = request.targets[0]!;
  const secret = new Uint8Array(32).fill(5);
  const wrapped = await crypto.wrapKey(FAMILY, key, secret, DATA);
  expect(wrapped.length).toBe(80);
  expect(await crypto.unwrapKey(FAMILY, request.privateKey, wrapped, DATA)).toEqual(secret);
  expect(await crypto.unwrapKey(FAMILY, request.privateKey, flipped(wrapped, 50), DATA)).toBeNull();
  const sealed = crypto.seal(secret, TEXT, DATA);
  expect(crypto.open(secret, sealed, DATA)).toEqual(TEXT);
  expect(crypto.open(secret, flipped(sealed, 30), DATA)).toBeNull();
});

test("[SI5] a signature is for its key, domain, family and bytes alone", async () => {
  const { oracle, crypto } = await setUp();
  const signer = await crypto.createSigner(new Uint8Array(32).fill(4));
  const other = await crypto.createSigner(new Uint8Array(32).fill(6));
  const signature = await signer.sign("message", FAMILY, DATA);
  const key = signer.publicKey;
  const family = familyIdOf(DATA);
  expect(await crypto.verify(key, "message", FAMILY, DATA, signature)).toBe(true);
  expect(isSigned(oracle, key, "message", FAMILY, DATA, signature)).toBe(true);
  expect(await crypto.verify(other.publicKey, "message", FAMILY, DATA, signature)).toBe(false);
  expect(await crypto.verify(key, "register", FAMILY, DATA, signature)).toBe(false);
  expect(await crypto.verify(key, "message", family, DATA, signature)).toBe(false);
  expect(await crypto.verify(key, "message", FAMILY, TEXT, signature)).toBe(false);
});
