/**
 * Which grants and denials speak of an action: by member, permission, scope, condition and expiry.
 * A condition that cannot be judged (a window without a time zone) does not hold for a grant and does
 * for a denial: what is uncertain is refused. SPEC PM10..PM13. Source: DESIGN §4.
 */
import { isSameBytes } from "../codec/cbor.ts";
import { EMERGENCY_OPEN_MS } from "./limits.ts";
import type { Target } from "./permits.ts";
import { groupAt, isGuardian, memberAt, roleAt, settingsAt, type Moment } from "./relations.ts";
import { isInForce, type Grant } from "./rule-book.ts";
import type { Member } from "./state.ts";
import type { PermissionWord, Scope } from "./vocabulary.ts";
import { isInWindows } from "./week.ts";

/** Those that hold now for this member, permission and target. */
export function grantsFor(
  moment: Moment,
  member: Member,
  permission: PermissionWord,
  target: Target,
  isDenial: boolean,
): readonly Grant[] {
  return moment.state.rules.grants.filter(
    (one) =>
      one.isDenial === isDenial &&
      one.permission === permission &&
      isSameBytes(one.member, member.id) &&
      isInForce(one, moment.height) &&
      (one.expiresAt === null || moment.time < one.expiresAt) &&
      covers(moment, member, one.scope, target) &&
      holds(moment, one),
  );
}

function covers(moment: Moment, member: Member, scope: Scope, target: Target): boolean {
  switch (scope.type) {
    case "everybody":
      return true;
    case "self":
      return target.type === "member" && isSameBytes(target.member, member.id);
    case "member":
      return target.type === "member" && isSameBytes(target.member, scope.member);
    case "group":
      return target.type === "group" && isSameBytes(target.group, scope.group);
    case "family-groups":
      return kindOf(moment, target) === "family";
    case "friends-groups":
      return kindOf(moment, target) === "friends";
    case "supervised":
      return target.type === "member" && isGuardian(moment, member.id, target.member);
    case "peers": {
      const other = target.type === "member" ? memberAt(moment, target.member) : null;
      return other !== null && roleAt(other, moment.height) === roleAt(member, moment.height);
    }
  }
}

function kindOf(moment: Moment, target: Target): string | null {
  return target.type === "group" ? (groupAt(moment, target.group)?.kind ?? null) : null;
}

function holds(moment: Moment, grant: Grant): boolean {
  const { condition } = grant;
  switch (condition.type) {
    case "always":
      return true;
    case "until":
      return moment.time < condition.time;
    case "weekly": {
      const { zone } = settingsAt(moment);
      return zone === null ? grant.isDenial : isInWindows(zone, condition.windows, moment.time);
    }
    case "emergency":
      return moment.state.rules.emergencies.some(
        (one) =>
          one.height <= moment.height &&
          (one.resolved === null || one.resolved.height > moment.height) &&
          moment.time < one.time + EMERGENCY_OPEN_MS,
      );
    case "on-approval":
      return moment.state.rules.decisions.some(
        (one) =>
          one.grant !== null &&
          isSameBytes(one.grant, grant.id) &&
          one.isApproved &&
          isInForce(one, moment.height) &&
          moment.time < one.until,
      );
  }
}
