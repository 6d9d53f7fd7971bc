/**
 * Holds on this device: words of parents, kept for as long as they say something, handed to whoever is
 * linked, and what they mean for a device now. Which of them count is core/ledger/hold.ts's to say.
 * SPEC HO6 to HO11. Source: DESIGN §4.12.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import { toHex, type DeviceId, type Hex, type Signature } from "../core/codec/ids.ts";
import {
  compareHolds,
  decodeHold,
  encodeHold,
  isInTime,
  maySay,
  standingOf,
  type Hold,
  type Standing,
} from "../core/ledger/hold.ts";
import { HOLDS_MAX } from "../core/ledger/limits.ts";
import { findDevice, findMember } from "../core/ledger/state.ts";
import { prefixRange, type Key, type Write } from "../storage/store.ts";
import { familyNow, myMember, stateOf, type Family } from "./family.ts";
import type { Frame } from "./frames.ts";

type SignedHold = Extract<Frame, { type: "holds" }>["holds"][number];

export interface Holds {
  /** How a device stands; null where it is not held. */
  readonly of: (device: DeviceId) => Standing | null;
  /** Whether nobody is to be linked to it: a held device of somebody who is no parent. */
  readonly isCutOff: (device: DeviceId) => boolean;
  /** Whether the person here may hold it, or end that it is held. */
  readonly may: (device: DeviceId, isHeld: boolean) => boolean;
  /** Says it; false where it would not count. */
  readonly say: (device: DeviceId, isHeld: boolean) => Promise<boolean>;
  /** The count of those that are forged: the peer's fault. */
  readonly take: (holds: readonly SignedHold[], from: Hex) => Promise<number>;
  /** For a device that has just linked; null where there is nothing to say. */
  readonly frame: () => Frame | null;
  /** Lets go of what says nothing any more, and tells what is held no more. */
  readonly tick: () => Promise<void>;
}

export interface HoldPorts {
  readonly broadcast: (frame: Frame, except: Hex | null) => void;
  /** These devices stand differently now. */
  readonly onChanged: (devices: readonly DeviceId[]) => Promise<void>;
}

interface Kept {
  readonly hold: Hold;
  readonly signed: SignedHold;
}

const TABLE_KEY = "hold";

export async function openHolds(family: Family, ports: HoldPorts): Promise<Holds> {
  const { env } = family;
  const kept = new Map<string, Kept>();
  for (const { value } of await env.store.list("meta", prefixRange([TABLE_KEY]))) {
    const read = value instanceof Uint8Array ? readStored(value) : null;
    if (read !== null) kept.set(nameOf(read.hold), read);
  }
  let heldBefore: ReadonlyMap<Hex, DeviceId> = heldNow();

  return { of: standing, isCutOff, may, say, take, frame, tick };

  function all(): readonly Hold[] {
    return [...kept.values()].map(({ hold }) => hold);
  }

  function standing(device: DeviceId): Standing | null {
    if (kept.size === 0 || family.ledger.head() === null) return null;
    return standingOf(stateOf(family), device, all(), familyNow(family));
  }

  function isCutOff(device: DeviceId): boolean {
    if (standing(device) === null) return false;
    const owner = findDevice(stateOf(family), device)?.member;
    return owner === undefined || findMember(stateOf(family), owner)?.role !== "parent";
  }

  function may(device: DeviceId, isHeld: boolean): boolean {
    if (family.ledger.head() === null || myMember(family) === null) return false;
    const state = stateOf(family);
    const word = wordOf(device, isHeld);
    const now = familyNow(family);
    if (!maySay(state, word)) return false;
    const isHeldThen = standingOf(state, device, [...all(), word], now) !== null;
    return isHeldThen === isHeld && isHeld === (standing(device) === null);
  }

  function wordOf(device: DeviceId, isHeld: boolean): Hold {
    const last = Math.max(0, ...all().flatMap((one) => (isSame(one, device) ? one.time : [])));
    // After what is known, however the clocks of two parents differ.
    const time = Math.max(familyNow(family), last + 1);
    return { device, author: family.identity.device, isHeld, time };
  }

  async function say(device: DeviceId, isHeld: boolean): Promise<boolean> {
    if (!may(device, isHeld)) return false;
    const hold = wordOf(device, isHeld);
    const { signer, profile } = family.identity;
    const bytes = encodeHold(hold);
    const signature = await signer.sign("hold", profile.family, bytes);
    const signed = { hold: bytes, signature };
    await keep({ hold, signed });
    ports.broadcast({ type: "holds", holds: [signed] }, null);
    await tellChanged();
    return true;
  }

  async function take(holds: readonly SignedHold[], from: Hex): Promise<number> {
    let faults = 0;
    const fresh: SignedHold[] = [];
    for (const signed of holds) {
      const taken = await takeOne(signed);
      if (taken === "forged") faults += 1;
      if (taken === "new") fresh.push(signed);
    }
    if (fresh.length === 0) return faults;
    ports.broadcast({ type: "holds", holds: fresh }, from);
    await tellChanged();
    return faults;
  }

  async function takeOne(signed: SignedHold): Promise<"forged" | "new" | "nothing"> {
    const decoded = decodeHold(signed.hold);
    if (!decoded.ok) return "forged";
    const hold = decoded.value;
    const head = family.ledger.head();
    const key = head === null ? undefined : findDevice(head.state, hold.author)?.key;
    // Its device may be registered in a block that is still to come; then it is handed over again.
    if (key === undefined || kept.has(nameOf(hold))) return "nothing";
    const { profile } = family.identity;
    const holds = await env.crypto.verify(
      key,
      "hold",
      profile.family,
      signed.hold,
      signed.signature,
    );
    if (!holds) return "forged";
    const counts = isInTime(hold, familyNow(family)) && maySay(stateOf(family), hold);
    if (!counts || !hasRoomFor(hold)) return "nothing";
    await keep({ hold, signed });
    return "new";
  }

  /** No author fills it: what one device said makes room for what it says now. */
  function hasRoomFor(hold: Hold): boolean {
    const own = all().filter((one) => isSameBytes(one.author, hold.author));
    return kept.size < HOLDS_MAX && own.length < HOLDS_MAX / 4;
  }

  async function keep(one: Kept): Promise<void> {
    await env.store.commit(
      [{ type: "put", table: "meta", key: keyOf(one.hold), value: storedOf(one.signed) }],
      { durability: "strict", fence: family.fence },
    );
    kept.set(nameOf(one.hold), one);
  }

  function frame(): Frame | null {
    const holds = [...kept.values()]
      .toSorted((a, b) => compareHolds(a.hold, b.hold))
      .map(({ signed }) => signed);
    return holds.length === 0 ? null : { type: "holds", holds };
  }

  async function tick(): Promise<void> {
    if (kept.size === 0 && heldBefore.size === 0) return;
    const now = familyNow(family);
    const over = [...kept.values()].filter(({ hold }) => hold.time < now && !isInTime(hold, now));
    if (over.length > 0) {
      const writes = over.map(({ hold }): Write => ({
        type: "delete",
        table: "meta",
        key: keyOf(hold),
      }));
      await env.store.commit(writes, { durability: "relaxed", fence: family.fence });
      for (const { hold } of over) kept.delete(nameOf(hold));
    }
    await tellChanged();
  }

  /** Devices that are held now, by id. */
  function heldNow(): ReadonlyMap<Hex, DeviceId> {
    const held = all().filter((one) => standing(one.device) !== null);
    return new Map(held.map(({ device }) => [toHex(device), device]));
  }

  async function tellChanged(): Promise<void> {
    const before = heldBefore;
    heldBefore = heldNow();
    const begun = [...heldBefore].filter(([name]) => !before.has(name));
    const ended = [...before].filter(([name]) => !heldBefore.has(name));
    const changed = [...begun, ...ended].map(([, device]) => device);
    if (changed.length > 0) await ports.onChanged(changed);
  }
}

function isSame(hold: Hold, device: DeviceId): boolean {
  return isSameBytes(hold.device, device);
}

function nameOf(hold: Hold): string {
  return keyOf(hold)
    .map((part) => (typeof part === "object" ? toHex(part) : part))
    .join(" ");
}

function keyOf({ device, author, isHeld, time }: Hold): Key {
  return [TABLE_KEY, device, author, time, isHeld ? 1 : 0];
}

function storedOf({ hold, signature }: SignedHold): Uint8Array {
  const bytes = new Uint8Array(hold.length + signature.length);
  bytes.set(signature);
  bytes.set(hold, signature.length);
  return bytes;
}

/** What was stored after its signature was checked; null for anything else. */
function readStored(bytes: Uint8Array): Kept | null {
  const signature = bytes.slice(0, 64) as Signature;
  const hold = bytes.slice(64);
  const decoded = decodeHold(hold);
  return decoded.ok ? { hold: decoded.value, signed: { hold, signature } } : null;
}
