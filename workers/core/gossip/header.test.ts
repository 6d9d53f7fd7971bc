import { describe, expect, test } from "vitest";
import { HEADER } from "../codec/wire-samples.suite.test.ts";
import { hashOf } from "../codec/hash.ts";
import { compareBytes, toHex } from "../codec/ids.ts";
import { FAMILY, fill } from "../ledger/family-fixture.suite.test.ts";
import {
  associatedData,
  bodyHashOf,
  decodeHeader,
  encodeHeader,
  messageIdOf,
  type Header,
  KINDS,
} from "./header.ts";
import { RECIPIENTS_MAX, TEXT_BYTES_MAX } from "./limits.ts";
import { decodePayload, encodePayload, REFILL_KEYS_MAX, type Payload } from "./payload.ts";

const MEMBER = { type: "member", member: fill(16, 9) } as const;

/** A change of every field, one at a time. */
const CHANGES: readonly Partial<Header>[] = [
  { kind: "refill" },
  { author: fill(16, 9) },
  { stream: 4 },
  { seq: 6 },
  { previous: fill(16, 9) },
  { clock: { ms: 1, counter: 3 } },
  { clock: { ...HEADER.clock, counter: 4 } },
  { ttlSeconds: 601 },
  { height: 10 },
  { rateMark: 1 },
  { owed: 1 },
  { audience: MEMBER },
  { kind: "group", audience: { type: "group", group: fill(16, 9) } },
  { recipients: [] },
  { recipients: HEADER.recipients.map((one) => ({ ...one, keyNumber: 9 })) },
];

const faultOf = (changes: Partial<Header>): string => {
  const decoded = decodeHeader(encodeHeader({ ...HEADER, ...changes }));
  return decoded.ok ? "accepted" : decoded.detail;
};

describe("headers", () => {
  test("[GH1] the id is half the hash of the header; every field changes it", () => {
    const bytes = encodeHeader(HEADER);
    expect(messageIdOf(FAMILY, bytes)).toEqual(hashOf("message", FAMILY, bytes).slice(0, 16));
    const all = [{}, ...CHANGES, { bodyHash: fill(32, 1) }];
    const ids = all.map((one) => toHex(messageIdOf(FAMILY, encodeHeader({ ...HEADER, ...one }))));
    expect(new Set(ids).size).toBe(ids.length);
    expect(bodyHashOf(FAMILY, Uint8Array.of(1))).toEqual(hashOf("body", FAMILY, Uint8Array.of(1)));
  });

  test("[GH2] another version or suite is refused", () => {
    expect(faultOf({})).toBe("accepted");
    expect([faultOf({ version: 2 }), faultOf({ version: 0 })]).toEqual([
      "unknown version",
      "unknown version",
    ]);
    expect(faultOf({ suite: 2 })).toBe("unknown suite");
  });

  test("[GH3] recipients are sorted and unique, 0 to 64 of them", () => {
    const some = (...values: readonly number[]): Header["recipients"] =>
      values.map((value) => ({ device: fill(16, value), keyNumber: 0 }));
    const many = Array.from({ length: RECIPIENTS_MAX + 1 }, (_, index) => index);
    expect(faultOf({ recipients: some() })).toBe("accepted");
    expect(faultOf({ recipients: some(...many.slice(0, RECIPIENTS_MAX)) })).toBe("accepted");
    expect(faultOf({ recipients: some(2, 1) })).toBe("recipients unsorted or repeated");
    expect(faultOf({ recipients: some(1, 3, 3) })).toBe("recipients unsorted or repeated");
    expect(() => encodeHeader({ ...HEADER, recipients: some(...many) })).toThrow("items");
    expect(compareBytes(fill(16, 1), fill(16, 2))).toBeLessThan(0);
  });

  test("[GH4] kinds keep to their streams; numbers to their bounds", () => {
    expect(faultOf({ kind: "presence", stream: 1 })).toBe("accepted");
    expect(faultOf({ kind: "presence", stream: 0 })).toBe("kind on wrong stream");
    expect(faultOf({ kind: "direct", stream: 1 })).toBe("kind on wrong stream");
    expect(faultOf({ kind: "secret-share", stream: 31 })).toBe("kind on wrong stream");
    expect(faultOf({ stream: 28 })).toBe("accepted");
    expect(() => encodeHeader({ ...HEADER, stream: 32 })).toThrow("integer");
    expect(() => encodeHeader({ ...HEADER, seq: 0 })).toThrow("integer");
    expect(() => encodeHeader({ ...HEADER, seq: 2 ** 40 + 1 })).toThrow("integer");
    expect(() => encodeHeader({ ...HEADER, clock: { ms: 0, counter: 65_536 } })).toThrow();
  });

  test("[GH5] direct messages and refills are for one member", () => {
    const family = { type: "family" } as const;
    expect(faultOf({ audience: family })).toBe("audience");
    expect(faultOf({ kind: "refill", audience: family })).toBe("audience");
    expect(faultOf({ kind: "secret-share", audience: family })).toBe("accepted");
    expect(faultOf({ kind: "presence", stream: 1, audience: family })).toBe("accepted");
  });

  test("[GH5] a group's message is for a group or the family, a share of the secret for no group", () => {
    const family = { type: "family" } as const;
    const group = { type: "group", group: fill(16, 7) } as const;
    expect(faultOf({ kind: "group", audience: family })).toBe("accepted");
    expect(faultOf({ kind: "group", audience: group })).toBe("accepted");
    expect(faultOf({ kind: "group", audience: MEMBER })).toBe("audience");
    for (const kind of ["direct", "refill", "secret-share"] as const) {
      expect(faultOf({ kind, audience: group })).toBe("audience");
    }
    for (const kind of ["edit", "delete", "reaction", "receipt"] as const) {
      for (const audience of [family, group, MEMBER])
        expect(faultOf({ kind, audience })).toBe("accepted");
      expect(faultOf({ kind, stream: 1 })).toBe("kind on wrong stream");
    }
  });

  test("[GH5] what hands keys over again is for the family as a whole, in the durable stream", () => {
    const family = { type: "family" } as const;
    const group = { type: "group", group: fill(16, 7) } as const;
    const kind = "rewrap";
    expect(faultOf({ kind, audience: family })).toBe("accepted");
    for (const audience of [group, MEMBER]) expect(faultOf({ kind, audience })).toBe("audience");
    expect(faultOf({ kind, audience: family, stream: 1 })).toBe("kind on wrong stream");
    expect(faultOf({ kind, audience: family, stream: 30 })).toBe("kind on wrong stream");
    expect(KINDS.indexOf(kind)).toBe(14);
  });

  test("[GH3] a header for a group of 64 devices fits its limit", () => {
    const recipients = Array.from({ length: RECIPIENTS_MAX }, (_, value) => ({
      device: fill(16, value),
      keyNumber: 2 ** 32,
    }));
    const audience = { type: "group", group: fill(16, 7) } as const;
    expect(faultOf({ kind: "group", audience, recipients })).toBe("accepted");
  });

  test("[GH6] the associated data is everything but the body's hash and length", () => {
    const own = toHex(associatedData(HEADER));
    const other = { ...HEADER, bodyHash: fill(32, 1), bodyBytes: 7 } as Header;
    expect(toHex(associatedData(other))).toBe(own);
    const others = CHANGES.map((one) => toHex(associatedData({ ...HEADER, ...one })));
    expect(new Set([own, ...others]).size).toBe(CHANGES.length + 1);
  });
});

describe("payloads", () => {
  const text = (value: string): Payload => ({
    type: "text",
    text: value,
    replyTo: null,
    parents: [],
  });

  test("[PL1] a text has 1 to 32768 bytes, however few characters those are", () => {
    const family = "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}\u200d\u{1f466}";
    const bytes = new TextEncoder().encode(family).length;
    const most = family.repeat(Math.floor(TEXT_BYTES_MAX / bytes));
    const full = most + "x".repeat(TEXT_BYTES_MAX - bytes * Math.floor(TEXT_BYTES_MAX / bytes));
    expect(decodePayload(encodePayload(text(full)))).toEqual({ ok: true, value: text(full) });
    expect(() => encodePayload(text(`${full}x`))).toThrow("bytes of text");
    expect(() => encodePayload(text(""))).toThrow("bytes of text");
  });

  test("[PL1] parents and keys have their bounds", () => {
    const parents = Array.from({ length: 5 }, () => fill(16, 1));
    expect(() => encodePayload({ ...text("a"), parents } as Payload)).toThrow("items");
    const key = { message: fill(16, 1), contentKey: fill(32, 1) };
    const keys = Array.from({ length: REFILL_KEYS_MAX + 1 }, () => key);
    expect(() => encodePayload({ type: "refill", keys })).toThrow("items");
    expect(() => encodePayload({ type: "refill", keys: [] })).toThrow("items");
  });

  test("[PL2] every payload comes back as it was, what a person pastes included", () => {
    for (const value of ["\ufeffpasted", "a\u0000b", "\u202eabc", "Zoe\u0308", "<img onerror>"]) {
      expect(decodePayload(encodePayload(text(value)))).toEqual({ ok: true, value: text(value) });
    }
    expect(decodePayload(Uint8Array.of(0x82, 9, 0x80))).toMatchObject({ reason: "shape" });
  });

  test("[PL2] an edit, a delete, a reaction and a receipt come back as they were", () => {
    const target = fill(16, 1);
    const all: readonly Payload[] = [
      { type: "edit", target, text: "better" },
      { type: "delete", target },
      { type: "reaction", target, emoji: "❤️" },
      { type: "receipt", upTo: { ms: 5, counter: 6 } },
    ];
    for (const one of all)
      expect(decodePayload(encodePayload(one))).toEqual({ ok: true, value: one });
  });

  test("[PL3] an edit is a text, a reaction has 64 bytes at most or none", () => {
    const target = fill(16, 1);
    expect(() => encodePayload({ type: "edit", target, text: "" })).toThrow("bytes of text");
    const long = "x".repeat(TEXT_BYTES_MAX + 1);
    expect(() => encodePayload({ type: "edit", target, text: long })).toThrow("bytes of text");
    const react = (emoji: string): Payload => ({ type: "reaction", target, emoji });
    const none = react("");
    expect(decodePayload(encodePayload(none))).toEqual({ ok: true, value: none });
    expect(encodePayload(react("x".repeat(64)))).toBeInstanceOf(Uint8Array);
    expect(() => encodePayload(react("x".repeat(65)))).toThrow("bytes of text");
  });
});
