/**
 * Decisions that one person does not take alone: proposed, approved or objected to, withdrawn, and
 * enacted once they are ready. An approval that makes a proposal ready executes it; where a notice has
 * to pass first, any device of the family may say afterwards that it has. What happens is judged by
 * the rules of that block and not of the day on which it was proposed. SPEC DC1..DC23.
 * Source: DESIGN §4.12.
 */
import { isSameBytes } from "../codec/cbor.ts";
import { compareBytes, type MemberId } from "../codec/ids.ts";
import { authorFault } from "./authority.ts";
import {
  momentOf,
  refuse,
  withBook,
  type Actor,
  type BodyOf,
  type Execution,
} from "./execution.ts";
import {
  PROPOSAL_FORGET_MS,
  PROPOSAL_LIFE_MS,
  PROPOSALS_MAX,
  PROPOSALS_PER_MEMBER_MAX,
  VOICES_MAX,
} from "./limits.ts";
import { needOf, type Need } from "./needs.ts";
import { perform, type PlainBody } from "./perform.ts";
import { memberAt, parentsAt, type Moment } from "./relations.ts";
import { standingOf, type Proposal, type Standing } from "./standing.ts";
import type { NarrowedCuts } from "./rule-book.ts";
import { findDevice, findMember, withEntry, type LedgerState } from "./state.ts";
import { furthestCuts } from "./cuts.ts";
import { decodeAction, type TransactionBody } from "./transaction.ts";

/** A proposal with what it would do, for whom, and how it stands. */
export interface Decided {
  readonly proposal: Proposal;
  readonly action: PlainBody;
  readonly need: Need;
  readonly standing: Standing;
  /** Whether it could happen by the rules of now, if enough agreed. */
  readonly isPossible: boolean;
}

/** Whether a body is about a proposal. */
export function isAboutProposal(
  body: TransactionBody,
): body is Exclude<TransactionBody, PlainBody> {
  switch (body.type) {
    case "proposed":
    case "approved":
    case "objected":
    case "withdrawn":
    case "enacted":
      return true;
    default:
      return false;
  }
}

export function decide(
  state: LedgerState,
  body: Exclude<TransactionBody, PlainBody>,
  actor: Actor,
): Execution {
  switch (body.type) {
    case "proposed":
      return propose(state, body, actor);
    case "approved":
      return speak(state, body, true, actor);
    case "objected":
      return speak(state, { ...body, cuts: [] }, false, actor);
    case "withdrawn":
      return withdraw(state, body, actor);
    case "enacted":
      return enact(state, body, actor);
  }
}

/** How a proposal stands by this state at `time`, the block's or a clock's; null for one that is lost. */
export function decidedOf(state: LedgerState, proposal: Proposal, time: number): Decided | null {
  const action = plainAction(proposal.action);
  const context = {
    height: state.height,
    time,
    parent: new Uint8Array(32),
    rulesKnown: state.rulesVersion,
  };
  const proposer = proposerOf(state, proposal, context);
  if (action === null || proposer === null) return null;
  const need = needOf(state, action, proposer);
  // What one may do alone by now waits for no one.
  if (need === null) return null;
  const moment = { state, height: state.height, time };
  const isPossible = execute(state, proposal, [], proposer).ok;
  return { proposal, action, need, standing: standingOf(moment, proposal, need), isPossible };
}

function propose(state: LedgerState, body: BodyOf<"proposed">, actor: Actor): Execution {
  const action = plainAction(body.action);
  if (action === null) return refuse("not-proposable");
  const fault = authorFault(state, action, actor);
  if (fault !== null) return refuse(fault);
  if (needOf(state, action, actor) === null) return refuse("needs-no-decision");
  const { proposals } = state.rules;
  const own = proposals.filter(
    (one) => isSameBytes(one.by, actor.member.id) && one.expiresAt > actor.context.time,
  );
  if (own.length >= PROPOSALS_PER_MEMBER_MAX) return refuse("too-many-proposals");
  if (proposals.length >= PROPOSALS_MAX) return refuse("full");
  const isOpen = proposals.some(
    (one) => isSameBytes(one.action, body.action) && one.expiresAt > actor.context.time,
  );
  if (isOpen) return refuse("repeated-proposal");
  // What could not happen today is not worth asking for.
  const rehearsal = perform(state, action, actor);
  if (!rehearsal.ok) return rehearsal;
  const { height, time } = actor.context;
  const opened: Proposal = {
    id: actor.id,
    by: actor.member.id,
    device: actor.author.id,
    action: body.action,
    signedAt: actor.signedAt,
    openedHeight: height,
    noticeFrom: time,
    expiresAt: time + PROPOSAL_LIFE_MS,
    voices: [],
  };
  const need = needOf(state, action, actor);
  const isHeard = need !== null && isConcerned(momentOf(state, actor), need, actor.member.id);
  return settle(state, isHeard ? withVoice(opened, true, actor) : opened, [], actor);
}

function speak(
  state: LedgerState,
  { proposal: id, cuts }: { readonly proposal: Uint8Array; readonly cuts: NarrowedCuts },
  isApproval: boolean,
  actor: Actor,
): Execution {
  const proposal = state.rules.proposals.find((one) => isSameBytes(one.id, id));
  if (proposal === undefined) return refuse("unknown-proposal");
  if (actor.signedAt > proposal.expiresAt) return refuse("proposal-expired");
  const need = needBy(state, proposal, actor);
  if (need === null) return refuse("rules-moved");
  if (!isConcerned(momentOf(state, actor), need, actor.member.id)) return refuse("not-concerned");
  const before = proposal.voices.find((one) => isSameBytes(one.member, actor.member.id));
  const isSame = before?.isApproval === isApproval && isSameBytes(before.device, actor.author.id);
  // The same word from another device counts anew only where the first is heard no more.
  const isLost = before !== undefined && isSilenced(state, before.device);
  if (isSame || (before?.isApproval === isApproval && !isLost)) return refuse("already-said");
  if (before === undefined && proposal.voices.length >= VOICES_MAX) return refuse("full");
  return settle(state, withVoice(proposal, isApproval, actor), cuts, actor);
}

function withdraw(state: LedgerState, body: BodyOf<"withdrawn">, actor: Actor): Execution {
  const proposal = state.rules.proposals.find((one) => isSameBytes(one.id, body.proposal));
  if (proposal === undefined) return refuse("unknown-proposal");
  if (!isSameBytes(proposal.by, actor.member.id)) return refuse("not-concerned");
  return withBook(state, { proposals: without(state, proposal) });
}

function enact(state: LedgerState, body: BodyOf<"enacted">, actor: Actor): Execution {
  const proposal = state.rules.proposals.find((one) => isSameBytes(one.id, body.proposal));
  if (proposal === undefined) return refuse("unknown-proposal");
  if (actor.member.role !== "parent") return refuse("not-a-parent");
  if (actor.signedAt > proposal.expiresAt) return refuse("proposal-expired");
  const need = needBy(state, proposal, actor);
  if (need === null) return refuse("rules-moved");
  const standing = standingOf(momentOf(state, actor), proposal, need);
  return standing.type === "ready" ? execute(state, proposal, body.cuts, actor) : refuse("not-yet");
}

/** Keeps the proposal as it is now, or executes it if that made it ready. */
function settle(
  state: LedgerState,
  proposal: Proposal,
  cuts: NarrowedCuts,
  actor: Actor,
): Execution {
  const proposals = withEntry(state.rules.proposals, proposal);
  const kept: LedgerState = { ...state, rules: { ...state.rules, proposals } };
  const need = needBy(kept, proposal, actor);
  if (need === null) return refuse("rules-moved");
  const standing = standingOf(momentOf(kept, actor), proposal, need);
  return standing.type === "ready"
    ? execute(kept, proposal, cuts, actor)
    : { ok: true, state: kept };
}

/**
 * The action, in its proposer's name, by the rules of this block; the proposal is gone with it.
 * @param later what was known to who made it happen: weeks may lie between
 */
function execute(
  state: LedgerState,
  proposal: Proposal,
  later: NarrowedCuts,
  actor: Actor,
): Execution {
  const action = plainAction(proposal.action);
  const proposer = proposerOf(state, proposal, actor.context);
  if (action === null || proposer === null) return refuse("rules-moved");
  const fault = authorFault(state, action, proposer);
  if (fault !== null) return refuse(fault);
  const open = { ...state, rules: { ...state.rules, proposals: without(state, proposal) } };
  const subject = needOf(state, action, proposer)?.subject ?? null;
  // Whom it is about does not say how far its own devices may go on, nor does who decides nothing.
  const isTrusted =
    actor.member.role === "parent" && (subject === null || !isSameBytes(subject, actor.member.id));
  return perform(open, isTrusted ? withLaterCuts(action, later) : action, proposer);
}

/**
 * Streams go on while it waits: of each the furthest that either of the two knew counts. What is lost
 * was lost when it was proposed.
 */
function withLaterCuts(action: PlainBody, later: NarrowedCuts): PlainBody {
  switch (action.type) {
    case "role-assigned":
    case "member-removed":
    case "permission-denied":
    case "permission-ended":
    case "control-set":
    case "setting-changed":
      return { ...action, cuts: furthestCuts(action.cuts, later) };
    default:
      return action;
  }
}

function needBy(state: LedgerState, proposal: Proposal, { context }: Actor): Need | null {
  const action = plainAction(proposal.action);
  const proposer = proposerOf(state, proposal, context);
  return action === null || proposer === null ? null : needOf(state, action, proposer);
}

/** Who proposed it, as if it acted now with the clock of then. */
function proposerOf(
  state: LedgerState,
  proposal: Proposal,
  context: Actor["context"],
): Actor | null {
  const author = findDevice(state, proposal.device);
  const member = findMember(state, proposal.by);
  if (author === null || member === null || member.leftAt !== null) return null;
  return { id: proposal.id, author, member, signedAt: proposal.signedAt, context };
}

/** Who may say something about it: parents, and whom it is about. */
export function isConcerned(moment: Moment, { subject }: Need, member: MemberId): boolean {
  if (subject !== null && isSameBytes(subject, member)) return memberAt(moment, member) !== null;
  return parentsAt(moment).some((one) => isSameBytes(one.id, member));
}

function isSilenced(state: LedgerState, device: Uint8Array): boolean {
  const revoked = findDevice(state, device)?.revoked ?? null;
  return revoked !== null && revoked.reason !== "retired";
}

function withVoice(proposal: Proposal, isApproval: boolean, actor: Actor): Proposal {
  const voice = {
    member: actor.member.id,
    device: actor.author.id,
    isApproval,
    time: actor.context.time,
  };
  const others = proposal.voices.filter((one) => !isSameBytes(one.member, voice.member));
  const voices = [...others, voice].sort((a, b) => compareBytes(a.member, b.member));
  return { ...proposal, voices };
}

function without(state: LedgerState, proposal: Proposal): readonly Proposal[] {
  return state.rules.proposals.filter((one) => !isSameBytes(one.id, proposal.id));
}

function plainAction(bytes: Uint8Array): PlainBody | null {
  const decoded = decodeAction(bytes);
  return decoded.ok && !isAboutProposal(decoded.value) ? decoded.value : null;
}

/** Proposals whose time is over, and all notice anew where the parents are others than before. */
export function tendProposals(
  before: LedgerState,
  after: LedgerState,
  context: Actor["context"],
): LedgerState {
  const names = (state: LedgerState): string =>
    state.members
      .filter((one) => one.role === "parent" && one.leftAt === null)
      .map((one) => one.id.join())
      .join(" ");
  if (after.rules.proposals.length === 0 || names(before) === names(after)) return after;
  const proposals = after.rules.proposals.map((one) => ({ ...one, noticeFrom: context.time }));
  return { ...after, rules: { ...after.rules, proposals } };
}

export function forgetProposals(proposals: RuleProposals, time: number): RuleProposals {
  return proposals.filter((one) => one.expiresAt + PROPOSAL_FORGET_MS >= time);
}

type RuleProposals = LedgerState["rules"]["proposals"];
