/**
 * Changes of the family's rules that people ask for: what one may do alone is done, anything else is
 * proposed by the same press. The others agree or object; after its notice a grown-up's device enacts
 * it. What the rules allow is core/ledger's to say: every body is put before the ledger, and its
 * refusal is told in words. SPEC DI1 to DI7. Source: DESIGN §4.12.
 */
import {
  KEEP_DAYS,
  type ChangeOutcome,
  type ChangeRequest,
  type DecisionWord,
  type FailureCode,
  type ProposalView,
  type Someone,
} from "../api.ts";
import { isSameBytes } from "../core/codec/cbor.ts";
import { fromHex, toHex, type DeviceId, type Hex, type MemberId } from "../core/codec/ids.ts";
import { cutsOf } from "../core/gossip/cuts.ts";
import { isDayFull, isUrgentFull } from "../core/ledger/bounds.ts";
import type { Refusal } from "../core/ledger/execute.ts";
import { PROPOSALS_PER_MEMBER_MAX } from "../core/ledger/limits.ts";
import { isVoiceTooNew } from "../core/ledger/new-device.ts";
import { decidedOf, isConcerned, type Decided } from "../core/ledger/proposals.ts";
import { JOIN_LIFE_MS } from "../core/gossip/limits.ts";
import { has, settingsAt } from "../core/ledger/relations.ts";
import type { NarrowedCuts } from "../core/ledger/rule-book.ts";
import { activeDevice, findMember, type Member } from "../core/ledger/state.ts";
import {
  actionOf,
  encodeAction,
  type Transaction,
  type TransactionBody,
} from "../core/ledger/transaction.ts";
import {
  isGroupRequest,
  prepareGroupChange,
  type GroupRequest,
  type Prepared,
} from "./grouping.ts";
import { notBefore } from "./joined.ts";
import { familyNow, holdOf, myMember, signTransaction, stateOf, type Family } from "./family.ts";
import { ENACT_AGAIN_MS, ENACT_TURN_MS } from "./limits.ts";
import { describeAction, someoneOf } from "./rule-changes.ts";
import { turnOf } from "./turns.ts";

/** Why it did not happen; null if it did. */
export type DecidingFault = FailureCode | null;

export interface Deciding {
  readonly ask: (
    request: ChangeRequest,
  ) => Promise<
    | { readonly ok: true; readonly outcome: ChangeOutcome }
    | { readonly ok: false; readonly code: FailureCode }
  >;
  readonly speak: (proposal: string, word: DecisionWord) => Promise<DecidingFault>;
  /** What is open, the longest open first. */
  readonly views: () => readonly ProposalView[];
  /** Enacts what has waited long enough. */
  readonly tick: () => Promise<void>;
}

const ID = /^[0-9a-f]{32}$/;
const BODIES = { agree: "approved", object: "objected", withdraw: "withdrawn" } as const;

export function createDeciding(family: Family): Deciding {
  /** When this device first saw that a proposal has waited long enough, and when it last tried. */
  const ready = new Map<Hex, { readonly since: number; triedAt: number }>();

  return { ask, speak, views, tick };

  async function ask(
    request: ChangeRequest,
  ): Promise<
    | { readonly ok: true; readonly outcome: ChangeOutcome }
    | { readonly ok: false; readonly code: FailureCode }
  > {
    const me = myMember(family);
    if (me === null) return { ok: false, code: "not-member" };
    const prepared = prepare(request, me);
    if (!prepared.ok) return prepared;
    const { body, blobs } = prepared;
    if (isAsked(body)) return { ok: false, code: "already-asked" };
    const isUrgent = body.type === "device-revoked" || body.type === "member-left";
    if (isUrgent ? isUrgentOver(body, me) : isDayOver(me)) {
      return { ok: false, code: "too-many-today" };
    }
    if (body.type === "member-left") await takeOutHeld(me);
    const alone = await submit(body, blobs);
    if (alone === null) return { ok: true, outcome: isWaiting(body) ? "waits" : "done" };
    if (alone !== "needs-decision" && alone !== "needs-second-parent") {
      return { ok: false, code: codeOf(alone) };
    }
    const own = open().filter(({ proposal }) => isSameBytes(proposal.by, me.id));
    if (own.length >= PROPOSALS_PER_MEMBER_MAX) return { ok: false, code: "too-many-proposals" };
    const asked = await submit({ type: "proposed", action: encodeAction(body) }, blobs);
    return asked === null ? { ok: true, outcome: "asked" } : { ok: false, code: codeOf(asked) };
  }

  /**
   * My other devices that are held go first, each with the cut of before its hold: leaving dates the end
   * of all at now, and what was said under a hold would be seen. One that is refused keeps nobody here.
   */
  async function takeOutHeld(me: Member): Promise<void> {
    for (const device of devicesOfMember(me.id)) {
      if (isSameBytes(device, family.identity.device) || holdOf(family, device) === null) continue;
      await submit(revocationOf(device, "lost"));
    }
  }

  function revocationOf(
    device: DeviceId,
    reason: Extract<TransactionBody, { type: "device-revoked" }>["reason"],
  ): TransactionBody {
    const cuts = cuttingAt([device], true).map(({ stream, seq, id }) => ({ stream, seq, id }));
    return { type: "device-revoked", device, reason, cuts };
  }

  /** It would be put off until tomorrow, and a person told that it is done. */
  function isDayOver(me: Member): boolean {
    return isDayFull(stateOf(family), me.id, familyNow(family));
  }

  /** The same of what has a bucket of its own; one's own devices and leaving are not counted. */
  function isUrgentOver(body: TransactionBody, me: Member): boolean {
    if (body.type !== "device-revoked") return false;
    const owner = activeDevice(stateOf(family), body.device)?.member;
    if (owner !== undefined && isSameBytes(owner, me.id)) return false;
    return isUrgentFull(stateOf(family), me.id, familyNow(family));
  }

  function isWaiting(body: TransactionBody): boolean {
    const { device } = family.identity;
    return family.ledger
      .pending()
      .some(
        ({ content }) => isSameBytes(content.author, device) && content.body.type === body.type,
      );
  }

  /** Whether the same is open already and can happen, or on its way, whoever asked for it. */
  function isAsked(body: TransactionBody): boolean {
    // What brings nobody in any more, since its week is over, may be asked for again.
    const isOver = ({ body: { type }, time }: Transaction): boolean =>
      type === "group-member-added" && familyNow(family) > time + JOIN_LIFE_MS;
    const onTheirWay = family.ledger
      .pending()
      .filter(({ content }) => !isOver(content))
      .map(({ content }) => actionOf(content.body));
    const asked = open().flatMap(({ action, isPossible }) => (isPossible ? action : []));
    return [...asked, ...onTheirWay].some((one) => one !== null && isSameWish(one, body));
  }

  function prepare(request: ChangeRequest, me: Member): Prepared {
    if (isGroupRequest(request)) {
      return prepareGroupChange(family, request, (members) =>
        cuttingAt(members.flatMap(devicesOfMember), false),
      );
    }
    const body = bodyOf(request, me);
    return body === null ? { ok: false, code: "already-done" } : { ok: true, body, blobs: [] };
  }

  /** Null where it names nobody that is there. */
  function bodyOf(
    request: Exclude<ChangeRequest, GroupRequest>,
    me: Member,
  ): TransactionBody | null {
    const state = stateOf(family);
    switch (request.type) {
      case "revoke-device": {
        const id = ID.test(request.device) ? fromHex(request.device) : null;
        const device = id === null ? null : activeDevice(state, id);
        if (device === null) return null;
        // Of an own device that is retired the time counts and not the cut: not where it was held.
        const isOwn = isSameBytes(device.member, me.id);
        const isHeld = isOwn && holdOf(family, device.id) !== null;
        const isLost = isHeld && request.reason === "retired";
        return revocationOf(device.id, isLost ? "lost" : request.reason);
      }
      case "change-role": {
        const member = presentMember(request.member);
        if (member === null || member.role === request.to) return null;
        const cuts = cuttingAt(devicesOfMember(member.id), false);
        return {
          type: "role-assigned",
          member: member.id,
          from: member.role,
          to: request.to,
          cuts,
        };
      }
      case "remove-member": {
        const member = presentMember(request.member);
        if (member === null) return null;
        const cuts = cuttingAt(devicesOfMember(member.id), false);
        return { type: "member-removed", member: member.id, cuts };
      }
      case "keep-messages": {
        const isOffered = KEEP_DAYS.some((one) => one === request.days);
        if (!isOffered || request.days === state.retentionDays) return null;
        const { height } = state;
        const standing = settingsAt({ state, height, time: familyNow(family) });
        return {
          type: "setting-changed",
          ...standing,
          version: standing.version + 1,
          retentionDays: request.days,
          cuts: cuttingAt(
            state.devices.map((one) => one.id),
            true,
          ),
        };
      }
      case "leave-family":
        return { type: "member-left", cuts: cuttingAt(devicesOfMember(me.id), false) };
    }
  }

  function presentMember(member: string): Member | null {
    const found = ID.test(member) ? findMember(stateOf(family), fromHex(member)) : null;
    return found === null || found.leftAt !== null ? null : found;
  }

  function devicesOfMember(member: MemberId): readonly Uint8Array[] {
    const { devices } = stateOf(family);
    return devices.filter((one) => isSameBytes(one.member, member)).map((one) => one.id);
  }

  /** What a device says while it is held is not to stay. */
  function cuttingAt(first: readonly Uint8Array[], isOnly: boolean): NarrowedCuts {
    const gossip = family.gossip?.core();
    const until = (author: DeviceId): number | null => holdOf(family, author)?.since ?? null;
    return gossip === undefined ? [] : cutsOf(gossip, first, { isOnly, until });
  }

  async function speak(proposal: string, word: DecisionWord): Promise<DecidingFault> {
    const me = myMember(family);
    if (me === null) return "not-member";
    const found = ID.test(proposal) ? openProposal(proposal) : null;
    if (found === null) return "already-done";
    if (saying(found.proposal.id) === word) return null;
    if (word !== "object" && isDayOver(me)) return "too-many-today";
    const { id } = found.proposal;
    const cuts = word === "agree" ? cuttingAt(touchedBy(found), false) : [];
    const type = BODIES[word];
    const body: TransactionBody =
      type === "approved" ? { type, proposal: id, cuts } : { type, proposal: id };
    const refusal = await submit(body);
    return refusal === null ? null : codeOf(refusal);
  }

  function openProposal(id: string): Decided | null {
    return open().find(({ proposal }) => toHex(proposal.id) === id) ?? null;
  }

  function open(): readonly Decided[] {
    const state = stateOf(family);
    const now = Math.max(familyNow(family), state.time);
    return state.rules.proposals
      .filter((one) => one.expiresAt > now)
      .flatMap((one) => decidedOf(state, one, now) ?? []);
  }

  function touchedBy({ action, need }: Decided): readonly Uint8Array[] {
    const member = "member" in action && action.member !== null ? action.member : need.subject;
    return member === null ? [] : devicesOfMember(member);
  }

  /** What I have said about it and nobody has written down yet. */
  function saying(proposal: Uint8Array): DecisionWord | null {
    for (const { content } of family.ledger.pending()) {
      const { body, author } = content;
      if (body.type !== "approved" && body.type !== "objected" && body.type !== "withdrawn") {
        continue;
      }
      if (!isSameBytes(body.proposal, proposal) || !isMine(author)) continue;
      return body.type === "approved" ? "agree" : body.type === "objected" ? "object" : "withdraw";
    }
    return null;
  }

  function isMine(device: Uint8Array): boolean {
    const owner = activeDevice(stateOf(family), device)?.member;
    const me = myMember(family);
    return me !== null && owner !== undefined && isSameBytes(owner, me.id);
  }

  function views(): readonly ProposalView[] {
    const me = myMember(family);
    // What the parents decide about the family is none of a contact's business.
    if (me === null || me.role === "contact" || family.ledger.head() === null) return [];
    return open()
      .toSorted((a, b) => a.proposal.openedHeight - b.proposal.openedHeight)
      .map((one) => viewOf(one, me));
  }

  function viewOf({ proposal, need, standing, isPossible }: Decided, me: Member): ProposalView {
    const state = stateOf(family);
    const waiting = standing.type === "waiting" ? standing : null;
    const voices = (isApproval: boolean): readonly Someone[] =>
      proposal.voices
        .filter((one) => one.isApproval === isApproval)
        .map((one) => someoneOf(family, one.member));
    const mine = proposal.voices.find((one) => isSameBytes(one.member, me.id));
    const moment = { state, height: state.height, time: familyNow(family) };
    const isTooNew = isVoiceTooNew(state, family.identity.device, familyNow(family));
    const canSpeak = isConcerned(moment, need, me.id) && !isTooNew;
    const isSaying = saying(proposal.id);
    const isFrom = isSameBytes(proposal.by, me.id);
    const isAwaited = has(waiting?.for ?? [], me.id) && mine?.isApproval !== true;
    return {
      id: toHex(proposal.id),
      change: describeAction(family, proposal, state),
      by: someoneOf(family, proposal.by),
      isMine: isFrom,
      isAboutMe: need.subject !== null && isSameBytes(need.subject, me.id),
      agreed: voices(true),
      objected: voices(false),
      waitsFor: waiting?.for.map((one) => someoneOf(family, one)) ?? [],
      missing: waiting?.missing ?? 0,
      happensAt: waiting?.happensAt ?? (standing.type === "ready" ? moment.time : null),
      isObjected: waiting?.isObjected ?? false,
      isImpossible: !isPossible,
      endsAt: proposal.expiresAt,
      canAgree: canSpeak && isPossible && isSaying === null && isAwaited,
      canObject: canSpeak && isSaying === null && mine?.isApproval !== false && !isFrom,
      isSaying,
      isTooNew: isTooNew && isConcerned(moment, need, me.id),
    };
  }

  async function tick(): Promise<void> {
    const me = myMember(family);
    if (me === null || family.ledger.head() === null) return;
    const state = stateOf(family);
    if (state.rules.proposals.length === 0) {
      ready.clear();
      return;
    }
    if (me.role !== "parent") return;
    const now = family.env.monotonic();
    for (const one of open()) {
      const id = toHex(one.proposal.id);
      if (one.standing.type !== "ready" || !one.isPossible) {
        ready.delete(id);
        continue;
      }
      const seen = ready.get(id) ?? { since: now, triedAt: Number.NEGATIVE_INFINITY };
      ready.set(id, seen);
      if (now - seen.since < turnOf(family) * ENACT_TURN_MS || now - seen.triedAt < ENACT_AGAIN_MS)
        continue;
      seen.triedAt = now;
      if (isEnacting(one.proposal.id)) continue;
      const cuts = cuttingAt(touchedBy(one), false);
      await submit({ type: "enacted", proposal: one.proposal.id, cuts });
    }
  }

  /** Somebody else's word may be an old one, with cuts of long ago. */
  function isEnacting(proposal: Uint8Array): boolean {
    const { device } = family.identity;
    return family.ledger
      .pending()
      .some(
        ({ content: { author, body } }) =>
          body.type === "enacted" &&
          isSameBytes(body.proposal, proposal) &&
          isSameBytes(author, device),
      );
  }

  async function submit(
    body: TransactionBody,
    blobs: readonly Uint8Array[] = [],
  ): Promise<Refusal | "invalid" | null> {
    const signed = await signTransaction(family, body, [], notBefore(family, body));
    return family.ledger.submit(signed, blobs);
  }
}

/** Two bodies that ask for one thing; what was known when they were signed does not count. */
function isSameWish(a: TransactionBody, b: TransactionBody): boolean {
  if (a.type === "device-revoked" && b.type === a.type) return isSameBytes(a.device, b.device);
  if (a.type === "member-removed" && b.type === a.type) return isSameBytes(a.member, b.member);
  if (a.type === "member-left") return false;
  if (a.type === "setting-changed" && b.type === a.type) {
    return a.retentionDays === b.retentionDays && a.version === b.version;
  }
  if (a.type === "group-archived" && b.type === a.type) return isSameBytes(a.group, b.group);
  if (a.type === "group-member-added" || a.type === "group-member-removed") {
    if (b.type !== a.type) return false;
    return isSameBytes(a.group, b.group) && isSameBytes(a.member, b.member);
  }
  if (a.type !== "role-assigned" || b.type !== a.type) return false;
  return isSameBytes(a.member, b.member) && a.to === b.to;
}

/** The ledger's refusals, as a person has to deal with them. */
export function codeOf(refusal: Refusal | "invalid"): FailureCode {
  switch (refusal) {
    case "last-parent":
    case "last-parent-device":
      return "last-parent";
    case "last-replica":
    case "is-replica":
      return "last-keeper";
    case "new-device":
    case "too-many-today":
      return refusal;
    case "too-many-proposals":
    case "full":
      return "too-many-proposals";
    case "repeated-proposal":
      return "already-asked";
    case "already-said":
    case "repeated-decision":
    case "already-left":
    case "already-revoked":
    case "already-in-group":
    case "not-in-group":
    case "outdated":
    case "unknown-group":
    case "unknown-proposal":
    case "proposal-expired":
    case "rules-moved":
      return "already-done";
    default:
      return "not-allowed";
  }
}
