/**
 * What every kind of transaction is executed with and answers: who acts, in which block, and the
 * refusals by name. Knows no kind. SPEC EX1..EX19. Source: DESIGN §4.
 */
import { toHex } from "../codec/ids.ts";
import type { BlockHash, DeviceId, Hex } from "../codec/ids.ts";
import { findDevice, type Device, type LedgerState, type Member } from "./state.ts";
import type { TransactionBody } from "./transaction.ts";

/** Why a transaction cannot happen. */
export type Refusal =
  | "expired"
  | "expiry-too-far"
  | "repeated"
  | "unknown-author"
  | "revoked-author"
  | "wrong-author-key"
  | "not-a-parent"
  | "already-founded"
  | "wrong-family"
  | "too-many-invites"
  | "bad-invite-life"
  | "repeated-invite"
  | "unknown-invite"
  | "invite-used"
  | "invite-expired"
  | "invite-mismatch"
  | "repeated-device"
  | "unknown-member"
  | "unknown-device"
  | "already-revoked"
  | "last-parent-device"
  | "is-replica"
  | "needs-second-parent"
  | "other-parent-block"
  | "not-eligible"
  | "not-a-replica"
  | "last-replica"
  | "other-epoch"
  | "no-conflict"
  | "already-convicted"
  | "one-member-holds-it"
  | "recovery-stands-alone"
  | "not-a-recovery-key"
  | "full";

export type Execution =
  | { readonly ok: true; readonly state: LedgerState }
  | { readonly ok: false; readonly reason: Refusal };

/** Position of the block that executes. */
export interface BlockContext {
  readonly height: number;
  /** The block's time, milliseconds since the epoch. */
  readonly time: number;
  /** Hash of the block before it. */
  readonly parent: BlockHash;
}

export interface Actor {
  /** The device that signed. */
  readonly author: Device;
  readonly member: Member;
  /** Its clock when it signed, milliseconds since the epoch. */
  readonly signedAt: number;
  readonly context: BlockContext;
}

export type BodyOf<Type extends TransactionBody["type"]> = Extract<TransactionBody, { type: Type }>;

/** The member of a device, as hex; null for an unknown device. */
export function ownerOf(state: LedgerState, device: DeviceId): Hex | null {
  const found = findDevice(state, device);
  return found === null ? null : toHex(found.member);
}

export function accept(state: LedgerState): Execution {
  return { ok: true, state };
}

export function refuse(reason: Refusal): Execution {
  return { ok: false, reason };
}
