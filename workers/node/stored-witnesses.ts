/**
 * Earlier registers of other devices on the disk: what they say of entries that have not come yet must
 * outlive a restart. They lie beside the latest ones, under the device and their clock, and go when
 * nothing is left that they could contradict. SPEC BK4. Source: DESIGN §5.
 */
import { keepWitnesses } from "../core/gossip/dating.ts";
import type { VerifiedRegister } from "../core/gossip/register.ts";
import { durableStreams, type Gossip } from "../core/gossip/state.ts";
import { toHex } from "../core/codec/ids.ts";
import type { Key, Write } from "../storage/store.ts";

export interface StoredWitnesses {
  /** What is to be written so that the disk has those that the core keeps. */
  readonly writes: (core: Gossip) => readonly Write[];
}

/** Gives the core those that were stored, once all entries are there. */
export function createWitnesses(
  core: Gossip,
  earlier: readonly VerifiedRegister[],
): StoredWitnesses {
  const stored = new Map(earlier.map((one) => [nameOf(one), one]));
  for (const one of earlier) keepWitnesses(core, one.register.device, [one]);
  return { writes };

  function writes(now: Gossip): readonly Write[] {
    const kept = new Map<string, VerifiedRegister>();
    for (const { witnesses } of durableStreams(now)) {
      for (const one of witnesses) kept.set(nameOf(one), one);
    }
    const changes: Write[] = [];
    for (const [name, one] of stored) {
      if (kept.has(name)) continue;
      changes.push({ type: "delete", table: "registers", key: keyOf(one) });
      stored.delete(name);
    }
    for (const [name, one] of kept) {
      if (stored.has(name)) continue;
      const { bytes, signature } = one.signed;
      const value = [bytes, signature];
      changes.push({ type: "put", table: "registers", key: keyOf(one), value });
      stored.set(name, one);
    }
    return changes;
  }
}

/** A row of the table that is not a device's latest. */
export function isWitnessKey(key: Key): boolean {
  return key.length > 1;
}

function keyOf({ register: { device, clock } }: VerifiedRegister): Key {
  return [device, clock.ms, clock.counter];
}

function nameOf({ register: { device, clock } }: VerifiedRegister): string {
  return `${toHex(device)}@${clock.ms}.${clock.counter}`;
}
