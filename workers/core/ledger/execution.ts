/**
 * What every kind of transaction is executed with and answers: who acts, in which block, and the
 * refusals by name. Knows no kind. SPEC EX1..EX19, NR1 to NR4. Source: DESIGN §4.
 */
import { toHex } from "../codec/ids.ts";
import type { BlockHash, DeviceId, Hex, MemberId } from "../codec/ids.ts";
import { NARROWINGS_MAX, OWN_ROOM, TOUCHED_MAX } from "./limits.ts";
import type { Moment } from "./relations.ts";
import { roomFault } from "./room.ts";
import type { Group, RuleBook } from "./rule-book.ts";
import { findDevice, withEntry, type Device, type LedgerState, type Member } from "./state.ts";
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
  | "full"
  | RuleRefusal;

/** The same of what makes and unmakes a family's rules. */
export type RuleRefusal =
  | "not-permitted"
  | "needs-decision"
  | "needs-no-decision"
  | "new-device"
  | "not-proposable"
  | "family-closed"
  | "too-many-today"
  | "too-many-rules"
  | "too-many-proposals"
  | "rules-moved"
  | "bad-role"
  | "last-parent"
  | "already-left"
  | "unknown-group"
  | "unfit-for-group"
  | "already-in-group"
  | "not-in-group"
  | "outdated"
  | "unknown-rule"
  | "not-grantable"
  | "not-deniable"
  | "bad-time"
  | "no-zone"
  | "bad-zone"
  | "not-a-child"
  | "bad-guardian"
  | "bad-confidant"
  | "unknown-rules-version"
  | "other-secret-epoch"
  | "repeated-key"
  | "repeated-decision"
  | "repeated-emergency"
  | "unknown-emergency"
  | "repeated-violation"
  | "unknown-proposal"
  | "repeated-proposal"
  | "proposal-expired"
  | "not-concerned"
  | "already-said"
  | "not-yet";

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
  /** The newest rules that whoever executes knows. */
  readonly rulesKnown: number;
}

export interface Actor {
  /** Of whatever the transaction makes: first 16 bytes of its id, or of its proposal's. */
  readonly id: Uint8Array;
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

/** The rules at the block that executes, at its time: never by a clock that the author chose. */
export function momentOf(state: LedgerState, { context }: Actor): Moment {
  return { state, height: context.height, time: context.time };
}

/** The mark of a rule that ends in this block. */
export function endedIn({ context }: Actor): { readonly height: number; readonly time: number } {
  return { height: context.height, time: context.time };
}

/** The mark of who is in a group no more: what was asked for before does not bring it back. */
export function goneIn(actor: Actor): NonNullable<Group["members"][number]["ended"]> {
  return { ...endedIn(actor), signedAt: actor.signedAt };
}

/** The state with part of its rule book replaced. */
export function withBook(state: LedgerState, change: Partial<RuleBook>): Execution {
  return accept({ ...state, rules: { ...state.rules, ...change } });
}

/**
 * Writes down that devices of these members may do less from here on; no members: of the family. Refused
 * where its author has made too many: an earlier one that made room would let pass what it refuses.
 */
export function narrow(
  state: LedgerState,
  actor: Actor,
  members: readonly MemberId[],
  cuts: RuleBook["narrowings"][number]["cuts"],
): Execution {
  const { height, time } = actor.context;
  const { narrowings } = state.rules;
  const room = roomFault(narrowings, NARROWINGS_MAX, actor.member.id, OWN_ROOM);
  if (room !== null) return refuse(room);
  const touched = members.length > TOUCHED_MAX ? [] : members;
  const entry = { id: actor.id, height, time, by: actor.member.id, members: touched, cuts };
  return withBook(state, { narrowings: withEntry(narrowings, entry) });
}

export function accept(state: LedgerState): Execution {
  return { ok: true, state };
}

export function refuse(reason: Refusal): Execution {
  return { ok: false, reason };
}
