/**
 * Who is what to whom, at a height and a moment: roles, groups, and the edge from guardian to child.
 * Nobody is a guardian by a flag; a child without a control is its parents', and at eighteen nobody's.
 * SPEC PM7. Source: DESIGN §4, permissions.
 */
import { isSameBytes } from "../codec/cbor.ts";
import type { MemberId } from "../codec/ids.ts";
import { LOCATION_SECONDS_DEFAULT, MESSAGE_BYTES_DEFAULT } from "./limits.ts";
import { isInForce, type Control, type Group, type Setting } from "./rule-book.ts";
import { findMember, type LedgerState, type Member } from "./state.ts";
import type { Role } from "./transaction.ts";

/** The rules of `state` as they stood after the block of `height`, for somebody at `time`. */
export interface Moment {
  readonly state: LedgerState;
  readonly height: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

/** A member that was registered and had not left. */
export function memberAt({ state, height }: Moment, id: MemberId): Member | null {
  const found = findMember(state, id);
  if (found === null || found.registeredAt > height) return null;
  return found.leftAt !== null && found.leftAt <= height ? null : found;
}

export function roleAt(member: Member, height: number): Role {
  return member.formerRoles.find((one) => one.until > height)?.role ?? member.role;
}

/** Whether somebody was in the family at that height, in that role. */
export function isOfRole(moment: Moment, id: MemberId, role: Role): boolean {
  const member = memberAt(moment, id);
  return member !== null && roleAt(member, moment.height) === role;
}

/** Height from which the member had the role that it has at `height`. */
export function roleSince(member: Member, height: number): number {
  return member.formerRoles.findLast((one) => one.until <= height)?.until ?? member.registeredAt;
}

/** The control of a child; null for who has none, is no child, or is eighteen. */
export function controlOf(moment: Moment, child: MemberId): Control | null {
  const member = memberAt(moment, child);
  if (member === null || roleAt(member, moment.height) !== "child") return null;
  const control = latestControl(moment, child);
  return control === null || moment.time >= control.endsAt ? null : control;
}

/** The control that stands for a child, whatever its age. */
export function latestControl({ state, height }: Moment, child: MemberId): Control | null {
  return (
    state.rules.controls.find((one) => isSameBytes(one.child, child) && isInForce(one, height)) ??
    null
  );
}

/** Parents of the family at that height. */
export function parentsAt(moment: Moment): readonly Member[] {
  return moment.state.members.filter(
    (one) => memberAt(moment, one.id) !== null && roleAt(one, moment.height) === "parent",
  );
}

/**
 * A child's guardians: those of its control that are parents, and every parent where no such is left
 * or none was ever named. Nobody's once it is no child any more, or eighteen.
 */
export function guardiansOf(moment: Moment, child: MemberId): readonly MemberId[] {
  const member = memberAt(moment, child);
  if (member === null || roleAt(member, moment.height) !== "child") return [];
  const control = latestControl(moment, child);
  if (control !== null && moment.time >= control.endsAt) return [];
  const parents = parentsAt(moment).map((one) => one.id);
  const named = parents.filter((one) => control !== null && has(control.guardians, one));
  return named.length > 0 ? named : parents;
}

export function isGuardian(moment: Moment, guardian: MemberId, child: MemberId): boolean {
  return has(guardiansOf(moment, child), guardian);
}

/** A group that is not archived. */
export function groupAt({ state, height }: Moment, id: Uint8Array): Group | null {
  const found = state.rules.groups.find((one) => isSameBytes(one.id, id)) ?? null;
  return found !== null && isInForce(found, height) ? found : null;
}

/** Who is in a group and in the family. */
export function membersOfGroup(moment: Moment, group: Group): readonly MemberId[] {
  return group.members
    .filter((one) => isInForce(one, moment.height) && memberAt(moment, one.member) !== null)
    .map((one) => one.member);
}

/** The settings that stand; those of a new family where none were made. */
export function settingsAt({
  state,
  height,
}: Moment): Pick<Setting, "version" | "messageBytes" | "locationSeconds" | "zone"> {
  return (
    state.rules.settings.find((one) => isInForce(one, height)) ?? {
      version: 0,
      messageBytes: MESSAGE_BYTES_DEFAULT,
      locationSeconds: LOCATION_SECONDS_DEFAULT,
      zone: null,
    }
  );
}

export function has(ids: readonly Uint8Array[], id: Uint8Array): boolean {
  return ids.some((one) => isSameBytes(one, id));
}
