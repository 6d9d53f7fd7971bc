/**
 * The snapshot that a newcomer begins with, on its disk: what was fetched of it so far, and, once all
 * is here, that the chain stands on it. It goes when the blocks below it are all here.
 * SPEC LP16, LP17. Source: DESIGN §4.11.
 */
import type { FamilyId } from "../core/codec/ids.ts";
import { decodeWith, encodeWith } from "../core/codec/shape.ts";
import type { Head } from "../core/ledger/chain.ts";
import {
  isPart,
  manifestFault,
  manifestShape,
  openSnapshot,
  type Manifest,
  type Pin,
} from "../core/ledger/snapshot.ts";
import { prefixRange, StoreError, type Key, type Write } from "../storage/store.ts";
import type { Environment } from "./environment.ts";

const MANIFEST_KEY: Key = ["snapshot", "manifest"];
const BASE_KEY: Key = ["snapshot", "base"];
/** Bytes of an encoded manifest: 64 headers of about 260 and 128 hashes are 21 kB. */
export const MANIFEST_BYTES_MAX = 32 * 1024;

export const SNAPSHOT_RANGE = prefixRange(["snapshot"]);

/** What the disk has of a snapshot. */
export interface StoredSnapshot {
  readonly manifest: Manifest;
  readonly parts: ReadonlyMap<number, Uint8Array>;
}

/** Null where nothing was fetched. What does not fit the pin is fetched again. */
export async function readSnapshot(
  { store, rulesKnown }: Pick<Environment, "store" | "rulesKnown">,
  family: FamilyId,
  pin: Pin | null,
): Promise<StoredSnapshot | null> {
  const value = await store.get("meta", MANIFEST_KEY);
  const decoded =
    value instanceof Uint8Array ? decodeWith(manifestShape, value, MANIFEST_BYTES_MAX) : null;
  if (decoded?.ok !== true || pin === null) return null;
  const manifest = decoded.value;
  if (manifestFault(family, pin, manifest, rulesKnown) !== null) return null;
  const parts = new Map<number, Uint8Array>();
  for (const row of await store.list("meta", prefixRange(["snapshot", "part"]))) {
    const index = row.key[2];
    if (typeof index !== "number" || !(row.value instanceof Uint8Array)) continue;
    if (isPart(family, manifest, index, row.value)) parts.set(index, row.value);
  }
  return { manifest, parts };
}

/** The head that the chain stands on; null where it stands on the founding block. */
export async function readBase(
  env: Pick<Environment, "store" | "rulesKnown">,
  family: FamilyId,
  pin: Pin | null,
): Promise<{ readonly head: Head; readonly manifest: Manifest } | null> {
  if ((await env.store.get("meta", BASE_KEY)) !== true) return null;
  const stored = await readSnapshot(env, family, pin);
  const head = stored === null ? null : headOf(family, stored);
  if (stored === null || head === null) throw new StoreError("corrupt", "the stored snapshot");
  return { head, manifest: stored.manifest };
}

/** The head of a snapshot of which all parts are here; null if one is missing. */
export function headOf(family: FamilyId, { manifest, parts }: StoredSnapshot): Head | null {
  const found = manifest.parts.flatMap((_, index) => parts.get(index) ?? []);
  if (found.length !== manifest.parts.length) return null;
  const bytes = new Uint8Array(found.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const one of found) {
    bytes.set(one, at);
    at += one.length;
  }
  return openSnapshot(family, manifest, bytes);
}

export function manifestWrite(manifest: Manifest): Write {
  const value = encodeWith(manifestShape, manifest);
  return { type: "put", table: "meta", key: MANIFEST_KEY, value };
}

export function partWrite(index: number, value: Uint8Array): Write {
  return { type: "put", table: "meta", key: ["snapshot", "part", index], value };
}

/** From now on the chain stands on the snapshot. */
export const BASE_WRITE: Write = { type: "put", table: "meta", key: BASE_KEY, value: true };

/** All of it goes. */
export const FORGET_SNAPSHOT: Write = {
  type: "delete-range",
  table: "meta",
  range: SNAPSHOT_RANGE,
};
