/**
 * Who may be in a group together: contacts in friends' groups alone, and no child whose control says
 * "family" with one; and that whoever brings a child and a contact together is the child's guardian.
 * SPEC GR3, GR4, AU7. Source: DESIGN §4.
 */
import { isSameBytes } from "../codec/cbor.ts";
import type { MemberId } from "../codec/ids.ts";
import { goneIn, momentOf, type Actor, type Refusal } from "./execution.ts";
import { permits, toMember } from "./permits.ts";
import { controlOf, has, isOfRole, membersOfGroup, type Moment } from "./relations.ts";
import type { Group } from "./rule-book.ts";
import type { LedgerState } from "./state.ts";
import type { Role } from "./vocabulary.ts";

export function isFit(moment: Moment, kind: Group["kind"], ids: readonly MemberId[]): boolean {
  if (!ids.some((id) => isOfRole(moment, id, "contact"))) return true;
  return kind === "friends" && ids.every((id) => controlOf(moment, id)?.contacts !== "family");
}

/**
 * The groups after a change of who somebody is or whom a child meets: it leaves those that are no place
 * for it any more. What was unfit before is not its doing.
 */
export function withoutUnfit(state: LedgerState, member: MemberId, actor: Actor): LedgerState {
  const moment = momentOf(state, actor);
  const groups = state.rules.groups.map((group) => {
    const ids = membersOfGroup(moment, group);
    const others = ids.filter((one) => !isSameBytes(one, member));
    const isIn = group.ended === null && others.length < ids.length;
    if (!isIn || isFit(moment, group.kind, ids)) return group;
    if (!isFit(moment, group.kind, others)) return group;
    const members = group.members.map((one) =>
      one.ended === null && isSameBytes(one.member, member)
        ? { ...one, ended: goneIn(actor) }
        : one,
    );
    return { ...group, members };
  });
  return { ...state, rules: { ...state.rules, groups } };
}

/**
 * A group lets a child meet its contacts: whoever brings two together who would not meet is the child's
 * guardian. `fresh`: those that come; of who is in it already nobody is asked again.
 */
export function meetingFault(
  state: LedgerState,
  ids: readonly MemberId[],
  fresh: readonly MemberId[],
  actor: Actor,
): Refusal | null {
  const moment = momentOf(state, actor);
  const { time, height } = actor.context;
  const ofRole = (role: Role): readonly MemberId[] =>
    ids.filter((one) => isOfRole(moment, one, role));
  const me = actor.member.id;
  for (const child of ofRole("child")) {
    if (permits(state, me, "approve-contacts", toMember(child), time, { height }).ok) continue;
    for (const contact of ofRole("contact")) {
      if (!has(fresh, child) && !has(fresh, contact)) continue;
      // Calls for help go to everybody whom one may meet, and to nobody else.
      const meets = permits(state, contact, "send-emergency", toMember(child), time, { height });
      if (!meets.ok) return "not-permitted";
    }
  }
  return null;
}
