import { bytesToHex, concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { describe, expect, test } from "vitest";
import { hashOf } from "../core/codec/hash.ts";
import { encodeWire } from "../core/codec/cbor.ts";
import {
  comparisonCodeOf,
  isJoinCommitment,
  joinCommitmentOf,
  type CodeRequest,
  type JoinOpening,
} from "./comparison-code.ts";
import { deriveKey } from "./derive.ts";

const fill = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);
const FAMILY = fill(32, 0xfa);
const OPENING: JoinOpening = {
  nonce: fill(32, 1),
  keys: { deviceKey: fill(32, 2), encryptionKey: fill(32, 3) },
  name: "Mia",
};
const REQUEST: CodeRequest = {
  family: FAMILY,
  newcomerNonce: OPENING.nonce,
  inviterNonce: fill(32, 4),
  newcomer: OPENING.keys,
  inviter: { deviceKey: fill(32, 5), encryptionKey: fill(32, 6) },
  inviteId: fill(16, 7),
  role: "child",
};

describe("commitment", () => {
  test("[CR23] golden bytes, and the labelled hash of the canonical opening", () => {
    const { nonce, keys, name } = OPENING;
    const wire = encodeWire([nonce, [keys.deviceKey, keys.encryptionKey], name]);
    const commitment = joinCommitmentOf(FAMILY, OPENING);
    expect(commitment).toEqual(hashOf("join-commitment", FAMILY, wire));
    expect(bytesToHex(commitment)).toBe(
      "afdfa0908f6a9eeec1a5ca956c0a11263bcc5be62efd18917906e64eb6780295",
    );
  });

  test("[CR23] a reveal that differs in any field does not match", () => {
    const commitment = joinCommitmentOf(FAMILY, OPENING);
    expect(isJoinCommitment(FAMILY, commitment, OPENING)).toBe(true);
    const { keys } = OPENING;
    const deviceKey: Uint8Array = keys.deviceKey;
    const encryptionKey: Uint8Array = keys.encryptionKey;
    const others: readonly JoinOpening[] = [
      { ...OPENING, nonce: fill(32, 9) },
      { ...OPENING, name: "Mía" },
      { ...OPENING, keys: { ...keys, deviceKey: fill(32, 9) } },
      { ...OPENING, keys: { ...keys, encryptionKey: fill(32, 9) } },
      { ...OPENING, keys: { deviceKey: encryptionKey, encryptionKey: deviceKey } },
    ];
    for (const other of others) expect(isJoinCommitment(FAMILY, commitment, other)).toBe(false);
    expect(isJoinCommitment(fill(32, 1), commitment, OPENING)).toBe(false);
    expect(isJoinCommitment(FAMILY, commitment.slice(0, 31), OPENING)).toBe(false);
  });
});

describe("code", () => {
  test("[CR24] golden code, and the reduced first 8 bytes of the derivation", () => {
    const { newcomer, inviter, inviteId, role } = REQUEST;
    const context = encodeWire([
      [newcomer.deviceKey, newcomer.encryptionKey],
      [inviter.deviceKey, inviter.encryptionKey],
      inviteId,
      role,
    ]);
    const secret = concatBytes(REQUEST.newcomerNonce, REQUEST.inviterNonce);
    const key = deriveKey(secret, "join-code", FAMILY, context);
    const number = BigInt(`0x${bytesToHex(key.slice(0, 8))}`) % 1_000_000n;
    const code = comparisonCodeOf(REQUEST);
    expect(BigInt(code)).toBe(number);
    expect(code).toBe("074142");
  });

  test("[CR24] both sides compute the same from their own copies", () => {
    expect(comparisonCodeOf(structuredClone(REQUEST))).toBe(comparisonCodeOf(REQUEST));
  });

  test("[CR24] every input changes the code, swapped ones too", () => {
    const { newcomer, inviter, newcomerNonce, inviterNonce } = REQUEST;
    const x = fill(32, 0xee);
    const others: readonly CodeRequest[] = [
      { ...REQUEST, family: x },
      { ...REQUEST, newcomerNonce: x },
      { ...REQUEST, inviterNonce: x },
      { ...REQUEST, newcomerNonce: inviterNonce, inviterNonce: newcomerNonce },
      { ...REQUEST, newcomer: { ...newcomer, deviceKey: x } },
      { ...REQUEST, newcomer: { ...newcomer, encryptionKey: x } },
      { ...REQUEST, inviter: { ...inviter, deviceKey: x } },
      { ...REQUEST, inviter: { ...inviter, encryptionKey: x } },
      { ...REQUEST, newcomer: inviter, inviter: newcomer },
      { ...REQUEST, inviteId: fill(16, 0xee) },
      { ...REQUEST, role: "parent" },
    ];
    const codes = new Set([REQUEST, ...others].map(comparisonCodeOf));
    expect(codes.size).toBe(others.length + 1);
  });

  test("[CR24] nonces of another length are refused, so none can lend bytes to the other", () => {
    for (const length of [0, 31, 33]) {
      expect(() => comparisonCodeOf({ ...REQUEST, newcomerNonce: fill(length, 1) })).toThrow();
      expect(() => comparisonCodeOf({ ...REQUEST, inviterNonce: fill(length, 1) })).toThrow();
    }
  });

  test("[CR25] is six digits with leading zeros, spread over the whole range", () => {
    const codes = Array.from({ length: 1000 }, (_, index) =>
      comparisonCodeOf({ ...REQUEST, role: bytesToHex(utf8ToBytes(String(index))) }),
    );
    for (const code of codes) expect(code).toMatch(/^\d{6}$/u);
    const tenths = new Set(codes.map((code) => code[0]));
    expect(tenths.size).toBe(10);
    expect(codes.some((code) => code.startsWith("0"))).toBe(true);
  });
});
