/**
 * What every kind of transaction is executed with and answers: who acts, in which block, and the
 * refusals by name. Knows no kind. SPEC EX1..EX19, NR1 to NR4, BD6, BD7. Source: DESIGN §4.
 */
import { isSameBytes } from "../codec/cbor.ts";
import { compareBytes, toHex } from "../codec/ids.ts";
import type { BlockHash, DeviceId, Hex, MemberId } from "../codec/ids.ts";
import { MEMBER_SHARE, NARROWINGS_MAX, TOUCHED_MAX } from "./limits.ts";
import type { Moment } from "./relations.ts";
import { markOf, type RuleBook } from "./rule-book.ts";
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

/** The state with part of its rule book replaced. */
export function withBook(state: LedgerState, change: Partial<RuleBook>): Execution {
  return accept({ ...state, rules: { ...state.rules, ...change } });
}

/** Writes down that devices of these members may do less from here on; no members: of the family. */
export function narrow(
  state: LedgerState,
  actor: Actor,
  members: readonly MemberId[],
  cuts: RuleBook["narrowings"][number]["cuts"],
): LedgerState {
  const { height, time } = actor.context;
  const touched = members.length > TOUCHED_MAX ? [] : members;
  const entry = { id: actor.id, height, time, by: actor.member.id, members: touched, cuts };
  const before = state.rules.narrowings;
  const kept = withRoomFor(before, NARROWINGS_MAX, (one) => one.height);
  const forgotten = markOf(
    state.rules.forgotten,
    before.filter((one) => !kept.includes(one)),
  );
  const narrowings = withEntry(kept, entry);
  return { ...state, rules: { ...state.rules, narrowings, forgotten } };
}

interface Authored {
  readonly id: Uint8Array;
  readonly by: MemberId;
}

/** How many of a list one member may have made: a quarter, so that no one fills it for the others. */
export function shareOf(max: number): number {
  return Math.floor(max / MEMBER_SHARE);
}

/** Why a list has no room for one more by this author; null where it has. */
export function roomFault(
  entries: readonly Pick<Authored, "by">[],
  max: number,
  { member }: Actor,
): "full" | "too-many-rules" | null {
  const own = entries.filter((one) => isSameBytes(one.by, member.id));
  if (own.length >= shareOf(max)) return "too-many-rules";
  return entries.length >= max ? "full" : null;
}

/**
 * The list with room for one more: where it is full, without the oldest of the member that has made the
 * most of it, so that a flood washes away nothing but itself.
 */
export function withRoomFor<T extends Authored>(
  entries: readonly T[],
  max: number,
  ageOf: (entry: T) => number,
): readonly T[] {
  if (entries.length < max) return entries;
  const counts = new Map<Hex, number>();
  for (const { by } of entries) counts.set(toHex(by), (counts.get(toHex(by)) ?? 0) + 1);
  const countOf = (entry: T): number => counts.get(toHex(entry.by)) ?? 0;
  const [first] = entries.toSorted(
    (a, b) => countOf(b) - countOf(a) || ageOf(a) - ageOf(b) || compareBytes(a.id, b.id),
  );
  return entries.filter((one) => one !== first);
}

export function accept(state: LedgerState): Execution {
  return { ok: true, state };
}

export function refuse(reason: Refusal): Execution {
  return { ok: false, reason };
}
