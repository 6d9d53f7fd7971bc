/**
 * Whether a transaction may happen on a state, and the state after it. Pure and deterministic: it
 * reads the state, the transaction and the block's height and time, nothing else. What must not be
 * late (invites) goes by the author's signed time. A refusal has a reason and changes nothing.
 * SPEC EX1..EX19. Source: DESIGN §4, §7.
 */
import { isSameBytes } from "../codec/cbor.ts";
import {
  compareBytes,
  deviceIdOf,
  familyIdOf,
  inviteIdOf,
  memberIdOf,
  toHex,
} from "../codec/ids.ts";
import type { BlockHash, DeviceId, FamilyId, MemberId } from "../codec/ids.ts";
import {
  DEVICES_MAX,
  EXECUTED_MAX,
  EXPIRY_HEIGHTS_MAX,
  INVITES_MAX,
  INVITES_PER_MEMBER_MAX,
  INVITE_LIFE_MS,
  MEMBERS_MAX,
  RETENTION_DAYS_DEFAULT,
} from "./limits.ts";
import {
  activeDevice,
  findDevice,
  findInvite,
  findMember,
  RULES_VERSION,
  withEntry,
  type Device,
  type Invite,
  type LedgerState,
  type Member,
} from "./state.ts";
import { convict } from "./evidence.ts";
import { changeReplicaSet, isStepDown } from "./replica-set.ts";
import type { JoinRequest, Role, TransactionBody, VerifiedTransaction } from "./transaction.ts";

/** Why a transaction cannot happen. */
export type Refusal =
  | "expired"
  | "expiry-too-far"
  | "repeated"
  | "unknown-author"
  | "revoked-author"
  | "wrong-author-key"
  | "not-a-parent"
  | "already-founded"
  | "wrong-family"
  | "too-many-invites"
  | "bad-invite-life"
  | "repeated-invite"
  | "unknown-invite"
  | "invite-used"
  | "invite-expired"
  | "invite-mismatch"
  | "repeated-device"
  | "unknown-member"
  | "unknown-device"
  | "already-revoked"
  | "last-parent-device"
  | "is-replica"
  | "needs-second-parent"
  | "other-parent-block"
  | "not-eligible"
  | "not-a-replica"
  | "last-replica"
  | "other-epoch"
  | "no-conflict"
  | "already-convicted"
  | "one-member-holds-it"
  | "full";

export type Execution =
  | { readonly ok: true; readonly state: LedgerState }
  | { readonly ok: false; readonly reason: Refusal };

/** Position of the block that executes. */
export interface BlockContext {
  readonly height: number;
  /** The block's time, milliseconds since the epoch. */
  readonly time: number;
  /** Hash of the block before it. */
  readonly parent: BlockHash;
}

/** Milliseconds by which an approval may be signed after an invite's end: two clocks differ. */
const INVITE_CLOCK_SLACK_MS = 2 * 60_000;
/**
 * Milliseconds past its end that an invite stays in the state: an approval signed in time may wait
 * that long for a quorum to wake, and a late copy of what used it is named "used".
 */
const INVITE_FORGET_MS = 30 * 24 * 3_600_000;
/** Milliseconds by which an invite's end may lie after the block: no signed time makes it immortal. */
const INVITE_END_AHEAD_MS = 2 * INVITE_LIFE_MS.link;

/** The state that the founding transaction alone makes: height 0. */
export function found(family: FamilyId, transaction: VerifiedTransaction, time: number): Execution {
  const { body, author, expiresHeight } = transaction.content;
  if (body.type !== "family-created") return refuse("unknown-author");
  if (!isSameBytes(familyIdOf(body.recoveryKey), family)) return refuse("wrong-family");
  if (!isSameBytes(transaction.authorKey, body.deviceKey)) return refuse("wrong-author-key");
  const id = deviceIdOf(family, body.deviceKey);
  if (!isSameBytes(id, author)) return refuse("unknown-author");
  const founder = memberIdOf(family, body.deviceKey);
  return accept({
    rulesVersion: RULES_VERSION,
    family,
    epoch: body.epoch,
    height: 0,
    time,
    familyName: body.familyName,
    secretEpoch: 1,
    secretCommitment: body.secretCommitment,
    retentionDays: RETENTION_DAYS_DEFAULT,
    members: [
      {
        id: founder,
        role: "parent",
        name: body.memberName,
        registeredAt: 0,
        admittedBy: founder,
        recoveryKey: body.recoveryKey,
      },
    ],
    devices: [
      {
        id,
        member: founder,
        key: body.deviceKey,
        encryptionKey: body.encryptionKey,
        registeredAt: 0,
        registeredTime: time,
        revoked: null,
        convictedAt: null,
      },
    ],
    invites: [],
    replicas: [id],
    executed: [{ id: transaction.id, expiresHeight }],
  });
}

/** Executes one transaction of a block above the founding one. */
export function execute(
  state: LedgerState,
  transaction: VerifiedTransaction,
  context: BlockContext,
): Execution {
  const { content } = transaction;
  if (content.expiresHeight < context.height) return refuse("expired");
  if (content.expiresHeight > context.height + EXPIRY_HEIGHTS_MAX) return refuse("expiry-too-far");
  if (state.executed.some((one) => isSameBytes(one.id, transaction.id))) return refuse("repeated");
  if (state.executed.length >= EXECUTED_MAX) return refuse("full");
  const author = findDevice(state, content.author);
  if (author === null) return refuse("unknown-author");
  if (author.revoked !== null) return refuse("revoked-author");
  if (!isSameBytes(author.key, transaction.authorKey)) return refuse("wrong-author-key");
  const member = findMember(state, author.member);
  if (member === null) return refuse("unknown-author");
  const after = dispatch(state, content.body, { author, member, signedAt: content.time, context });
  if (!after.ok) return after;
  return accept({
    ...after.state,
    executed: [
      ...after.state.executed,
      { id: transaction.id, expiresHeight: content.expiresHeight },
    ].sort((a, b) => compareBytes(a.id, b.id)),
  });
}

/** What a new height forgets: executed ids and invites whose time is over. */
export function enterHeight(
  state: LedgerState,
  context: Pick<BlockContext, "height" | "time">,
): LedgerState {
  return {
    ...state,
    height: context.height,
    time: context.time,
    executed: state.executed.filter((one) => one.expiresHeight >= context.height),
    invites: state.invites.filter((one) => one.expiresAt + INVITE_FORGET_MS >= context.time),
  };
}

interface Actor {
  readonly author: Device;
  readonly member: Member;
  readonly signedAt: number;
  readonly context: BlockContext;
}

function dispatch(state: LedgerState, body: TransactionBody, actor: Actor): Execution {
  const { id, role } = actor.member;
  const isOwn = body.type === "replicas-changed" && isStepDown(state, id, body);
  const isAnyones = isOwn || body.type === "evidence";
  if (role !== "parent" && !isAnyones) return refuse("not-a-parent");
  switch (body.type) {
    case "family-created":
      return refuse("already-founded");
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
  }
}

type BodyOf<Type extends TransactionBody["type"]> = Extract<TransactionBody, { type: Type }>;

function createInvite(state: LedgerState, body: BodyOf<"invite-created">, actor: Actor): Execution {
  const id = inviteIdOf(state.family, body.inviteKey);
  if (findInvite(state, id) !== null) return refuse("repeated-invite");
  const life = body.expiresAt - actor.signedAt;
  if (life <= 0 || life > INVITE_LIFE_MS.link) return refuse("bad-invite-life");
  if (body.expiresAt > actor.context.time + INVITE_END_AHEAD_MS) return refuse("bad-invite-life");
  if (body.member !== null && findMember(state, body.member)?.role !== body.role) {
    return refuse("unknown-member");
  }
  const live = state.invites.filter(
    (one) =>
      one.isUsed === 0 &&
      one.expiresAt > actor.signedAt &&
      memberOf(state, one.by) === toHex(actor.member.id),
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

function revokeInvite(state: LedgerState, body: BodyOf<"invite-revoked">, actor: Actor): Execution {
  const invite = findInvite(state, body.invite);
  if (invite === null) return refuseUnknownInvite(actor);
  if (invite.isUsed === 1) return refuse("invite-used");
  return accept({ ...state, invites: withEntry(state.invites, { ...invite, isUsed: 1 }) });
}

function registerMember(
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
  };
  return accept({ ...admitted.state, members: withEntry(admitted.state.members, member) });
}

function registerDevice(
  state: LedgerState,
  body: BodyOf<"device-registered">,
  actor: Actor,
): Execution {
  const { request, replaced } = body;
  if (request.member === null) return refuse("invite-mismatch");
  const owner = request.member;
  if (findMember(state, owner) === null) return refuse("unknown-member");
  let after = admitDevice(state, request, owner, actor);
  for (const { device, cuts } of replaced) {
    if (!after.ok) return after;
    if (memberOf(after.state, device) !== toHex(owner)) return refuse("unknown-device");
    after = revokeDevice(
      after.state,
      { type: "device-revoked", device, reason: "lost", cuts },
      actor,
    );
  }
  return after;
}

/** Consumes the invite that the request cites and adds the device. */
function admitDevice(
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

function revokeDevice(state: LedgerState, body: BodyOf<"device-revoked">, actor: Actor): Execution {
  const device = findDevice(state, body.device);
  if (device === null) return refuse("unknown-device");
  if (device.revoked !== null) return refuse("already-revoked");
  const replicas = state.replicas.filter((one) => !isSameBytes(one, body.device));
  // The last one would leave nobody to write down that it was revoked.
  if (replicas.length === 0) return refuse("is-replica");
  const owner = findMember(state, device.member);
  if (owner?.role === "parent" && !isSameBytes(owner.id, actor.member.id)) {
    return refuse("needs-second-parent");
  }
  const revoked = { height: actor.context.height, reason: body.reason, cuts: body.cuts };
  const devices = withEntry(state.devices, { ...device, revoked });
  const after = { ...state, devices, replicas };
  return hasParentDevice(after) ? accept(after) : refuse("last-parent-device");
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

function hasParentDevice(state: LedgerState): boolean {
  return state.devices.some(
    (one) =>
      activeDevice(state, one.id) !== null && findMember(state, one.member)?.role === "parent",
  );
}

function memberOf(state: LedgerState, device: DeviceId): string | null {
  const found = findDevice(state, device);
  return found === null ? null : toHex(found.member);
}

function accept(state: LedgerState): Execution {
  return { ok: true, state };
}

function refuse(reason: Refusal): Execution {
  return { ok: false, reason };
}
