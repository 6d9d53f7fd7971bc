/**
 * Who is in a conversation, and whether one of them may say something there that the others receive:
 * the table's answer for the conversation as a whole, and then for each who receives it, since neither
 * a group nor the whole family is a way around what a rule says of two people. Whom a message may not
 * reach its author leaves out. SPEC VD6 to VD8, VD15 to VD17, PC3, RQ1, KA16. Source: DESIGN §4, §5.
 */
import { isSameBytes } from "../codec/cbor.ts";
import type { MemberId } from "../codec/ids.ts";
import { permits, toMember, type PermissionRule } from "../ledger/permits.ts";
import { groupAt, has, memberAt, membersOfGroup, roleAt, roleSince } from "../ledger/relations.ts";
import type { Moment } from "../ledger/relations.ts";
import type { PermissionWord } from "../ledger/vocabulary.ts";
import { isForAnyDevice, REQUEST_KINDS, type Audience, type Header, type Kind } from "./header.ts";

/** What refuses, with the height of the rule. */
export interface AudienceFault {
  readonly rule: PermissionRule;
  readonly height: number;
}

/** What one has to be allowed to do for a message of each kind. */
const ACTIONS: Readonly<Partial<Record<Kind, PermissionWord>>> = {
  edit: "edit",
  delete: "delete",
  emergency: "send-emergency",
  "emergency-word": "send-emergency",
  place: "share-place",
};

export function actionFor(kind: Kind): PermissionWord {
  return ACTIONS[kind] ?? "send";
}

/** The members of a conversation in which `author` says something; none of a group that is not there. */
export function membersIn(
  moment: Moment,
  audience: Audience,
  author: MemberId,
): readonly MemberId[] {
  switch (audience.type) {
    case "member":
      return isSameBytes(audience.member, author) ? [author] : [author, audience.member];
    case "group": {
      const group = groupAt(moment, audience.group);
      return group === null ? [] : membersOfGroup(moment, group);
    }
    case "family":
      return moment.state.members
        .filter((one) => memberAt(moment, one.id) !== null && isOfFamily(moment, one.id))
        .map((one) => one.id);
  }
}

/** Why the author may not say that in this conversation at all; null where it may. */
export function speakFault(
  moment: Moment,
  author: MemberId,
  action: PermissionWord,
  audience: Audience,
): AudienceFault | null {
  switch (audience.type) {
    case "member":
      return asked(moment, author, action, toMember(audience.member));
    case "group":
      return asked(moment, author, action, { type: "group", group: audience.group });
    case "family":
      return (
        familyFault(moment, author, action) ?? asked(moment, author, action, { type: "family" })
      );
  }
}

/**
 * Why it may not reach this member of a group or of the family; null where it may.
 * @param members who is in the conversation at that moment
 */
export function reachFault(
  moment: Moment,
  author: MemberId,
  action: PermissionWord,
  audience: Audience,
  members: readonly MemberId[],
  to: MemberId,
): AudienceFault | null {
  if (audience.type === "member" || isSameBytes(author, to)) return null;
  if (audience.type === "group" && !has(members, to)) {
    return { rule: "not-in-group", height: moment.height };
  }
  const outside = audience.type === "family" ? familyFault(moment, to, action) : null;
  return outside ?? asked(moment, author, action, toMember(to));
}

/** What the rules of that moment say against a message to these members; null for nothing. */
export function wordsFault(
  moment: Moment,
  author: MemberId,
  { kind, audience }: Pick<Header, "kind" | "audience">,
  recipients: readonly MemberId[],
): AudienceFault | null {
  if (isForAnyDevice({ kind, audience })) return null;
  if (kind === "place") return placeFault(moment, author, audience, recipients);
  const action = actionFor(kind);
  // For each who decides, as if it were written to alone: quiet hours end at a guardian.
  if (REQUEST_KINDS.has(kind)) return eachFault(moment, author, action, recipients);
  const fault = speakFault(moment, author, action, audience);
  if (fault !== null) return fault;
  if (audience.type === "member") return null;
  const members = membersIn(moment, audience, author);
  for (const to of recipients) {
    const reach = reachFault(moment, author, action, audience, members, to);
    if (reach !== null) return reach;
  }
  return null;
}

/** What the rules say against a place for these members: of each of them, and of the group if it is for one. */
function placeFault(
  moment: Moment,
  author: MemberId,
  audience: Audience,
  recipients: readonly MemberId[],
): AudienceFault | null {
  const named = audience.type === "member" ? [audience.member] : [];
  if (audience.type === "group") {
    const group = groupAt(moment, audience.group);
    if (group === null) return { rule: "unknown-group", height: moment.height };
    if (!has(membersOfGroup(moment, group), author)) {
      return { rule: "not-in-group", height: group.from };
    }
  }
  for (const to of [...named, ...recipients]) {
    const fault = placeFaultTo(moment, author, audience, to);
    if (fault !== null) return fault;
  }
  return familyFault(moment, author, "share-place");
}

/**
 * Why a place may not be for this member; null where it may. It takes the leave to share it with that
 * member and that one's to see it, and no contact has either, whatever is granted.
 */
export function placeFaultTo(
  moment: Moment,
  author: MemberId,
  audience: Audience,
  to: MemberId,
): AudienceFault | null {
  if (isSameBytes(author, to)) return null;
  if (audience.type === "group" && !has(membersIn(moment, audience, author), to)) {
    return { rule: "not-in-group", height: moment.height };
  }
  return (
    familyFault(moment, to, "share-place") ??
    asked(moment, author, "share-place", toMember(to)) ??
    asked(moment, to, "see-place", toMember(author))
  );
}

function eachFault(
  moment: Moment,
  author: MemberId,
  action: PermissionWord,
  recipients: readonly MemberId[],
): AudienceFault | null {
  for (const to of recipients) {
    const fault = isSameBytes(author, to) ? null : asked(moment, author, action, toMember(to));
    if (fault !== null) return fault;
  }
  return null;
}

/**
 * What a later change says against a message that was allowed. What somebody took back stays so, whatever
 * became of its place in the conversation: only that it may not take back at all counts.
 */
export function laterFault(
  moment: Moment,
  author: MemberId,
  header: Pick<Header, "kind" | "audience">,
  recipients: readonly MemberId[],
): AudienceFault | null {
  const fault = wordsFault(moment, author, header, recipients);
  if (header.kind !== "delete" || fault?.rule === "denied") return fault;
  const denied = asked(moment, author, "delete", { type: "family" });
  return denied?.rule === "denied" ? denied : null;
}

function asked(
  { state, height, time }: Moment,
  author: MemberId,
  action: PermissionWord,
  target: Parameters<typeof permits>[3],
): AudienceFault | null {
  const answer = permits(state, author, action, target, time, { height });
  return answer.ok ? null : { rule: answer.rule, height: answer.height };
}

/**
 * The family's own conversation is everybody's but the contacts'. A call for help is for everybody whom
 * one may meet.
 */
function familyFault(moment: Moment, id: MemberId, action: PermissionWord): AudienceFault | null {
  if (action === "send-emergency") return null;
  const member = memberAt(moment, id);
  if (member === null || isOfFamily(moment, id)) return null;
  return { rule: "not-by-role", height: roleSince(member, moment.height) };
}

function isOfFamily(moment: Moment, id: MemberId): boolean {
  const member = memberAt(moment, id);
  return member !== null && roleAt(member, moment.height) !== "contact";
}
