/**
 * An invite whose newcomer the inviter alone cannot let in: whether it is asked for, and whom it
 * waits for. SPEC IN25, IN30. Source: DESIGN §4.12.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import { admissionNeed } from "../core/ledger/needs.ts";
import { has, isGuardian, parentsAt } from "../core/ledger/relations.ts";
import type { Proposal } from "../core/ledger/standing.ts";
import { familyNow, myMember, nameOf, stateOf, type Family } from "./family.ts";
import type { InviteRecord } from "./invite-record.ts";

/**
 * Whether what was approved here is open as a proposal that can still happen: where the other parent
 * has gone meanwhile, the inviter alone would be enough, and invites anew (DC22).
 */
export function isOpenFor(family: Family, { approval, role, member }: InviteRecord): boolean {
  const found = proposalOf(family, approval);
  const isNeeded = admissionNeed(stateOf(family), { role, member }) !== null;
  return found !== null && isNeeded && found.expiresAt > familyNow(family);
}

/** Names of the parents of whom one has to agree too; empty where the inviter is enough, or it is over. */
export function needsOf(family: Family, record: InviteRecord): readonly string[] {
  const { step, role, member, approval } = record;
  if (step === "done" || step === "burned" || step === "expired" || step === "revoked") return [];
  const state = stateOf(family);
  if (admissionNeed(state, { role, member }) === null) return [];
  const me = myMember(family)?.id;
  const agreed = (proposalOf(family, approval)?.voices ?? [])
    .filter((one) => one.isApproval)
    .map((one) => one.member);
  return parentsAt({ state, height: state.height, time: state.time })
    .filter(({ id }) => !(me !== undefined && isSameBytes(id, me)) && !has(agreed, id))
    .map(({ id }) => nameOf(family, id))
    .filter((name) => name !== "");
}

/** Whether it happens by itself a day after the approval: a guardian's, of a child that has no device. */
export function isAfterDay(family: Family, { role, member }: InviteRecord): boolean {
  const state = stateOf(family);
  const me = myMember(family);
  if (me === null || member === null) return false;
  if (admissionNeed(state, { role, member })?.form !== "child-device") return false;
  return isGuardian({ state, height: state.height, time: state.time }, me.id, member);
}

/** A proposal is known by the first 16 bytes of its transaction's id. */
function proposalOf(family: Family, approval: Uint8Array | null): Proposal | null {
  if (approval === null) return null;
  const id = approval.subarray(0, 16);
  return stateOf(family).rules.proposals.find((one) => isSameBytes(one.id, id)) ?? null;
}
