/**
 * What is written down because it happened: a request's answer, a call for help and its end, a rule
 * that was broken. Each once, and bounded, so that no flood can fill the ledger. SPEC RD1..RD5.
 * Source: DESIGN §4, §5 Violations; ADR 26.
 */
import { isSameBytes } from "../codec/cbor.ts";
import { ruleOf, spanOf } from "./child-rules.ts";
import { refuse, withBook, type Actor, type BodyOf, type Execution } from "./execution.ts";
import {
  APPROVAL_LIFE_MS,
  DECISIONS_MAX,
  EMERGENCIES_MAX,
  OWN_ROOM,
  VIOLATION_AGE_DAYS,
  VIOLATIONS_MAX,
} from "./limits.ts";
import { presentMember, refuseAbsent } from "./membership.ts";
import { roomFault } from "./room.ts";
import { withEntry, type LedgerState } from "./state.ts";

const DAY_MS = 86_400_000;

export function decideRequest(
  state: LedgerState,
  body: BodyOf<"request-decided">,
  actor: Actor,
): Execution {
  const { type: _type, ...fields } = body;
  if (presentMember(state, fields.member) === null) return refuseAbsent(state, fields.member);
  const isDecided = state.rules.decisions.some(
    (one) => isSameBytes(one.request, fields.request) && isSameBytes(one.member, fields.member),
  );
  if (isDecided) return refuse("repeated-decision");
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
  const { decisions } = state.rules;
  const room = roomFault(decisions, DECISIONS_MAX, actor.member.id, OWN_ROOM);
  if (room !== null) return refuse(room);
  const entry = { id: actor.id, ...fields, ...spanOf(actor) };
  return withBook(state, { decisions: withEntry(decisions, entry) });
}

/**
 * An alert is whatever its author calls it: what somebody else has called the same stands in nobody's
 * way.
 */
export function recordEmergency(
  state: LedgerState,
  body: BodyOf<"emergency-recorded">,
  actor: Actor,
): Execution {
  const { member, context } = actor;
  const { emergencies } = state.rules;
  const isRecorded = emergencies.some(
    (one) => isSameBytes(one.alert, body.alert) && isSameBytes(one.member, member.id),
  );
  if (isRecorded) return refuse("repeated-emergency");
  const { height, time } = context;
  const authored = emergencies.map((one) => ({ by: one.member }));
  const room = roomFault(authored, EMERGENCIES_MAX, member.id, OWN_ROOM);
  if (room !== null) return refuse(room);
  const entry = {
    id: actor.id,
    alert: body.alert,
    member: member.id,
    height,
    time,
    resolved: null,
  };
  return withBook(state, { emergencies: withEntry(emergencies, entry) });
}

export function resolveEmergency(
  state: LedgerState,
  body: BodyOf<"emergency-resolved">,
  { member, context }: Actor,
): Execution {
  const isOpen = (one: LedgerState["rules"]["emergencies"][number]): boolean =>
    one.resolved === null &&
    isSameBytes(one.alert, body.alert) &&
    isSameBytes(one.member, body.member);
  const { emergencies } = state.rules;
  if (!emergencies.some(isOpen)) return refuse("unknown-emergency");
  const resolved = { by: member.id, height: context.height, time: context.time };
  return withBook(state, {
    emergencies: emergencies.map((one) => (isOpen(one) ? { ...one, resolved } : one)),
  });
}

/** The subject is its reporter's word too: each is one report by each member that makes it. */
export function recordViolation(
  state: LedgerState,
  body: BodyOf<"violation-recorded">,
  actor: Actor,
): Execution {
  const { member, context } = actor;
  const { violations } = state.rules;
  const isReported = violations.some(
    (one) => isSameBytes(one.subject, body.subject) && isSameBytes(one.by, member.id),
  );
  if (isReported) return refuse("repeated-violation");
  const today = Math.floor(context.time / DAY_MS);
  if (body.day > today || body.day < today - VIOLATION_AGE_DAYS) return refuse("bad-time");
  const room = roomFault(violations, VIOLATIONS_MAX, member.id, OWN_ROOM);
  if (room !== null) return refuse(room);
  const { subject, rule, day, count } = body;
  const entry = { id: actor.id, subject, rule, day, count, by: member.id };
  return withBook(state, { violations: withEntry(violations, entry) });
}
