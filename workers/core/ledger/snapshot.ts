/**
 * Snapshots: the whole state after every 64th block, for a newcomer that need not replay everything
 * before it takes part. It is believed only through the headers that lead from it to the block that
 * the invite names: hashes alone, no signature and no majority. Fetching and keeping are not here.
 * SPEC SS1 to SS6. Source: DESIGN §4.11.
 */
import { isSameBytes } from "../codec/cbor.ts";
import type { BlockHash, FamilyId } from "../codec/ids.ts";
import { list, struct, type Shaped } from "../codec/shape.ts";
import { blockHashOf, headerShape, type BlockHeader } from "./block.ts";
import { isNewer, type Head } from "./chain.ts";
import { SNAPSHOT_INTERVAL } from "./limits.ts";
import { partHashesShape, partHashOf, partsOf, rootOfParts } from "./state-parts.ts";
import { decodeState, replicaSetHash, RULES_VERSION, type LedgerState } from "./state.ts";

/** A block that a newcomer knows to be true: its invite names it. */
export interface Pin {
  readonly height: number;
  readonly hash: BlockHash;
}

/** What leads from a pin to a snapshot: the headers from its height up to the pin's, and its parts. */
export const manifestShape = struct({
  headers: list(headerShape, SNAPSHOT_INTERVAL),
  parts: partHashesShape,
});
export type Manifest = Shaped<typeof manifestShape>;

/** Nothing to give: what is answered where there is no such snapshot. */
export const NO_MANIFEST: Manifest = { headers: [], parts: [] };

/** Why a manifest is not believed. */
export type ManifestFault = "height" | "pin" | "parent" | "root" | "rules-version";

/** Height of the last snapshot at or below a pin; null where the family is too young for one. */
export function snapshotHeightFor(pinHeight: number): number | null {
  const height = pinHeight - (pinHeight % SNAPSHOT_INTERVAL);
  return height === 0 ? null : height;
}

/** Checks a manifest from the pin down; null if every hash leads to the next. */
export function manifestFault(
  family: FamilyId,
  pin: Pin,
  { headers, parts }: Manifest,
  rulesKnown = RULES_VERSION,
): ManifestFault | null {
  const from = snapshotHeightFor(pin.height);
  if (from === null || headers.length !== pin.height - from + 1) return "height";
  let expected = pin.hash;
  let fault: ManifestFault = "pin";
  for (const [index, header] of headers.toReversed().entries()) {
    if (header.height !== pin.height - index) return "height";
    if (!isSameBytes(blockHashOf(family, header), expected)) return fault;
    expected = header.parent;
    fault = "parent";
  }
  const [first] = headers;
  if (first === undefined) return "height";
  if (isNewer(first, rulesKnown)) return "rules-version";
  return isSameBytes(first.stateRoot, rootOfParts(family, parts)) ? null : "root";
}

/** Whether these bytes are that part of a believed manifest's state. */
export function isPart(
  family: FamilyId,
  { parts }: Manifest,
  index: number,
  bytes: Uint8Array,
): boolean {
  const expected = parts[index];
  return expected !== undefined && isSameBytes(expected, partHashOf(family, bytes));
}

/** The head that a believed manifest and all of its parts give; null if they are not its state. */
export function openSnapshot(
  family: FamilyId,
  manifest: Manifest,
  stateBytes: Uint8Array,
): Head | null {
  const [header] = manifest.headers;
  if (header === undefined) return null;
  const hashes = partsOf(stateBytes).map((one) => partHashOf(family, one));
  if (!isSameBytes(rootOfParts(family, hashes), header.stateRoot)) return null;
  const decoded = decodeState(stateBytes);
  if (!decoded.ok) return null;
  const state = decoded.value;
  return isStateOf(family, state, header)
    ? { state, hash: blockHashOf(family, header), primary: header.primary }
    : null;
}

/** A quorum has signed the root, but not that it is of this place: so that is asked too. */
function isStateOf(family: FamilyId, state: LedgerState, header: BlockHeader): boolean {
  return (
    isSameBytes(state.family, family) &&
    state.rulesVersion === header.rulesVersion &&
    state.epoch === header.epoch &&
    state.height === header.height &&
    state.time === header.time &&
    isSameBytes(replicaSetHash(family, state.replicas), header.nextReplicaSet)
  );
}

/**
 * What `permits` and a verdict read of the rules after an earlier block, out of a later state: nobody
 * who was registered since, no revocation that came since. Everything else is the later state's.
 */
export function stateAsOf(later: LedgerState, height: number): LedgerState {
  if (height >= later.height) return later;
  const wasHere = (one: { readonly registeredAt: number }): boolean => one.registeredAt <= height;
  return {
    ...later,
    height,
    members: later.members.filter(wasHere),
    devices: later.devices.filter(wasHere).map((one) => ({
      ...one,
      revoked: one.revoked !== null && one.revoked.height > height ? null : one.revoked,
      convictedAt: one.convictedAt !== null && one.convictedAt > height ? null : one.convictedAt,
    })),
  };
}
