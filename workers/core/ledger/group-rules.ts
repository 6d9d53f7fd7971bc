/**
 * Groups: made, renamed, archived, and who is in them. A contact is only in groups of friends, and no
 * child whose control says "family" is in a group with one. SPEC GR1..GR3. Source: DESIGN §4.
 */
import { isSameBytes } from "../codec/cbor.ts";
import {
  endedIn,
  goneIn,
  momentOf,
  narrow,
  refuse,
  withBook,
  type Actor,
  type BodyOf,
  type Execution,
} from "./execution.ts";
import type { MemberId } from "../codec/ids.ts";
import { isSignedAhead } from "./admission.ts";
import { GROUP_ADD_LIFE_MS, GROUP_MEMBERS_MAX, GROUPS_MAX } from "./limits.ts";
import { isFit } from "./group-fit.ts";
import { presentMember, refuseAbsent } from "./membership.ts";
import { groupAt, has, membersOfGroup } from "./relations.ts";
import { roomFault } from "./room.ts";
import type { Group } from "./rule-book.ts";
import { withEntry, type LedgerState } from "./state.ts";

export function createGroup(
  state: LedgerState,
  body: BodyOf<"group-created">,
  actor: Actor,
): Execution {
  const room = roomFault(state.rules.groups, GROUPS_MAX, actor.member.id);
  if (room !== null) return refuse(room);
  const ids = [actor.member.id, ...body.members];
  for (const [index, id] of ids.entries()) {
    if (presentMember(state, id) === null) return refuseAbsent(state, id);
    if (has(ids.slice(0, index), id)) return refuse("already-in-group");
  }
  const group: Group = {
    id: actor.id,
    kind: body.kind,
    name: body.name,
    members: ids.map((member) => ({
      member,
      via: actor.id,
      signedAt: actor.signedAt,
      from: actor.context.height,
      ended: null,
    })),
    by: actor.member.id,
    from: actor.context.height,
    ended: null,
  };
  return isFit(momentOf(state, actor), group.kind, ids)
    ? withBook(state, { groups: withEntry(state.rules.groups, group) })
    : refuse("unfit-for-group");
}

export function updateGroup(
  state: LedgerState,
  body: BodyOf<"group-updated">,
  actor: Actor,
): Execution {
  const group = groupAt(momentOf(state, actor), body.group);
  if (group === null) return refuse("unknown-group");
  return withGroup(state, { ...group, name: body.name });
}

export function archiveGroup(
  state: LedgerState,
  body: BodyOf<"group-archived">,
  actor: Actor,
): Execution {
  const moment = momentOf(state, actor);
  const group = groupAt(moment, body.group);
  if (group === null) return refuse("unknown-group");
  const after = withGroup(state, { ...group, ended: endedIn(actor) });
  if (!after.ok) return after;
  return narrow(after.state, actor, membersOfGroup(moment, group), body.cuts);
}

export function addToGroup(
  state: LedgerState,
  body: BodyOf<"group-member-added">,
  actor: Actor,
): Execution {
  const moment = momentOf(state, actor);
  const group = groupAt(moment, body.group);
  if (group === null) return refuse("unknown-group");
  if (presentMember(state, body.member) === null) return refuseAbsent(state, body.member);
  const ids = membersOfGroup(moment, group);
  if (has(ids, body.member)) return refuse("already-in-group");
  if (isSignedAhead(actor)) return refuse("not-yet");
  const { signedAt, context } = actor;
  const isOld = context.time > signedAt + GROUP_ADD_LIFE_MS;
  if (isOld || isOutdated(group, body.member, signedAt, context.height)) return refuse("outdated");
  if (group.members.length >= GROUP_MEMBERS_MAX) return refuse("full");
  if (!isFit(moment, group.kind, [...ids, body.member])) return refuse("unfit-for-group");
  const entry = { member: body.member, via: actor.id, signedAt, from: context.height, ended: null };
  return withGroup(state, { ...group, members: [...group.members, entry] });
}

export function removeFromGroup(
  state: LedgerState,
  body: BodyOf<"group-member-removed">,
  actor: Actor,
): Execution {
  const group = groupAt(momentOf(state, actor), body.group);
  if (group === null) return refuse("unknown-group");
  const isOne = (one: Group["members"][number]): boolean =>
    one.ended === null && isSameBytes(one.member, body.member);
  const open = group.members.find(isOne);
  if (open === undefined) return refuse("not-in-group");
  // It was about another stay: somebody has brought it in again since.
  if (open.signedAt > actor.signedAt) return refuse("outdated");
  const members = group.members.map((one) => (isOne(one) ? { ...one, ended: goneIn(actor) } : one));
  const after = withGroup(state, { ...group, members });
  return after.ok ? narrow(after.state, actor, [body.member], body.cuts) : after;
}

/**
 * Whether somebody was taken out of the group, up to that height, by what was signed after that: what was
 * asked for before, by whomever, does not bring it back.
 */
export function isOutdated(
  group: Group,
  member: MemberId,
  signedAt: number,
  height: number,
): boolean {
  return group.members.some(
    ({ member: one, ended }) =>
      ended !== null &&
      ended.height <= height &&
      ended.signedAt >= signedAt &&
      isSameBytes(one, member),
  );
}

function withGroup(state: LedgerState, group: Group): Execution {
  return withBook(state, { groups: withEntry(state.rules.groups, group) });
}
