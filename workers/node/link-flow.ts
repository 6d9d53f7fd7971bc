/**
 * How much one end may send before the other has dealt with it. A data channel takes what its engine
 * can hold and hands everything on at the other side, so a busy worker would collect without bound:
 * each end says, in link frames of their own, how many bytes more it has dealt with, and the other
 * counts what is still open. Says nothing while what waits to be dealt with is above a bound. Decides
 * nothing about what is sent, and knows no clock.
 * Frame: flags 8 ‖ bytes dealt with since the last one, 4 bytes big endian. SPEC LK22 to LK25; ADR 13.
 */
import { BACKLOG_BYTES_MAX, CREDIT_BYTES } from "./link-limits.ts";

export interface LinkFlow {
  sent(bytes: number): void;
  /** Bytes sent that the other side has not dealt with, as far as it said. */
  open(): number;
  /** Takes a credit of the other side; false where it is none. */
  take(credit: Uint8Array): boolean;
  arrived(bytes: number): void;
  /** The credit that is due while `backlogBytes` wait here to be dealt with; null for none. */
  due(backlogBytes: number): Uint8Array | null;
}

/** Whether a link frame is a credit and no fragment. */
export function isCredit(frame: Uint8Array): boolean {
  return frame[0] === CREDIT_FLAG;
}

export function createLinkFlow(): LinkFlow {
  let open = 0;
  let owed = 0;
  return {
    sent: (bytes) => {
      open += bytes;
    },
    open: () => open,
    take: (credit) => {
      if (credit.length !== CREDIT_FRAME_BYTES || !isCredit(credit)) return false;
      const bytes = new DataView(credit.buffer, credit.byteOffset).getUint32(1);
      if (bytes === 0 || bytes > open) return false;
      open -= bytes;
      return true;
    },
    arrived: (bytes) => {
      owed += bytes;
    },
    due: (backlogBytes) => {
      if (owed < CREDIT_BYTES || backlogBytes > BACKLOG_BYTES_MAX) return null;
      const credit = new Uint8Array(CREDIT_FRAME_BYTES);
      credit[0] = CREDIT_FLAG;
      new DataView(credit.buffer).setUint32(1, owed);
      owed = 0;
      return credit;
    },
  };
}

const CREDIT_FLAG = 8;
const CREDIT_FRAME_BYTES = 5;
