/**
 * What is written down because it happened: a request's answer, a call for help and its end, a rule
 * that was broken. Each once, and bounded, so that no flood can fill the ledger. SPEC RD1..RD4.
 * Source: DESIGN §4, §5 Violations.
 */
import { isSameBytes } from "../codec/cbor.ts";
import { ruleOf, spanOf } from "./child-rules.ts";
import {
  refuse,
  withBook,
  withRoomFor,
  type Actor,
  type BodyOf,
  type Execution,
} from "./execution.ts";
import {
  APPROVAL_LIFE_MS,
  DECISIONS_MAX,
  EMERGENCIES_MAX,
  VIOLATION_AGE_DAYS,
  VIOLATIONS_MAX,
} from "./limits.ts";
import { presentMember, refuseAbsent } from "./membership.ts";
import { withEntry, type LedgerState } from "./state.ts";

const DAY_MS = 86_400_000;

export function decideRequest(
  state: LedgerState,
  body: BodyOf<"request-decided">,
  actor: Actor,
): Execution {
  const { type: _type, ...fields } = body;
  if (presentMember(state, fields.member) === null) return refuseAbsent(state, fields.member);
  if (state.rules.decisions.some((one) => isSameBytes(one.request, fields.request))) {
    return refuse("repeated-decision");
  }
  const { time } = actor.context;
  if (fields.until <= time || fields.until > time + APPROVAL_LIFE_MS) return refuse("bad-time");
  if (fields.grant !== null) {
    const grant = ruleOf(state.rules.grants, fields.grant, actor);
    const isAsked =
      grant !== null &&
      grant.condition.type === "on-approval" &&
      isSameBytes(grant.member, fields.member);
    if (!isAsked) return refuse("unknown-rule");
  }
  const others = withRoomFor(state.rules.decisions, DECISIONS_MAX, (one) => one.until);
  const entry = { id: fields.request, ...fields, ...spanOf(actor) };
  return withBook(state, { decisions: withEntry(others, entry) });
}

export function recordEmergency(
  state: LedgerState,
  body: BodyOf<"emergency-recorded">,
  { member, context }: Actor,
): Execution {
  if (state.rules.emergencies.some((one) => isSameBytes(one.id, body.alert))) {
    return refuse("repeated-emergency");
  }
  const { height, time } = context;
  // What is over makes room before what is not.
  const others = withRoomFor(state.rules.emergencies, EMERGENCIES_MAX, (one) =>
    one.resolved === null ? 2 ** 52 + one.height : one.height,
  );
  const entry = { id: body.alert, member: member.id, height, time, resolved: null };
  return withBook(state, { emergencies: withEntry(others, entry) });
}

export function resolveEmergency(
  state: LedgerState,
  body: BodyOf<"emergency-resolved">,
  { member, context }: Actor,
): Execution {
  const found = state.rules.emergencies.find((one) => isSameBytes(one.id, body.alert));
  if (found === undefined || found.resolved !== null) return refuse("unknown-emergency");
  const resolved = { by: member.id, height: context.height, time: context.time };
  return withBook(state, {
    emergencies: withEntry(state.rules.emergencies, { ...found, resolved }),
  });
}

export function recordViolation(
  state: LedgerState,
  body: BodyOf<"violation-recorded">,
  { member, context }: Actor,
): Execution {
  if (state.rules.violations.some((one) => isSameBytes(one.id, body.subject))) {
    return refuse("repeated-violation");
  }
  const today = Math.floor(context.time / DAY_MS);
  if (body.day > today || body.day < today - VIOLATION_AGE_DAYS) return refuse("bad-time");
  const others = withRoomFor(state.rules.violations, VIOLATIONS_MAX, (one) => one.day);
  const { rule, day, count } = body;
  const entry = { id: body.subject, rule, day, count, by: member.id };
  return withBook(state, { violations: withEntry(others, entry) });
}
