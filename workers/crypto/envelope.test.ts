import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { x25519 } from "@noble/curves/ed25519.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { describe, expect, test } from "vitest";
import { decodeBody, encodeBody, type Body } from "../core/gossip/header.ts";
import { PADDING_BUCKETS_BYTES } from "../core/gossip/limits.ts";
import { deriveKey } from "./derive.ts";
import { sealBody } from "./envelope.ts";
import type { OpenRequest, SealRequest, WrapTarget } from "./suite.ts";
import { createCryptoSuite } from "./webcrypto-suite.ts";
import { createWraps } from "./wraps.ts";
import { loadX25519 } from "./x25519.ts";

const fill = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);
const EMPTY = new Uint8Array(0);
const FAMILY = fill(32, 0xfa);
const HEADER = utf8ToBytes("the header without its body hash");
const FRESH = { contentKey: fill(32, 0xc0), nonce: fill(24, 0x0e) };
const PRIVATE_KEYS = [fill(32, 0x11), fill(32, 0x22)] as const;
const TARGETS: readonly WrapTarget[] = PRIVATE_KEYS.map((privateKey, index) => ({
  device: fill(16, index + 1),
  keyNumber: index,
  key: x25519.getPublicKey(privateKey),
}));
const suite = createCryptoSuite();
const wraps = createWraps(() => loadX25519());

function requestOf(plaintext: Uint8Array): SealRequest {
  return { family: FAMILY, plaintext, associatedData: HEADER, targets: TARGETS };
}

function openOf(body: Body, changes: Partial<OpenRequest> = {}): OpenRequest {
  return {
    family: FAMILY,
    body,
    associatedData: HEADER,
    targets: TARGETS,
    mine: 0,
    privateKey: PRIVATE_KEYS[0],
    ...changes,
  };
}

const hello = (): Promise<Body> => sealBody(wraps, requestOf(utf8ToBytes("hello")), FRESH);

/** A body as a cheating author makes it: everything right but what is changed. */
async function cheat(padded: Uint8Array): Promise<Body> {
  const bodyKey = deriveKey(FRESH.contentKey, "body-key", FAMILY, EMPTY);
  const ciphertext = xchacha20poly1305(bodyKey, FRESH.nonce, HEADER).encrypt(padded);
  return { ...(await hello()), ciphertext };
}

describe("bodies", () => {
  test("[CR13] fixed inputs give fixed bytes", async () => {
    const body = await hello();
    expect(bytesToHex(body.commitment)).toBe(
      "444a6bbf0eb946c92d20b4e4e97a47ceb5a58caf1b98d2141ceb4f4960005eb2",
    );
    expect(bytesToHex(sha256(encodeBody(body)))).toBe(
      "53bf70f5a1a717b3eb5271c73818ab4b9ff3d3c1162ff701e0111f5587421ce9",
    );
  });

  test("[CR13] every recipient opens with its own key; the wraps are in the header's order", async () => {
    const text = utf8ToBytes("see you at six");
    const body = await suite.sealBody(requestOf(text));
    expect(body.wraps.length).toBe(2);
    for (const mine of [0, 1]) {
      const opened = await suite.openBody(openOf(body, { mine, privateKey: PRIVATE_KEYS[mine]! }));
      expect(opened).toMatchObject({ ok: true, plaintext: text });
    }
    const again = await suite.sealBody(requestOf(text));
    expect(again.nonce).not.toEqual(body.nonce);
    expect(again.commitment).not.toEqual(body.commitment);
  });

  test("[CR13] a body that travelled opens as the one that was sealed", async () => {
    const decoded = decodeBody(encodeBody(await hello()));
    expect(decoded.ok && (await suite.openBody(openOf(decoded.value))).ok).toBe(true);
  });

  test("[CR11] a private key that is not mine, or another key number, does not open", async () => {
    const body = await hello();
    const stranger = await suite.openBody(openOf(body, { privateKey: fill(32, 0x33) }));
    expect(stranger).toEqual({ ok: false, reason: "unwrap" });
    const other = TARGETS.map((target) => ({ ...target, keyNumber: target.keyNumber + 1 }));
    const renumbered = await suite.openBody(openOf(body, { targets: other }));
    expect(renumbered).toEqual({ ok: false, reason: "wrap-mismatch" });
  });
});

describe("commitment", () => {
  test("[CR14] is the HMAC of nonce and header under a key of its own", async () => {
    const commitKey = deriveKey(FRESH.contentKey, "body-commitment", FAMILY, EMPTY);
    const expected = hmac(sha256, commitKey, concatBytes(FRESH.nonce, sha256(HEADER)));
    expect((await hello()).commitment).toEqual(expected);
  });

  test("[CR14] one ciphertext with two content keys: the second reader is refused", async () => {
    const body = await hello();
    const secondKey = fill(32, 0xc1);
    const second = await wraps.wrapContentKey(FAMILY, secondKey, TARGETS[1]!, sha256(HEADER));
    const split = { ...body, wraps: [body.wraps[0]!, second] };
    const reader = openOf(split, { mine: 1, privateKey: PRIVATE_KEYS[1] });
    expect(await suite.openBody(reader)).toEqual({ ok: false, reason: "commitment" });
    expect(await suite.openBody(openOf(split))).toEqual({ ok: false, reason: "wrap-mismatch" });
  });

  test("[CR14] is checked before the ciphertext", async () => {
    const body = { ...(await hello()), commitment: fill(32, 0), ciphertext: fill(272, 0) };
    expect(await suite.openBody(openOf(body))).toEqual({ ok: false, reason: "commitment" });
  });
});

describe("header", () => {
  test("[CR15] a ciphertext under another header is refused, by wrap, commitment and tag", async () => {
    const body = await hello();
    const associatedData = utf8ToBytes("a header that another member signed");
    const request = openOf(body, { associatedData });
    expect(await suite.openBody(request)).toEqual({ ok: false, reason: "unwrap" });
    expect(await suite.openBodyWithKey(request, FRESH.contentKey)).toEqual({
      ok: false,
      reason: "commitment",
    });
    const rewrapped = await sealBody(wraps, { ...requestOf(EMPTY), associatedData }, FRESH);
    const stolen = openOf({ ...rewrapped, ciphertext: body.ciphertext }, { associatedData });
    expect(await suite.openBody(stolen)).toEqual({ ok: false, reason: "ciphertext" });
  });

  test("[CR15] a body of another family is refused", async () => {
    const request = openOf(await hello(), { family: fill(32, 1) });
    expect(await suite.openBody(request)).toEqual({ ok: false, reason: "unwrap" });
  });
});

describe("padding", () => {
  const edgesOf = (bucket: number): readonly number[] => [bucket - 5, bucket - 4];

  test.each([0, 1, ...PADDING_BUCKETS_BYTES.flatMap(edgesOf)])(
    "[CR16] %i bytes are padded to the smallest bucket and come back",
    async (length) => {
      const body = await suite.sealBody(requestOf(fill(length, 7)));
      const bucket = PADDING_BUCKETS_BYTES.find((size) => size >= length + 4)!;
      expect(body.ciphertext.length).toBe(bucket + 16);
      const opened = await suite.openBody(openOf(body));
      expect(opened).toMatchObject({ ok: true, plaintext: fill(length, 7) });
    },
  );

  test("[CR16] a plaintext beyond the largest bucket is not sealed", async () => {
    const sealing = suite.sealBody(requestOf(fill(PADDING_BUCKETS_BYTES.at(-1)! - 3, 7)));
    await expect(sealing).rejects.toThrow(RangeError);
  });

  test("[CR16] any other padding is refused", async () => {
    const padded = (size: number, length: number, last = 0): Uint8Array => {
      const bytes = fill(size, 0);
      new DataView(bytes.buffer).setUint32(0, length);
      bytes[size - 1] = last;
      return bytes;
    };
    const right = await cheat(padded(256, 3));
    expect((await suite.openBody(openOf(right))).ok).toBe(true);
    const wrong = [
      padded(256, 3, 1), // not zeros
      padded(1024, 3), // a larger bucket than needed
      padded(256, 253), // longer than the bucket holds
      padded(256, 2 ** 32 - 1),
      padded(255, 3), // no bucket
      fill(3, 0),
      EMPTY,
    ];
    for (const bytes of wrong) {
      const opened = await suite.openBody(openOf(await cheat(bytes)));
      expect(opened).toEqual({ ok: false, reason: "padding" });
    }
  });
});

describe("wraps of the others", () => {
  const mismatch = { ok: false, reason: "wrap-mismatch" };

  test("[CR17] random bytes for one recipient: those who can open it do not show it", async () => {
    const body = await hello();
    const spoiled = { ...body, wraps: [body.wraps[0]!, suite.randomBytes(80)] };
    expect(await suite.openBody(openOf(spoiled))).toEqual(mismatch);
  });

  test("[CR17] a valid wrap with another ephemeral, for another header or device, is a mismatch", async () => {
    const body = await hello();
    const header = sha256(HEADER);
    const [first, second] = [TARGETS[0]!, TARGETS[1]!];
    const ikm = fill(32, 1);
    for (const wrap of [
      await wraps.wrapKey(FAMILY, second.key, FRESH.contentKey, EMPTY, ikm),
      await wraps.wrapContentKey(FAMILY, FRESH.contentKey, second, sha256(EMPTY)),
      await wraps.wrapContentKey(FAMILY, FRESH.contentKey, { ...second, keyNumber: 7 }, header),
      await wraps.wrapContentKey(FAMILY, FRESH.contentKey, first, header),
    ]) {
      const opened = await suite.openBody(openOf({ ...body, wraps: [body.wraps[0]!, wrap] }));
      expect(opened).toEqual(mismatch);
    }
  });

  test("[CR17] a wrap that is missing or too many is a mismatch", async () => {
    const body = await hello();
    const [first, second] = body.wraps;
    for (const list of [[], [first!], [first!, second!, second!], [second!, first!]]) {
      const opened = await suite.openBody(openOf({ ...body, wraps: list }));
      expect(opened.ok).toBe(false);
      const withKey = await suite.openBodyWithKey(
        openOf({ ...body, wraps: list }),
        FRESH.contentKey,
      );
      expect(withKey).toEqual(mismatch);
    }
  });

  test("[CR17] a recipient whose key I do not know is not judged", async () => {
    const body = await hello();
    const targets = TARGETS.map((target, index) =>
      index === 1 ? { ...target, key: null } : target,
    );
    const spoiled = { ...body, wraps: [body.wraps[0]!, suite.randomBytes(80)] };
    expect((await suite.openBody(openOf(spoiled, { targets }))).ok).toBe(true);
  });

  test("[CR17] a recipient with an inadmissible key is a mismatch, not a throw", async () => {
    const body = await hello();
    const targets = [TARGETS[0]!, { ...TARGETS[1]!, key: fill(32, 0) }];
    expect(await suite.openBody(openOf(body, { targets }))).toEqual(mismatch);
  });
});

describe("hostile bytes", () => {
  test("[CR18] no flipped bit of an encoded body is accepted", async () => {
    const encoded = encodeBody(await hello());
    let judged = 0;
    for (let bit = 0; bit < encoded.length * 8; bit += 1) {
      const changed = encoded.slice();
      changed[bit >> 3]! ^= 1 << (bit & 7);
      const decoded = decodeBody(changed);
      if (!decoded.ok) continue;
      judged += 1;
      const opened = await suite.openBodyWithKey(openOf(decoded.value), FRESH.contentKey);
      expect(opened.ok, `bit ${bit}`).toBe(false);
    }
    expect(judged).toBeGreaterThan(8 * (2 * 80 + 32 + 24 + 272) - 1);
  });

  test("[CR18] a flipped bit in each byte is refused by the whole path too", async () => {
    const encoded = encodeBody(await hello());
    for (let at = 0; at < encoded.length; at += 1) {
      const changed = encoded.slice();
      changed[at]! ^= 1 << (at % 8);
      const decoded = decodeBody(changed);
      if (!decoded.ok) continue;
      expect((await suite.openBody(openOf(decoded.value))).ok, `byte ${at}`).toBe(false);
    }
  });

  test("[CR18] truncated parts are refused, never a throw", async () => {
    const body = await hello();
    for (let length = 0; length < body.ciphertext.length; length += 1) {
      const cut = { ...body, ciphertext: body.ciphertext.slice(0, length) };
      const opened = await suite.openBodyWithKey(openOf(cut), FRESH.contentKey);
      expect(opened).toEqual({ ok: false, reason: "ciphertext" });
    }
    for (const length of [0, 31, 33]) {
      const commitment = fill(length, 1);
      expect((await suite.openBody(openOf({ ...body, commitment }))).ok).toBe(false);
      const nonce = fill(length, 1);
      expect((await suite.openBody(openOf({ ...body, nonce }))).ok).toBe(false);
    }
  });
});

test("[CR19] a content key that was handed over opens with every check but the unwrap", async () => {
  const body = await hello();
  const opened = await suite.openBody(openOf(body));
  expect(opened.ok && (await suite.openBodyWithKey(openOf(body), opened.contentKey))).toEqual(
    opened,
  );
  for (const [key, reason] of [
    [fill(32, 1), "commitment"],
    [fill(31, 1), "unwrap"],
  ] as const) {
    expect(await suite.openBodyWithKey(openOf(body), key)).toEqual({ ok: false, reason });
  }
});

test("[CR20] sealed bytes open under the same key and associated data alone", () => {
  const key = fill(32, 1);
  const sealed = suite.seal(key, utf8ToBytes("name"), HEADER);
  expect(sealed.length).toBe(24 + 4 + 16);
  expect(suite.open(key, sealed, HEADER)).toEqual(utf8ToBytes("name"));
  expect(suite.open(fill(32, 2), sealed, HEADER)).toBeNull();
  expect(suite.open(key, sealed, EMPTY)).toBeNull();
  for (let at = 0; at < sealed.length; at += 1) {
    expect(suite.open(key, sealed.slice(0, at), HEADER)).toBeNull();
    expect(suite.open(key, sealed.with(at, sealed[at]! ^ 1), HEADER)).toBeNull();
  }
  expect(suite.seal(key, utf8ToBytes("name"), HEADER)).not.toEqual(sealed);
});
