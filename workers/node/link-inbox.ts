/**
 * The receiving half of every link: keeps frames until there is a receiver, delivers them in order
 * and never inside the call that brought them, and tells the end exactly once, after the frames that
 * came before it. SPEC LK1 to LK3.
 */
import type { LinkHandlers } from "./link.ts";

export interface LinkInbox {
  push(frame: Uint8Array): void;
  /** No more frames; what waits is still delivered unless `isAtOnce`. Ending twice is ending once. */
  end(reason: string, isAtOnce: boolean): void;
  /** Sets the one receiver; a second is a broken invariant. */
  attach(handlers: LinkHandlers): void;
  /** Reports room, if somebody listens. */
  drained(): void;
  waitingBytes(): number;
  isEnded(): boolean;
}

/** `onDelivered` is called after frames have been handed to the receiver. */
export function createLinkInbox(onDelivered: () => void): LinkInbox {
  let handlers: LinkHandlers | null = null;
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let ended: string | null = null;
  let isEndTold = false;
  let isScheduled = false;

  const deliver = (): void => {
    isScheduled = false;
    const receiver = handlers;
    if (receiver === null) return;
    const hadFrames = waiting.length > 0;
    for (let frame = waiting.shift(); frame !== undefined; frame = waiting.shift()) {
      waitingBytes -= frame.length;
      receiver.onFrame(frame);
    }
    if (hadFrames) onDelivered();
    if (ended === null || isEndTold) return;
    isEndTold = true;
    receiver.onClose(ended);
  };
  const schedule = (): void => {
    if (isScheduled || handlers === null) return;
    isScheduled = true;
    queueMicrotask(deliver);
  };
  return {
    push: (frame) => {
      if (ended !== null) return;
      waiting.push(frame);
      waitingBytes += frame.length;
      schedule();
    },
    end: (reason, isAtOnce) => {
      if (isAtOnce) {
        waiting = [];
        waitingBytes = 0;
      }
      ended ??= reason;
      schedule();
    },
    attach: (receiver) => {
      if (handlers !== null) throw new Error("a link has one receiver");
      handlers = receiver;
      schedule();
    },
    drained: () => {
      if (ended === null) handlers?.onDrain();
    },
    waitingBytes: () => waitingBytes,
    isEnded: () => ended !== null,
  };
}
