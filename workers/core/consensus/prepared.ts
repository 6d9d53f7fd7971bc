/**
 * Prepared certificates and what a NEW-VIEW must re-propose. A certificate proves itself: exactly q
 * PREPAREs of distinct members of the set, of one view, for one block. A primary is bound to the
 * block of the highest one among the q VIEW-CHANGEs that it cites, and free only if there is none.
 * Checks form alone; signatures were checked before. SPEC VC1..VC4.
 * Source: PBFT, OSDI'99 §4.4; DESIGN §4.4.
 */
import { isSameBytes } from "../codec/cbor.ts";
import { toHex } from "../codec/ids.ts";
import type { DeviceId } from "../codec/ids.ts";
import type { PreparedCertificate, VerifiedViewChange } from "./messages.ts";
import type { Place } from "./place.ts";

/** Whether `certificate` is q PREPAREs of distinct members for one block in one view here. */
export function isPrepared(certificate: PreparedCertificate, place: Place): boolean {
  const { view, blockHash, prepares } = certificate;
  return (
    prepares.length === place.quorum &&
    areDistinctMembers(
      prepares.map((one) => one.replica),
      place.replicas,
    ) &&
    prepares.every(
      ({ phase, body }) =>
        phase === "prepare" &&
        body.epoch === place.epoch &&
        body.height === place.height &&
        body.view === view &&
        isSameBytes(body.blockHash, blockHash),
    )
  );
}

/** Whether a VIEW-CHANGE is of this place and its claim, if it makes one, is proven and below its view. */
export function isProven(change: VerifiedViewChange, place: Place): boolean {
  const { body, prepared, replica } = change;
  if (body.epoch !== place.epoch || body.height !== place.height) return false;
  if (!areDistinctMembers([replica], place.replicas)) return false;
  if (body.prepared === null || prepared === null) return body.prepared === prepared;
  return (
    body.prepared.view === prepared.view &&
    isSameBytes(body.prepared.blockHash, prepared.blockHash) &&
    prepared.view < body.view &&
    isPrepared(prepared, place)
  );
}

/** Whether these are what a NEW-VIEW for `view` needs: exactly q, distinct, proven, for that view. */
export function areJustification(
  changes: readonly VerifiedViewChange[],
  view: number,
  place: Place,
): boolean {
  return (
    changes.length === place.quorum &&
    areDistinctMembers(
      changes.map((one) => one.replica),
      place.replicas,
    ) &&
    changes.every((one) => one.body.view === view && isProven(one, place))
  );
}

/** The certificate of the highest view among VIEW-CHANGEs; null if none has one. */
export function highestPrepared(
  changes: readonly VerifiedViewChange[],
): PreparedCertificate | null {
  return changes.reduce<PreparedCertificate | null>(
    (best, one) => higherOf(best, one.prepared),
    null,
  );
}

/** Whether `known`, of the same signer, asks for the view of `change` or has gone beyond it. */
export function coversChange(
  known: VerifiedViewChange | undefined,
  change: VerifiedViewChange,
): boolean {
  return known !== undefined && known.body.view >= change.body.view;
}

/** The one of the higher view; the first where they are equal. */
export function higherOf(
  a: PreparedCertificate | null,
  b: PreparedCertificate | null,
): PreparedCertificate | null {
  if (a === null || b === null) return a ?? b;
  return b.view > a.view ? b : a;
}

function areDistinctMembers(signers: readonly DeviceId[], replicas: readonly DeviceId[]): boolean {
  const distinct = new Set(signers.map((one) => toHex(one)));
  return (
    distinct.size === signers.length &&
    signers.every((one) => replicas.some((member) => isSameBytes(member, one)))
  );
}
