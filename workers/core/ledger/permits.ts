/**
 * The permission table: may this member do this to that member, by the rules of this state? One pure
 * function over one table of role defaults; grants, denials and parental controls join it as their
 * transactions arrive. Words to and from a parent always pass. SPEC PM1..PM4. Source: DESIGN §4.
 */
import { isSameBytes } from "../codec/cbor.ts";
import type { MemberId } from "../codec/ids.ts";
import { findMember, type LedgerState, type Member } from "./state.ts";

/** What is asked for. */
export type Action = "send";

export type Permission =
  | { readonly ok: true }
  | { readonly ok: false; readonly rule: PermissionRule; readonly height: number };

/** Names of the rules that can refuse; they are shown to people in words. */
export type PermissionRule = "unknown-member" | "contacts-meet-who-accepted-them";

/** Whether `member` may do `action` to `target`. */
export function permits(
  state: LedgerState,
  member: MemberId,
  action: Action,
  target: MemberId,
): Permission {
  const author = findMember(state, member);
  const other = findMember(state, target);
  if (author === null || other === null) return refuse("unknown-member", state.height);
  switch (action) {
    case "send":
      return mayTalk(author, other)
        ? { ok: true }
        : refuse(
            "contacts-meet-who-accepted-them",
            Math.max(author.registeredAt, other.registeredAt),
          );
  }
}

/** A contact talks with itself, parents and whoever admitted it; everybody else with everybody. */
function mayTalk(a: Member, b: Member): boolean {
  if (isSameBytes(a.id, b.id)) return true;
  if (a.role !== "contact" && b.role !== "contact") return true;
  if (a.role === "parent" || b.role === "parent") return true;
  return isSameBytes(a.admittedBy, b.id) || isSameBytes(b.admittedBy, a.id);
}

function refuse(rule: PermissionRule, height: number): Permission {
  return { ok: false, rule, height };
}
