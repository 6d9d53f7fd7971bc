/**
 * Messages as this device finds them on its disk. One of another device that does not read any more
 * is let go of: it is not had then, and anti-entropy asks for it again. One of my own is not: its
 * number is spent, and a stream that forgot it would fork. SPEC GK11. Source: DESIGN §5.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import type { DeviceId, FamilyId } from "../core/codec/ids.ts";
import { dayOf } from "../core/gossip/clock.ts";
import type { Header } from "../core/gossip/header.ts";
import type { VerifiedEntry } from "../core/gossip/state.ts";
import { prefixRange, StoreError, type Key, type Store, type Write } from "../storage/store.ts";
import { readEntry } from "./verify.ts";

export interface StoredEntries {
  readonly entries: readonly VerifiedEntry[];
  /** Takes what does not read off the disk. */
  readonly cleaning: readonly Write[];
}

/** Header and signature of each, in the order of days; StoreError `corrupt` for one of `me`'s. */
export async function readStoredEntries(
  store: Store,
  family: FamilyId,
  me: DeviceId,
): Promise<StoredEntries> {
  const entries: VerifiedEntry[] = [];
  const cleaning: Write[] = [];
  for (const { key, value } of await store.list("entries", prefixRange([]))) {
    const entry = readStored(family, value);
    if (entry !== null) {
      entries.push(entry);
      continue;
    }
    // The key is [day, author, stream, seq].
    const [, author] = key;
    if (!(author instanceof Uint8Array) || isSameBytes(author, me)) {
      throw new StoreError("corrupt", "a stored message of this device is malformed");
    }
    cleaning.push({ type: "delete", table: "entries", key });
    cleaning.push({ type: "delete", table: "bodies", key });
    cleaning.push({ type: "delete", table: "timeline", key });
  }
  return { entries, cleaning };
}

/** Primary key by day, so that retention deletes with one range. */
export function entryKey(header: Header): Key {
  return [dayOf(header.clock.ms), header.author, header.stream, header.seq];
}

/** A stored pair of bytes and their signature; null for anything else. */
export function pairOf(value: unknown): readonly [Uint8Array, Uint8Array] | null {
  if (!Array.isArray(value)) return null;
  const [first, second] = value as readonly unknown[];
  return first instanceof Uint8Array && second instanceof Uint8Array ? [first, second] : null;
}

function readStored(family: FamilyId, value: unknown): VerifiedEntry | null {
  const pair = pairOf(value);
  if (pair === null) return null;
  const [header, signature] = pair;
  const read = readEntry(family, { header, signature, body: new Uint8Array(0), hops: 0 });
  return read.ok ? read.entry : null;
}
