/**
 * The permission table: may this member do this, to whom, at that moment, by the rules that held at
 * that height? Pure. Every permission that an action needs must hold; each is refused by a denial,
 * else given by the role's default or a grant; then a child's control may refuse. Words between a
 * child and its guardian, and calls for help, pass whatever is denied. SPEC PM1..PM22. Source: DESIGN §4.
 */
import { isSameBytes } from "../codec/cbor.ts";
import type { MemberId } from "../codec/ids.ts";
import { contactFault, controlFault, WORDS, type ControlFault, type Details } from "./controls.ts";
import { grantsFor } from "./grants.ts";
import {
  groupAt,
  isGuardian,
  memberAt,
  membersOfGroup,
  roleAt,
  roleSince,
  has,
  type Moment,
} from "./relations.ts";
import { defaultReach, UNDENIABLE, type Reach } from "./role-defaults.ts";
import type { Group } from "./rule-book.ts";
import { findMember, type LedgerState, type Member } from "./state.ts";
import type { PermissionWord } from "./vocabulary.ts";

/** What an action is done to. */
export type Target =
  | { readonly type: "member"; readonly member: MemberId }
  | { readonly type: "group"; readonly group: Uint8Array }
  | { readonly type: "family" };

export type Permission =
  | { readonly ok: true }
  | { readonly ok: false; readonly rule: PermissionRule; readonly height: number };

/** Names of the rules that can refuse; they are shown to people in words. */
export type PermissionRule =
  | "unknown-member"
  | "left-the-family"
  | "contacts-meet-who-accepted-them"
  | "unknown-group"
  | "not-in-group"
  | "not-by-role"
  | "denied"
  | "quiet-hours"
  | "family-only"
  | "contact-not-approved"
  | "daily-limit"
  | "media"
  | "place-for-guardians";

/** What is asked beside the five things that every question names. */
export interface PermitOptions extends Details {
  /** Height whose rules are asked for, at most the state's; the state's own where it is left out. */
  readonly height?: number;
}

/** Permissions that an action needs besides the one it is called by. */
const ALSO_NEEDED: Readonly<Partial<Record<PermissionWord, readonly PermissionWord[]>>> = {
  edit: ["send"],
  forward: ["send", "read"],
  moderate: ["read"],
  "oversee-messages": ["read"],
  "set-controls": ["see-controls"],
  "set-filters": ["see-filters"],
  "change-settings": ["see-settings"],
};

/** Words between two, which nothing may cut off between a child and its guardian. */
const TALK: ReadonlySet<PermissionWord> = new Set<PermissionWord>([
  "send",
  "read",
  "edit",
  "delete",
]);

const YES: Permission = { ok: true };

/**
 * Whether `member` may do `action` to `target`. `time`: the author's clock, milliseconds since the
 * epoch.
 */
export function permits(
  state: LedgerState,
  member: MemberId,
  action: PermissionWord,
  target: Target,
  time: number,
  options: PermitOptions = {},
): Permission {
  const moment: Moment = { state, height: options.height ?? state.height, time };
  const author = memberAt(moment, member);
  if (author === null) return refuseAbsent(moment, member);
  switch (target.type) {
    case "member": {
      const other = memberAt(moment, target.member);
      if (other === null) return refuseAbsent(moment, target.member);
      return permitsMember(moment, author, action, other, options);
    }
    case "group": {
      const group = groupAt(moment, target.group);
      if (group === null) return refuse("unknown-group", moment.height);
      return permitsGroup(moment, author, action, group, options);
    }
    case "family":
      if (action === "send-emergency") return YES;
      return permitsBits(moment, author, action, target, options);
  }
}

/** The target that a member is. */
export function toMember(member: MemberId): Target {
  return { type: "member", member };
}

function permitsMember(
  moment: Moment,
  author: Member,
  action: PermissionWord,
  other: Member,
  options: PermitOptions,
): Permission {
  const target = toMember(other.id);
  if (!mayMeet(moment, author, other)) {
    return refuse(
      "contacts-meet-who-accepted-them",
      Math.max(roleSince(author, moment.height), roleSince(other, moment.height)),
    );
  }
  if (action === "send-emergency") return YES;
  const isBond = isGuardian(moment, author.id, other.id) || isGuardian(moment, other.id, author.id);
  if (isBond && TALK.has(action)) return YES;
  return permitsBits(moment, author, action, target, options);
}

function permitsGroup(
  moment: Moment,
  author: Member,
  action: PermissionWord,
  group: Group,
  options: PermitOptions,
): Permission {
  const target: Target = { type: "group", group: group.id };
  const isIn = has(membersOfGroup(moment, group), author.id);
  const isWord = TALK.has(action) || action === "forward" || action === "send-emergency";
  if (isWord && !isIn) return refuse("not-in-group", group.from);
  if (action === "send-emergency") return YES;
  const fault = WORDS.has(action) ? meetingFault(moment, author, group) : null;
  if (fault !== null) return refuse(fault.rule, fault.height);
  return permitsBits(moment, author, action, target, options);
}

/** Words in a group are words to everybody in it: a child's control says which contacts it meets there. */
function meetingFault(moment: Moment, author: Member, group: Group): ControlFault | null {
  for (const id of membersOfGroup(moment, group)) {
    if (isSameBytes(id, author.id)) continue;
    const isAllowed = isGrantedTo(moment, author, id) || isGrantedBack(moment, author, id);
    const fault =
      contactFault(moment, author.id, id, isAllowed) ??
      contactFault(moment, id, author.id, isAllowed);
    if (fault !== null) return fault;
  }
  return null;
}

/** All permissions that the action needs, then the controls of whoever is a child. */
function permitsBits(
  moment: Moment,
  author: Member,
  action: PermissionWord,
  target: Target,
  options: PermitOptions,
): Permission {
  for (const permission of [action, ...(ALSO_NEEDED[action] ?? [])]) {
    const answer = permitsOne(moment, author, permission, target);
    if (!answer.ok) return answer;
  }
  const other = target.type === "member" ? target.member : null;
  const isAllowed =
    other !== null && (isGrantedTo(moment, author, other) || isGrantedBack(moment, author, other));
  const fault = controlFault(moment, action, author.id, other, isAllowed, options);
  return fault === null ? YES : refuse(fault.rule, fault.height);
}

function permitsOne(
  moment: Moment,
  author: Member,
  permission: PermissionWord,
  target: Target,
): Permission {
  if (!UNDENIABLE.has(permission)) {
    const [denial] = grantsFor(moment, author, permission, target, true);
    if (denial !== undefined) return refuse("denied", denial.from);
  }
  const role = roleAt(author, moment.height);
  if (reaches(moment, author, defaultReach(role, permission), target)) return YES;
  if (grantsFor(moment, author, permission, target, false).length > 0) return YES;
  return refuse("not-by-role", roleSince(author, moment.height));
}

function reaches(moment: Moment, author: Member, reach: Reach, target: Target): boolean {
  const isSelf = target.type === "member" && isSameBytes(target.member, author.id);
  const isWard = target.type === "member" && isGuardian(moment, author.id, target.member);
  switch (reach) {
    case "nobody":
      return false;
    case "self":
      return isSelf;
    case "wards":
      return isWard;
    case "self-and-wards":
      return isSelf || isWard;
    case "family":
      if (target.type === "family" || isSelf) return true;
      return target.type === "member" && roleOf(moment, target.member) !== "contact";
    case "own-groups": {
      const group = target.type === "group" ? groupAt(moment, target.group) : null;
      return group !== null && isSameBytes(group.by, author.id);
    }
    case "groups":
      return target.type === "group";
    case "everybody":
      return true;
  }
}

/** A contact meets itself, parents, whoever admitted it, and whom a grant lets it write to. */
function mayMeet(moment: Moment, a: Member, b: Member): boolean {
  if (isSameBytes(a.id, b.id)) return true;
  const roles = [roleAt(a, moment.height), roleAt(b, moment.height)];
  if (!roles.includes("contact") || roles.includes("parent")) return true;
  if (isSameBytes(a.admittedBy, b.id) || isSameBytes(b.admittedBy, a.id)) return true;
  return isNamed(moment, a, b) || isNamed(moment, b, a);
}

/** A grant that names the other person: "everybody" accepts nobody on another's behalf. */
function isNamed(moment: Moment, from: Member, to: Member): boolean {
  return grantsFor(moment, from, "send", toMember(to.id), false).some(
    (one) => one.scope.type === "member",
  );
}

function isGrantedTo(moment: Moment, author: Member, other: MemberId): boolean {
  return grantsFor(moment, author, "send", toMember(other), false).length > 0;
}

function isGrantedBack(moment: Moment, author: Member, other: MemberId): boolean {
  const member = memberAt(moment, other);
  return (
    member !== null && grantsFor(moment, member, "send", toMember(author.id), false).length > 0
  );
}

function roleOf(moment: Moment, id: MemberId): string | null {
  const member = memberAt(moment, id);
  return member === null ? null : roleAt(member, moment.height);
}

function refuseAbsent({ state, height }: Moment, id: MemberId): Permission {
  const leftAt = findMember(state, id)?.leftAt ?? null;
  if (leftAt !== null && leftAt <= height) return refuse("left-the-family", leftAt);
  return refuse("unknown-member", height);
}

function refuse(rule: PermissionRule, height: number): Permission {
  return { ok: false, rule, height };
}
