/**
 * Families for tests: people with keys that need no arithmetic, transactions taken as verified,
 * and a chain that grows block by block. Signatures are filler, since the core never checks one.
 */
import { compareBytes, deviceIdOf, familyIdOf, memberIdOf } from "../codec/ids.ts";
import type { DeviceId, MemberId, SigningKey } from "../codec/ids.ts";
import { buildBlock, buildFounding, judgeBlock, type Head, type VerifiedBlock } from "./chain.ts";
import { NO_RULES } from "./rule-book.ts";
import { RULES_VERSION, type Device, type LedgerState, type Member } from "./state.ts";
import {
  encodeTransaction,
  transactionIdOf,
  type JoinRequest,
  type Role,
  type TransactionBody,
  type VerifiedTransaction,
} from "./transaction.ts";

export const fill = (length: number, value: number): Uint8Array =>
  new Uint8Array(length).fill(value);

/** 32 bytes that no other number gives. */
export function keyOf(number: number): Uint8Array {
  const key = fill(32, number % 251);
  new DataView(key.buffer).setUint32(0, number);
  return key;
}

/** 2026-11-22 00:00 UTC in milliseconds. */
export const NOW = 1_795_305_600_000;
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const RECOVERY_KEY = keyOf(9_000);
export const FAMILY = familyIdOf(RECOVERY_KEY);

/** A device with its key; the person it belongs to is `member`. */
export interface Actor {
  readonly key: SigningKey;
  readonly device: DeviceId;
  readonly member: MemberId;
}

/** A person whose first device has this key. */
export function actorOf(key: SigningKey): Actor {
  return { key, device: deviceIdOf(FAMILY, key), member: memberIdOf(FAMILY, key) };
}

/** Another device of the same person. */
export function furtherDevice(actor: Actor, key: SigningKey): Actor {
  return { key, device: deviceIdOf(FAMILY, key), member: actor.member };
}

export const FOUNDER = actorOf(keyOf(1));

export interface SignOptions {
  readonly time?: number;
  readonly expiresHeight?: number;
  readonly salt?: number;
  /** Key that the signature was checked under, where it is not the author's. */
  readonly key?: SigningKey;
  readonly proofs?: number;
}

/** A transaction as node/verify.ts would hand it over. */
export function signed(
  author: Actor,
  body: TransactionBody,
  options: SignOptions = {},
): VerifiedTransaction {
  const content = {
    version: 1,
    author: author.device,
    time: options.time ?? NOW,
    expiresHeight: options.expiresHeight ?? 1_000,
    salt: fill(16, options.salt ?? 0),
    body,
  };
  const bytes = encodeTransaction(content);
  const proofs = Array.from({ length: options.proofs ?? 0 }, () => fill(64, 0x50));
  return {
    id: transactionIdOf(FAMILY, bytes),
    authorKey: options.key ?? author.key,
    content,
    signed: { bytes, signature: fill(64, 0x51), proofs },
  };
}

export const FOUNDING_BODY: Extract<TransactionBody, { type: "family-created" }> = {
  type: "family-created",
  epoch: 0,
  recoveryKey: RECOVERY_KEY,
  deviceKey: FOUNDER.key,
  encryptionKey: keyOf(100),
  familyName: fill(32, 0xf0),
  memberName: fill(32, 0xf1),
  secretCommitment: fill(32, 0xf2),
};

export const FOUNDING = signed(FOUNDER, FOUNDING_BODY, { expiresHeight: 0 });

/** The head of a new family and its founding block. */
export function foundFamily(): { readonly head: Head; readonly verified: VerifiedBlock } {
  const built = buildFounding(FAMILY, FOUNDING);
  if (!built.ok || built.verified === undefined) throw new Error("the fixture's founding is valid");
  return { head: built.head, verified: built.verified };
}

/** The block of these transactions on the head, and the head after it. */
export function grow(
  head: Head,
  transactions: readonly VerifiedTransaction[],
  now: number = NOW,
): { readonly head: Head; readonly verified: VerifiedBlock } {
  const { verified, misfits } = buildBlock(head, transactions, head.primary, now);
  if (verified === null || misfits.length > 0) {
    throw new Error(`a transaction of the fixture does not fit: ${misfits[0]?.reason}`);
  }
  const judged = judgeBlock(head, verified);
  if (!judged.ok)
    throw new Error(`the fixture's block is invalid: ${JSON.stringify(judged.fault)}`);
  return { head: judged.head, verified };
}

export const inviteBody = (
  inviteKey: SigningKey,
  role: Role,
  expiresAt: number = NOW + HOUR,
  member: MemberId | null = null,
): TransactionBody => ({ type: "invite-created", inviteKey, role, member, expiresAt });

export const requestOf = (
  inviteKey: SigningKey,
  newcomer: Actor,
  role: Role,
  member: MemberId | null = null,
): JoinRequest => ({
  inviteKey,
  deviceKey: newcomer.key,
  encryptionKey: keyOf(101),
  nameHash: fill(32, 0xf3),
  role,
  member,
});

/** Admits a person: the transactions of inviting and of approving, on the head. */
export function admitted(
  head: Head,
  by: Actor,
  newcomer: Actor,
  role: Role,
  now: number = NOW,
): Head {
  const inviteKey = keyOf(50_000 + head.state.height);
  const invited = grow(
    head,
    [signed(by, inviteBody(inviteKey, role, now + HOUR), { time: now })],
    now,
  ).head;
  const request = requestOf(inviteKey, newcomer, role);
  const body: TransactionBody = { type: "member-registered", request, name: fill(32, 0xf4) };
  return grow(invited, [signed(by, body, { time: now })], now).head;
}

export interface Person {
  readonly actor: Actor;
  readonly role: Role;
  readonly admittedBy?: Actor;
  readonly isReplica?: boolean;
}

/** A state put together by hand, height and time given: for what no transaction can do yet. */
export function stateOf(
  people: readonly Person[],
  height: number = 5,
  time: number = NOW,
): LedgerState {
  const members: Member[] = people.map(({ actor, role, admittedBy }) => ({
    id: actor.member,
    role,
    name: fill(32, 0xf4),
    registeredAt: 0,
    admittedBy: (admittedBy ?? actor).member,
    recoveryKey: null,
    formerRoles: [],
    leftAt: null,
  }));
  const devices: Device[] = people.map(({ actor }) => deviceEntry(actor));
  return {
    rulesVersion: RULES_VERSION,
    family: FAMILY,
    epoch: 0,
    height,
    time,
    familyName: fill(32, 0xf0),
    secretEpoch: 1,
    secretCommitment: fill(32, 0xf2),
    retentionDays: 30,
    members: members.sort((a, b) => compareBytes(a.id, b.id)),
    devices: devices.sort((a, b) => compareBytes(a.id, b.id)),
    invites: [],
    replicas: people.filter((one) => one.isReplica === true).map((one) => one.actor.device),
    executed: [],
    rules: NO_RULES,
  };
}

export function deviceEntry(actor: Actor, registeredTime: number = NOW - DAY): Device {
  return {
    id: actor.device,
    member: actor.member,
    key: actor.key,
    encryptionKey: keyOf(101),
    registeredAt: 0,
    registeredTime,
    revoked: null,
    convictedAt: null,
  };
}

/** A head on a state made by hand. */
export function headOf(state: LedgerState): Head {
  const [first] = state.replicas;
  if (first === undefined) throw new Error("a head needs a replica");
  return { state, hash: fill(32, 0xb0), primary: first };
}
