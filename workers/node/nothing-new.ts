/**
 * Which votes are not worth a look at their signature: one that is known with this very signature,
 * and another's PREPARE of what is prepared here. Whatever could be evidence, or could be a vote of my
 * own that my log has lost, is looked at. SPEC LP20.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import { toHex } from "../core/codec/ids.ts";
import type { ConsensusMessage } from "../core/consensus/messages.ts";
import type { Replica } from "../core/consensus/replica-state.ts";

export function isNothingNew(
  { me, tallies, prepared }: Replica,
  message: ConsensusMessage,
): boolean {
  if (message.type !== "prepare" && message.type !== "commit") return false;
  const { view, blockHash, replica, signature } = message;
  const known = tallies[message.type].views.get(view)?.get(toHex(replica));
  if (known !== undefined) {
    return isSameBytes(known.body.blockHash, blockHash) && isSameBytes(known.signature, signature);
  }
  return (
    message.type === "prepare" &&
    !isSameBytes(replica, me) &&
    prepared !== null &&
    prepared.view === view &&
    isSameBytes(prepared.blockHash, blockHash)
  );
}
