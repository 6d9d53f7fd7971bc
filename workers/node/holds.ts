/**
 * Holds on this device: words of parents, kept for as long as they say something, handed to whoever is
 * linked, and what they mean for a device now. Which of them count is core/ledger/hold.ts's to say.
 * SPEC HO6 to HO13. Source: DESIGN §4.12.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import { toHex, type DeviceId, type Hex, type Signature } from "../core/codec/ids.ts";
import {
  decodeHold,
  encodeHold,
  isInTime,
  keptOf,
  maySay,
  standingOf,
  type Hold,
  type Standing,
} from "../core/ledger/hold.ts";
import { findDevice, findMember } from "../core/ledger/state.ts";
import { prefixRange, type Key, type Write } from "../storage/store.ts";
import { familyNow, myMember, stateOf, type Family } from "./family.ts";
import type { Frame } from "./frames.ts";
import { HOLDS_AGAIN_MS } from "./limits.ts";

type SignedHold = Extract<Frame, { type: "holds" }>["holds"][number];

export interface Holds {
  /** How a device stands; null where it is not held. */
  readonly of: (device: DeviceId) => Standing | null;
  /** Whether nobody is to be linked to it: a held one of no parent, that keeps no rules. */
  readonly isCutOff: (device: DeviceId) => boolean;
  /** Whether the person here may hold it, for longer too, or end that it is held. */
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
  /** These are held now, and those no more; `since`: what came after was not locked for them. */
  readonly onChanged: (begun: readonly DeviceId[], ended: readonly EndedHold[]) => Promise<void>;
}

export interface EndedHold {
  readonly device: DeviceId;
  readonly since: number;
}

interface Kept {
  readonly hold: Hold;
  readonly signed: SignedHold;
}

const TABLE_KEY = "hold";
/** Milliseconds by which a further word has to make a hold longer. */
const RENEWAL_MS_MIN = 3_600_000;

export async function openHolds(family: Family, ports: HoldPorts): Promise<Holds> {
  const { env } = family;
  const kept = new Map<string, Kept>();
  for (const { value } of await env.store.list("meta", prefixRange([TABLE_KEY]))) {
    const read = value instanceof Uint8Array ? readStored(value) : null;
    if (read !== null) kept.set(nameOf(read.hold), read);
  }
  /** Standings by device, for one head, one second and the words of now. */
  let looked: { at: string; readonly standings: Map<Hex, Standing | null> } | null = null;
  let heldBefore = heldNow();
  let saidAt = env.monotonic();

  return { of: standing, isCutOff, may, say, take, frame, tick };

  function all(): readonly Hold[] {
    return [...kept.values()].map(({ hold }) => hold);
  }

  function standing(device: DeviceId): Standing | null {
    const head = family.ledger.head();
    if (kept.size === 0 || head === null) return null;
    const now = familyNow(family);
    const at = `${toHex(head.hash)} ${Math.floor(now / 1000)}`;
    if (looked?.at !== at) looked = { at, standings: new Map() };
    const name = toHex(device);
    const known = looked.standings.get(name);
    if (known !== undefined) return known;
    const found = standingOf(head.state, device, all(), now);
    looked.standings.set(name, found);
    return found;
  }

  function isCutOff(device: DeviceId): boolean {
    const held = standing(device);
    // One that was let in beside a held one is given the blocks, and nothing else, for its first day.
    if (held === null || held.isBeside) return false;
    // Whoever holds those that keep the rules would stop the family's decisions.
    if (stateOf(family).replicas.some((one) => isSameBytes(one, device))) return false;
    const owner = findDevice(stateOf(family), device)?.member;
    return owner === undefined || findMember(stateOf(family), owner)?.role !== "parent";
  }

  function may(device: DeviceId, isHeld: boolean): boolean {
    if (family.ledger.head() === null || myMember(family) === null) return false;
    const state = stateOf(family);
    const word = wordOf(device, isHeld);
    const now = familyNow(family);
    if (!maySay(state, word)) return false;
    const before = standing(device);
    const after = standingOf(state, device, [...all(), word], now);
    if (!isHeld) return before !== null && after === null;
    return after !== null && after.until >= (before?.until ?? 0) + RENEWAL_MS_MIN;
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
    await keep([{ hold, signed }]);
    ports.broadcast({ type: "holds", holds: [signed] }, null);
    await tellChanged();
    return true;
  }

  async function take(holds: readonly SignedHold[], from: Hex): Promise<number> {
    let faults = 0;
    const fresh: Kept[] = [];
    for (const signed of holds) {
      const read = await check(signed);
      if (read === "forged") faults += 1;
      else if (read !== null) fresh.push(read);
    }
    const taken = await keep(fresh);
    if (taken.length === 0) return faults;
    ports.broadcast({ type: "holds", holds: taken.map(({ signed }) => signed) }, from);
    await tellChanged();
    return faults;
  }

  /**
   * One that is new here and counts. Of an author who is not known yet, or too early by this clock, it
   * is none: whoever has it says it again.
   */
  async function check(signed: SignedHold): Promise<Kept | "forged" | null> {
    const decoded = decodeHold(signed.hold);
    if (!decoded.ok) return "forged";
    const hold = decoded.value;
    const head = family.ledger.head();
    const key = head === null ? undefined : findDevice(head.state, hold.author)?.key;
    if (key === undefined || kept.has(nameOf(hold))) return null;
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
    return counts ? { hold, signed } : null;
  }

  /** Adds words and lets go of what has no room any more; those of them that stay. */
  async function keep(fresh: readonly Kept[]): Promise<readonly Kept[]> {
    const all = [...kept.values(), ...fresh];
    const stay = new Set(keptOf(all, familyNow(family)));
    const taken = fresh.filter((one) => stay.has(one));
    const gone = [...kept.values()].filter((one) => !stay.has(one));
    if (taken.length + gone.length === 0) return [];
    await env.store.commit(
      [
        ...taken.map(({ hold, signed }): Write => ({
          type: "put",
          table: "meta",
          key: keyOf(hold),
          value: storedOf(signed),
        })),
        ...gone.map(({ hold }): Write => ({ type: "delete", table: "meta", key: keyOf(hold) })),
      ],
      { durability: taken.length > 0 ? "strict" : "relaxed", fence: family.fence },
    );
    for (const { hold } of gone) kept.delete(nameOf(hold));
    for (const one of taken) kept.set(nameOf(one.hold), one);
    looked = null;
    return taken;
  }

  function frame(): Frame | null {
    const holds = keptOf([...kept.values()], familyNow(family)).map(({ signed }) => signed);
    return holds.length === 0 ? null : { type: "holds", holds };
  }

  async function tick(): Promise<void> {
    if (kept.size === 0 && heldBefore.size === 0) return;
    await keep([]);
    await tellChanged();
    // Somebody's clock or rules may have been behind when it was said.
    if (env.monotonic() - saidAt < HOLDS_AGAIN_MS) return;
    saidAt = env.monotonic();
    const said = frame();
    if (said !== null) ports.broadcast(said, null);
  }

  /** What is held now, by id. */
  function heldNow(): ReadonlyMap<Hex, EndedHold> {
    const held = new Map<Hex, EndedHold>();
    if (kept.size === 0 || family.ledger.head() === null) return held;
    // Of a device that is held beside another no word speaks.
    for (const { id, revoked } of stateOf(family).devices) {
      const since = revoked === null ? standing(id)?.since : undefined;
      if (since !== undefined) held.set(toHex(id), { device: id, since });
    }
    return held;
  }

  async function tellChanged(): Promise<void> {
    const before = heldBefore;
    heldBefore = heldNow();
    const begun = [...heldBefore].filter(([name]) => !before.has(name));
    const ended = [...before].filter(([name]) => !heldBefore.has(name));
    if (begun.length + ended.length === 0) return;
    await ports.onChanged(
      begun.map(([, { device }]) => device),
      ended.map(([, one]) => one),
    );
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
