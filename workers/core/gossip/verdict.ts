/**
 * The verdict on an entry: a function of the message, its stream's earlier entries and the ledger,
 * never of arrival. The chain first (previous id, clock, cited height, rate), then whether the rules of
 * that height are still known, permission by them, then a revocation and each later narrowing that
 * touches author or recipient, from its cut on, and last the quota of bytes.
 * SPEC VD1..VD20, GJ1..GJ7, RQ1, QT1, QT3, MR8, MR9, NR3, NR4, KA16. Source: DESIGN §5.
 */
import { isSameBytes } from "../codec/cbor.ts";
import type { DeviceId, MemberId, MessageId } from "../codec/ids.ts";
import { OWN_END_SLACK_MS, RULES_LAG_MS } from "../ledger/limits.ts";
import type { PermissionRule } from "../ledger/permits.ts";
import { has } from "../ledger/relations.ts";
import { findDevice, type Device, type LedgerState } from "../ledger/state.ts";
import { decidersOf } from "../ledger/deciders.ts";
import { laterFault, membersIn, wordsFault, type AudienceFault } from "./audience.ts";
import {
  compareClock,
  EMERGENCY_KINDS,
  isDurable,
  isForAnyDevice,
  REQUEST_KINDS,
  type Clock,
  type Header,
} from "./header.ts";
import { carriedBy, citedWith, laterWith, type Carried } from "./joins.ts";
import { costOf, isWithinQuota, isWithinRate, markAfter, owedAt, storedAfter } from "./rate.ts";

/** Rules that can refuse an entry; shown to people in words. */
export type RefusalRule =
  | PermissionRule
  | "chain"
  | "clock"
  | "height"
  | "old-rules"
  | "rate"
  | "quota"
  | "fork"
  | "backdated"
  | "author"
  | "recipients"
  | "revoked";

export type Verdict =
  | { readonly type: "accepted" }
  /** A predecessor is missing: kept and passed on, not shown. */
  | { readonly type: "provisional" }
  | { readonly type: "refused"; readonly rule: RefusalRule; readonly height: number };

/** The ledger as a verdict may cite it. */
export interface LedgerView {
  readonly head: LedgerState;
  /** State after the block of that height; the oldest kept one where it is older; null above the head. */
  readonly stateAt: (height: number) => LedgerState | null;
}

/**
 * What an entry leaves behind for its successor. Clock and height are the highest up to here, so a
 * sacrificed entry that is refused for either does not let its successors go back.
 */
export interface Link {
  readonly id: MessageId;
  readonly clock: Clock;
  readonly height: number;
  /** GCRA mark that the recurrence gives, whatever the entry declared. */
  readonly mark: number;
  /** The same of the bytes that its author makes others store. */
  readonly stored: number;
}

/** What stands before an entry: an entry, the start of the stream, or nothing that is known. */
export type Predecessor = Link | "start" | "unknown";

export interface Judged extends Omit<Link, "id"> {
  readonly verdict: Verdict;
  /**
   * What came before it was known: else clock, height and mark are what it says of itself, whatever its
   * verdict, and nothing is judged by them.
   */
  readonly isLinked: boolean;
}

const ACCEPTED: Verdict = { type: "accepted" };
const PROVISIONAL: Verdict = { type: "provisional" };
const NO_ID: MessageId = new Uint8Array(16);

/** Judges an entry whose author is registered and whose cited height is not above the head. */
export function judge(header: Header, before: Predecessor, ledger: LedgerView): Judged {
  const device = findDevice(ledger.head, header.author);
  if (device === null) throw new Error("invariant: an entry is judged only for a known author");
  const { clock, height, rateMark } = header;
  if (before === "unknown") {
    // What it says of itself is judged at once: else who holds back its first entry has no rules.
    const verdict = ownFault(header, device, ledger) ?? PROVISIONAL;
    const stored = clock.ms + header.owed + costOf(header);
    return { verdict, isLinked: false, clock, height, mark: rateMark, stored };
  }
  const markBefore = before === "start" ? device.registeredTime : before.mark;
  const mark = markAfter(markBefore, clock.ms, header.stream);
  const storedBefore = before === "start" ? 0 : before.stored;
  const stored = storedAfter(storedBefore, header);
  const verdict =
    chainFault(header, before, markBefore, mark) ??
    ownFault(header, device, ledger) ??
    quotaFault(header, storedBefore) ??
    ACCEPTED;
  if (before === "start") return { verdict, isLinked: true, clock, height, mark, stored };
  const isLater = compareClock(clock, before.clock) > 0;
  return {
    verdict,
    isLinked: true,
    clock: isLater ? clock : before.clock,
    height: Math.max(height, before.height),
    mark,
    stored,
  };
}

/** Judges an entry of the ephemeral stream: no chain to wait for. */
export function judgeEphemeral(header: Header, ledger: LedgerView): Verdict {
  const device = findDevice(ledger.head, header.author);
  if (device === null) throw new Error("invariant: an entry is judged only for a known author");
  return ownFault(header, device, ledger) ?? ACCEPTED;
}

/** What is wrong with an entry by itself, whatever came before it in its stream. */
function ownFault(header: Header, device: Device, ledger: LedgerView): Verdict | null {
  return (
    ageFault(header, ledger) ??
    permissionFault(header, ledger) ??
    revocationFault(header, device) ??
    narrowingFault(header, ledger)
  );
}

function chainFault(
  header: Header,
  before: Link | "start",
  markBefore: number,
  mark: number,
): Verdict | null {
  const previous = before === "start" ? NO_ID : before.id;
  if (!isSameBytes(header.previous, previous)) return refused("chain", header.height);
  if (before !== "start") {
    if (compareClock(header.clock, before.clock) <= 0) return refused("clock", header.height);
    if (header.height < before.height) return refused("height", header.height);
  }
  const isPaced =
    header.rateMark === mark && isWithinRate(markBefore, header.clock.ms, header.stream);
  return isPaced ? null : refused("rate", header.height);
}

/** What its author makes others store is more than they have to, or it says less of it than is so. */
function quotaFault(header: Header, storedBefore: number): Verdict | null {
  const owed = owedAt(storedBefore, header.clock.ms);
  const isRight = header.owed === owed && isWithinQuota(owed);
  return isRight ? null : refused("quota", header.height);
}

/**
 * Rules that somebody cites long after they ended. While a narrowing is remembered it is judged by that
 * too; this is for what is not remembered any more.
 */
function ageFault(header: Header, { head }: LedgerView): Verdict | null {
  const { forgotten } = head.rules;
  if (forgotten === null || header.height >= forgotten.height) return null;
  return header.clock.ms <= forgotten.time + RULES_LAG_MS
    ? null
    : refused("old-rules", forgotten.height);
}

function permissionFault(header: Header, ledger: LedgerView): Verdict | null {
  const state = citedState(header, ledger, header.clock.ms);
  if (state === null) throw new Error("invariant: an entry above the head is parked, not judged");
  const author = findDevice(state, header.author);
  if (author === null || author.revoked !== null) return refused("author", header.height);
  if (!areRecipientsProper(header, author, state)) return refused("recipients", header.height);
  const fault = citedFault(header, ledger, header.clock.ms);
  return fault === null ? null : refused(fault.rule, fault.height);
}

/** What the rules that it cites say against it, were it said at that time; null for nothing. */
export function citedFault(header: Header, ledger: LedgerView, time: number): AudienceFault | null {
  const state = citedState(header, ledger, time);
  const author = state === null ? null : findDevice(state, header.author);
  if (state === null || author === null) return null;
  const moment = { state, height: state.height, time };
  return wordsFault(moment, author.member, header, receiversOf(header, state));
}

/** The rules that it cites, with whom it brings into its group; null where they are not here yet. */
function citedState(header: Header, ledger: LedgerView, time: number): LedgerState | null {
  const state = ledger.stateAt(header.height);
  return state === null ? null : citedWith(state, header, time);
}

/** The members whose devices can open it, each once. */
function receiversOf(header: Header, state: LedgerState): readonly MemberId[] {
  const owners = header.recipients.flatMap(({ device }) => findDevice(state, device)?.member ?? []);
  return owners.filter((one, index) => !has(owners.slice(0, index), one));
}

/** Every recipient is an active device of a member of the conversation, or of the author's own. */
function areRecipientsProper(header: Header, author: Device, state: LedgerState): boolean {
  const { audience, clock, kind } = header;
  // Keys are for every device; the others are judged by who is in the conversation.
  // So is an emergency for everybody whom one may meet, which each of them is asked about (VD20).
  const isOpen = isForAnyDevice(header) || EMERGENCY_KINDS.has(kind);
  const moment = { state, height: state.height, time: clock.ms };
  const members = isOpen
    ? []
    : REQUEST_KINDS.has(kind)
      ? decidersOf(moment, author.member)
      : membersIn(moment, audience, author.member);
  return header.recipients.every(({ device }) => {
    const recipient = findDevice(state, device);
    if (recipient === null || recipient.revoked !== null) return false;
    return isOpen || isSameBytes(recipient.member, author.member) || has(members, recipient.member);
  });
}

/**
 * A revocation refuses what lies above its cut; a stream that it does not name has cut 0. Where its own
 * member asked for it, what was said up to a time stays.
 */
function revocationFault(header: Header, author: Device): Verdict | null {
  const { revoked } = author;
  if (revoked === null) return null;
  const cut = revoked.cuts.find((one) => one.stream === header.stream)?.seq ?? 0;
  const stays = header.seq <= cut || header.clock.ms <= revoked.staysUntil;
  return isDurable(header.stream) && stays ? null : refused("revoked", revoked.height);
}

/**
 * What came after the cited height: every narrowing that touches author or recipient lets pass what
 * lies at or below its cut, and of the rest what its own rules allow.
 */
function narrowingFault(header: Header, ledger: LedgerView): Verdict | null {
  const { head } = ledger;
  const author = findDevice(head, header.author);
  if (author === null) return null;
  const later = head.rules.narrowings.filter(
    (one) => one.height > header.height && !isBefore(header, author, one),
  );
  const carried = carriedBy(head, header);
  const isWaiting = ({ writtenAt }: Carried, height: number): boolean =>
    writtenAt === null || writtenAt > height;
  // Who signed what no block has was taken out: none will have it.
  const gone = carried.flatMap((one) =>
    one.goneAt !== null && one.goneAt > header.height && isWaiting(one, one.goneAt)
      ? [one.goneAt]
      : [],
  );
  if (later.length === 0 && gone.length === 0) return null;
  const cited = ledger.stateAt(header.height);
  if (cited === null) return null;
  const receivers = receiversOf(header, cited);
  const named = header.audience.type === "member" ? [header.audience.member] : receivers;
  const touching = later.filter(({ members, height }) => {
    const brought = carried.flatMap((one) => (isWaiting(one, height) ? one.members : []));
    const people = [author.member, ...named, ...brought];
    return members.length === 0 || members.some((one) => has(people, one));
  });
  const heights = [...touching.map(({ height }) => height), ...gone];
  for (const height of heights.toSorted((a, b) => a - b)) {
    const moment = laterWith({ state: head, height, time: header.clock.ms }, header, cited);
    const fault = laterFault(moment, author.member, header, receivers);
    if (fault !== null) return refused(fault.rule, fault.height);
  }
  return null;
}

/** Whether it was said before a narrowing: by its cut, and by its time where its author's member asked for it. */
function isBefore(
  header: Header,
  { member }: Device,
  { by, time, cuts }: LedgerState["rules"]["narrowings"][number],
): boolean {
  if (!isDurable(header.stream)) return false;
  if (isSameBytes(by, member)) return header.clock.ms <= time + OWN_END_SLACK_MS;
  const cut = cuts.find(
    (one) => one.stream === header.stream && isSameBytes(one.device, header.author),
  );
  return header.seq <= (cut?.seq ?? 0);
}

function refused(rule: RefusalRule, height: number): Verdict {
  return { type: "refused", rule, height };
}

/** Whether a device may be a recipient or author by the head: registered and not revoked. */
export function isActive(state: LedgerState, device: DeviceId): boolean {
  const found = findDevice(state, device);
  return found !== null && found.revoked === null;
}
