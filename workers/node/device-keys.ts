/**
 * Encryption keys of the family's devices on this one: what they announced is checked, kept, passed on
 * once, and compared with whoever links. Which of it counts is core/gossip/device-keys.ts's to say; the
 * own ones are made by own-keys.ts. SPEC KA5, KA9, KA10. Source: DESIGN §3.
 */
import { hashOf } from "../core/codec/hash.ts";
import { compareBytes, fromHex, toHex } from "../core/codec/ids.ts";
import type { DeviceId, EncryptionKey, Hex, Signature } from "../core/codec/ids.ts";
import { isSameBytes } from "../core/codec/cbor.ts";
import { dayOf } from "../core/gossip/clock.ts";
import {
  announcementIdOf,
  currentKey,
  decodeAnnouncement,
  isTimely,
  keyOfNumber,
  keysFrom,
  keysWith,
  mayBeOver,
  neededNumbers,
  type Announcement,
  type KeptKey,
} from "../core/gossip/device-keys.ts";
import { findDevice, type Device } from "../core/ledger/state.ts";
import { prefixRange, type Key, type StoredValue, type Write } from "../storage/store.ts";
import { familyNow, stateOf, type Family } from "./family.ts";
import type { Frame } from "./frames.ts";
import { KEYS_AGAIN_MS, KEYS_ANSWER_MS, KEYS_PER_FRAME_MAX, KEYS_SAID_MAX } from "./limits.ts";
import { DEVICE_KEYS_KEY } from "./profile.ts";

type SignedKey = Extract<Frame, { type: "keys" }>["keys"][number];
type KeysKnown = Extract<Frame, { type: "keys-known" }>;

export interface DeviceKeys {
  /** To what a message for this device is sealed now. */
  readonly current: (device: Device) => { readonly number: number; readonly key: EncryptionKey };
  /** The key of a number of a device, for an entry of this time. */
  readonly of: (device: Device, number: number, timeMs: number) => ReturnType<typeof keyOfNumber>;
  /** Whether somebody may hold a number for over, or not know it, for an entry of this time. */
  readonly mayBeOver: (device: DeviceId, number: number, timeMs: number) => boolean;
  /** Of this device's own numbers those whose private halves may still be needed. */
  readonly needed: (numbers: readonly number[], floorDay: number) => readonly number[];
  /** The count of those that are forged: the peer's fault. */
  readonly take: (keys: readonly SignedKey[], from: Hex) => Promise<number>;
  /** Compares what a peer has with what is here. */
  readonly compare: (known: KeysKnown, from: Hex) => void;
  readonly linkUp: (peer: Hex) => void;
  /**
   * Keeps this device's next announcement, together with its private half, and only then says it; false,
   * and nothing is written, where two of this day are known already. Beside one that is not of this disk it
   * proves that neither is to be used.
   */
  readonly announce: (signed: SignedKey, along: readonly Write[]) => Promise<boolean>;
  /** Lets go of what no message needs any more, and asks for what could not be taken. */
  readonly tick: () => Promise<void>;
}

export interface DeviceKeyPorts {
  readonly send: (to: Hex, frame: Frame) => void;
  readonly broadcast: (frame: Frame, except: Hex | null) => void;
  /** More is known of these numbers: what was sealed to one and did not open may open now. */
  readonly onKeys: (numbers: ReadonlySet<KeyName>) => Promise<void>;
}

/** A device's id, hex, and a number of one of its keys. */
export type KeyName = `${Hex}/${number}`;

export function keyNameOf(device: DeviceId, number: number): KeyName {
  return `${toHex(device)}/${number}`;
}

interface Kept extends KeptKey {
  readonly signed: SignedKey;
}

const DIGEST_BYTES = 8;

export async function openDeviceKeys(family: Family, ports: DeviceKeyPorts): Promise<DeviceKeys> {
  const { env, identity } = family;
  const familyId = identity.profile.family;
  const devices = new Map<Hex, readonly Kept[]>();
  for (const { key, value } of await env.store.list("meta", prefixRange(DEVICE_KEYS_KEY))) {
    const [, device] = key;
    if (device instanceof Uint8Array) devices.set(toHex(device), readStored(familyId, value));
  }
  /** When a peer was last told what is here, and last given what it lacks. */
  const answered = new Map<string, number>();
  /** Something came too early for this clock or these rules. */
  let isBehind = false;
  let askedAt = env.monotonic();
  let prunedAt = Number.NEGATIVE_INFINITY;

  return {
    current: (device) => currentKey(keptOf(device.id), device, familyNow(family)),
    of: (device, number, timeMs) => keyOfNumber(keptOf(device.id), device, number, timeMs),
    mayBeOver: (device, number, timeMs) => mayBeOver(keptOf(device), number, timeMs),
    needed: (numbers, floorDay) => neededNumbers(keptOf(identity.device), numbers, floorDay),
    take,
    compare,
    linkUp,
    announce,
    tick,
  };

  function keptOf(device: DeviceId): readonly Kept[] {
    return devices.get(toHex(device)) ?? [];
  }

  async function take(keys: readonly SignedKey[], from: Hex): Promise<number> {
    const before = new Set(devices.keys());
    const changed = new Map<Hex, readonly Kept[]>();
    const taken: SignedKey[] = [];
    const numbers = new Set<KeyName>();
    let faults = 0;
    for (const signed of keys) {
      const read = await check(signed, before, changed);
      if (read === "forged") faults += 1;
      else if (read !== null) {
        const { device, number } = read.announcement;
        changed.set(toHex(device), read.after);
        numbers.add(keyNameOf(device, number));
        taken.push(signed);
      }
    }
    if (taken.length === 0) return faults;
    const writes = [...changed].map(([device, kept]) => rowOf(device, kept));
    await env.store.commit(writes, { durability: "relaxed", fence: family.fence });
    for (const [device, kept] of changed) devices.set(device, kept);
    ports.broadcast({ type: "keys", keys: taken }, from);
    await ports.onKeys(numbers);
    return faults;
  }

  /** What its device's are with it; null where that changes nothing, or cannot be said here yet. */
  async function check(
    signed: SignedKey,
    before: ReadonlySet<Hex>,
    changed: ReadonlyMap<Hex, readonly Kept[]>,
  ): Promise<
    { readonly announcement: Announcement; readonly after: readonly Kept[] } | "forged" | null
  > {
    const decoded = decodeAnnouncement(signed.announcement);
    if (!decoded.ok) return "forged";
    const announcement = decoded.value;
    const name = toHex(announcement.device);
    const head = family.ledger.head();
    const device = head === null ? null : findDevice(head.state, announcement.device);
    const floorDay = family.gossip?.core().floorDay;
    const now = familyNow(family);
    if (device === null || floorDay === undefined || !isTimely(announcement, device, now)) {
      isBehind = true;
      return null;
    }
    // To who knows none of this device yet, what was said before it came is as old as it says.
    const since = before.has(name) ? dayOf(now) : 0;
    const fresh: Kept = {
      announcement,
      id: announcementIdOf(familyId, signed.announcement),
      since: Math.max(since, announcement.number),
      signed,
    };
    const after = keysWith(changed.get(name) ?? devices.get(name) ?? [], fresh, floorDay);
    if (after === null) return null;
    const holds =
      env.crypto.isAdmissibleEncryptionKey(announcement.key) &&
      (await env.crypto.verify(
        device.key,
        "encryption-key",
        familyId,
        signed.announcement,
        signed.signature,
      ));
    return holds ? { announcement, after } : "forged";
  }

  function all(): readonly Kept[] {
    return [...devices.values()].flat();
  }

  /** Hash of what is kept; its ids where `isSpelled`. */
  function known(isSpelled: boolean): KeysKnown {
    const ids = all()
      .map(({ id }) => id)
      .toSorted(compareBytes);
    const joined = Uint8Array.from(ids.flatMap((id) => [...id]));
    const digest = hashOf("fingerprint", familyId, joined).slice(0, DIGEST_BYTES);
    return { type: "keys-known", digest, ids: isSpelled ? ids.slice(0, KEYS_SAID_MAX) : null };
  }

  function linkUp(peer: Hex): void {
    answered.delete(`list ${peer}`);
    answered.delete(`keys ${peer}`);
    ports.send(peer, known(false));
  }

  function compare({ digest, ids }: KeysKnown, from: Hex): void {
    if (isSameBytes(digest, known(false).digest)) return;
    const mine = new Set(all().map(({ id }) => toHex(id)));
    const isWanting = ids === null || ids.some((id) => !mine.has(toHex(id)));
    if (isWanting && isInTurn(`list ${from}`)) ports.send(from, known(true));
    const theirs = new Set(ids?.map(toHex));
    const lacking = ids === null ? [] : all().filter(({ id }) => !theirs.has(toHex(id)));
    if (lacking.length === 0 || !isInTurn(`keys ${from}`)) return;
    for (let start = 0; start < lacking.length; start += KEYS_PER_FRAME_MAX) {
      const some = lacking.slice(start, start + KEYS_PER_FRAME_MAX);
      ports.send(from, { type: "keys", keys: some.map(({ signed }) => signed) });
    }
  }

  /** So that no peer makes this device say long lists without end; a new link begins anew. */
  function isInTurn(what: string): boolean {
    const now = env.monotonic();
    if (now - (answered.get(what) ?? Number.NEGATIVE_INFINITY) < KEYS_ANSWER_MS) return false;
    answered.set(what, now);
    return true;
  }

  async function announce(signed: SignedKey, along: readonly Write[]): Promise<boolean> {
    const name = toHex(identity.device);
    const decoded = decodeAnnouncement(signed.announcement);
    if (!decoded.ok) throw new Error("invariant: an own announcement reads");
    const { number } = decoded.value;
    const id = announcementIdOf(familyId, signed.announcement);
    const fresh: Kept = { announcement: decoded.value, id, since: number, signed };
    const floorDay = family.gossip?.core().floorDay ?? 0;
    const after = keysWith(devices.get(name) ?? [], fresh, floorDay);
    if (after === null) return false;
    const writes = [...along, rowOf(name, after)];
    await env.store.commit(writes, { durability: "strict", fence: family.fence });
    devices.set(name, after);
    ports.broadcast({ type: "keys", keys: [signed] }, null);
    return true;
  }

  async function tick(): Promise<void> {
    await prune();
    if (!isBehind || env.monotonic() - askedAt < KEYS_AGAIN_MS) return;
    isBehind = false;
    askedAt = env.monotonic();
    ports.broadcast(known(true), null);
  }

  async function prune(): Promise<void> {
    const floorDay = family.gossip?.core().floorDay;
    if (floorDay === undefined || floorDay === prunedAt) return;
    const writes: Write[] = [];
    const changed = new Map<Hex, readonly Kept[]>();
    for (const [name, kept] of devices) {
      const isNamed = findDevice(stateOf(family), fromHex(name)) !== null;
      const after = isNamed ? keysFrom(kept, floorDay) : [];
      if (after.length === kept.length) continue;
      changed.set(name, after);
      writes.push(rowOf(name, after));
    }
    if (writes.length > 0) {
      await env.store.commit(writes, { durability: "relaxed", fence: family.fence });
    }
    for (const [name, after] of changed) {
      if (after.length === 0) devices.delete(name);
      else devices.set(name, after);
    }
    prunedAt = floorDay;
  }
}

function rowOf(device: Hex, kept: readonly Kept[]): Write {
  const key: Key = [...DEVICE_KEYS_KEY, fromHex(device)];
  if (kept.length === 0) return { type: "delete", table: "meta", key };
  const value = kept.map(({ signed, since }): StoredValue => [
    signed.announcement,
    signed.signature,
    since,
  ]);
  return { type: "put", table: "meta", key, value };
}

/** What was stored after it was checked; what does not read is left away. */
function readStored(
  family: Family["identity"]["profile"]["family"],
  value: StoredValue,
): readonly Kept[] {
  if (!Array.isArray(value)) return [];
  return (value as readonly unknown[]).flatMap((row): readonly Kept[] => {
    if (!Array.isArray(row)) return [];
    const [announcement, signature, since] = row as readonly unknown[];
    if (!(announcement instanceof Uint8Array) || !(signature instanceof Uint8Array)) return [];
    const decoded = decodeAnnouncement(announcement);
    if (!decoded.ok || typeof since !== "number") return [];
    const signed = { announcement, signature: signature as Signature };
    const id = announcementIdOf(family, announcement);
    return [{ announcement: decoded.value, id, since, signed }];
  });
}
