import { describe, expect, test } from "vitest";
import { deviceIdOf, toHex } from "../codec/ids.ts";
import {
  actorOf,
  FAMILY,
  fill,
  FOUNDER,
  FOUNDING,
  FOUNDING_BODY,
  inviteBody,
  keyOf,
  NOW,
  requestOf,
  signed,
} from "./family-fixture.suite.test.ts";
import { TRANSACTION_BYTES_MAX } from "./limits.ts";
import { RULE_SAMPLES } from "./rule-samples.suite.test.ts";
import {
  actionOf,
  decodeAction,
  decodeTransaction,
  encodeAction,
  encodeJoinRequest,
  encodeTransaction,
  foundingDeviceOf,
  requiredProofs,
  transactionIdOf,
  type Transaction,
} from "./transaction.ts";

const NEWCOMER = actorOf(keyOf(5));
const REQUEST = requestOf(keyOf(3), NEWCOMER, "child", NEWCOMER.member);
const CONTENT = FOUNDING.content;

describe("transactions", () => {
  test("[TX1] every field changes the id; signature and proofs do not", () => {
    const contents: readonly Transaction[] = [
      CONTENT,
      { ...CONTENT, author: fill(16, 1) },
      { ...CONTENT, time: NOW + 1 },
      { ...CONTENT, expiresHeight: 1 },
      { ...CONTENT, salt: fill(16, 1) },
      { ...CONTENT, body: inviteBody(keyOf(3), "child") },
    ];
    const ids = contents.map((one) => toHex(transactionIdOf(FAMILY, encodeTransaction(one))));
    expect(new Set(ids).size).toBe(ids.length);
    expect(FOUNDING.id).toEqual(signed(FOUNDER, FOUNDING_BODY, { expiresHeight: 0, proofs: 3 }).id);
  });

  test("[TX2] another version, and more than the limit, are refused", () => {
    expect(decodeTransaction(encodeTransaction(CONTENT))).toEqual({ ok: true, value: CONTENT });
    expect(decodeTransaction(encodeTransaction({ ...CONTENT, version: 2 }))).toMatchObject({
      reason: "shape",
      detail: "unknown version",
    });
    const cuts = Array.from({ length: 64 }, () => ({ stream: 0, seq: 1, id: fill(16, 1) }));
    const replaced = Array.from({ length: 8 }, () => ({ device: fill(16, 1), cuts }));
    const body = { type: "device-registered", request: REQUEST, replaced } as const;
    const long = encodeTransaction({ ...CONTENT, body });
    expect(long.length).toBeGreaterThan(TRANSACTION_BYTES_MAX);
    expect(decodeTransaction(long)).toMatchObject({ ok: false, reason: "too-large" });
  });

  test("[TX3] founding needs the recovery key over its own bytes", () => {
    expect(requiredProofs(CONTENT)).toEqual([
      {
        key: FOUNDING_BODY.recoveryKey,
        domain: "recovery",
        message: FOUNDING.signed.bytes,
      },
    ]);
  });

  test("[TX4] admitting needs the invite's key, then the newcomer's, over the request", () => {
    const message = encodeJoinRequest(REQUEST);
    const proofs = [
      { key: REQUEST.inviteKey, domain: "join-request", message },
      { key: NEWCOMER.key, domain: "join-request", message },
    ];
    const member = { type: "member-registered", request: REQUEST, name: fill(32, 1) } as const;
    const device = { type: "device-registered", request: REQUEST, replaced: [] } as const;
    expect(requiredProofs({ ...CONTENT, body: member })).toEqual(proofs);
    expect(requiredProofs({ ...CONTENT, body: device })).toEqual(proofs);
  });

  test("[TX4] the request covers every field that is admitted", () => {
    const requests = [
      REQUEST,
      { ...REQUEST, inviteKey: keyOf(4) },
      { ...REQUEST, deviceKey: keyOf(4) },
      { ...REQUEST, encryptionKey: keyOf(4) },
      { ...REQUEST, nameHash: keyOf(4) },
      { ...REQUEST, role: "parent" as const },
      { ...REQUEST, member: null },
    ];
    const encoded = requests.map((one) => toHex(encodeJoinRequest(one)));
    expect(new Set(encoded).size).toBe(encoded.length);
  });

  test("[TX5] nothing else needs a proof", () => {
    const bodies = [
      inviteBody(keyOf(3), "child"),
      { type: "invite-revoked", invite: fill(16, 1) },
      { type: "device-revoked", device: fill(16, 1), reason: "lost", cuts: [] },
    ] as const;
    for (const body of bodies) expect(requiredProofs({ ...CONTENT, body })).toEqual([]);
  });

  test("[TX6] the founding device is the hash of its key", () => {
    expect(foundingDeviceOf(FAMILY, FOUNDING_BODY)).toEqual(deviceIdOf(FAMILY, FOUNDER.key));
  });

  test("[TX7] what a proposal would do comes back as it was, and nothing else is an action", () => {
    for (const body of RULE_SAMPLES) {
      expect(decodeAction(encodeAction(body))).toEqual({ ok: true, value: body });
      expect(actionOf(body)?.type).toBe(body.type === "proposed" ? "family-closed" : body.type);
    }
    expect(decodeAction(fill(9, 1)).ok).toBe(false);
    expect(actionOf({ type: "proposed", action: fill(9, 1) })).toBeNull();
  });

  test("[TX8] a proposal needs the proofs of what it would do, and a recovery key its own", () => {
    const admission = { type: "member-registered", request: REQUEST, name: fill(32, 1) } as const;
    const direct = requiredProofs({ ...CONTENT, body: admission });
    const proposed = { type: "proposed", action: encodeAction(admission) } as const;
    expect(requiredProofs({ ...CONTENT, body: proposed })).toEqual(direct);
    expect(requiredProofs({ ...CONTENT, body: { type: "proposed", action: fill(3, 1) } })).toEqual(
      [],
    );
    const replaced = { type: "recovery-key-replaced", member: fill(16, 1), key: keyOf(9) } as const;
    for (const body of [replaced, { type: "proposed", action: encodeAction(replaced) } as const]) {
      const content = { ...CONTENT, body };
      expect(requiredProofs(content)).toEqual([
        { key: keyOf(9), domain: "recovery", message: encodeTransaction(content) },
      ]);
    }
  });
});
