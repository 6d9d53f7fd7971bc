/**
 * Puts the frames of one link in order: four lanes by priority, each first come first served, and at
 * most 64 KiB below it, so that a vote never waits behind more than that; lane 0 has a little beside
 * it. What waits is bounded: a link too slow for it is closed. Decides nothing about what is said.
 * SPEC LK10 to LK13.
 */
import { encodeFrame, priorityOf, type Frame } from "./frames.ts";
import { fragment } from "./framing.ts";
import {
  IN_FLIGHT_BYTES_MAX,
  QUEUED_FRAGMENT_COST_BYTES,
  QUEUE_BYTES_MAX,
  URGENT_BYTES,
} from "./link-limits.ts";
import type { Link } from "./link.ts";

export interface LinkWriter {
  /** Queues a frame and sends what the link takes. After close it does nothing. */
  write(frame: Frame): void;
  /** To be called from the link's onDrain. */
  onDrain(): void;
  /** Bytes of link frames that wait here, without those below. */
  queuedBytes(): number;
  /** Forgets what waits; the link itself is left to its owner. */
  close(): void;
}

/** What is below a writer: a link, or one whose flow is counted (`bufferedBytes` is all that is open). */
export type WriterLink = Pick<Link, "send" | "bufferedBytes" | "close">;

/** A writer over `link`; it closes the link with the reason `slow` when too much waits. */
export function createLinkWriter(link: WriterLink): LinkWriter {
  const lanes = [createLane(), createLane(), createLane(), createLane()] as const;
  let queued = 0;
  let cost = 0;
  let isClosed = false;

  const close = (): void => {
    isClosed = true;
    for (const lane of lanes) lane.clear();
    queued = 0;
    cost = 0;
  };
  const sendWhatFits = (): void => {
    for (;;) {
      const lane = lanes.find((candidate) => candidate.peek() !== undefined);
      const next = lane?.peek();
      if (lane === undefined || next === undefined) return;
      const most = lane === lanes[0] ? IN_FLIGHT_BYTES_MAX + URGENT_BYTES : IN_FLIGHT_BYTES_MAX;
      if (link.bufferedBytes() + next.length > most) return;
      lane.drop();
      queued -= next.length;
      cost -= next.length + QUEUED_FRAGMENT_COST_BYTES;
      link.send(next);
    }
  };
  const write = (frame: Frame): void => {
    if (isClosed) return;
    const priority = priorityOf(frame);
    for (const part of fragment(encodeFrame(frame), priority)) {
      lanes[priority].add(part);
      queued += part.length;
      cost += part.length + QUEUED_FRAGMENT_COST_BYTES;
    }
    sendWhatFits();
    if (cost <= QUEUE_BYTES_MAX) return;
    close();
    link.close("slow");
  };
  return { write, onDrain: sendWhatFits, queuedBytes: () => queued, close };
}

interface LaneQueue {
  add(part: Uint8Array): void;
  peek(): Uint8Array | undefined;
  /** Removes what peek shows. */
  drop(): void;
  clear(): void;
}

/** First in, first out, without moving the whole array for each that leaves. */
function createLane(): LaneQueue {
  let parts: Uint8Array[] = [];
  let head = 0;
  return {
    add: (part) => {
      parts.push(part);
    },
    peek: () => parts[head],
    drop: () => {
      head += 1;
      if (head < parts.length / 2) return;
      parts = parts.slice(head);
      head = 0;
    },
    clear: () => {
      parts = [];
      head = 0;
    },
  };
}
