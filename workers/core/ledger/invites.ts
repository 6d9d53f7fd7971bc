/**
 * Invites: made, taken back, and used up by what admits a device. SPEC EX7..EX12, EX15.
 * Source: DESIGN §7.
 */
import { isSameBytes } from "../codec/cbor.ts";
import { compareBytes, deviceIdOf, inviteIdOf, toHex, type MemberId } from "../codec/ids.ts";
import { accept, ownerOf, refuse, type Actor, type BodyOf, type Execution } from "./execution.ts";
import { DEVICES_MAX, INVITE_LIFE_MS, INVITES_MAX, INVITES_PER_MEMBER_MAX } from "./limits.ts";
import {
  findDevice,
  findInvite,
  findMember,
  withEntry,
  type Device,
  type Invite,
  type LedgerState,
} from "./state.ts";
import type { JoinRequest, Role } from "./transaction.ts";

/** Milliseconds by which an approval may be signed after an invite's end: two clocks differ. */
const INVITE_CLOCK_SLACK_MS = 2 * 60_000;
/**
 * Milliseconds past its end that an invite stays in the state: an approval signed in time may wait
 * that long for a quorum to wake, and a late copy of what used it is named "used".
 */
export const INVITE_FORGET_MS = 30 * 24 * 3_600_000;
/** Milliseconds by which an invite's end may lie after the block: no signed time makes it immortal. */
const INVITE_END_AHEAD_MS = 2 * INVITE_LIFE_MS.link;

export function createInvite(
  state: LedgerState,
  body: BodyOf<"invite-created">,
  actor: Actor,
): Execution {
  const id = inviteIdOf(state.family, body.inviteKey);
  if (findInvite(state, id) !== null) return refuse("repeated-invite");
  const life = body.expiresAt - actor.signedAt;
  if (life <= 0 || life > INVITE_LIFE_MS.link) return refuse("bad-invite-life");
  if (body.expiresAt > actor.context.time + INVITE_END_AHEAD_MS) return refuse("bad-invite-life");
  const owner = body.member === null ? null : findMember(state, body.member);
  if (
    body.member !== null &&
    (owner === null || owner.leftAt !== null || owner.role !== body.role)
  ) {
    return refuse("unknown-member");
  }
  const live = state.invites.filter(
    (one) =>
      one.isUsed === 0 &&
      one.expiresAt > actor.signedAt &&
      ownerOf(state, one.by) === toHex(actor.member.id),
  );
  if (live.length >= INVITES_PER_MEMBER_MAX) return refuse("too-many-invites");
  const others = withRoom(state.invites, actor.context.time);
  if (others.length >= INVITES_MAX) return refuse("full");
  const invite = {
    id,
    key: body.inviteKey,
    by: actor.author.id,
    role: body.role,
    member: body.member,
    expiresAt: body.expiresAt,
    isUsed: 0,
  };
  return accept({ ...state, invites: withEntry(others, invite) });
}

/** Where the list is full, the finished invite that ended first makes room. */
function withRoom(invites: readonly Invite[], time: number): readonly Invite[] {
  if (invites.length < INVITES_MAX) return invites;
  const [oldest] = invites
    .filter((one) => one.isUsed === 1 || one.expiresAt < time)
    .sort((a, b) => a.expiresAt - b.expiresAt || compareBytes(a.id, b.id));
  return oldest === undefined ? invites : invites.filter((one) => one !== oldest);
}

/** An invite that is not in the state: not yet, or, of what was signed too long ago, not any more. */
function refuseUnknownInvite({ signedAt, context }: Actor): Execution {
  const isForgotten = context.time > signedAt + INVITE_FORGET_MS - INVITE_CLOCK_SLACK_MS;
  return refuse(isForgotten ? "invite-expired" : "unknown-invite");
}

export function revokeInvite(
  state: LedgerState,
  body: BodyOf<"invite-revoked">,
  actor: Actor,
): Execution {
  const invite = findInvite(state, body.invite);
  if (invite === null) return refuseUnknownInvite(actor);
  if (invite.isUsed === 1) return refuse("invite-used");
  return accept({ ...state, invites: withEntry(state.invites, { ...invite, isUsed: 1 }) });
}

/** Consumes the invite that the request cites and adds the device. */
export function admitDevice(
  state: LedgerState,
  request: JoinRequest,
  member: MemberId,
  actor: Actor,
): Execution {
  const invite = findInvite(state, inviteIdOf(state.family, request.inviteKey));
  if (invite === null) return refuseUnknownInvite(actor);
  if (invite.isUsed === 1) return refuse("invite-used");
  if (actor.signedAt > invite.expiresAt + INVITE_CLOCK_SLACK_MS) return refuse("invite-expired");
  if (!matchesInvite(invite, request)) return refuse("invite-mismatch");
  if (state.devices.length >= DEVICES_MAX) return refuse("full");
  const id = deviceIdOf(state.family, request.deviceKey);
  if (findDevice(state, id) !== null) return refuse("repeated-device");
  const device: Device = {
    id,
    member,
    key: request.deviceKey,
    encryptionKey: request.encryptionKey,
    registeredAt: actor.context.height,
    registeredTime: actor.context.time,
    revoked: null,
    convictedAt: null,
  };
  return accept({
    ...state,
    devices: withEntry(state.devices, device),
    invites: withEntry(state.invites, { ...invite, isUsed: 1 }),
  });
}

function matchesInvite(
  invite: { readonly role: Role; readonly member: MemberId | null },
  request: JoinRequest,
): boolean {
  if (invite.role !== request.role) return false;
  if (invite.member === null || request.member === null) return invite.member === request.member;
  return isSameBytes(invite.member, request.member);
}
