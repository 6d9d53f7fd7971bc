/**
 * Who may write which transaction, or propose it: by the permission table at the block's time, so that
 * grants and denials count here too. Whether one person is enough is needs.ts's to say.
 * SPEC AU1..AU5. Source: DESIGN §4.
 */
import { isSameBytes } from "../codec/cbor.ts";
import type { MemberId } from "../codec/ids.ts";
import { momentOf, type Actor, type BodyOf, type Refusal } from "./execution.ts";
import { mayDecideFor } from "./deciders.ts";
import type { PlainBody } from "./perform.ts";
import { meetingFault } from "./group-fit.ts";
import { permits, toMember, type Target } from "./permits.ts";
import { groupAt, isOfRole, memberAt, membersOfGroup } from "./relations.ts";
import { isStepDown } from "./replica-set.ts";
import { findMember, type LedgerState } from "./state.ts";
import type { PermissionWord } from "./vocabulary.ts";

const WHOLE_FAMILY: Target = { type: "family" };

/** Why this member may not author such a body; null where it may. */
export function authorFault(state: LedgerState, body: PlainBody, actor: Actor): Refusal | null {
  const me = actor.member.id;
  const parents: Refusal | null = actor.member.role === "parent" ? null : "not-a-parent";
  const may = (permission: PermissionWord, target: Target): Refusal | null =>
    permits(state, me, permission, target, actor.context.time, {
      height: actor.context.height,
    }).ok
      ? null
      : "not-permitted";
  switch (body.type) {
    case "family-created":
    case "recovery":
      // It is refused for what it is, whoever signs it.
      return parents;
    case "invite-created":
    case "invite-revoked":
    case "member-registered":
    case "device-registered":
    case "device-revoked":
      return parents;
    case "replicas-changed":
      return isStepDown(state, me, body) ? null : parents;
    case "evidence":
    case "member-left":
    case "emergency-recorded":
      return null;
    case "role-assigned":
    case "member-removed":
      return memberFault(state, body.member, actor) ?? may("manage-roles", toMember(body.member));
    case "group-created":
      return (
        may("create-group", WHOLE_FAMILY) ??
        addingFault(state, body.members, actor) ??
        meetingFault(state, [me, ...body.members], [me, ...body.members], actor)
      );
    case "group-updated":
      return groupFault(state, body.group, actor) ?? may("edit-group", inGroup(body.group));
    case "group-archived":
      return groupFault(state, body.group, actor) ?? may("delete-group", inGroup(body.group));
    case "group-member-added":
      return (
        groupFault(state, body.group, actor) ??
        may("invite-to-group", inGroup(body.group)) ??
        addingFault(state, [body.member], actor) ??
        meetingFault(state, [...nowIn(state, body.group, actor), body.member], [body.member], actor)
      );
    case "group-member-removed":
      if (isSameBytes(body.member, me)) return null;
      return groupFault(state, body.group, actor) ?? may("remove-from-group", inGroup(body.group));
    case "permission-granted":
      return governs(state, body.member, actor) ?? reachFault(state, body, actor);
    case "permission-denied":
      return governs(state, body.member, actor);
    case "permission-ended": {
      const rule = state.rules.grants.find((one) => isSameBytes(one.id, body.rule));
      return rule === undefined ? parents : governs(state, rule.member, actor);
    }
    case "control-set":
      return memberFault(state, body.child, actor) ?? may("set-controls", toMember(body.child));
    case "filter-set":
      return memberFault(state, body.member, actor) ?? may("set-filters", toMember(body.member));
    case "filter-removed": {
      const filter = state.rules.filters.find((one) => isSameBytes(one.id, body.filter));
      if (filter === undefined || isForParents(state, filter.member, actor)) return parents;
      return may("set-filters", toMember(filter.member));
    }
    case "place-set":
      return may("set-boundaries", memberOrFamily(body.member));
    case "place-removed": {
      const place = state.rules.places.find((one) => isSameBytes(one.id, body.place));
      if (place === undefined || isForParents(state, place.member, actor)) return parents;
      return may("set-boundaries", memberOrFamily(place.member));
    }
    case "setting-changed":
      return may("change-settings", WHOLE_FAMILY);
    case "rules-raised":
    case "secret-renewed":
    case "recovery-key-replaced":
    case "emergency-resolved":
    case "family-closed":
      return parents;
    case "request-decided":
      return governs(state, body.member, actor);
    case "violation-recorded":
      return may("see-history", WHOLE_FAMILY);
  }
}

/** Who may reach a child is its guardians' to say, in whosever name it is granted. */
function reachFault(
  state: LedgerState,
  { scope }: BodyOf<"permission-granted">,
  actor: Actor,
): Refusal | null {
  if (scope.type !== "member") return null;
  const isChild = memberAt(momentOf(state, actor), scope.member)?.role === "child";
  return isChild ? governs(state, scope.member, actor) : null;
}

function inGroup(group: Uint8Array): Target {
  return { type: "group", group };
}

function memberOrFamily(member: MemberId | null): Target {
  return member === null ? WHOLE_FAMILY : toMember(member);
}

/** A child's rules are its guardians' to change, everybody else's those of who manages roles. */
function governs(state: LedgerState, member: MemberId, actor: Actor): Refusal | null {
  const moment = momentOf(state, actor);
  const found = memberAt(moment, member);
  if (found === null) return memberFault(state, member, actor);
  if (mayDecideFor(moment, actor.member.id, member)) return null;
  // A grown-up child has no guardian: a parent may still end what was written for it.
  return actor.member.role === "parent" && found.role === "child" && isOfAge(state, member, actor)
    ? null
    : "not-permitted";
}

function isOfAge(state: LedgerState, child: MemberId, { context }: Actor): boolean {
  return state.rules.controls.some(
    (one) => one.ended === null && isSameBytes(one.child, child) && one.endsAt <= context.time,
  );
}

/**
 * Whether a rule's end is any parent's to write: of a child that is of age nobody is the guardian, and
 * what was set for it would stand for ever.
 */
function isForParents(state: LedgerState, member: MemberId | null, actor: Actor): boolean {
  if (member === null || isSameBytes(member, actor.member.id)) return false;
  const found = memberAt(momentOf(state, actor), member);
  return found === null || (found.role === "child" && isOfAge(state, member, actor));
}

/** Nobody puts somebody else's child into a group. */
function addingFault(
  state: LedgerState,
  members: readonly MemberId[],
  actor: Actor,
): Refusal | null {
  const moment = momentOf(state, actor);
  for (const member of members) {
    if (!isOfRole(moment, member, "child")) continue;
    const answer = permits(
      state,
      actor.member.id,
      "approve-group-members",
      toMember(member),
      actor.context.time,
      { height: actor.context.height },
    );
    if (!answer.ok) return "not-permitted";
  }
  return null;
}

function nowIn(state: LedgerState, id: Uint8Array, actor: Actor): readonly MemberId[] {
  const moment = momentOf(state, actor);
  const group = groupAt(moment, id);
  return group === null ? [] : membersOfGroup(moment, group);
}

/** What is not there is named before who may not touch it. */
function memberFault(state: LedgerState, member: MemberId, actor: Actor): Refusal | null {
  if (memberAt(momentOf(state, actor), member) !== null) return null;
  return findMember(state, member) === null ? "unknown-member" : "already-left";
}

function groupFault(state: LedgerState, group: Uint8Array, actor: Actor): Refusal | null {
  return groupAt(momentOf(state, actor), group) === null ? "unknown-group" : null;
}
