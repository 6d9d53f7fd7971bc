/** The largest legal value of every structure stays inside its limit of bytes. */
import { PACKED_MAX } from "./packed.ts";
import { describe, expect, test } from "vitest";
import {
  decodeBody,
  decodeHeader,
  encodeBody,
  encodeHeader,
  type Header,
} from "../gossip/header.ts";
import {
  CIPHERTEXT_BYTES_MAX,
  EXCEPTIONS_MAX,
  GAPS_MAX,
  HEADER_BYTES_MAX,
  JOIN_BYTES_MAX,
  JOINS_MAX,
  PADDING_BUCKETS_BYTES,
  RECIPIENTS_MAX,
  REGISTER_GAPS_MAX,
  STREAM_NUMBER_MAX,
  STREAMS_MAX,
  TEXT_BYTES_MAX,
} from "../gossip/limits.ts";
import type { Join } from "../gossip/joins.ts";
import { decodePayload, encodePayload, REFILL_KEYS_MAX } from "../gossip/payload.ts";
import { decodeRegister, encodeRegister } from "../gossip/register.ts";
import { fill, keyOf } from "../ledger/family-fixture.suite.test.ts";
import {
  ACTION_BYTES_MAX,
  BLOCK_BYTES_MAX,
  BLOCK_TRANSACTIONS_MAX,
  CUT_STREAMS_MAX,
  DEVICES_MAX,
  EXECUTED_MAX,
  FORMER_ROLES_MAX,
  INVITES_MAX,
  MEMBERS_MAX,
  PROOFS_MAX,
  REPLICAS_MAX,
  TRANSACTION_BYTES_MAX,
} from "../ledger/limits.ts";
import { LARGEST_BODIES, LARGEST_RULES } from "../ledger/rule-samples.suite.test.ts";
import { decodeState, encodeState } from "../ledger/state.ts";
import {
  decodeSignedTransaction,
  decodeTransaction,
  encodeAction,
  encodeSignedTransaction,
  encodeTransaction,
} from "../ledger/transaction.ts";
import { UINT_MAX } from "./limits.ts";
import { HEADER } from "./wire-samples.suite.test.ts";

const ID = fill(16, 1);
const many = <T>(count: number, make: (index: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const SEQ_MAX = 2 ** 40;
const CUTS = many(CUT_STREAMS_MAX, () => ({ stream: 2 ** 32, seq: SEQ_MAX, id: ID }));

describe("the largest legal values", () => {
  test("[CB11] a header with all its recipients", () => {
    const header: Header = {
      ...HEADER,
      stream: STREAM_NUMBER_MAX - 3,
      seq: SEQ_MAX,
      clock: { ms: UINT_MAX, counter: 65_535 },
      ttlSeconds: 31 * 86_400,
      height: UINT_MAX,
      rateMark: UINT_MAX,
      owed: UINT_MAX,
      recipients: many(RECIPIENTS_MAX, (index) => ({
        device: fill(16, index),
        keyNumber: 2 ** 32,
      })),
    };
    expect(decodeHeader(encodeHeader(header))).toEqual({ ok: true, value: header });
    const group = ID;
    const joins = many(JOINS_MAX, (index): Join => {
      const body = { type: "group-member-added", group, member: fill(16, index) } as const;
      const salt = fill(16, 1);
      const [time, expiresHeight] = [UINT_MAX, UINT_MAX];
      const change = { version: 1, author: ID, time, expiresHeight, salt, body };
      const transaction = encodeTransaction(change);
      expect(transaction.length).toBeLessThanOrEqual(JOIN_BYTES_MAX);
      return { transaction, signature: fill(64, 1) };
    });
    const full: Header = { ...header, kind: "group", audience: { type: "group", group }, joins };
    expect(decodeHeader(encodeHeader(full))).toEqual({ ok: true, value: full });
    // As long as a transaction may be here at all, whatever a later version puts into it.
    const longest = encodeHeader(full).length + JOINS_MAX * (JOIN_BYTES_MAX - 94);
    expect(longest).toBeLessThanOrEqual(HEADER_BYTES_MAX);
  });

  test("[CB11] a body for all recipients of the longest text", () => {
    const body = {
      wraps: many(RECIPIENTS_MAX, () => fill(80, 1)),
      commitment: fill(32, 1),
      nonce: fill(24, 1),
      ciphertext: fill(CIPHERTEXT_BYTES_MAX, 1),
    };
    expect(decodeBody(encodeBody(body)).ok).toBe(true);
  });

  test("[CB11] the longest text with its framing, and the largest refill", () => {
    const text = encodePayload({
      type: "text",
      text: "x".repeat(TEXT_BYTES_MAX),
      replyTo: ID,
      parents: many(4, () => ID),
    });
    const refill = encodePayload({
      type: "refill",
      keys: many(REFILL_KEYS_MAX, () => ({ message: ID, contentKey: fill(32, 1) })),
    });
    for (const payload of [text, refill]) {
      expect(decodePayload(payload).ok).toBe(true);
      // The largest bucket holds it beside four bytes of length.
      expect(payload.length + 4).toBeLessThanOrEqual(PADDING_BUCKETS_BYTES[4]);
    }
  });

  test("[CB11] a register with as much as one device may report", () => {
    const gaps = many(GAPS_MAX, (index) => ({
      from: SEQ_MAX - 3 * (GAPS_MAX - index),
      to: SEQ_MAX - 3 * (GAPS_MAX - index),
    }));
    const register = {
      version: 2,
      device: ID,
      clock: { ms: UINT_MAX, counter: 65_535 },
      height: UINT_MAX,
      lasting: "installed" as const,
      heads: many(16, () => ({ stream: 2 ** 32, seq: SEQ_MAX, id: ID })),
      vector: many(STREAMS_MAX, (index) => ({
        author: ID,
        stream: STREAM_NUMBER_MAX,
        first: SEQ_MAX,
        had: index < REGISTER_GAPS_MAX / GAPS_MAX ? gaps : [],
      })),
      exceptions: many(EXCEPTIONS_MAX, () => ({
        author: ID,
        stream: STREAM_NUMBER_MAX,
        seq: SEQ_MAX,
        what: "undecryptable" as const,
        height: PACKED_MAX,
      })),
    };
    const named = [{ id: ID }];
    const bytes = encodeRegister(register, named);
    expect(decodeRegister(bytes, named)).toEqual({ ok: true, value: register });
  });

  test("[CB11] a revocation that names every stream, and a transaction with all its proofs", () => {
    const revocation = encodeTransaction({
      version: 1,
      author: ID,
      time: UINT_MAX,
      expiresHeight: UINT_MAX,
      salt: ID,
      body: { type: "device-revoked", device: ID, reason: "compromised", cuts: CUTS },
    });
    expect(decodeTransaction(revocation).ok).toBe(true);
    for (const body of LARGEST_BODIES) {
      const content = { version: 1, author: ID, time: UINT_MAX, expiresHeight: UINT_MAX, salt: ID };
      const bytes = encodeTransaction({ ...content, body });
      expect([body.type, decodeTransaction(bytes).ok]).toEqual([body.type, true]);
      const isProposed = body.type === "proposed";
      if (!isProposed) expect(encodeAction(body).length).toBeLessThanOrEqual(ACTION_BYTES_MAX);
    }
    const signed = {
      bytes: fill(TRANSACTION_BYTES_MAX, 1),
      signature: fill(64, 1),
      proofs: many(PROOFS_MAX, () => fill(64, 1)),
    };
    expect(decodeSignedTransaction(encodeSignedTransaction(signed)).ok).toBe(true);
    // A block may be full by bytes before it is full by number.
    expect(BLOCK_TRANSACTIONS_MAX * TRANSACTION_BYTES_MAX).toBeGreaterThan(BLOCK_BYTES_MAX);
  });

  test("[CB11] a state that is full of everything", () => {
    const state = {
      rulesVersion: 255,
      family: keyOf(1),
      epoch: UINT_MAX,
      height: UINT_MAX,
      time: UINT_MAX,
      familyName: keyOf(1),
      secretEpoch: UINT_MAX,
      secretCommitment: keyOf(1),
      retentionDays: 365,
      members: many(MEMBERS_MAX, () => ({
        id: ID,
        role: "contact" as const,
        name: keyOf(1),
        registeredAt: UINT_MAX,
        admittedBy: ID,
        recoveryKey: keyOf(1),
        formerRoles: many(FORMER_ROLES_MAX, () => ({
          role: "contact" as const,
          until: UINT_MAX,
          time: UINT_MAX,
          by: ID,
        })),
        leftAt: UINT_MAX,
      })),
      devices: many(DEVICES_MAX, () => ({
        id: ID,
        member: ID,
        key: keyOf(1),
        encryptionKey: keyOf(1),
        registeredAt: UINT_MAX,
        registeredTime: UINT_MAX,
        revoked: { height: UINT_MAX, reason: "lost" as const, cuts: CUTS, staysUntil: UINT_MAX },
        convictedAt: UINT_MAX,
      })),
      invites: many(INVITES_MAX, () => ({
        id: ID,
        key: keyOf(1),
        by: ID,
        role: "contact" as const,
        member: ID,
        expiresAt: UINT_MAX,
        isUsed: 1,
      })),
      replicas: many(REPLICAS_MAX, () => ID),
      executed: many(EXECUTED_MAX, () => ({ id: keyOf(1), expiresHeight: UINT_MAX })),
      rules: LARGEST_RULES,
    };
    expect(decodeState(encodeState(state)).ok).toBe(true);
  });
});
