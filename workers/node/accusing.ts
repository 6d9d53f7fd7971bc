/**
 * Brings two votes that cannot both be honest before the family: as a transaction that every device
 * may make, once for a device, unless another one's is on its way. Judges nothing itself; what it
 * does to the device is core/ledger/evidence.ts's to say. SPEC KP14. Source: DESIGN §4.9.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import type { Evidence } from "../core/consensus/tally.ts";
import { findDevice } from "../core/ledger/state.ts";
import { signTransaction, type Family } from "./family.ts";

export async function accuse(family: Family, { first, second }: Evidence): Promise<void> {
  const head = family.ledger.head();
  if (head === null) return;
  const { replica, phase, body } = first;
  if (findDevice(head.state, replica)?.convictedAt !== null) return;
  const isBrought = family.ledger
    .pending()
    .some(
      ({ content }) =>
        content.body.type === "evidence" && isSameBytes(content.body.device, replica),
    );
  if (isBrought) return;
  const { epoch, height, view } = body;
  const claim = {
    type: "evidence" as const,
    device: replica,
    epoch,
    height,
    view,
    phase,
    first: { blockHash: body.blockHash, signature: first.signature },
    second: { blockHash: second.body.blockHash, signature: second.signature },
  };
  await family.ledger.submit(await signTransaction(family, claim, []), []);
}
