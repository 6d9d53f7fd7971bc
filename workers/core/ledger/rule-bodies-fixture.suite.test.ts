/** Bodies of the transactions that make rules, and the states on which tests run them. */
import { NO_CUTS } from "./execution-fixture.suite.test.ts";
import {
  type Actor,
  DAY,
  fill,
  furtherDevice,
  HOUR,
  keyOf,
  NOW,
} from "./family-fixture.suite.test.ts";
import {
  FAMILY_OF_EIGHT,
  MIA,
  MUM,
  settingsIn,
  UTC,
  withRules,
} from "./rules-fixture.suite.test.ts";
import { findMember, type LedgerState } from "./state.ts";
import type { TransactionBody } from "./transaction.ts";

export const BASE = FAMILY_OF_EIGHT;
export const WINDOW = [{ days: 127, from: 1_260, to: 420 }];
export const ZONED = withRules({ settings: settingsIn(UTC) });
export const STRANGER = furtherDevice(MUM, keyOf(77));
export const roleOf = (state: LedgerState, who: Actor): string | undefined =>
  findMember(state, who.member)?.role;
export const CUTS = [{ device: MIA.device, stream: 2, seq: 7, id: fill(16, 0x71) }];
export const REVOKED = { height: 3, reason: "lost" as const, cuts: [], staysUntil: 0 };

export const decision = (
  fields: Partial<Extract<TransactionBody, { type: "request-decided" }>> = {},
): TransactionBody => ({
  type: "request-decided",
  request: fill(16, 0x72),
  member: MIA.member,
  grant: null,
  isApproved: true,
  until: NOW + HOUR,
  ...fields,
});
export const alarm = (number = 0x73): TransactionBody => ({
  type: "emergency-recorded",
  alert: fill(16, number),
});
export const solved = (of: Actor, number = 0x73): TransactionBody => ({
  type: "emergency-resolved",
  alert: fill(16, number),
  member: of.member,
});
export const TODAY = Math.floor(NOW / DAY);
export const violation = (
  fields: Partial<Extract<TransactionBody, { type: "violation-recorded" }>> = {},
): TransactionBody => ({
  type: "violation-recorded",
  subject: fill(16, 0x74),
  rule: 7,
  day: TODAY,
  count: 2,
  ...fields,
});
export const filter = (
  member: Actor,
  replaces: Uint8Array | null = null,
  isReporting = false,
): TransactionBody => ({
  type: "filter-set",
  member: member.member,
  sealed: fill(32, 0x75),
  mode: "hide",
  isReporting,
  replaces,
});
export const place = (
  member: Actor | null,
  replaces: Uint8Array | null = null,
): TransactionBody => ({
  type: "place-set",
  member: member === null ? null : member.member,
  sealed: fill(32, 0x76),
  replaces,
});
export const adding = (group: Uint8Array, member: Actor): TransactionBody => ({
  type: "group-member-added",
  group,
  member: member.member,
});
export const dropping = (group: Uint8Array, member: Actor): TransactionBody => ({
  type: "group-member-removed",
  group,
  member: member.member,
  ...NO_CUTS,
});
export const first = (rules: readonly { readonly id: Uint8Array }[]): Uint8Array => {
  const [one] = rules;
  if (one === undefined) throw new Error("the rule is there");
  return one.id;
};

/** Every reason that is about rules, with the rule of SPEC and a transaction that gives it. */
