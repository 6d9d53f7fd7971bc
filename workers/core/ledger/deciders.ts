/**
 * Who decides for whom: a child's guardians for it, for everybody else who manages roles. What somebody
 * asks for goes to these, and their answer is one that the ledger takes. SPEC AU2, RQ1.
 * Source: DESIGN §4 (request decided).
 */
import { isSameBytes } from "../codec/cbor.ts";
import type { MemberId } from "../codec/ids.ts";
import { permits, toMember } from "./permits.ts";
import { memberAt, roleAt, type Moment } from "./relations.ts";

/** Whether it is this member's to decide for that one. */
export function mayDecideFor(moment: Moment, decider: MemberId, member: MemberId): boolean {
  const { state, height, time } = moment;
  const found = memberAt(moment, member);
  if (found === null) return false;
  const isChild = roleAt(found, height) === "child";
  const permission = isChild ? "set-controls" : "manage-roles";
  return permits(state, decider, permission, toMember(member), time, { height }).ok;
}

/** All who decide for a member, without itself, in the ledger's order. */
export function decidersOf(moment: Moment, member: MemberId): readonly MemberId[] {
  return moment.state.members
    .map((one) => one.id)
    .filter((one) => !isSameBytes(one, member) && memberAt(moment, one) !== null)
    .filter((one) => mayDecideFor(moment, one, member));
}
