/**
 * What the family's rules can do at once where somebody says yes to a request: let its author write to
 * the person that it names until then, where that is what is missing, or put it into the group. Whether
 * the ledger takes it is the ledger's to say; nothing is offered that would change nothing. SPEC RQN6,
 * RQN7. Source: DESIGN §4, permissions and groups.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import { toHex, type MemberId } from "../core/codec/ids.ts";
import type { Payload } from "../core/gossip/payload.ts";
import { permits, toMember } from "../core/ledger/permits.ts";
import type { Grant } from "../core/ledger/rule-book.ts";
import type { TransactionBody } from "../core/ledger/transaction.ts";
import { familyNow, myMember, stateOf, type Family } from "./family.ts";
import { groupViews } from "./grouping.ts";

export interface RequestRule {
  readonly rule: "send" | "join";
  readonly body: TransactionBody;
}

/** @param until when a permission to write ends, milliseconds since the epoch */
export function ruleFor(
  family: Family,
  by: MemberId,
  { thing, about }: Extract<Payload, { type: "request" }>,
  until: number,
): RequestRule | null {
  if (about === null) return null;
  if (about.type === "group") {
    const group = groupViews(family).find(({ id }) => id === toHex(about.group));
    if (thing !== "group" || group?.canAdd.includes(toHex(by)) !== true) return null;
    return { rule: "join", body: { type: "group-member-added", group: about.group, member: by } };
  }
  if (thing !== "contact" || isSameBytes(about.member, by)) return null;
  const fields = {
    member: by,
    permission: "send" as const,
    scope: { type: "member" as const, member: about.member },
    condition: { type: "until" as const, time: until },
    expiresAt: until,
  };
  if (!wouldLet(family, by, about.member, fields)) return null;
  return { rule: "send", body: { type: "permission-granted", ...fields } };
}

/** Whether they may not write now, and might with it. */
function wouldLet(
  family: Family,
  by: MemberId,
  to: MemberId,
  fields: Pick<Grant, "member" | "permission" | "scope" | "condition" | "expiresAt">,
): boolean {
  const me = myMember(family);
  const state = stateOf(family);
  const now = familyNow(family);
  if (me === null || permits(state, by, "send", toMember(to), now).ok) return false;
  const grant: Grant = {
    ...fields,
    id: new Uint8Array(16),
    isDenial: false,
    by: me.id,
    from: state.height,
    ended: null,
  };
  const { rules } = state;
  const after = { ...state, rules: { ...rules, grants: [...rules.grants, grant] } };
  return permits(after, by, "send", toMember(to), now).ok;
}
