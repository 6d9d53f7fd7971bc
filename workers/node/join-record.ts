/**
 * A newcomer's own joining, as a record with pure transitions that survives a reload at every step.
 * The keys are in the profile; this is the conversation with the inviter. SPEC JN1 to JN4, JN10, JN11.
 * Source: DESIGN §7.
 */
import { encryptionKey, memberId, signingKey } from "../core/codec/ids.ts";
import type { FamilyId, InviteId } from "../core/codec/ids.ts";
import {
  bytes,
  decodeWith,
  encodeWith,
  list,
  oneOf,
  option,
  struct,
  text,
  uint,
  type Shaped,
} from "../core/codec/shape.ts";
import { roleShape, type JoinRequest } from "../core/ledger/transaction.ts";
import { comparisonCodeOf, joinCommitmentOf } from "../crypto/comparison-code.ts";
import { nameHashOf } from "./blobs.ts";
import type { Frame } from "./frames.ts";

const answer = struct({
  nonce: bytes(32),
  encryptionKey,
  familyName: text(64),
  inviterName: text(64),
  role: roleShape,
  member: option(memberId),
  expiresAt: uint(),
});

const recordShape = struct({
  secret: bytes(16),
  inviterKey: signingKey,
  inviteKey: signingKey,
  expiresAt: uint(),
  myName: text(64, 1),
  nameSalt: bytes(16),
  nonce: bytes(32),
  answer: option(answer),
  step: oneOf(["connecting", "asking", "comparing", "approved", "receiving", "failed"]),
  why: oneOf([
    "none",
    "differ",
    "burned",
    "expired",
    "revoked",
    "refused",
    "used",
    "wrong-device",
    "bad-reveal",
  ]),
  waitsFor: list(text(64), 8),
});
export type JoinRecord = Shaped<typeof recordShape>;

export function encodeJoinRecord(record: JoinRecord): Uint8Array {
  return encodeWith(recordShape, record);
}

export function decodeJoinRecord(recordBytes: Uint8Array): JoinRecord | null {
  const decoded = decodeWith(recordShape, recordBytes, 8 * 1024);
  return decoded.ok ? decoded.value : null;
}

/** My device's public keys. */
export interface OwnKeys {
  readonly deviceKey: Uint8Array;
  readonly encryptionKey: Uint8Array;
}

export function commitmentOf(family: FamilyId, record: JoinRecord, keys: OwnKeys): Uint8Array {
  return joinCommitmentOf(family, { nonce: record.nonce, keys, name: record.myName });
}

/** The inviter answered; an answer that changes after the first one is a fault. */
export function answered(
  record: JoinRecord,
  frame: Extract<Frame, { type: "join-nonce" }>,
): JoinRecord {
  if (record.step === "failed") return record;
  if (record.answer !== null) return record;
  const { type: _, ...fields } = frame;
  return { ...record, answer: fields, step: "comparing", expiresAt: frame.expiresAt };
}

/** The inviter says how far it is. */
export function progressed(
  record: JoinRecord,
  frame: Extract<Frame, { type: "join-progress" }>,
): JoinRecord {
  if (record.step === "failed") return record;
  const { waitsFor } = frame;
  switch (frame.step) {
    case "comparing":
      return record;
    case "approved":
      return { ...record, step: "approved", waitsFor };
    case "done":
      return { ...record, step: "receiving", waitsFor: [] };
    case "burned":
      return fail(
        record,
        frame.why === "none" || frame.why === "second-person" ? "burned" : frame.why,
      );
    case "expired":
    case "revoked":
    case "refused":
      return fail(record, frame.step);
  }
}

export function fail(record: JoinRecord, why: JoinRecord["why"]): JoinRecord {
  return { ...record, step: "failed", why, waitsFor: [] };
}

/** What I ask for; both keys sign it. Null before the inviter has answered with a role. */
export function requestOf(family: FamilyId, record: JoinRecord, keys: OwnKeys): JoinRequest | null {
  if (record.answer === null) return null;
  return {
    inviteKey: record.inviteKey,
    deviceKey: keys.deviceKey,
    encryptionKey: keys.encryptionKey,
    nameHash: nameHashOf(family, record.nameSalt, record.myName),
    role: record.answer.role,
    member: record.answer.member,
  };
}

export function codeOf(
  family: FamilyId,
  invite: InviteId,
  record: JoinRecord,
  keys: OwnKeys,
): string | null {
  if (record.answer === null) return null;
  return comparisonCodeOf({
    family,
    inviteId: invite,
    role: record.answer.role,
    newcomer: keys,
    inviter: { deviceKey: record.inviterKey, encryptionKey: record.answer.encryptionKey },
    newcomerNonce: record.nonce,
    inviterNonce: record.answer.nonce,
  });
}
