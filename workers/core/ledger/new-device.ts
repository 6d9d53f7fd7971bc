/**
 * What a further device of a member may write in its first seven days: what any parent could write
 * anyway, and what cannot wait, but nothing that speaks for its member or takes something from it. One
 * parent alone may have let it in, as for a phone that was lost; its member has that long to see it and
 * take it out. SPEC NW1 to NW3. Source: DESIGN §4.12.
 */
import { isSameBytes } from "../codec/cbor.ts";
import { memberIdOf, type DeviceId } from "../codec/ids.ts";
import type { Actor } from "./execution.ts";
import { VOICE_AGE_MS } from "./limits.ts";
import { findDevice, type LedgerState } from "./state.ts";
import type { TransactionBody } from "./transaction.ts";

/** Whether the author's device is too new to write this, by the block's time. */
export function isTooNew(state: LedgerState, body: TransactionBody, actor: Actor): boolean {
  const { author, context } = actor;
  return isVoiceTooNew(state, author.id, context.time) && !isOpenToNew(state, body, actor);
}

/** Whether a device does not speak for its member yet; `time`: the block's, or a clock's. */
export function isVoiceTooNew(state: LedgerState, device: DeviceId, time: number): boolean {
  const found = findDevice(state, device);
  if (found === null) return true;
  // A member's id is made of the key of the device that it came with.
  if (isSameBytes(memberIdOf(state.family, found.key), found.member)) return false;
  return time < found.registeredTime + VOICE_AGE_MS;
}

function isOpenToNew(state: LedgerState, body: TransactionBody, { author }: Actor): boolean {
  const isAuthor = (device: Uint8Array): boolean => isSameBytes(device, author.id);
  switch (body.type) {
    // Refused for what they are.
    case "family-created":
    case "recovery":
      return true;
    // What cannot wait, and proofs.
    case "emergency-recorded":
    case "emergency-resolved":
    case "violation-recorded":
    case "evidence":
    case "enacted":
      return true;
    // What every parent may, whichever it is.
    case "invite-created":
    case "invite-revoked":
    case "member-registered":
    case "group-created":
    case "group-updated":
    case "group-archived":
    case "group-member-added":
    case "group-member-removed":
    case "setting-changed":
    case "rules-raised":
    case "secret-renewed":
      return true;
    case "device-registered":
      return body.replaced.length === 0;
    case "device-revoked": {
      const owner = findDevice(state, body.device)?.member;
      return isAuthor(body.device) || owner === undefined || !isSameBytes(owner, author.member);
    }
    case "replicas-changed":
      return body.added.length === 0 && body.removed.every(isAuthor);
    // What speaks for its member.
    case "member-left":
    case "role-assigned":
    case "member-removed":
    case "permission-granted":
    case "permission-denied":
    case "permission-ended":
    case "control-set":
    case "filter-set":
    case "filter-removed":
    case "place-set":
    case "place-removed":
    case "request-decided":
    case "recovery-key-replaced":
    case "family-closed":
    case "proposed":
    case "approved":
    case "objected":
    case "withdrawn":
      return false;
  }
}
