/**
 * Which transactions one person cannot write alone, and who has to agree: what gives somebody power
 * over others, or takes a parent's away. What protects needs nobody else. SPEC DC1, DC9, DC16, DC18, DC24, DC27, CN5.
 * Source: DESIGN §4.12.
 */
import { isSameBytes } from "../codec/cbor.ts";
import type { DeviceId, MemberId } from "../codec/ids.ts";
import { momentOf, type Actor, type BodyOf } from "./execution.ts";
import { isGrownUp, presentMember } from "./membership.ts";
import type { PlainBody } from "./perform.ts";
import { GOVERNING } from "./permission-rules.ts";
import { NOTICE_LONG_MS, NOTICE_SHORT_MS } from "./limits.ts";
import { has, latestControl, memberAt, parentsAt } from "./relations.ts";
import { devicesOf, findDevice, type LedgerState } from "./state.ts";
import type { Role } from "./transaction.ts";

export interface Need {
  /**
   * `two-parents`: two parents other than the subject. `child-device`: those, or one guardian after
   * 24 hours. `unless-objected`: those, or one parent after 72 hours without objection.
   */
  readonly form: "two-parents" | "child-device" | "unless-objected";
  /** The member whom it is about; it does not decide, but it may consent. */
  readonly subject: MemberId | null;
}

/** What a body needs beside its author; null where the author alone is enough. */
export function needOf(state: LedgerState, body: PlainBody, actor: Actor): Need | null {
  const me = actor.member.id;
  const isParent = (id: MemberId): boolean => presentMember(state, id)?.role === "parent";
  const isOtherParent = (id: MemberId): boolean => isParent(id) && !isSameBytes(id, me);
  switch (body.type) {
    case "role-assigned":
      return roleNeed(state, body, actor);
    case "member-removed": {
      const role = presentMember(state, body.member)?.role;
      return role === "parent" || role === "child" ? twoParents(body.member) : null;
    }
    case "member-registered":
      return admissionNeed(state, { role: body.request.role, member: null });
    case "device-registered": {
      const { member, role } = body.request;
      if (member === null || body.replaced.length === 0) {
        return admissionNeed(state, { role, member });
      }
      // What is replaced is revoked with it.
      if (isOtherParent(member)) return twoParents(member);
      const isChilds = presentMember(state, member)?.role === "child";
      return isChilds ? { form: "child-device", subject: member } : null;
    }
    case "device-revoked": {
      const owner = findDevice(state, body.device)?.member ?? null;
      if (owner === null) return null;
      if (isOtherParent(owner)) return { form: "unless-objected", subject: owner };
      const isChilds = presentMember(state, owner)?.role === "child";
      return isChilds && hasSuccessor(state, body.device, actor)
        ? { form: "child-device", subject: owner }
        : null;
    }
    case "permission-granted":
      return GOVERNING.has(body.permission) ? twoParents(body.member) : null;
    case "permission-denied":
      return isOtherParent(body.member) ? twoParents(body.member) : null;
    case "permission-ended": {
      const rule = state.rules.grants.find((one) => isSameBytes(one.id, body.rule));
      return rule !== undefined && isParent(rule.member) ? twoParents(rule.member) : null;
    }
    case "control-set":
      return isWidening(state, body, actor) ? twoParents(body.child) : null;
    case "filter-set":
      return body.isReporting && !isSameBytes(body.member, me) ? twoParents(body.member) : null;
    case "setting-changed":
      // What is let go on every device comes back from none.
      return body.retentionDays < state.retentionDays
        ? { form: "unless-objected", subject: null }
        : null;
    case "recovery-key-replaced":
      return twoParents(body.member);
    case "family-closed":
      return twoParents(null);
    default:
      return null;
  }
}

/**
 * What it needs to let somebody in. The second parent comes by the first alone, since nobody else
 * could agree; a third takes two. A further device takes one, also another parent's, whose phone may be
 * lost with nobody else to ask: it does not speak for its member in its first days (new-device.ts).
 */
export function admissionNeed(
  state: LedgerState,
  request: { readonly role: Role; readonly member: MemberId | null },
): Need | null {
  if (request.member !== null) {
    const isChilds = presentMember(state, request.member)?.role === "child";
    // A child that has none is given another person's phone to speak with: as if it were replaced.
    return isChilds && devicesOf(state, request.member).length === 0
      ? { form: "child-device", subject: request.member }
      : null;
  }
  if (request.role !== "parent") return null;
  const parents = state.members.filter((one) => one.role === "parent" && one.leftAt === null);
  return parents.length >= 2 ? twoParents(null) : null;
}

/**
 * Whether another device of its member was let in after it and less than a day ago: to take it out now
 * would be to replace it, in two steps. That newer one itself is taken out at once.
 */
function hasSuccessor(state: LedgerState, id: DeviceId, { context }: Actor): boolean {
  const device = findDevice(state, id);
  if (device === null) return false;
  return devicesOf(state, device.member).some(
    (one) =>
      one.registeredAt > device.registeredAt && one.registeredTime + NOTICE_SHORT_MS > context.time,
  );
}

function twoParents(subject: MemberId | null): Need {
  return { form: "two-parents", subject };
}

function roleNeed(
  state: LedgerState,
  { member, from, to }: BodyOf<"role-assigned">,
  actor: Actor,
): Need | null {
  if (to === "parent") return twoParents(member);
  if (from === "parent") {
    return isSameBytes(member, actor.member.id) ? null : twoParents(member);
  }
  if (from === "child") return isGrownUp(state, member, actor) ? null : twoParents(member);
  return null;
}

/** Whether a control gives its parents more power over the child than it had before. */
function isWidening(state: LedgerState, body: BodyOf<"control-set">, actor: Actor): boolean {
  const moment = momentOf(state, actor);
  const former = latestControl(moment, body.child);
  const parents = parentsAt(moment).map((one) => one.id);
  // Who has left since is not asked for: it must not stand between a child and a protective rule.
  const guardians = former?.guardians.filter((one) => has(parents, one)) ?? parents;
  const confidants = (former?.confidants ?? []).filter((one) => memberAt(moment, one) !== null);
  if (!isSameSet(guardians, body.guardians)) return true;
  if (!isSameSet(confidants, body.confidants)) return true;
  if (body.oversight && former?.oversight !== true) return true;
  const wasOpen = (former?.location ?? "own-choice") === "own-choice";
  if (wasOpen && body.location !== "own-choice") return true;
  // Later is power for longer, earlier lets a child go, and with it everything that protects it.
  if (former !== null) return body.endsAt !== former.endsAt;
  return body.endsAt < moment.time + NOTICE_LONG_MS;
}

function isSameSet(a: readonly MemberId[], b: readonly MemberId[]): boolean {
  return a.length === b.length && a.every((one) => has(b, one));
}
