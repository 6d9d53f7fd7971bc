/**
 * Proof against a device: two votes of one signer for one epoch, height, view and phase with
 * different block hashes. It proves itself, so any member's device may bring it; it marks the device
 * once and for ever, and from four replicas on takes it out. With fewer it stays, since the quorum of
 * the rest would not bear one fault more: the parents take it out. Signatures are checked before.
 * SPEC EX19, RS8. Source: DESIGN §4.9.
 */
import { isSameBytes } from "../codec/cbor.ts";
import { findDevice, withEntry, type LedgerState } from "./state.ts";
import type { TransactionBody } from "./transaction.ts";

export type EvidenceRefusal =
  | "unknown-device"
  | "other-epoch"
  | "no-conflict"
  | "already-convicted";

export type Convicted =
  | { readonly ok: true; readonly state: LedgerState }
  | { readonly ok: false; readonly reason: EvidenceRefusal };

/** Replicas from which on one may go without leaving the rest without a spare one. */
const REMOVED_FROM = 4;

export function convict(
  state: LedgerState,
  body: Extract<TransactionBody, { type: "evidence" }>,
  height: number,
): Convicted {
  const device = findDevice(state, body.device);
  if (device === null) return refuse("unknown-device");
  if (body.epoch !== state.epoch) return refuse("other-epoch");
  if (isSameBytes(body.first.blockHash, body.second.blockHash)) return refuse("no-conflict");
  if (device.convictedAt !== null) return refuse("already-convicted");
  const devices = withEntry(state.devices, { ...device, convictedAt: height });
  const replicas =
    state.replicas.length < REMOVED_FROM
      ? state.replicas
      : state.replicas.filter((one) => !isSameBytes(one, device.id));
  return { ok: true, state: { ...state, devices, replicas } };
}

function refuse(reason: EvidenceRefusal): Convicted {
  return { ok: false, reason };
}
