import { sha256 } from "@noble/hashes/sha2.js";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeHeader, messageIdOf } from "../gossip/header.ts";
import { blockHashOf } from "../ledger/block.ts";
import { FAMILY as FIXTURE, foundFamily, FOUNDING } from "../ledger/family-fixture.suite.test.ts";
import { domainBytes, hashOf, type Domain } from "./hash.ts";
import {
  compareBytes,
  deviceIdOf,
  familyIdOf,
  fromHex,
  inviteIdOf,
  memberIdOf,
  toHex,
} from "./ids.ts";
import { HEADER } from "./wire-samples.suite.test.ts";

const KEY = new Uint8Array(32).fill(7);
const FAMILY = new Uint8Array(32).fill(0xfa);
/** As a record, so that a domain that is missing here is a type error. */
const DOMAINS = Object.keys({
  family: true,
  device: true,
  member: true,
  invite: true,
  transaction: true,
  transactions: true,
  block: true,
  state: true,
  "state-part": true,
  "replica-set": true,
  blob: true,
  body: true,
  message: true,
  fingerprint: true,
  register: true,
  prepare: true,
  commit: true,
  "view-change": true,
  ready: true,
  approval: true,
  recovery: true,
  "recovery-objection": true,
  hold: true,
  "encryption-key": true,
  "join-commitment": true,
  "join-request": true,
  "join-code": true,
  "join-name": true,
  handshake: true,
  "invite-proof": true,
  signal: true,
  secret: true,
  conversation: true,
  violation: true,
} satisfies Record<Domain, true>) as readonly Domain[];

const ascii = (text: string): readonly number[] => Array.from(text, (one) => one.charCodeAt(0));

describe("hashes", () => {
  test("[HS1] the input is label, zero byte, family and bytes", () => {
    const input = domainBytes("device", FAMILY, Uint8Array.of(1, 2));
    expect([...input]).toEqual([...ascii("TinyWeb/device/v1"), 0, ...FAMILY, 1, 2]);
  });

  test("[HS2] the hash is SHA-256 of the input", () => {
    expect(hashOf("block", FAMILY, KEY)).toEqual(sha256(domainBytes("block", FAMILY, KEY)));
    expect(toHex(hashOf("block", FAMILY, KEY))).toBe(
      "588f25c75da10544d8a69cbc3f2ca43784ab248603eca687078e3ad4d2c9a45a",
    );
  });

  test("[HS2] another domain, family or byte gives another hash", () => {
    const hashes = [
      ...DOMAINS.map((domain) => hashOf(domain, FAMILY, KEY)),
      hashOf("device", KEY, KEY),
      hashOf("device", FAMILY, FAMILY),
      hashOf("device", FAMILY, KEY.subarray(1)),
    ];
    expect(new Set(hashes.map((one) => toHex(one))).size).toBe(hashes.length);
  });

  test("[HS3] no domain's label with its zero byte begins another's", () => {
    const labels = DOMAINS.map((domain) => `TinyWeb/${domain}/v1\0`);
    for (const one of labels) {
      expect(labels.filter((other) => other.startsWith(one))).toEqual([one]);
    }
  });
});

describe("ids", () => {
  test("[ID1] the family id depends on the recovery key alone", () => {
    const zeros = new Uint8Array(32);
    expect(familyIdOf(KEY)).toEqual(sha256(domainBytes("family", zeros, KEY)));
    expect(familyIdOf(KEY)).toHaveLength(32);
  });

  test("[ID2] one key gives different ids of 16 bytes as device, member and invite", () => {
    const ids = [deviceIdOf(FAMILY, KEY), memberIdOf(FAMILY, KEY), inviteIdOf(FAMILY, KEY)];
    expect(ids.map((one) => one.length)).toEqual([16, 16, 16]);
    expect(new Set(ids.map((one) => toHex(one))).size).toBe(3);
    expect(ids[0]).toEqual(hashOf("device", FAMILY, KEY).slice(0, 16));
    expect(toHex(deviceIdOf(KEY, KEY))).not.toBe(toHex(deviceIdOf(FAMILY, KEY)));
  });

  test("[ID3] transactions, blocks and messages are the hashes of exactly their bytes", () => {
    const { block, hash } = foundFamily().verified;
    expect(FOUNDING.id).toEqual(hashOf("transaction", FIXTURE, FOUNDING.signed.bytes));
    expect(FOUNDING.id).toHaveLength(32);
    expect(hash).toEqual(blockHashOf(FIXTURE, block.header));
    expect(hash).toHaveLength(32);
    const header = encodeHeader(HEADER);
    expect(messageIdOf(FAMILY, header)).toEqual(hashOf("message", FAMILY, header).slice(0, 16));
  });

  test("[ID4] bytes are ordered as their hex is, prefixes first", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 4, max: 2 }),
        fc.uint8Array({ maxLength: 4, max: 2 }),
        (a, b) => {
          const expected = toHex(a) < toHex(b) ? -1 : toHex(a) > toHex(b) ? 1 : 0;
          expect(Math.sign(compareBytes(a, b))).toBe(expected);
        },
      ),
    );
  });

  test("[ID4] hex is lower case and comes back as the same bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(toHex(bytes)).toMatch(/^[0-9a-f]*$/);
        expect(fromHex(toHex(bytes))).toEqual(bytes);
      }),
    );
    expect(() => fromHex("no hex")).toThrow();
  });
});
