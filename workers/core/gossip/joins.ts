/**
 * Who has come into a group before the ledger says so. A message in a group carries the signed changes
 * that put its author or its readers there, and is judged by the rules that it cites with those changes
 * made: so its verdict stays a function of the message, its stream and the ledger. A change counts as far
 * as a block on that height could have it, for a week, and never beside what a block has taken back since.
 * SPEC GJ1..GJ7. Source: DESIGN §5 (escalation: joins do not need the ledger), ADR 32.
 */
import { isSameBytes } from "../codec/cbor.ts";
import {
  compareBytes,
  type DeviceId,
  type MemberId,
  type Signature,
  type TransactionId,
} from "../codec/ids.ts";
import { bytes, list, struct, type Shaped } from "../codec/shape.ts";
import { authorFault } from "../ledger/authority.ts";
import type { Actor } from "../ledger/execution.ts";
import { isFit } from "../ledger/group-fit.ts";
import { isOutdated } from "../ledger/group-rules.ts";
import { EXPIRY_HEIGHTS_MAX, GROUP_MEMBERS_MAX, OWN_END_SLACK_MS } from "../ledger/limits.ts";
import { groupAt, has, memberAt, membersOfGroup, type Moment } from "../ledger/relations.ts";
import type { Group } from "../ledger/rule-book.ts";
import { findDevice, withEntry, type LedgerState } from "../ledger/state.ts";
import {
  decodeTransaction,
  transactionIdOf,
  type SignedTransaction,
  type Transaction,
  type VerifiedTransaction,
} from "../ledger/transaction.ts";
import { FUTURE_ACCEPT_MS, JOIN_BYTES_MAX, JOIN_LIFE_MS, JOINS_MAX } from "./limits.ts";

const join = struct({
  /** A transaction that puts one member into the group of the message. */
  transaction: bytes(1, JOIN_BYTES_MAX),
  signature: bytes<Signature>(64),
});
/** A signed change, as a message carries it. */
export type Join = Shaped<typeof join>;
export const joinsShape = list(join, JOINS_MAX);

type Adding = Extract<Transaction["body"], { readonly type: "group-member-added" }>;

/** A change that was read. */
export interface ReadJoin {
  readonly content: Transaction;
  readonly body: Adding;
  readonly signed: SignedTransaction;
}

/** The same with the id that the ledger knows it by. */
interface SignedJoin extends ReadJoin {
  readonly id: TransactionId;
}

/** What of a header says who is in its conversation. */
export interface Carrying {
  readonly audience:
    | { readonly type: "group"; readonly group: Uint8Array }
    | { readonly type: "member" | "family" };
  readonly joins: readonly Join[];
  readonly height: number;
}

/** For what a change is asked: a message that cites that height, said at that time. */
interface Occasion {
  readonly height: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

/** The change that it is; null for bytes that are no such change. */
export function readJoin({ transaction, signature }: Join): ReadJoin | null {
  const decoded = decodeTransaction(transaction);
  if (!decoded.ok || decoded.value.body.type !== "group-member-added") return null;
  const { value } = decoded;
  return {
    content: value,
    body: decoded.value.body,
    signed: { bytes: transaction, signature, proofs: [] },
  };
}

/** A change as a message carries it. */
export function joinOf({ signed }: Pick<VerifiedTransaction, "signed">): Join {
  return { transaction: signed.bytes, signature: signed.signature };
}

/** What a header alone shows to be wrong with what it carries; null for nothing. */
export function joinsFault({
  audience,
  joins,
}: Pick<Carrying, "audience" | "joins">): string | null {
  if (joins.length === 0) return null;
  if (audience.type !== "group") return "joins without a group";
  let before: MemberId | null = null;
  for (const one of joins) {
    const read = readJoin(one);
    if (read === null) return "no join";
    if (!isSameBytes(read.body.group, audience.group)) return "join of another group";
    if (before !== null && compareBytes(before, read.body.member) >= 0) {
      return "joins unsorted or repeated";
    }
    before = read.body.member;
  }
  return null;
}

/**
 * The rules that a header cites, with the changes made that it carries and that count there, the earliest
 * first: as who wrote it made them, whatever else that one had (more people never let more in).
 * @param time when it was said, milliseconds since the epoch
 */
export function citedWith(
  state: LedgerState,
  { joins, height }: Pick<Carrying, "joins" | "height">,
  time: number,
): LedgerState {
  if (joins.length === 0) return state;
  let joined = state;
  for (const one of inOrder(
    state,
    joins.flatMap((join) => readJoin(join) ?? []),
  )) {
    joined = joinedBy(joined, one, { height, time }) ?? joined;
  }
  return joined;
}

function inOrder({ family }: LedgerState, some: readonly ReadJoin[]): readonly SignedJoin[] {
  return some
    .map((one) => ({ ...one, id: transactionIdOf(family, one.signed.bytes) }))
    .sort((a, b) => a.content.time - b.content.time || compareBytes(a.id, b.id));
}

/**
 * Whether the change could be in the next block on this state, and the groups as it makes them; null where
 * it counts for nothing. By what a state that was read out of a later one says alike (`stateAsOf`): so all
 * by height, nothing by what was executed.
 */
function joinedBy(
  state: LedgerState,
  { content, body, id: whole }: SignedJoin,
  { height, time }: Occasion,
): LedgerState | null {
  const isInItsWeek =
    time <= content.time + JOIN_LIFE_MS && content.time <= time + OWN_END_SLACK_MS;
  const { expiresHeight } = content;
  const isOpen =
    expiresHeight > state.height && expiresHeight <= state.height + 1 + EXPIRY_HEIGHTS_MAX;
  if (!isInItsWeek || !isOpen) return null;
  return broughtBy({ state, height: state.height, time }, { content, body, id: whole }, height);
}

/** The groups with whom the change brings at that moment; null where it brings nobody. */
function broughtBy(
  moment: Moment,
  { content, body, id: whole }: Pick<SignedJoin, "content" | "body" | "id">,
  cited: number,
): LedgerState | null {
  const { state, height } = moment;
  const { member } = body;
  const id = whole.subarray(0, RULE_ID_BYTES);
  const group = groupAt(moment, body.group);
  const actor = actorOf(moment, content.author, id, cited);
  if (group === null || actor === null || memberAt(moment, member) === null) return null;
  // What a block has done already it does not do again: else nobody could be taken out.
  const isDone = isWritten(group, id, height) || isOutdated(group, member, content.time, height);
  const ids = membersOfGroup(moment, group);
  if (isDone || has(ids, member) || ids.length >= GROUP_MEMBERS_MAX) return null;
  if (!isFit(moment, group.kind, [...ids, member])) return null;
  if (authorFault(state, body, actor) !== null) return null;
  return withMember(state, group, { member, via: id, signedAt: content.time, from: height });
}

/** Who signed it, where the cited height knows that device and it was not taken out by then. */
function actorOf(
  { state, height, time }: Moment,
  device: DeviceId,
  id: Uint8Array,
  cited: number,
): Actor | null {
  const author = findDevice(state, device);
  // Who verified the signature knew of nobody that came later.
  if (author === null || author.registeredAt > cited) return null;
  if (author.revoked !== null && author.revoked.height <= height) return null;
  const member = memberAt({ state, height, time }, author.member);
  const { closedAt } = state.rules;
  if (member === null || (closedAt !== null && closedAt <= height)) return null;
  const context = { height, time, parent: NO_PARENT, rulesKnown: state.rulesVersion };
  return { id, author, member, signedAt: time, context };
}

function withMember(
  state: LedgerState,
  group: Group,
  entry: Omit<Group["members"][number], "ended">,
): LedgerState {
  const members = [...group.members, { ...entry, ended: null }];
  const groups = withEntry(state.rules.groups, { ...group, members });
  return { ...state, rules: { ...state.rules, groups } };
}

/** A change of a group asks for no parent. */
const NO_PARENT = new Uint8Array(32);
const RULE_ID_BYTES = 16;

/**
 * The rules as an app acts on them: every change of these made that counts on them for a message of now,
 * the earliest first, as many for a group as a message may carry, and without whom others of them take
 * out, which needs no verdict; and the changes that bring somebody. Of what contradicts itself what was
 * signed last counts, as in a block.
 */
export function headWith(
  state: LedgerState,
  pending: readonly VerifiedTransaction[],
  now: number,
): { readonly state: LedgerState; readonly joins: readonly ReadJoin[] } {
  let joined = state;
  const joins: ReadJoin[] = [];
  const short = pending.filter(({ signed }) => signed.bytes.length <= JOIN_BYTES_MAX);
  const all = inOrder(
    state,
    short.flatMap((each) => readJoin(joinOf(each)) ?? []),
  );
  for (const one of all) {
    const isHere = ({ body }: ReadJoin): boolean => isSameBytes(body.group, one.body.group);
    if (joins.filter(isHere).length >= JOINS_MAX) continue;
    // A message may be dated so far ahead of its author's clock.
    const isLasting = now + FUTURE_ACCEPT_MS <= one.content.time + JOIN_LIFE_MS;
    const after = isLasting ? joinedBy(joined, one, { height: state.height, time: now }) : null;
    if (after === null) continue;
    joined = after;
    joins.push(one);
  }
  const without = withoutGoing(joined, all, pending);
  const isStill = ({ body }: ReadJoin): boolean => has(membersAt(without, body.group), body.member);
  return { state: without, joins: joins.filter(isStill) };
}

function withoutGoing(
  state: LedgerState,
  coming: readonly ReadJoin[],
  pending: readonly VerifiedTransaction[],
): LedgerState {
  const going = pending.flatMap(({ content: { body, time } }) =>
    body.type === "group-member-removed" ? [{ body, time }] : [],
  );
  if (going.length === 0) return state;
  const isSame = (
    a: Adding,
    b: { readonly group: Uint8Array; readonly member: MemberId },
  ): boolean => isSameBytes(a.group, b.group) && isSameBytes(a.member, b.member);
  const groups = state.rules.groups.map((group) => ({
    ...group,
    members: group.members.map((one) => {
      const stay = { group: group.id, member: one.member };
      const asked = coming
        .filter(({ body }) => isSame(body, stay))
        .map(({ content }) => content.time);
      const since = Math.max(one.signedAt, ...asked);
      const last = going.find(
        ({ body, time }) =>
          isSameBytes(body.group, group.id) &&
          isSameBytes(body.member, one.member) &&
          time >= since,
      );
      if (one.ended !== null || last === undefined) return one;
      return { ...one, ended: { height: state.height, time: state.time, signedAt: last.time } };
    }),
  }));
  return { ...state, rules: { ...state.rules, groups } };
}

/** Of these changes what a message in a group carries: those of the people whom it is from and for. */
export function joinsFor(
  joins: readonly ReadJoin[],
  group: Uint8Array,
  people: readonly MemberId[],
): readonly Join[] {
  return joins
    .filter(({ body }) => isSameBytes(body.group, group) && has(people, body.member))
    .toSorted((a, b) => compareBytes(a.body.member, b.body.member))
    .map(joinOf);
}

/**
 * The head's rules as they stood at a later height, for a message that cites an earlier one with changes
 * that count there. Where a block had one by then, the head says itself who is in the group; else whom it
 * brings is in it still, if a block at that height could have brought it: who signed may do so then, and
 * the group is there and fit for it.
 * @param cited the rules that the header cites, without what it carries
 */
export function laterWith(later: Moment, header: Carrying, cited: LedgerState): Moment {
  const { joins, audience, height } = header;
  if (joins.length === 0 || audience.type !== "group") return later;
  const before = membersAt(cited, audience.group);
  const counted = membersAt(citedWith(cited, header, later.time), audience.group);
  let { state } = later;
  for (const one of inOrder(
    state,
    joins.flatMap((each) => readJoin(each) ?? []),
  )) {
    const { member } = one.body;
    if (has(before, member) || !has(counted, member)) continue;
    state = broughtBy({ ...later, state }, one, height) ?? state;
  }
  return { ...later, state };
}

/** Whether a block up to that height has done it. */
function isWritten(group: Group, id: Uint8Array, height: number): boolean {
  return group.members.some((one) => one.from <= height && isSameBytes(one.via, id));
}

/** What becomes of a change that a header carries. */
export interface Carried {
  /** Whom it is from and about: what becomes of them touches the message. */
  readonly members: readonly MemberId[];
  /** When the device was taken out that signed it; null while it was not. */
  readonly goneAt: number | null;
  /** From when a block has it; null where none has. */
  readonly writtenAt: number | null;
}

/** The same of all that it carries, by the head. */
export function carriedBy(
  head: LedgerState,
  { joins }: Pick<Carrying, "joins">,
): readonly Carried[] {
  return inOrder(
    head,
    joins.flatMap((one) => readJoin(one) ?? []),
  ).map(({ content, body, id }) => {
    const signer = findDevice(head, content.author);
    const written = head.rules.groups
      .find((one) => isSameBytes(one.id, body.group))
      ?.members.find(({ via }) => isSameBytes(via, id.subarray(0, RULE_ID_BYTES)));
    return {
      members: signer === null ? [body.member] : [body.member, signer.member],
      goneAt: signer?.revoked?.height ?? null,
      writtenAt: written?.from ?? null,
    };
  });
}

function membersAt(state: LedgerState, id: Uint8Array): readonly MemberId[] {
  const moment = { state, height: state.height, time: state.time };
  const group = groupAt(moment, id);
  return group === null ? [] : membersOfGroup(moment, group);
}
