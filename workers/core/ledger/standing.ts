/**
 * How a proposal stands: who still has to agree, and what happens by when if nobody does. Counted anew
 * from the state each time, so whoever is no parent any more, or said it with a device that was lost
 * since, does not count. Notice runs from when the family was told or from the first approval that
 * counts, whichever is later, and anew when the parents change. SPEC DC3..DC5, DC10..DC18. Source: DESIGN §4.12.
 */
import { isSameBytes } from "../codec/cbor.ts";
import type { MemberId } from "../codec/ids.ts";
import { NOTICE_LONG_MS, NOTICE_REVOKE_MS, NOTICE_SHORT_MS } from "./limits.ts";
import type { Need } from "./needs.ts";
import { has, isGuardian, parentsAt, type Moment } from "./relations.ts";
import type { RuleBook } from "./rule-book.ts";
import { findDevice, type LedgerState } from "./state.ts";

export type Proposal = RuleBook["proposals"][number];

export type Standing =
  /** It can happen now. */
  | { readonly type: "ready" }
  | {
      readonly type: "waiting";
      /** Members any of whom can bring it forward, by id. */
      readonly for: readonly MemberId[];
      /** How many of them are needed. */
      readonly missing: number;
      /** When it can happen although nobody says anything; null: it lapses at the proposal's end. */
      readonly happensAt: number | null;
      /** Whether only an objection stands between it and happening by itself. */
      readonly isObjected: boolean;
    };

/** How a proposal with this need stands at a moment; `moment.time`: the block's. */
export function standingOf(moment: Moment, proposal: Proposal, need: Need): Standing {
  const { state } = moment;
  const parents = parentsAt(moment).map((one) => one.id);
  const subject = need.subject;
  const isSubject = (id: MemberId): boolean => subject !== null && isSameBytes(id, subject);
  const others = parents.filter((one) => !isSubject(one));
  // A family's only parent decides about itself too.
  const deciders = others.length > 0 ? others : parents;
  const approvals = proposal.voices.filter((one) => one.isApproval && isHeard(state, one.device));
  const agreed = deciders.filter((id) => approvals.some((one) => isSameBytes(one.member, id)));
  const missing = 2 - agreed.length;
  if (missing <= 0) return { type: "ready" };
  const silent = deciders.filter((id) => !has(agreed, id));
  const isObjected =
    need.form !== "two-parents" &&
    proposal.voices.some(
      (one) => !one.isApproval && isHeard(state, one.device) && has(parents, one.member),
    );
  const consents = approvals.some((one) => isSubject(one.member));
  const notice = noticeOf(moment, need, { parents, deciders, agreed });
  const isEnough = agreed.length > 0 && notice !== null && !isObjected;
  const from = Math.max(
    proposal.noticeFrom,
    Math.min(...approvals.filter((one) => has(agreed, one.member)).map((one) => one.time)),
  );
  if (isEnough && notice.byConsent && consents) return { type: "ready" };
  if (isEnough && moment.time >= from + notice.ms) return { type: "ready" };
  const canConsent = agreed.length > 0 && notice?.byConsent === true && subject !== null;
  const waiting =
    agreed.length === 0 && notice !== null && !isObjected
      ? deciders
      : canConsent
        ? [subject]
        : silent;
  return {
    type: "waiting",
    for: waiting,
    missing: notice === null || isObjected ? missing : 1,
    happensAt: isEnough ? from + notice.ms : null,
    isObjected,
  };
}

interface Notice {
  readonly ms: number;
  /** Whether the subject's consent is as good as the time. */
  readonly byConsent: boolean;
}

/** The time after which the approvals that are there are enough; null where only a second one is. */
function noticeOf(
  moment: Moment,
  { form, subject }: Need,
  {
    parents,
    deciders,
    agreed,
  }: Readonly<Record<"parents" | "deciders" | "agreed", readonly MemberId[]>>,
): Notice | null {
  if (form === "unless-objected") return { ms: NOTICE_REVOKE_MS, byConsent: false };
  if (deciders.length === 1) {
    const isAboutOther = subject !== null && has(parents, subject) && parents.length === 2;
    return isAboutOther
      ? { ms: NOTICE_LONG_MS, byConsent: true }
      : { ms: NOTICE_SHORT_MS, byConsent: false };
  }
  if (form !== "child-device" || subject === null) return null;
  const isByGuardian = agreed.length === 0 || agreed.some((id) => isGuardian(moment, id, subject));
  return isByGuardian ? { ms: NOTICE_SHORT_MS, byConsent: false } : null;
}

/** What a device said counts unless it was taken out as lost or compromised. */
function isHeard(state: LedgerState, device: Uint8Array): boolean {
  const revoked = findDevice(state, device)?.revoked ?? null;
  return revoked === null || revoked.reason === "retired";
}
