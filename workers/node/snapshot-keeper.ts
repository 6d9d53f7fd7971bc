/**
 * A newcomer's first state: a snapshot below its invite's pin, taken part by part, each one durable
 * and checked by itself, whoever brings it; nothing is asked for twice after a restart. When all is
 * here the ledger stands on it. Whom to ask is snapshot-fetch.ts. SPEC LP16. Source: DESIGN §4.11.
 */
import type { FamilyId } from "../core/codec/ids.ts";
import type { Head } from "../core/ledger/chain.ts";
import {
  isPart,
  manifestFault,
  snapshotHeightFor,
  type Manifest,
  type ManifestFault,
  type Pin,
} from "../core/ledger/snapshot.ts";
import type { Write } from "../storage/store.ts";
import type { Environment } from "./environment.ts";
import {
  BASE_WRITE,
  headOf,
  manifestWrite,
  partWrite,
  readSnapshot,
  type StoredSnapshot,
} from "./stored-snapshot.ts";

export interface SnapshotKeeper {
  /** What is missing: `parts` null while the manifest is; null where no snapshot is wanted. */
  readonly wanted: () => {
    readonly pin: Pin;
    readonly height: number;
    readonly parts: readonly number[] | null;
  } | null;
  readonly takeManifest: (manifest: Manifest) => Promise<ManifestFault | null>;
  /** False: it is not that part. */
  readonly takePart: (index: number, bytes: Uint8Array) => Promise<boolean>;
  /** Stands on it where all is here: also after a write that had failed. */
  readonly complete: () => Promise<void>;
}

export interface SnapshotPorts {
  readonly commit: (writes: readonly Write[], durability: "strict" | "relaxed") => Promise<void>;
  readonly hasHead: () => boolean;
  /** All is here and durable: the ledger stands on it. */
  readonly standOn: (head: Head, manifest: Manifest) => Promise<void>;
}

export async function openSnapshotKeeper(
  env: Pick<Environment, "store" | "rulesKnown">,
  family: FamilyId,
  pin: Pin | null,
  ports: SnapshotPorts,
): Promise<SnapshotKeeper> {
  const height = pin === null ? null : snapshotHeightFor(pin.height);
  /** It is the one that the pin leads to, and no state that this build knows: blocks say more. */
  let isUseless = false;
  let stored: StoredSnapshot | null = await readSnapshot(env, family, pin);

  return { wanted, takeManifest, takePart, complete };

  function wanted(): ReturnType<SnapshotKeeper["wanted"]> {
    if (pin === null || height === null || isUseless || ports.hasHead()) return null;
    const { manifest, parts } = stored ?? { manifest: null, parts: new Map() };
    const missing = manifest?.parts.flatMap((_, index) => (parts.has(index) ? [] : [index]));
    return { pin, height, parts: missing ?? null };
  }

  async function takeManifest(manifest: Manifest): Promise<ManifestFault | null> {
    if (pin === null || stored !== null || ports.hasHead()) return null;
    const fault = manifestFault(family, pin, manifest, env.rulesKnown);
    if (fault !== null) return fault;
    await ports.commit([manifestWrite(manifest)], "relaxed");
    stored = { manifest, parts: new Map() };
    return null;
  }

  async function takePart(index: number, bytes: Uint8Array): Promise<boolean> {
    if (stored === null || ports.hasHead()) return true;
    if (!isPart(family, stored.manifest, index, bytes)) return false;
    if (!stored.parts.has(index)) {
      await ports.commit([partWrite(index, bytes)], "relaxed");
      stored = { ...stored, parts: new Map([...stored.parts, [index, bytes]]) };
    }
    await complete();
    return true;
  }

  async function complete(): Promise<void> {
    if (stored === null || ports.hasHead()) return;
    const head = headOf(family, stored);
    if (head === null) {
      isUseless = stored.parts.size === stored.manifest.parts.length;
      return;
    }
    await ports.commit([BASE_WRITE], "strict");
    const { manifest } = stored;
    stored = null;
    await ports.standOn(head, manifest);
  }
}
