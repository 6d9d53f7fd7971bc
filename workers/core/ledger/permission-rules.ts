/**
 * Grants and denials: given, and taken back. Some permissions nobody can be denied, and who governs is
 * a matter of roles: no child and no contact is granted a part of it. SPEC GD1..GD4. Source: DESIGN §4.
 */
import { ending, ruleOf, spanOf } from "./child-rules.ts";
import {
  momentOf,
  narrow,
  refuse,
  withBook,
  type Actor,
  type BodyOf,
  type Execution,
  type Refusal,
} from "./execution.ts";
import { GRANTS_MAX } from "./limits.ts";
import { presentMember, refuseAbsent } from "./membership.ts";
import { groupAt, settingsAt } from "./relations.ts";
import { UNDENIABLE } from "./role-defaults.ts";
import { roomFault } from "./room.ts";
import { findMember, withEntry, type LedgerState } from "./state.ts";
import type { PermissionWord } from "./vocabulary.ts";

/** Permissions over other people: they are given by two parents, to adults of the family alone. */
export const GOVERNING: ReadonlySet<PermissionWord> = new Set<PermissionWord>([
  "approve-group-members",
  "approve-contacts",
  "manage-contacts",
  "oversee-messages",
  "set-boundaries",
  "set-controls",
  "see-controls",
  "set-filters",
  "see-filters",
  "manage-roles",
  "manage-devices",
  "change-settings",
]);

export function grantPermission(
  state: LedgerState,
  body: BodyOf<"permission-granted">,
  actor: Actor,
): Execution {
  const role = presentMember(state, body.member)?.role;
  const isAdult = role === "parent" || role === "relative";
  if (role !== undefined && !isAdult && GOVERNING.has(body.permission)) {
    return refuse("not-grantable");
  }
  return write(state, body, false, actor);
}

export function denyPermission(
  state: LedgerState,
  body: BodyOf<"permission-denied">,
  actor: Actor,
): Execution {
  if (UNDENIABLE.has(body.permission)) return refuse("not-deniable");
  const after = write(state, body, true, actor);
  return after.ok ? narrow(after.state, actor, [body.member], body.cuts) : after;
}

export function endPermission(
  state: LedgerState,
  body: BodyOf<"permission-ended">,
  actor: Actor,
): Execution {
  const rule = ruleOf(state.rules.grants, body.rule, actor);
  if (rule === null) return refuse("unknown-rule");
  const after = withBook(state, { grants: ending(state.rules.grants, rule, actor) });
  if (!after.ok || rule.isDenial) return after;
  // A grant lets two meet: with it goes what either may say to the other.
  const touched = rule.scope.type === "member" ? [rule.member, rule.scope.member] : [rule.member];
  return narrow(after.state, actor, touched, body.cuts);
}

function write(
  state: LedgerState,
  body: BodyOf<"permission-granted"> | BodyOf<"permission-denied">,
  isDenial: boolean,
  actor: Actor,
): Execution {
  if (presentMember(state, body.member) === null) return refuseAbsent(state, body.member);
  const fault = scopeFault(state, body, actor) ?? timeFault(state, body, actor);
  if (fault !== null) return refuse(fault);
  const room = roomFault(state.rules.grants, GRANTS_MAX, actor.member.id);
  if (room !== null) return refuse(room);
  const { member, permission, scope, condition, expiresAt } = body;
  const entry = {
    id: actor.id,
    isDenial,
    member,
    permission,
    scope,
    condition,
    expiresAt,
    ...spanOf(actor),
  };
  return withBook(state, { grants: withEntry(state.rules.grants, entry) });
}

type Fields = Pick<BodyOf<"permission-granted">, "scope" | "condition" | "expiresAt">;

function scopeFault(state: LedgerState, { scope }: Fields, actor: Actor): Refusal | null {
  if (scope.type === "member" && presentMember(state, scope.member) === null) {
    return findMember(state, scope.member) === null ? "unknown-member" : "already-left";
  }
  const isLost = scope.type === "group" && groupAt(momentOf(state, actor), scope.group) === null;
  return isLost ? "unknown-group" : null;
}

function timeFault(
  state: LedgerState,
  { condition, expiresAt }: Fields,
  actor: Actor,
): Refusal | null {
  const { time } = actor.context;
  if (expiresAt !== null && expiresAt <= time) return "bad-time";
  if (condition.type === "until" && condition.time <= time) return "bad-time";
  const { zone } = settingsAt(momentOf(state, actor));
  return condition.type === "weekly" && zone === null ? "no-zone" : null;
}
