/**
 * Who keeps the family's rules: which sets may follow which. Pure, on the ledger state alone. Whether
 * a device is ready is its own signature, checked before; whether its browser keeps what it is given
 * (installed, persistent storage) the ledger cannot know, the device that signs READY does.
 * SPEC RS1..RS8, EX18. Source: DESIGN §4.1, §4.8, §4.12.
 */
import { isSameBytes } from "../codec/cbor.ts";
import { toHex, type DeviceId, type MemberId } from "../codec/ids.ts";
import { quorumOf } from "./block.ts";
import { REPLICAS_MAX } from "./limits.ts";
import { activeDevice, findDevice, findMember, type LedgerState } from "./state.ts";

export interface ReplicaChange {
  readonly added: readonly DeviceId[];
  readonly removed: readonly DeviceId[];
}

export type ReplicaRefusal =
  | "not-eligible"
  | "not-a-replica"
  | "last-replica"
  | "needs-second-parent"
  | "one-member-holds-it"
  | "full";

export type ReplicaChanged =
  | { readonly ok: true; readonly replicas: readonly DeviceId[] }
  | { readonly ok: false; readonly reason: ReplicaRefusal };

/** The set after a change by a parent; those that stay keep their order, new ones come last. */
export function changeReplicaSet(
  state: LedgerState,
  author: MemberId,
  { added, removed }: ReplicaChange,
): ReplicaChanged {
  for (const [index, one] of added.entries()) {
    const isRepeated = added.slice(0, index).some((other) => isSameBytes(other, one));
    if (isRepeated || !isEligible(state, one)) return refuse("not-eligible");
  }
  for (const [index, one] of removed.entries()) {
    const isRepeated = removed.slice(0, index).some((other) => isSameBytes(other, one));
    if (isRepeated || !has(state.replicas, one)) return refuse("not-a-replica");
    if (!mayRemove(state, author, one)) return refuse("needs-second-parent");
  }
  const replicas = [...state.replicas.filter((one) => !has(removed, one)), ...added];
  if (added.length + removed.length === 0) return refuse("not-eligible");
  if (replicas.length === 0) return refuse("last-replica");
  if (replicas.length > REPLICAS_MAX) return refuse("full");
  return isHeldByOne(state, replicas) ? refuse("one-member-holds-it") : { ok: true, replicas };
}

/** Whoever let a device help may take it back: own devices go, none comes. */
export function isStepDown(
  state: LedgerState,
  author: MemberId,
  { added, removed }: { readonly added: readonly unknown[]; readonly removed: readonly DeviceId[] },
): boolean {
  return (
    added.length === 0 &&
    removed.every((one) => {
      const owner = ownerOf(state, one);
      return owner !== null && isSameBytes(owner, author);
    })
  );
}

/** A device of a parent or relative that is active, without proof against it, and no replica yet. */
export function isEligible(state: LedgerState, device: DeviceId): boolean {
  return isGrown(state, device) && !has(state.replicas, device);
}

/** The same, whether it is a replica or not. */
export function isGrown(state: LedgerState, device: DeviceId): boolean {
  const role = roleOf(state, device);
  return (role === "parent" || role === "relative") && !isConvicted(state, device);
}

/** A parent takes out its own devices, those of who is no parent, and one with proof against it. */
function mayRemove(state: LedgerState, author: MemberId, device: DeviceId): boolean {
  const owner = ownerOf(state, device);
  if (owner === null || isSameBytes(owner, author) || isConvicted(state, device)) return true;
  return findMember(state, owner)?.role !== "parent";
}

/**
 * Whether one member's replicas could hold the others up (n - q + 1 of them) while another parent
 * has a device that could keep the rules too. With one or two there is no other way.
 */
function isHeldByOne(state: LedgerState, replicas: readonly DeviceId[]): boolean {
  if (replicas.length <= 2) return false;
  const enough = replicas.length - quorumOf(replicas.length) + 1;
  const counts = new Map<string, number>();
  for (const one of replicas) {
    const owner = toHex(ownerOf(state, one) ?? one);
    counts.set(owner, (counts.get(owner) ?? 0) + 1);
  }
  return [...counts].some(
    ([owner, count]) => count >= enough && hasOtherParent(state, replicas, owner),
  );
}

function hasOtherParent(state: LedgerState, replicas: readonly DeviceId[], owner: string): boolean {
  return state.devices.some(
    (one) =>
      roleOf(state, one.id) === "parent" &&
      one.convictedAt === null &&
      toHex(one.member) !== owner &&
      !has(replicas, one.id),
  );
}

function roleOf(state: LedgerState, device: DeviceId): string | null {
  const found = activeDevice(state, device);
  return found === null ? null : (findMember(state, found.member)?.role ?? null);
}

function isConvicted(state: LedgerState, device: DeviceId): boolean {
  return (findDevice(state, device)?.convictedAt ?? null) !== null;
}

function ownerOf(state: LedgerState, device: DeviceId): MemberId | null {
  return findDevice(state, device)?.member ?? null;
}

function has(devices: readonly DeviceId[], device: DeviceId): boolean {
  return devices.some((one) => isSameBytes(one, device));
}

function refuse(reason: ReplicaRefusal): ReplicaChanged {
  return { ok: false, reason };
}
