/**
 * What has arrived over all sessions and waits for its turn in the node: the ledger's and the joining
 * frames and calls for help first, then new messages, then answers, so that a vote does not wait for a history. Frames of
 * one kind keep their order, whatever session they came over; those of a session that is not greeted
 * yet wait. Holds what the links' flow lets in, no more (ADR 13). SPEC FQ1 to FQ4.
 */
import { isUrgent, type Frame } from "./frames.ts";
import type { Session } from "./session.ts";

export interface WaitingFrame {
  readonly session: Session;
  readonly frame: Frame;
  /** To be called when it has been dealt with, whatever came of it. */
  readonly dealt: () => void;
}

export interface FrameQueue {
  add(waiting: WaitingFrame): void;
  /** Removes the most urgent of those whose session is ready; undefined if there is none. */
  next(isReady: (session: Session) => boolean): WaitingFrame | undefined;
  /** Removes all of one session, the most urgent first. */
  takeOf(session: Session): readonly WaitingFrame[];
}

export function createFrameQueue(): FrameQueue {
  const kinds: readonly WaitingFrame[][] = [[], [], []];
  return {
    add: (waiting) => {
      kinds[urgencyOf(waiting.frame)]?.push(waiting);
    },
    next: (isReady) => {
      for (const kind of kinds) {
        const at = kind.findIndex(({ session }) => isReady(session));
        if (at >= 0) return kind.splice(at, 1)[0];
      }
      return undefined;
    },
    takeOf: (session) =>
      kinds.flatMap((kind) => {
        const mine = kind.filter((one) => one.session === session);
        kind.splice(0, kind.length, ...kind.filter((one) => one.session !== session));
        return mine;
      }),
  };
}

/** Not the order of the writer's lanes: a vote must not be read before the block that came before it. */
function urgencyOf(frame: Frame): 0 | 1 | 2 {
  switch (frame.type) {
    case "entries":
      if (!frame.isLast && isUrgent(frame)) return 0;
      return frame.isAnswer ? 2 : 1;
    case "register":
    case "dated":
    case "registers":
    case "fingerprint":
    case "lacking":
    case "want":
      return 1;
    case "blobs":
      return 2;
    default:
      return 0;
  }
}
