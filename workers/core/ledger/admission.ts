/**
 * Members and devices that come, and devices that go. SPEC EX10..EX14, MR8, MR9. Source: DESIGN §4, §7.
 */
import { isSameBytes } from "../codec/cbor.ts";
import { memberIdOf, toHex, type MemberId } from "../codec/ids.ts";
import { accept, ownerOf, refuse, type Actor, type BodyOf, type Execution } from "./execution.ts";
import { admitDevice } from "./invites.ts";
import { MEMBERS_MAX, OWN_END_SLACK_MS } from "./limits.ts";
import {
  activeDevice,
  findDevice,
  findMember,
  withEntry,
  type Device,
  type LedgerState,
  type Member,
} from "./state.ts";

type Revocation = NonNullable<Device["revoked"]>;

export function registerMember(
  state: LedgerState,
  body: BodyOf<"member-registered">,
  actor: Actor,
): Execution {
  const { request } = body;
  if (request.member !== null) return refuse("invite-mismatch");
  if (state.members.length >= MEMBERS_MAX) return refuse("full");
  const id = memberIdOf(state.family, request.deviceKey);
  const admitted = admitDevice(state, request, id, actor);
  if (!admitted.ok) return admitted;
  const member: Member = {
    id,
    role: request.role,
    name: body.name,
    registeredAt: actor.context.height,
    admittedBy: actor.member.id,
    recoveryKey: null,
    formerRoles: [],
    leftAt: null,
  };
  return accept({ ...admitted.state, members: withEntry(admitted.state.members, member) });
}

export function registerDevice(
  state: LedgerState,
  body: BodyOf<"device-registered">,
  actor: Actor,
): Execution {
  const { request, replaced } = body;
  if (request.member === null) return refuse("invite-mismatch");
  const owner = request.member;
  const member = findMember(state, owner);
  if (member === null) return refuse("unknown-member");
  if (member.leftAt !== null) return refuse("already-left");
  let after = admitDevice(state, request, owner, actor);
  for (const { device, cuts } of replaced) {
    if (!after.ok) return after;
    if (ownerOf(after.state, device) !== toHex(owner)) return refuse("unknown-device");
    after = revokeDevice(
      after.state,
      { type: "device-revoked", device, reason: "lost", cuts },
      actor,
    );
  }
  return after;
}

export function revokeDevice(
  state: LedgerState,
  body: BodyOf<"device-revoked">,
  actor: Actor,
): Execution {
  const device = findDevice(state, body.device);
  if (device === null) return refuse("unknown-device");
  if (device.revoked !== null) return refuse("already-revoked");
  const replicas = state.replicas.filter((one) => !isSameBytes(one, body.device));
  // The last one would leave nobody to write down that it was revoked.
  if (replicas.length === 0) return refuse("is-replica");
  if (endsOwn(device, body.reason, actor) && isSignedAhead(actor)) return refuse("not-yet");
  const revoked = { height: actor.context.height, ...endOf(device, body.reason, body.cuts, actor) };
  const devices = withEntry(state.devices, { ...device, revoked });
  const after = { ...state, devices, replicas };
  return hasParentDevice(after) ? accept(after) : refuse("last-parent-device");
}

/**
 * Where a device's streams end. Nobody names the end of its own: with none it would withdraw all that it
 * ever said, with one too far go on for ever. There the block's time counts. Of a lost one the cut does,
 * since whoever has it now is not its member.
 */
export function endOf(
  device: Device,
  reason: Revocation["reason"],
  cuts: Revocation["cuts"],
  actor: Actor,
): Omit<Revocation, "height"> {
  if (!endsOwn(device, reason, actor)) return { reason, cuts, staysUntil: 0 };
  return { reason, cuts: [], staysUntil: actor.context.time + OWN_END_SLACK_MS };
}

function endsOwn(device: Device, reason: Revocation["reason"], { member }: Actor): boolean {
  return reason === "retired" && isSameBytes(device.member, member.id);
}

/**
 * Whether a block dates itself before what it carries was signed: by its time what its author said until
 * then would be withdrawn, and one keeper of the rules alone chooses that time.
 */
export function isSignedAhead({ signedAt, context }: Actor): boolean {
  return signedAt > context.time + OWN_END_SLACK_MS;
}

function isParent(state: LedgerState, id: MemberId): boolean {
  const member = findMember(state, id);
  return member !== null && member.role === "parent" && member.leftAt === null;
}

export function hasParentDevice(state: LedgerState): boolean {
  return state.devices.some(
    (one) => activeDevice(state, one.id) !== null && isParent(state, one.member),
  );
}
