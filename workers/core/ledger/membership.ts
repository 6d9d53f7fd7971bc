/**
 * Roles change, members go. Whoever goes takes along its devices, its place among those who keep the
 * rules, its groups, its invites and what it proposed; the last parent stays. SPEC MR1..MR10.
 * Source: DESIGN §4.12.
 */
import { isSameBytes } from "../codec/cbor.ts";
import { toHex, type MemberId } from "../codec/ids.ts";
import { endOf, hasParentDevice, isSignedAhead } from "./admission.ts";
import {
  accept,
  endedIn,
  goneIn,
  momentOf,
  narrow,
  ownerOf,
  refuse,
  type Actor,
  type BodyOf,
  type Execution,
} from "./execution.ts";
import { withoutUnfit } from "./group-fit.ts";
import { FORMER_ROLES_MAX } from "./limits.ts";
import { GOVERNING } from "./permission-rules.ts";
import { latestControl, parentsAt } from "./relations.ts";
import { roomFault } from "./room.ts";
import type { RuleBook } from "./rule-book.ts";
import { findMember, withEntry, type LedgerState, type Member } from "./state.ts";

/** A member that is in the family now. */
export function presentMember(state: LedgerState, id: MemberId): Member | null {
  const found = findMember(state, id);
  return found === null || found.leftAt !== null ? null : found;
}

export function assignRole(
  state: LedgerState,
  body: BodyOf<"role-assigned">,
  actor: Actor,
): Execution {
  const member = presentMember(state, body.member);
  if (member === null) return refuseAbsent(state, body.member);
  if (member.role !== body.from) return refuse("rules-moved");
  if (!isProperChange(body)) return refuse("bad-role");
  const room = roomFault(member.formerRoles, FORMER_ROLES_MAX, actor.member.id);
  if (room !== null) return refuse(room);
  const { height, time } = actor.context;
  const former = { role: member.role, until: height, time, by: actor.member.id };
  const formerRoles = [...member.formerRoles, former];
  const isParent = body.to === "parent";
  const recoveryKey = isParent ? member.recoveryKey : null;
  const changed: Member = { ...member, role: body.to, formerRoles, recoveryKey };
  let after: LedgerState = { ...state, members: withEntry(state.members, changed) };
  if (body.to === "contact" || member.role === "parent") {
    after = withoutPowerOf(after, member.id, actor);
  }
  if (body.to === "contact") {
    after = withoutUnfit(withoutReplicasOf(after, member.id), member.id, actor);
  }
  if (member.role === "parent") after = withoutInvitesOf(after, member.id);
  if (after.replicas.length === 0) return refuse("last-replica");
  if (parentsAt(momentOf(after, actor)).length === 0) return refuse("last-parent");
  if (!hasParentDevice(after)) return refuse("last-parent-device");
  return narrow(after, actor, [member.id], body.cuts);
}

/** Nobody becomes a child, a child grows up to a relative, and everything else may change. */
function isProperChange({ from, to }: BodyOf<"role-assigned">): boolean {
  if (from === to || to === "child") return false;
  return from !== "child" || to === "relative";
}

/** Whether a child's control says that it is eighteen. */
export function isGrownUp(state: LedgerState, child: MemberId, actor: Actor): boolean {
  const control = latestControl(momentOf(state, actor), child);
  return control !== null && control.endsAt <= actor.context.time;
}

export function removeMember(
  state: LedgerState,
  body: BodyOf<"member-removed">,
  actor: Actor,
): Execution {
  const member = presentMember(state, body.member);
  if (member === null) return refuseAbsent(state, body.member);
  return depart(state, member, body.cuts, actor);
}

export function leave(state: LedgerState, body: BodyOf<"member-left">, actor: Actor): Execution {
  return depart(state, actor.member, body.cuts, actor);
}

function depart(
  state: LedgerState,
  member: Member,
  cuts: RuleBook["narrowings"][number]["cuts"],
  actor: Actor,
): Execution {
  const { height } = actor.context;
  if (isSameBytes(member.id, actor.member.id) && isSignedAhead(actor)) return refuse("not-yet");
  const devices = state.devices.map((one) => {
    if (one.revoked !== null || !isSameBytes(one.member, member.id)) return one;
    const named = cuts.filter((cut) => isSameBytes(cut.device, one.id));
    const own = named.slice(0, 64).map(({ stream, seq, id }) => ({ stream, seq, id }));
    return { ...one, revoked: { height, ...endOf(one, "retired", own, actor) } };
  });
  const gone: Member = { ...member, leftAt: height, recoveryKey: null };
  const proposals = state.rules.proposals.filter((one) => !isSameBytes(one.by, member.id));
  let after: LedgerState = {
    ...state,
    devices,
    members: withEntry(state.members, gone),
    rules: { ...state.rules, ...endedWith(state.rules, member.id, actor), proposals },
  };
  after = withoutInvitesOf(withoutReplicasOf(after, member.id), member.id);
  if (after.replicas.length === 0) return refuse("last-replica");
  if (parentsAt(momentOf(after, actor)).length === 0) return refuse("last-parent");
  return hasParentDevice(after) ? accept(after) : refuse("last-parent-device");
}

/** What was for somebody who goes ends with it: nobody would govern that any more. */
function endedWith(
  book: RuleBook,
  id: MemberId,
  actor: Actor,
): Pick<RuleBook, "grants" | "controls" | "filters" | "places" | "groups"> {
  const ended = endedIn(actor);
  const isOf = (one: MemberId | null): boolean => one !== null && isSameBytes(one, id);
  const end = <T extends { readonly ended: object | null }>(rule: T, isTheirs: boolean): T =>
    rule.ended === null && isTheirs ? { ...rule, ended } : rule;
  return {
    grants: book.grants.map((one) =>
      end(one, isOf(one.member) || (one.scope.type === "member" && isOf(one.scope.member))),
    ),
    controls: book.controls.map((one) => end(one, isOf(one.child))),
    filters: book.filters.map((one) => end(one, isOf(one.member))),
    places: book.places.map((one) => end(one, isOf(one.member))),
    groups: book.groups.map((group) => ({
      ...group,
      members: group.members.map((one) =>
        one.ended === null && isOf(one.member) ? { ...one, ended: goneIn(actor) } : one,
      ),
    })),
  };
}

/** Power over others was granted to who the member was. */
function withoutPowerOf(state: LedgerState, id: MemberId, actor: Actor): LedgerState {
  const grants = state.rules.grants.map((one) =>
    one.ended === null &&
    !one.isDenial &&
    GOVERNING.has(one.permission) &&
    isSameBytes(one.member, id)
      ? { ...one, ended: endedIn(actor) }
      : one,
  );
  return { ...state, rules: { ...state.rules, grants } };
}

function withoutReplicasOf(state: LedgerState, member: MemberId): LedgerState {
  const name = toHex(member);
  return { ...state, replicas: state.replicas.filter((one) => ownerOf(state, one) !== name) };
}

/** What a parent invited lapses when it governs no more, and what is for somebody who has gone. */
function withoutInvitesOf(state: LedgerState, id: MemberId): LedgerState {
  const name = toHex(id);
  const isTheirs = (one: LedgerState["invites"][number]): boolean =>
    ownerOf(state, one.by) === name ||
    (findMember(state, id)?.leftAt !== null && one.member !== null && toHex(one.member) === name);
  const invites = state.invites.map((one) =>
    one.isUsed === 0 && isTheirs(one) ? { ...one, isUsed: 1 } : one,
  );
  return { ...state, invites };
}

export function refuseAbsent(state: LedgerState, id: MemberId): Execution {
  return refuse(findMember(state, id) === null ? "unknown-member" : "already-left");
}
