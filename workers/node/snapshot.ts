/**
 * The node as the page sees it: one value, built from the parts, holding nothing that could be
 * changed. Also the diagnostics, which name no secret. SPEC SN1 to SN3. Source: workers/api.ts.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import { toHex, type DeviceId } from "../core/codec/ids.ts";
import { dayOf } from "../core/gossip/clock.ts";
import { DAY_MS } from "../core/gossip/limits.ts";
import { quorumOf } from "../core/ledger/block.ts";
import { RETENTION_DAYS_DEFAULT } from "../core/ledger/limits.ts";
import {
  activeDevice,
  devicesOf,
  findDevice,
  findMember,
  type Device,
  type Member,
} from "../core/ledger/state.ts";
import type { Diagnostics, DeviceView, Lasting, MemberView, NodeSnapshot, Notice } from "../api.ts";
import type { Conversations } from "./conversations.ts";
import {
  familyNow,
  holdOf,
  isConnected,
  isHeldBack,
  myMember,
  nameOf,
  removedDevice,
  stateOf,
  textOf,
  waitingNames,
  type Family,
} from "./family.ts";
import type { Deciding } from "./deciding.ts";
import type { Emergencies } from "./emergencies.ts";
import type { Places } from "./places.ts";
import type { Requests } from "./requests.ts";
import { canGather, groupViews } from "./grouping.ts";
import type { Inviting } from "./inviting.ts";
import type { Joining } from "./joining.ts";
import type { RefusedChanges } from "./refused-changes.ts";
import type { Session } from "./session.ts";
import { isKept, type Keeping } from "./keeping.ts";
import { canRecover, recoveryViews } from "./recovering.ts";
import type { Sharing } from "./sharing.ts";
import type { Splits } from "./splits.ts";

/** The parts that a snapshot reads; null where there is no family yet. */
export interface SnapshotParts {
  readonly build: string;
  readonly phase: NodeSnapshot["phase"];
  readonly lock: NodeSnapshot["lock"];
  readonly family: Family | null;
  readonly inviting: Inviting | null;
  readonly joining: Joining | null;
  readonly conversations: Conversations | null;
  readonly sharing: Sharing | null;
  readonly keeping: Keeping | null;
  readonly deciding: Deciding | null;
  readonly refused: RefusedChanges | null;
  readonly emergencies: Emergencies | null;
  readonly places: Places | null;
  readonly requests: Requests | null;
  readonly splits: Splits | null;
  /** It keeps the rules, and a vote of its own is known that its log does not have. */
  readonly isSilenced: boolean;
  readonly signalling: NodeSnapshot["connection"]["signalling"];
  readonly notices: readonly Notice[];
}

const NEW_DEVICE_MS = 24 * 3_600_000;

/** Several profiles are on this browser, and none is open. */
export async function choosingSnapshot(build: string, others: number): Promise<NodeSnapshot> {
  return buildSnapshot({
    build,
    phase: "choosing",
    lock: { isSet: false, isNeeded: false, idleMinutes: 0, waitUntil: 0, others },
    family: null,
    inviting: null,
    joining: null,
    conversations: null,
    sharing: null,
    keeping: null,
    deciding: null,
    refused: null,
    emergencies: null,
    places: null,
    requests: null,
    splits: null,
    isSilenced: false,
    signalling: "closed",
    notices: [],
  });
}

export async function buildSnapshot(parts: SnapshotParts): Promise<NodeSnapshot> {
  const { family } = parts;
  const head = family?.ledger.head() ?? null;
  const member = family === null ? null : myMember(family);
  const base = {
    phase: parts.phase,
    build: parts.build,
    lock: parts.lock,
    invites: parts.inviting?.views() ?? [],
    joining: parts.joining?.view() ?? null,
    removal: family === null ? null : removalOf(family),
    notices: parts.notices,
  };
  if (family === null || head === null || member === null) {
    return {
      ...base,
      familyName: null,
      me: null,
      members: [],
      conversations: [],
      groups: [],
      canGather: null,
      sharesReading: false,
      retentionDays: head?.state.retentionDays ?? RETENTION_DAYS_DEFAULT,
      refills: [],
      emergencies: [],
      places: null,
      requests: [],
      connection: { linked: 0, others: 0, signalling: parts.signalling },
      ledger: {
        height: head?.state.height ?? 0,
        head: "",
        pending: 0,
        waitsFor: [],
        keepers: [],
        help: "cannot",
        isSilenced: false,
        canRecover: false,
        recoveries: [],
        proposals: [],
        refused: [],
        split: null,
      },
    };
  }
  const others = head.state.devices.filter(
    (one) => one.revoked === null && !isSameBytes(one.id, family.identity.device),
  );
  return {
    ...base,
    familyName: textOf(family, head.state.familyName),
    me: {
      member: toHex(member.id),
      device: toHex(family.identity.device),
      name: nameOf(family, member.id),
      role: member.role,
    },
    members: head.state.members
      .filter((one) => one.leftAt === null)
      .map((one) => memberView(family, parts.keeping, one, member)),
    conversations: (await parts.conversations?.views()) ?? [],
    groups: groupViews(family),
    canGather: canGather(family),
    sharesReading: parts.conversations?.reading.isShared() ?? false,
    retentionDays: head.state.retentionDays,
    refills: parts.sharing?.refills() ?? [],
    emergencies: (await parts.emergencies?.views()) ?? [],
    places: parts.places?.view() ?? null,
    requests: (await parts.requests?.views()) ?? [],
    connection: {
      linked: others.filter((one) => isConnected(family, one.id)).length,
      others: others.length,
      signalling: parts.signalling,
    },
    ledger: {
      height: head.state.height,
      head: toHex(head.hash),
      // What is held back waits for no device.
      pending: family.ledger.pending().filter((one) => !isHeldBack(family, one)).length,
      waitsFor: waitingNames(family),
      keepers: head.state.replicas.flatMap((one) => {
        const owner = findDevice(head.state, one)?.member;
        return owner === undefined ? [] : nameOf(family, owner);
      }),
      help: helpOf(family, parts.keeping),
      isSilenced: parts.isSilenced,
      canRecover: canRecover(family),
      recoveries: recoveryViews(family),
      proposals: parts.deciding?.views() ?? [],
      refused: parts.refused?.views() ?? [],
      split: parts.splits?.view() ?? null,
    },
  };
}

/** What the rules say of this device, where they say that it is in the family no more. */
function removalOf(family: Family): NodeSnapshot["removal"] {
  const device = removedDevice(family);
  if (device === null || device.revoked === null) return null;
  const state = stateOf(family);
  return {
    familyName: textOf(family, state.familyName),
    name: nameOf(family, device.member),
    reason: device.revoked.reason,
    isMember: (findMember(state, device.member)?.leftAt ?? null) !== null,
  };
}

function helpOf(family: Family, keeping: Keeping | null): NodeSnapshot["ledger"]["help"] {
  const { replicas } = stateOf(family);
  if (replicas.some((one) => isSameBytes(one, family.identity.device))) return "keeps";
  if (keeping?.isEligible() !== true) return "cannot";
  const lasting = keeping.lasting();
  if (lasting === "unknown") return "cannot";
  if (!isKept(lasting)) return "may-forget";
  return keeping.isWilling() ? "ready" : "can";
}

function memberView(
  family: Family,
  keeping: Keeping | null,
  member: Member,
  me: Member,
): MemberView {
  return {
    id: toHex(member.id),
    name: nameOf(family, member.id),
    role: member.role,
    isMe: isSameBytes(member.id, me.id),
    devices: devicesOf(stateOf(family), member.id).map((one) =>
      deviceView(family, keeping, member, one),
    ),
  };
}

function deviceView(
  family: Family,
  keeping: Keeping | null,
  member: Member,
  device: Device,
): DeviceView {
  const state = stateOf(family);
  const isMe = isSameBytes(device.id, family.identity.device);
  const isFurther = device.registeredAt > member.registeredAt;
  return {
    id: toHex(device.id),
    isMe,
    isConnected: isMe || isConnected(family, device.id),
    isReplica: state.replicas.some((one) => isSameBytes(one, device.id)),
    isGoing: keeping?.takingOut.isGoing(device.id) ?? false,
    canGo: keeping?.takingOut.faultOf(device.id) === null,
    isConvicted: device.convictedAt !== null,
    hold: holdView(family, device.id),
    canHoldLonger:
      holdOf(family, device.id) !== null && family.holds?.may(device.id, true) === true,
    canHold: family.holds?.may(device.id, holdOf(family, device.id) === null) ?? false,
    isRevoked: activeDevice(state, device.id) === null,
    lasting: lastingOf(family, device),
    keys: keysView(family, device),
    isNew: isFurther && familyNow(family) - device.registeredTime < NEW_DEVICE_MS,
  };
}

function keysView({ keys }: Family, device: Device): DeviceView["keys"] {
  const number = keys?.current(device).number ?? 0;
  const day = number === 0 ? dayOf(device.registeredTime) : number;
  return { since: day * DAY_MS, areFirst: number === 0 };
}

function holdView(family: Family, device: DeviceId): DeviceView["hold"] {
  const hold = holdOf(family, device);
  return hold === null ? null : { by: nameOf(family, hold.by), until: hold.until };
}

/** How this device is held; null where it is not. */
export function ownHold(family: Family): DeviceView["hold"] {
  return holdView(family, family.identity.device);
}

/** What the device last said of its browser; of mine, what the page says now. */
function lastingOf(family: Family, device: Device): Lasting | null {
  const gossip = family.gossip?.core();
  const isMe = isSameBytes(device.id, family.identity.device);
  const lasting = isMe
    ? gossip?.lasting
    : gossip?.registers.get(toHex(device.id))?.register.lasting;
  return lasting === undefined || lasting === "unknown" ? null : lasting;
}

/** Ledger and links for the diagnostics; storage and refusals are the node's to add. */
export function linkDiagnostics(
  build: string,
  family: Family | null,
  sessions: readonly Session[],
): Omit<Diagnostics, "storage" | "rejected" | "servers"> {
  const head = family?.ledger.head() ?? null;
  const links = sessions.flatMap((session) => {
    const peer = session.peer();
    if (peer === null) return [];
    return [
      {
        device: toHex(peer.device),
        kind: session.link.binding.transport,
        carrier: session.link.carrier,
        roundTripMs: session.roundTripMs(),
        bufferedBytes: session.queuedBytes(),
      },
    ];
  });
  return {
    build,
    ledgerHeight: head?.state.height ?? 0,
    ledgerHead: head === null ? "" : toHex(head.hash),
    links,
    replicas: replicaDiagnostics(family),
  };
}

function replicaDiagnostics(family: Family | null): Diagnostics["replicas"] {
  if (family === null || family.ledger.head() === null) {
    return { count: 0, quorum: 0, linked: 0, isMine: false };
  }
  const { replicas } = stateOf(family);
  return {
    count: replicas.length,
    quorum: quorumOf(replicas.length),
    linked: replicas.filter((one) => family.sessions.has(toHex(one))).length,
    isMine: replicas.some((one) => isSameBytes(one, family.identity.device)),
  };
}
