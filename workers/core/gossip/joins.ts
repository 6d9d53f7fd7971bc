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
import { GROUP_MEMBERS_MAX } from "../ledger/limits.ts";
import { groupAt, has, memberAt, membersOfGroup, type Moment } from "../ledger/relations.ts";
import { isInForce, type Group } from "../ledger/rule-book.ts";
import { findDevice, withEntry, type LedgerState } from "../ledger/state.ts";
import {
  decodeTransaction,
  transactionIdOf,
  type SignedTransaction,
  type Transaction,
  type VerifiedTransaction,
} from "../ledger/transaction.ts";
import {
  FUTURE_ACCEPT_MS,
  JOIN_AHEAD_MS,
  JOIN_BYTES_MAX,
  JOIN_LIFE_MS,
  JOINS_MAX,
} from "./limits.ts";

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

function inOrder(
  { family }: LedgerState,
  some: readonly ReadJoin[],
): readonly (ReadJoin & { readonly id: TransactionId })[] {
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
  { content, body, id: whole }: ReturnType<typeof inOrder>[number],
  { height, time }: Occasion,
): LedgerState | null {
  const isInItsWeek = time <= content.time + JOIN_LIFE_MS && content.time <= time + JOIN_AHEAD_MS;
  if (!isInItsWeek || content.expiresHeight < state.height) return null;
  const id = whole.subarray(0, RULE_ID_BYTES);
  const moment: Moment = { state, height: state.height, time };
  const group = groupAt(moment, body.group);
  const actor = actorOf(moment, content.author, id, height);
  if (group === null || actor === null || memberAt(moment, body.member) === null) return null;
  // What a block has done already it does not do again: else nobody could be taken out.
  const isDone = group.members.some((one) => one.from <= height && isSameBytes(one.via, id));
  const ids = membersOfGroup(moment, group);
  if (isDone || has(ids, body.member) || ids.length >= GROUP_MEMBERS_MAX) return null;
  if (!isFit(moment, group.kind, [...ids, body.member])) return null;
  if (authorFault(state, body, actor) !== null) return null;
  return withMember(state, group, { member: body.member, via: id, from: state.height });
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
  if (author === null || author.registeredAt > cited || author.revoked !== null) return null;
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
 * The state with every change of these made that counts on it for a message of now, the earliest first,
 * as many for a group as a message may carry; and those that count.
 */
export function headWith(
  state: LedgerState,
  pending: readonly VerifiedTransaction[],
  now: number,
): { readonly state: LedgerState; readonly joins: readonly ReadJoin[] } {
  let joined = state;
  const joins: ReadJoin[] = [];
  const short = pending.filter(({ signed }) => signed.bytes.length <= JOIN_BYTES_MAX);
  for (const one of inOrder(
    state,
    short.flatMap((each) => readJoin(joinOf(each)) ?? []),
  )) {
    const isHere = ({ body }: ReadJoin): boolean => isSameBytes(body.group, one.body.group);
    if (joins.filter(isHere).length >= JOINS_MAX) continue;
    // A message may be dated so far ahead of its author's clock.
    const isLasting = now + FUTURE_ACCEPT_MS <= one.content.time + JOIN_LIFE_MS;
    const after = isLasting ? joinedBy(joined, one, { height: state.height, time: now }) : null;
    if (after === null) continue;
    joined = after;
    joins.push(one);
  }
  return { state: joined, joins };
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
 * that count there: whom they put into the group is in it still, unless a block took it out since or it
 * is no place for it any more.
 * @param cited the rules that the header cites, without what it carries
 */
export function laterWith(later: Moment, header: Carrying, cited: LedgerState): Moment {
  if (header.joins.length === 0 || header.audience.type !== "group") return later;
  const { group: id } = header.audience;
  const counted = citedWith(cited, header, later.time);
  let { state } = later;
  for (const one of header.joins) {
    const member = readJoin(one)?.body.member;
    const group = groupAt({ ...later, state }, id);
    if (member === undefined || group === null) continue;
    const came = membersAt(counted, id);
    if (!has(came, member) || isTakenBack(group, member, header.height, later.height)) continue;
    const moment = { ...later, state };
    const ids = membersOfGroup(moment, group);
    if (has(ids, member) || !isFit(moment, group.kind, [...ids, member])) continue;
    state = withMember(state, group, { member, via: id, from: header.height });
  }
  return { ...later, state };
}

function membersAt(state: LedgerState, id: Uint8Array): readonly MemberId[] {
  const moment = { state, height: state.height, time: state.time };
  const group = groupAt(moment, id);
  return group === null ? [] : membersOfGroup(moment, group);
}

/** Whether a block after the cited height took it out of the group. */
function isTakenBack(group: Group, member: MemberId, cited: number, height: number): boolean {
  return group.members.some(
    (one) =>
      isSameBytes(one.member, member) &&
      !isInForce(one, height) &&
      one.ended !== null &&
      one.ended.height > cited &&
      one.ended.height <= height,
  );
}
