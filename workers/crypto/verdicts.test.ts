import { hexToBytes } from "@noble/hashes/utils.js";
import { beforeAll, describe, expect, test } from "vitest";
import { verifyByNoble, verifySignature } from "./signatures.ts";
import { judgeAll, type Verdicts, VERDICTS_SHA256 } from "./testing/judge.ts";
import { RFC_8032, RFC_9180_A1 } from "./testing/published.ts";

let verdicts: Verdicts;

beforeAll(async () => {
  verdicts = await judgeAll();
}, 60_000);

describe("one verdict in every engine", () => {
  test("[CR29] all edge cases of signatures, keys, HPKE and wraps are judged as everywhere else", () => {
    const { lines } = verdicts;
    expect(new Set(lines).size).toBe(lines.length);
    expect(lines.filter((line) => line.includes("thrown"))).toEqual([]);
    expect(lines).toHaveLength(877);
    expect(verdicts.digest).toBe(VERDICTS_SHA256);
  });

  test("[CR4] WebCrypto accepts nothing that ZIP-215 refuses", () => {
    expect(verdicts.unsound).toEqual([]);
  });

  test("[CR29] the published answers are among them", () => {
    expect(verdicts.lines).toContain(`RFC 9180 A.1.1: enc ${RFC_9180_A1.enc}`);
    expect(verdicts.lines).toContain(`RFC 9180 A.1.1: ct ${RFC_9180_A1.ct}`);
    expect(verdicts.lines).toContain(`RFC 9180 A.1.1: pt ${RFC_9180_A1.pt}`);
    expect(verdicts.lines).toContain(`RFC 9180 A.1.1: public key ${RFC_9180_A1.pkR}`);
    expect(verdicts.lines).toContain("signature, RFC 8032 test 1: valid, key admitted");
  });

  test("[CR30] what this engine signs is accepted, with the nonce of RFC 8032 or another", async () => {
    for (const [index, { key, message }] of RFC_8032.entries()) {
      const signature = hexToBytes(verdicts.signatures[index] ?? "");
      expect(await verifyByNoble(hexToBytes(key), hexToBytes(message), signature)).toBe(true);
      expect(await verifySignature(hexToBytes(key), hexToBytes(message), signature)).toBe(true);
    }
    for (const nonce of [1, 2, 3]) {
      expect(verdicts.lines).toContain(`signature, honest, nonce ${nonce}: valid, key admitted`);
    }
  });
});
