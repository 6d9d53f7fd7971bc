/**
 * Recoveries of the next block on the disk: each with how long it was shown here, and what was said
 * against it. All of it goes with the next block. SPEC RK2, RK3. Source: DESIGN §4.10.
 */
import { toHex } from "../core/codec/ids.ts";
import type { BlockHash, DeviceId, Hex, Signature } from "../core/codec/ids.ts";
import type { Shown } from "../core/ledger/recovery-wait.ts";
import { prefixRange, type Store, type Write } from "../storage/store.ts";

export interface StoredRecovery {
  readonly bytes: Uint8Array;
  readonly shown: Shown;
  readonly isChosen: boolean;
}

export interface Objection {
  readonly recovery: BlockHash;
  readonly device: DeviceId;
  readonly signature: Signature;
}

const BLOCKS = ["recovery", "block"] as const;
const OBJECTIONS = ["recovery", "objection"] as const;

export function recoveryWrite(hash: BlockHash, { bytes, shown, isChosen }: StoredRecovery): Write {
  const value = [bytes, shown.ms, shown.wall, isChosen];
  return { type: "put", table: "meta", key: [...BLOCKS, toHex(hash)], value };
}

export function objectionWrite({ recovery, device, signature }: Objection): Write {
  const key = [...OBJECTIONS, toHex(recovery), toHex(device)];
  return { type: "put", table: "meta", key, value: [recovery, device, signature] };
}

export const FORGET_RECOVERIES: Write = {
  type: "delete-range",
  table: "meta",
  range: prefixRange(["recovery"]),
};

/** What was kept, by the recovery's hash; a row that does not read is passed over: others hand it on. */
export async function readRecoveries(store: Store): Promise<{
  readonly recoveries: ReadonlyMap<Hex, StoredRecovery>;
  readonly objections: readonly Objection[];
}> {
  const recoveries = new Map<Hex, StoredRecovery>();
  for (const { key, value } of await store.list("meta", prefixRange([...BLOCKS]))) {
    if (!Array.isArray(value)) continue;
    const [bytes, ms, wall, isChosen] = value as readonly unknown[];
    if (!(bytes instanceof Uint8Array) || typeof ms !== "number" || typeof wall !== "number") {
      continue;
    }
    recoveries.set(String(key[2]), { bytes, shown: { ms, wall }, isChosen: isChosen === true });
  }
  const objections: Objection[] = [];
  for (const { value } of await store.list("meta", prefixRange([...OBJECTIONS]))) {
    if (!Array.isArray(value)) continue;
    const [recovery, device, signature] = value as readonly unknown[];
    if (!(recovery instanceof Uint8Array) || !(device instanceof Uint8Array)) continue;
    if (signature instanceof Uint8Array) objections.push({ recovery, device, signature });
  }
  return { recoveries, objections };
}
