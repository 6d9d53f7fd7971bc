/**
 * The family's rules as they stand after a block: one immutable value with a canonical encoding,
 * whose hash is the block's state root. Lists are sorted by id, so the root cannot depend on the
 * order of insertion. Nothing is deleted while retention may still cite it. SPEC LS1..LS5.
 * Source: DESIGN §4.11.
 */
import type { Decoded } from "../codec/cbor.ts";
import { hashOf } from "../codec/hash.ts";
import {
  blobHash,
  compareBytes,
  deviceId,
  encryptionKey,
  familyId,
  hash32,
  inviteId,
  memberId,
  signingKey,
  transactionId,
} from "../codec/ids.ts";
import type { DeviceId, FamilyId, InviteId, MemberId } from "../codec/ids.ts";
import { isSameBytes } from "../codec/cbor.ts";
import { decodeWith, encodeWith, list, option, struct, uint, type Shaped } from "../codec/shape.ts";
import {
  DEVICES_MAX,
  EXECUTED_MAX,
  FORMER_ROLES_MAX,
  INVITES_MAX,
  MEMBERS_MAX,
  REPLICAS_MAX,
  STATE_BYTES_MAX,
} from "./limits.ts";
import { ruleBookShape } from "./rule-book.ts";
import { partHashOf, partsOf, rootOfParts } from "./state-parts.ts";
import { cutsShape, revocationReason, roleShape } from "./transaction.ts";

const member = struct({
  id: memberId,
  role: roleShape,
  name: blobHash,
  /** Height of the block that registered it. */
  registeredAt: uint(),
  /** Member whose device approved it; its own id for the founder. */
  admittedBy: memberId,
  /** Public half of the words that can found the family again; parents only. */
  recoveryKey: option(signingKey),
  /** Roles that it had up to a height, not included, in order. */
  formerRoles: list(
    struct({
      role: roleShape,
      until: uint(),
      /** Time of that block, and the member that changed it. */
      time: uint(),
      by: memberId,
    }),
    FORMER_ROLES_MAX,
  ),
  /** Height of the block by which it left or was removed. */
  leftAt: option(uint()),
});
export type Member = Shaped<typeof member>;

const device = struct({
  id: deviceId,
  member: memberId,
  key: signingKey,
  /** Encryption key number 0. */
  encryptionKey,
  registeredAt: uint(),
  /** Time of the block that registered it: the start of its rate mark. */
  registeredTime: uint(),
  revoked: option(
    struct({
      height: uint(),
      reason: revocationReason,
      cuts: cutsShape,
      /** What its author's clock dates up to here stays, whatever the cuts say; 0: they alone count. */
      staysUntil: uint(),
    }),
  ),
  /** Height of the block that held proof of its two votes; it keeps the rules no more. */
  convictedAt: option(uint()),
});
export type Device = Shaped<typeof device>;

const invite = struct({
  id: inviteId,
  key: signingKey,
  by: deviceId,
  role: roleShape,
  member: option(memberId),
  expiresAt: uint(),
  isUsed: uint(1),
});
export type Invite = Shaped<typeof invite>;

const stateShape = struct({
  rulesVersion: uint(255),
  family: familyId,
  epoch: uint(),
  height: uint(),
  /** Time of the last block, milliseconds since the epoch. */
  time: uint(),
  familyName: blobHash,
  secretEpoch: uint(),
  secretCommitment: hash32,
  retentionDays: uint(365, 1),
  members: list(member, MEMBERS_MAX),
  devices: list(device, DEVICES_MAX),
  invites: list(invite, INVITES_MAX),
  /** In set order; the primary rotates through it. */
  replicas: list(deviceId, REPLICAS_MAX, 1),
  executed: list(struct({ id: transactionId, expiresHeight: uint() }), EXECUTED_MAX),
  rules: ruleBookShape,
});
export type LedgerState = Shaped<typeof stateShape>;

/**
 * The newest rules that this build knows. Rules of every version up to it stay in the code; a block
 * of a later one is not judged (SPEC LV1).
 */
export const RULES_VERSION = 1;

export function encodeState(state: LedgerState): Uint8Array {
  return encodeWith(stateShape, state);
}

export function decodeState(stateBytes: Uint8Array): Decoded<LedgerState> {
  return decodeWith(stateShape, stateBytes, STATE_BYTES_MAX);
}

/** The state root of the block that led here: 32 bytes. */
export function stateRootOf(state: LedgerState): Uint8Array {
  const { family } = state;
  return rootOfParts(
    family,
    partsOf(encodeState(state)).map((one) => partHashOf(family, one)),
  );
}

/** Hash of a replica set in its order. */
export function replicaSetHash(family: FamilyId, replicas: readonly DeviceId[]): Uint8Array {
  return hashOf("replica-set", family, encodeWith(list(deviceId, REPLICAS_MAX, 1), replicas));
}

export function findMember(state: LedgerState, id: MemberId): Member | null {
  return state.members.find((one) => isSameBytes(one.id, id)) ?? null;
}

export function findDevice(state: LedgerState, id: DeviceId): Device | null {
  return state.devices.find((one) => isSameBytes(one.id, id)) ?? null;
}

export function findInvite(state: LedgerState, id: InviteId): Invite | null {
  return state.invites.find((one) => isSameBytes(one.id, id)) ?? null;
}

/** The device, if it is registered and not revoked. */
export function activeDevice(state: LedgerState, id: DeviceId): Device | null {
  const found = findDevice(state, id);
  return found === null || found.revoked !== null ? null : found;
}

/** Devices of a member that are not revoked. */
export function devicesOf(state: LedgerState, id: MemberId): readonly Device[] {
  return state.devices.filter((one) => one.revoked === null && isSameBytes(one.member, id));
}

/** Adds to a list sorted by id, or replaces the entry with the same id. */
export function withEntry<T extends { readonly id: Uint8Array }>(
  entries: readonly T[],
  entry: T,
): readonly T[] {
  return [...entries.filter((one) => !isSameBytes(one.id, entry.id)), entry].sort((a, b) =>
    compareBytes(a.id, b.id),
  );
}
