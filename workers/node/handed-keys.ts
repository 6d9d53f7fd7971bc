/**
 * Content keys that authors have handed over once more, because what a message was sealed to may be over
 * for some of its readers (rewrapping.ts). One counts for its own author's messages alone, and only where
 * all who were listed as readers were given it: nobody is left as one who cannot read. In memory: read
 * anew from the stored entries at each start. Opens nothing. SPEC KA15. Source: ADR 30.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import { toHex } from "../core/codec/ids.ts";
import type { DeviceId, Hex, MessageId } from "../core/codec/ids.ts";
import { compareClock, type Header } from "../core/gossip/header.ts";
import type { Payload } from "../core/gossip/payload.ts";
import { activeDevice, type Device } from "../core/ledger/state.ts";
import { holdOf, stateOf, type Family } from "./family.ts";
import { HANDED_KEYS_MAX } from "./limits.ts";

export interface HandedKeys {
  /** Keeps what an accepted entry hands over; the messages (ids) of which that says something newer. */
  readonly take: (
    rewrap: Header,
    keys: Extract<Payload, { type: "refill" }>["keys"],
  ) => readonly MessageId[];
  /** The content key of a message that its author has handed to all its readers; null for none. */
  readonly of: (id: MessageId, header: Header) => Uint8Array | null;
  /** The entry by which it was, the latest. */
  readonly by: (id: MessageId, header: Header) => Header | null;
  /** Those for whose devices a message was sealed and still is to be: neither taken out nor held. */
  readonly readersOf: (header: Header) => readonly Device[];
}

interface Handed {
  readonly contentKey: Uint8Array;
  readonly rewrap: Header;
}

export function createHandedKeys(family: Family): HandedKeys {
  /** By author, then by message; those that came last stand last. */
  const authors = new Map<Hex, Map<Hex, Handed>>();
  return { take, of: (id, header) => find(id, header)?.contentKey ?? null, by, readersOf };

  function take(
    rewrap: Header,
    keys: Extract<Payload, { type: "refill" }>["keys"],
  ): readonly MessageId[] {
    const author = toHex(rewrap.author);
    const kept = authors.get(author) ?? new Map<Hex, Handed>();
    authors.set(author, kept);
    const newer = keys.filter(({ message }) => {
      const before = kept.get(toHex(message));
      return before === undefined || compareClock(before.rewrap.clock, rewrap.clock) < 0;
    });
    for (const { message, contentKey } of newer) {
      kept.delete(toHex(message));
      kept.set(toHex(message), { contentKey, rewrap });
      const oldest = kept.keys().next();
      if (kept.size > HANDED_KEYS_MAX && oldest.done !== true) kept.delete(oldest.value);
    }
    return newer.map(({ message }) => message);
  }

  function by(id: MessageId, header: Header): Header | null {
    return find(id, header)?.rewrap ?? null;
  }

  function find(id: MessageId, header: Header): Handed | null {
    const handed = authors.get(toHex(header.author))?.get(toHex(id));
    if (handed === undefined) return null;
    const isForAll = readersOf(header).every(({ id: reader }) => isFor(handed.rewrap, reader));
    return isForAll ? handed : null;
  }

  function readersOf({ recipients }: Header): readonly Device[] {
    const state = stateOf(family);
    return recipients.flatMap(({ device }) => {
      const active = activeDevice(state, device);
      const isHeld =
        !isSameBytes(device, family.identity.device) && holdOf(family, device) !== null;
      return active === null || isHeld ? [] : [active];
    });
  }
}

function isFor({ recipients }: Header, device: DeviceId): boolean {
  return recipients.some((one) => isSameBytes(one.device, device));
}
