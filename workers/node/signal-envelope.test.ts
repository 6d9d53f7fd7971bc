import * as fc from "fast-check";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { beforeAll, describe, expect, test } from "vitest";
import { encodeWire } from "../core/codec/cbor.ts";
import { familyIdOf } from "../core/codec/ids.ts";
import type { Signer } from "../crypto/suite.ts";
import { createCryptoSuite } from "../crypto/webcrypto-suite.ts";
import { decodeBase64, encodeBase64 } from "./base64.ts";
import { openSignal, sealSignal, type SignalChannel } from "./signal-envelope.ts";

const crypto = createCryptoSuite();
const CHANNEL: SignalChannel = {
  family: familyIdOf(new Uint8Array(32).fill(1)),
  topic: "topic-of-today",
  key: new Uint8Array(32).fill(9),
};
const MESSAGE = {
  from: new Uint8Array(16).fill(1),
  to: new Uint8Array(16).fill(2),
  kind: "signal",
  attempt: new Uint8Array(16).fill(3),
  payload: '{"type":"offer","sdp":"v=0 secret-address"}',
} as const;

let signer: Signer;
let other: Signer;
beforeAll(async () => {
  signer = await crypto.createSigner(new Uint8Array(32).fill(21));
  other = await crypto.createSigner(new Uint8Array(32).fill(22));
});

const seal = (payload: string = MESSAGE.payload): Promise<string> =>
  sealSignal(crypto, signer, CHANNEL, { ...MESSAGE, payload });

describe("signal envelope", () => {
  test("[RV1] comes out as it went in, under the sender's key", async () => {
    for (const message of [
      MESSAGE,
      { ...MESSAGE, to: null, kind: "announce", payload: "" } as const,
      { ...MESSAGE, kind: "bye", payload: "ü".repeat(8 * 1024) } as const,
    ]) {
      const data = await sealSignal(crypto, signer, CHANNEL, message);
      const expected = { ...message, deviceKey: signer.publicKey };
      expect(await openSignal(crypto, CHANNEL, data)).toEqual({ ok: true, message: expected });
      const visible = Buffer.from(data, "base64").toString("latin1");
      expect(visible).not.toContain("secret-address");
      expect(visible).not.toContain(Buffer.from(signer.publicKey).toString("latin1"));
    }
    await expect(seal("x".repeat(16 * 1024 + 1))).rejects.toThrow();
  });

  test("[RV2] every changed bit refuses it", async () => {
    const sealed = decodeBase64(await seal())!;
    const positions = Array.from({ length: sealed.length * 8 }, (_, index) => index);
    for (const bit of positions) {
      const changed = sealed.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      const opened = await openSignal(crypto, CHANNEL, encodeBase64(changed));
      expect(opened.ok).toBe(false);
    }
  });

  test("[RV2] a second text for the same bytes is refused", async () => {
    const data = await seal();
    expect(data).toMatch(/[^=]=$/);
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const twin = `${data.slice(0, -2)}${alphabet[alphabet.indexOf(data.at(-2)!) + 1]}=`;
    expect(Buffer.from(twin, "base64")).toEqual(Buffer.from(data, "base64"));
    expect(await openSignal(crypto, CHANNEL, twin)).toEqual({ ok: false, reason: "not-base64" });
  });

  test("[RV2] another topic, key or family refuses it", async () => {
    const data = await seal();
    const open = (more: Partial<SignalChannel>): ReturnType<typeof openSignal> =>
      openSignal(crypto, { ...CHANNEL, ...more }, data);
    expect(await open({ topic: "topic-of-tomorrow" })).toEqual({ ok: false, reason: "sealed" });
    expect(await open({ key: new Uint8Array(32) })).toEqual({ ok: false, reason: "sealed" });
    expect(await open({ family: new Uint8Array(32) })).toEqual({ ok: false, reason: "signature" });
  });

  test("[RV2] any text gets a verdict", async () => {
    const honest = await seal();
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 100 }),
      fc.base64String({ maxLength: 3_000 }),
      fc.nat(honest.length).map((end) => honest.slice(0, end - (end % 4))),
      fc.constantFrom(`${honest}AAAA`, `${honest}=`, ` ${honest}`, `${honest}\n`, "=", "===="),
    );
    await fc.assert(
      fc.asyncProperty(text, async (data) => {
        if (data !== honest) expect((await openSignal(crypto, CHANNEL, data)).ok).toBe(false);
      }),
      { numRuns: 300 },
    );
    const huge = await openSignal(crypto, CHANNEL, "A".repeat(10_000_000));
    expect(huge).toEqual({ ok: false, reason: "not-base64" });
  });

  test("[RV3] is one of three sizes, the smallest that fits", async () => {
    const sizeOf = async (length: number): Promise<number> =>
      decodeBase64(await seal("x".repeat(length)))!.length - 40;
    expect(await sizeOf(0)).toBe(1024);
    expect(await sizeOf(700)).toBe(1024);
    expect(await sizeOf(1_024)).toBe(4096);
    expect(await sizeOf(3_500)).toBe(4096);
    expect(await sizeOf(4_096)).toBe(20 * 1024);
    expect(await sizeOf(16 * 1024)).toBe(20 * 1024);
  });

  test("[RV3] refuses any other padding from one who has the key", async () => {
    const sealed = decodeBase64(await seal())!;
    const aad = utf8ToBytes(CHANNEL.topic);
    const padded = crypto.open(CHANNEL.key, sealed, aad)!;
    const reseal = (bytes: Uint8Array): string =>
      encodeBase64(crypto.seal(CHANNEL.key, bytes, aad));
    const reasonOf = async (bytes: Uint8Array): Promise<string | null> => {
      const opened = await openSignal(crypto, CHANNEL, reseal(bytes));
      return opened.ok ? null : opened.reason;
    };
    expect(await reasonOf(padded)).toBeNull();
    const last = padded.slice();
    last[last.length - 1] = 1;
    expect(await reasonOf(last)).toBe("padding");
    expect(await reasonOf(concatBytes(padded, new Uint8Array(3072)))).toBe("padding");
    expect(await reasonOf(padded.slice(0, 1000))).toBe("padding");
    expect(await reasonOf(new Uint8Array(0))).toBe("padding");
    const longer = padded.slice();
    new DataView(longer.buffer).setUint32(0, 2 ** 32 - 1);
    expect(await reasonOf(longer)).toBe("padding");
    expect(await reasonOf(new Uint8Array(1024))).toBe("malformed");
  });

  test("[RV4] the key of the topic does not let one speak as another device", async () => {
    const asSigner: Signer = {
      publicKey: signer.publicKey,
      sign: (...request) => other.sign(...request),
    };
    const data = await sealSignal(crypto, asSigner, CHANNEL, MESSAGE);
    expect(await openSignal(crypto, CHANNEL, data)).toEqual({ ok: false, reason: "signature" });
  });

  test("[RV4] nor under a small-order key, which anything verifies", async () => {
    const point = Uint8Array.from({ length: 32 }, (_, index) => (index === 0 ? 1 : 0));
    const weak: Signer = {
      publicKey: point,
      sign: async () => concatBytes(point, new Uint8Array(32)),
    };
    const data = await sealSignal(crypto, weak, CHANNEL, MESSAGE);
    expect(await openSignal(crypto, CHANNEL, data)).toEqual({ ok: false, reason: "bad-key" });
  });

  test("[RV4] nor an unsigned word inside a signed one", async () => {
    const aad = utf8ToBytes(CHANNEL.topic);
    const forged = encodeWire([encodeWire([2]), new Uint8Array(64)]);
    const padded = new Uint8Array(1024);
    new DataView(padded.buffer).setUint32(0, forged.length);
    padded.set(forged, 4);
    const data = encodeBase64(crypto.seal(CHANNEL.key, padded, aad));
    expect(await openSignal(crypto, CHANNEL, data)).toEqual({ ok: false, reason: "malformed" });
  });
});
