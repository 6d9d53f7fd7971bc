/**
 * What a body does to the state, for whoever may do it: asked before, by authority.ts and needs.ts, or
 * decided by the parents, proposals.ts. A dispatcher and nothing else. SPEC EX6..EX19.
 */
import { isSameBytes } from "../codec/cbor.ts";
import { registerDevice, registerMember, revokeDevice } from "./admission.ts";
import { removeFilter, removePlace, setControl, setFilter, setPlace } from "./child-rules.ts";
import { convict } from "./evidence.ts";
import { accept, refuse, type Actor, type BodyOf, type Execution } from "./execution.ts";
import {
  changeSettings,
  closeFamily,
  raiseRules,
  renewSecret,
  replaceRecoveryKey,
} from "./family-rules.ts";
import {
  addToGroup,
  archiveGroup,
  createGroup,
  removeFromGroup,
  updateGroup,
} from "./group-rules.ts";
import { createInvite, revokeInvite } from "./invites.ts";
import { assignRole, leave, removeMember } from "./membership.ts";
import { denyPermission, endPermission, grantPermission } from "./permission-rules.ts";
import { decideRequest, recordEmergency, recordViolation, resolveEmergency } from "./records.ts";
import { changeReplicaSet } from "./replica-set.ts";
import type { LedgerState } from "./state.ts";
import type { TransactionBody } from "./transaction.ts";

/** Kinds about proposals, which proposals.ts executes. */
export type ProposalKind = "proposed" | "approved" | "objected" | "withdrawn" | "enacted";
export type PlainBody = Exclude<TransactionBody, { type: ProposalKind }>;

export function perform(state: LedgerState, body: PlainBody, actor: Actor): Execution {
  switch (body.type) {
    case "family-created":
      return refuse("already-founded");
    case "recovery":
      return refuse("recovery-stands-alone");
    case "invite-created":
      return createInvite(state, body, actor);
    case "invite-revoked":
      return revokeInvite(state, body, actor);
    case "member-registered":
      return registerMember(state, body, actor);
    case "device-registered":
      return registerDevice(state, body, actor);
    case "device-revoked":
      return revokeDevice(state, body, actor);
    case "replicas-changed":
      return changeReplicas(state, body, actor);
    case "evidence":
      return convict(state, body, actor.context.height);
    case "role-assigned":
      return assignRole(state, body, actor);
    case "member-removed":
      return removeMember(state, body, actor);
    case "member-left":
      return leave(state, body, actor);
    case "group-created":
      return createGroup(state, body, actor);
    case "group-updated":
      return updateGroup(state, body, actor);
    case "group-archived":
      return archiveGroup(state, body, actor);
    case "group-member-added":
      return addToGroup(state, body, actor);
    case "group-member-removed":
      return removeFromGroup(state, body, actor);
    case "permission-granted":
      return grantPermission(state, body, actor);
    case "permission-denied":
      return denyPermission(state, body, actor);
    case "permission-ended":
      return endPermission(state, body, actor);
    case "control-set":
      return setControl(state, body, actor);
    case "filter-set":
      return setFilter(state, body, actor);
    case "filter-removed":
      return removeFilter(state, body, actor);
    case "place-set":
      return setPlace(state, body, actor);
    case "place-removed":
      return removePlace(state, body, actor);
    case "setting-changed":
      return changeSettings(state, body, actor);
    case "rules-raised":
      return raiseRules(state, body, actor);
    case "recovery-key-replaced":
      return replaceRecoveryKey(state, body);
    case "secret-renewed":
      return renewSecret(state, body);
    case "request-decided":
      return decideRequest(state, body, actor);
    case "emergency-recorded":
      return recordEmergency(state, body, actor);
    case "emergency-resolved":
      return resolveEmergency(state, body, actor);
    case "violation-recorded":
      return recordViolation(state, body, actor);
    case "family-closed":
      return closeFamily(state, actor);
  }
}

function changeReplicas(
  state: LedgerState,
  body: BodyOf<"replicas-changed">,
  { member, context }: Actor,
): Execution {
  if (!isSameBytes(body.parent, context.parent)) return refuse("other-parent-block");
  const added = body.added.map((one) => one.device);
  const changed = changeReplicaSet(state, member.id, { added, removed: body.removed });
  return changed.ok ? accept({ ...state, replicas: changed.replicas }) : refuse(changed.reason);
}
