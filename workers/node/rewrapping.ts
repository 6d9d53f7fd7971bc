/**
 * Wraps again what this device said to keys that may be over, once it knows newer ones: who was away for
 * long and writes before it has met anybody knows no others. Only the content key is said again, to the
 * same devices: the message stays the one that it is, at its place, with what was said about it. What
 * readers make of it is handed-keys.ts's to say. SPEC KA14. Source: ADR 30.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import { toHex } from "../core/codec/ids.ts";
import type { Hex } from "../core/codec/ids.ts";
import { isPastGrace } from "../core/gossip/device-keys.ts";
import { compareClock, type Header } from "../core/gossip/header.ts";
import { REFILL_KEYS_MAX, type Payload } from "../core/gossip/payload.ts";
import { isBodyExpired } from "../core/gossip/retention.ts";
import type { Known } from "../core/gossip/stream.ts";
import { activeDevice, type Device } from "../core/ledger/state.ts";
import { stateOf, type Family } from "./family.ts";
import type { Opener } from "./opening.ts";
import { publish } from "./publishing.ts";

export interface Rewrapping {
  /** Newer keys are known, or who was held is not any more: the next tick looks. */
  readonly due: () => void;
  readonly tick: () => Promise<void>;
}

/** Messages for the same devices. */
interface Group {
  readonly devices: readonly Device[];
  readonly messages: Known[];
}

type GivenKeys = Extract<Payload, { type: "refill" }>["keys"];

export function createRewrapping(family: Family, opener: Opener): Rewrapping {
  /** At a start too: it may have been killed between the keys and what follows from them. */
  let isDue = true;
  return {
    due: () => {
      isDue = true;
    },
    tick,
  };

  /** What clock, rate, quota or store do not allow now is tried again at the next. */
  async function tick(): Promise<void> {
    if (!isDue || family.gossip === null) return;
    if (activeDevice(stateOf(family), family.identity.device) === null) return;
    for (const { devices, messages } of groups()) {
      for (let start = 0; start < messages.length; start += REFILL_KEYS_MAX) {
        const keys = await keysOf(messages.slice(start, start + REFILL_KEYS_MAX));
        if (keys.length === 0) continue;
        const payload: Payload = { type: "refill", keys };
        const published = await publish(family, "rewrap", { type: "family" }, devices, payload);
        if (!published.ok) return;
      }
    }
    isDue = false;
  }

  async function keysOf(messages: readonly Known[]): Promise<GivenKeys> {
    const keys: GivenKeys[number][] = [];
    for (const { id, header } of messages) {
      const contentKey = await opener.keyOf(id, header);
      if (contentKey !== null) keys.push({ message: id, contentKey });
    }
    return keys;
  }

  /** In the order in which it was said. */
  function groups(): readonly Group[] {
    const found = new Map<Hex, Group>();
    const lacking = ownEntries().filter(isLacking);
    for (const known of lacking.toSorted((a, b) => compareClock(a.header.clock, b.header.clock))) {
      const devices = opener.handed.readersOf(known.header);
      const name = devices.map(({ id }) => toHex(id)).join();
      const group = found.get(name) ?? { devices, messages: [] };
      group.messages.push(known);
      found.set(name, group);
    }
    return [...found.values()];
  }

  function ownEntries(): readonly Known[] {
    const me = family.identity.device;
    const streams = [...(family.gossip?.core().streams.values() ?? [])];
    return streams
      .filter(({ author }) => isSameBytes(author, me))
      .flatMap(({ known }) => [...known.values()]);
  }

  /** Some reader may not open it, nor what handed its key over since. */
  function isLacking({ id, header, verdict }: Known): boolean {
    const core = family.gossip?.core();
    if (core === undefined || verdict.type !== "accepted" || header.kind === "rewrap") return false;
    if (!isSealedToOld(header) || isBodyExpired(core, header)) return false;
    const by = opener.handed.by(id, header);
    return by === null || isSealedToOld(by);
  }

  function isSealedToOld(header: Header): boolean {
    const { ms } = header.clock;
    const old = header.recipients.filter(({ device, keyNumber }) => {
      return isPastGrace(keyNumber, ms) && family.keys?.mayBeOver(device, keyNumber, ms) === true;
    });
    if (old.length === 0) return false;
    const readers = opener.handed.readersOf(header);
    return readers.some(({ id }) => old.some(({ device }) => isSameBytes(device, id)));
  }
}
