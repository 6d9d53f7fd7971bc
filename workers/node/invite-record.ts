/**
 * An invite on the inviter's side, as a record with pure transitions: it survives a reload at every
 * step. Who may do what next is decided here; frames and ledger are the node's. SPEC IN1 to IN5, IN12, IN13, IN15.
 * Source: DESIGN §7.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import { encryptionKey, memberId, signingKey, transactionId } from "../core/codec/ids.ts";
import type { FamilyId, InviteId, SigningKey } from "../core/codec/ids.ts";
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
import type { Signature } from "../core/codec/ids.ts";
import { roleShape, type JoinRequest } from "../core/ledger/transaction.ts";
import { comparisonCodeOf, isJoinCommitment } from "../crypto/comparison-code.ts";
import { nameHashOf } from "./blobs.ts";

export const INVITE_STEPS = [
  "waiting",
  "opened",
  "comparing",
  "compared",
  "committing",
  "done",
  "burned",
  "expired",
  "revoked",
] as const;

const revealed = struct({
  nonce: bytes(32),
  encryptionKey,
  name: text(64, 1),
  nameSalt: bytes(16),
  inviteProof: bytes<Signature>(64),
  deviceProof: bytes<Signature>(64),
});
export type Revealed = Shaped<typeof revealed>;

const newcomer = struct({
  deviceKey: signingKey,
  commitment: bytes(32),
  /** My answer to the commitment; the same after a reload. */
  myNonce: bytes(32),
  revealed: option(revealed),
});

const recordShape = struct({
  secret: bytes(16),
  inviteKey: signingKey,
  role: roleShape,
  member: option(memberId),
  expiresAt: uint(),
  link: text(2048),
  step: oneOf(INVITE_STEPS),
  why: oneOf(["none", "differ", "bad-reveal", "second-person", "refused"]),
  newcomer: option(newcomer),
  approval: option(transactionId),
  /** The newcomer's device has met the family: nobody has to listen for it any more. */
  isSeen: uint(1),
  /** The inviter has put it away: not shown any more, still listened for until it is seen. */
  isDismissed: uint(1),
  servers: list(text(256), 4),
});
export type InviteRecord = Shaped<typeof recordShape>;

export function encodeInviteRecord(record: InviteRecord): Uint8Array {
  return encodeWith(recordShape, record);
}

export function decodeInviteRecord(recordBytes: Uint8Array): InviteRecord | null {
  const decoded = decodeWith(recordShape, recordBytes, 8 * 1024);
  return decoded.ok ? decoded.value : null;
}

/** Steps in which a newcomer may still act. */
export function isLive(record: InviteRecord): boolean {
  return record.step === "waiting" || record.step === "opened" || record.step === "comparing";
}

/**
 * Whether the inviter's device has to listen on the invite's topic: while somebody may still come in
 * by it, and until its time is over to tell a latecomer that nobody can.
 */
export function isListening(record: InviteRecord, now: number): boolean {
  if (now <= record.expiresAt) return true;
  if (isLive(record) || record.step === "compared" || record.step === "committing") return true;
  return record.step === "done" && record.isSeen === 0;
}

/** Time passes: what nobody has used in time is over. */
export function expire(record: InviteRecord, now: number): InviteRecord {
  return isLive(record) && now > record.expiresAt ? { ...record, step: "expired" } : record;
}

/** A newcomer commits. A second device at once burns the invite: somebody else has the link. */
export function commit(
  record: InviteRecord,
  deviceKey: SigningKey,
  commitment: Uint8Array,
  nonce: Uint8Array,
): InviteRecord {
  const known = record.newcomer;
  if (known === null) {
    if (record.step !== "waiting") return record;
    const first = { deviceKey, commitment, myNonce: nonce, revealed: null };
    return { ...record, step: "opened", newcomer: first };
  }
  const isSame =
    isSameBytes(known.deviceKey, deviceKey) && isSameBytes(known.commitment, commitment);
  if (isSame || !(isLive(record) || record.step === "compared")) return record;
  return burn(record, "second-person");
}

/** The newcomer reveals what it had committed to; anything else burns the invite. */
export function reveal(record: InviteRecord, family: FamilyId, opened: Revealed): InviteRecord {
  const { newcomer: known } = record;
  if (record.step !== "opened" || known === null) return record;
  const { nonce, name } = opened;
  const keys = { deviceKey: known.deviceKey, encryptionKey: opened.encryptionKey };
  const isTrue = isJoinCommitment(family, known.commitment, { nonce, keys, name });
  if (!isTrue) return burn(record, "bad-reveal");
  return { ...record, step: "comparing", newcomer: { ...known, revealed: opened } };
}

/** The inviter's verdict on the six digits. */
export function compare(record: InviteRecord, isSame: boolean): InviteRecord {
  if (record.step !== "comparing" && record.step !== "compared") return record;
  return isSame ? { ...record, step: "compared" } : burn(record, "differ");
}

export function burn(record: InviteRecord, why: InviteRecord["why"]): InviteRecord {
  return { ...record, step: "burned", why };
}

/**
 * The newcomer left. With my nonce it knows the code that its own nonce makes, before it reveals it:
 * a second try with this invite would let it choose among codes until one suits.
 */
export function release(record: InviteRecord): InviteRecord {
  if (record.step === "opened") return burn(record, "bad-reveal");
  return record.step === "comparing" || record.step === "compared"
    ? burn(record, "differ")
    : record;
}

/** What the newcomer asked for, as both its keys signed it; null before the reveal. */
export function requestOf(family: FamilyId, record: InviteRecord): JoinRequest | null {
  const known = record.newcomer;
  const opened = known?.revealed ?? null;
  if (known === null || opened === null) return null;
  return {
    inviteKey: record.inviteKey,
    deviceKey: known.deviceKey,
    encryptionKey: opened.encryptionKey,
    nameHash: nameHashOf(family, opened.nameSalt, opened.name),
    role: record.role,
    member: record.member,
  };
}

/** The six digits; null before the reveal. */
export function codeOf(
  family: FamilyId,
  invite: InviteId,
  record: InviteRecord,
  mine: { readonly deviceKey: Uint8Array; readonly encryptionKey: Uint8Array },
): string | null {
  const known = record.newcomer;
  const opened = known?.revealed ?? null;
  if (known === null || opened === null) return null;
  return comparisonCodeOf({
    family,
    inviteId: invite,
    role: record.role,
    newcomer: { deviceKey: known.deviceKey, encryptionKey: opened.encryptionKey },
    inviter: mine,
    newcomerNonce: opened.nonce,
    inviterNonce: known.myNonce,
  });
}
