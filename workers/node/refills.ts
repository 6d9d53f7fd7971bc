/**
 * Who has given which device the keys of earlier messages, and which of them: what its giver had when
 * it gave, and could open; and only once the device has what it was given. SPEC SH8.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import { toHex, type DeviceId, type Hex } from "../core/codec/ids.ts";
import { compareClock, type Header } from "../core/gossip/header.ts";
import { coverageOf } from "../core/gossip/register.ts";
import type { Known } from "../core/gossip/stream.ts";
import { findDevice, type Device } from "../core/ledger/state.ts";
import { stateOf, type Family } from "./family.ts";

export interface Refills {
  /** Takes in an accepted refill; anything else is passed over. */
  readonly note: (known: Known) => void;
  /** Whether a device was given a message's key, by a device of its author's member or of its own. */
  readonly cover: (device: Device, header: Header) => boolean;
}

interface Given {
  readonly refill: Header;
}

export function createRefills(family: Family): Refills {
  /** The latest of each giver, by who got it. */
  const latest = new Map<Hex, readonly Given[]>();
  return { note, cover };

  function note({ header, verdict }: Known): void {
    if (header.kind !== "refill" || verdict.type !== "accepted") return;
    for (const { device } of header.recipients) {
      const known = latest.get(toHex(device)) ?? [];
      const before = known.find(({ refill }) => isSameBytes(refill.author, header.author));
      if (before !== undefined && compareClock(before.refill.clock, header.clock) >= 0) continue;
      latest.set(toHex(device), [...known.filter((one) => one !== before), { refill: header }]);
    }
  }

  function cover(device: Device, header: Header): boolean {
    const author = findDevice(stateOf(family), header.author)?.member;
    return (latest.get(toHex(device.id)) ?? []).some(({ refill }) => {
      const giver = refill.author;
      const member = findDevice(stateOf(family), giver)?.member;
      const mayGive = [author, device.member].some(
        (one) => one !== undefined && member !== undefined && isSameBytes(one, member),
      );
      const canOpen =
        isSameBytes(giver, header.author) ||
        header.recipients.some((one) => isSameBytes(one.device, giver));
      const isBefore = compareClock(header.clock, refill.clock) < 0;
      return mayGive && canOpen && isBefore && hasHad(giver, header) && hasHad(device.id, refill);
    });
  }

  function hasHad(device: DeviceId, { author, stream, seq }: Header): boolean {
    if (isSameBytes(device, author) || isSameBytes(device, family.identity.device)) return true;
    const register = family.gossip?.core().registers.get(toHex(device))?.register;
    return register !== undefined && coverageOf(register, author, stream, seq) === "had";
  }
}
