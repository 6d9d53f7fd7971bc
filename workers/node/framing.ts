/**
 * Cuts an encoded message into link frames of at most 16 KiB and puts it together again. Each of the
 * four lanes has one message under way, so a vote passes between two fragments of a block. There is
 * one way only to cut a message: every fragment but the last is full, so neither gap nor overlap nor
 * a trickle of single bytes can be expressed. A link is ordered and whole; nothing here repairs it.
 * Frame: flags (bits 0-1 lane, bit 2 first) ‖ on the first the length of the message, 4 bytes big
 * endian ‖ fragment. SPEC LK4 to LK9. Source: DESIGN §6 (links).
 */
import { concatBytes } from "@noble/hashes/utils.js";
import { LINK_FRAME_BYTES_MAX } from "../api.ts";
import { FRAME_BYTES_MAX } from "./frames.ts";

/** Lower leaves first. */
export type Lane = 0 | 1 | 2 | 3;

export type FramingFault =
  | "too-big" // a link frame above 16 KiB
  | "empty" // no flags or no fragment
  | "bad-flags"
  | "bad-length" // declared length 0 or above FRAME_BYTES_MAX
  | "no-message" // a continuation where nothing is under way
  | "interrupted" // a first fragment inside another message
  | "short-fragment"
  | "long-fragment" // more than was declared
  | "failed-before";

export type Reassembled =
  | { readonly ok: true; readonly message: Uint8Array | null }
  | { readonly ok: false; readonly reason: FramingFault };

export interface Reassembler {
  /** Takes one link frame of a peer; `message` where it was the last of one. After a fault always a fault. */
  take(frame: Uint8Array): Reassembled;
  /** Bytes of unfinished messages: at most four times FRAME_BYTES_MAX. */
  heldBytes(): number;
}

/** Link frames of one message of 1 to FRAME_BYTES_MAX bytes, each with a buffer of its own. */
export function fragment(message: Uint8Array, lane: Lane): Uint8Array[] {
  if (message.length === 0 || message.length > FRAME_BYTES_MAX) {
    throw new RangeError(`message: ${message.length}, not 1 to ${FRAME_BYTES_MAX} bytes`);
  }
  const frames = [concatBytes(firstHead(lane, message.length), message.subarray(0, FIRST_BYTES))];
  for (let from = FIRST_BYTES; from < message.length; from += NEXT_BYTES) {
    frames.push(concatBytes(Uint8Array.of(lane), message.subarray(from, from + NEXT_BYTES)));
  }
  return frames;
}

export function createReassembler(): Reassembler {
  const lanes: (Unfinished | null)[] = [null, null, null, null];
  let hasFailed = false;
  const fail = (reason: FramingFault): Reassembled => {
    hasFailed = true;
    lanes.fill(null);
    return { ok: false, reason };
  };
  const take = (frame: Uint8Array): Reassembled => {
    if (hasFailed) return { ok: false, reason: "failed-before" };
    if (frame.length > LINK_FRAME_BYTES_MAX) return fail("too-big");
    const flags = frame[0];
    if (flags === undefined) return fail("empty");
    if (flags > (LANE_MASK | FIRST_FLAG)) return fail("bad-flags");
    const lane = flags & LANE_MASK;
    const isFirst = (flags & FIRST_FLAG) !== 0;
    const before = lanes[lane] ?? null;
    if (isFirst === (before !== null)) return fail(isFirst ? "interrupted" : "no-message");
    const unfinished = before ?? startOf(frame);
    if (unfinished === null) return fail("bad-length");
    const part = frame.subarray(isFirst ? FIRST_HEAD_BYTES : NEXT_HEAD_BYTES);
    const expected = Math.min(unfinished.missing, isFirst ? FIRST_BYTES : NEXT_BYTES);
    if (part.length === 0) return fail("empty");
    if (part.length > expected) return fail("long-fragment");
    if (part.length < expected) return fail("short-fragment");
    unfinished.parts.push(part.slice());
    unfinished.missing -= part.length;
    lanes[lane] = unfinished.missing === 0 ? null : unfinished;
    return {
      ok: true,
      message: unfinished.missing === 0 ? concatBytes(...unfinished.parts) : null,
    };
  };
  const heldBytes = (): number =>
    lanes.reduce(
      (sum, lane) => sum + (lane?.parts.reduce((size, part) => size + part.length, 0) ?? 0),
      0,
    );
  return { take, heldBytes };
}

const LANE_MASK = 3;
const FIRST_FLAG = 4;
const FIRST_HEAD_BYTES = 5;
const NEXT_HEAD_BYTES = 1;
const FIRST_BYTES = LINK_FRAME_BYTES_MAX - FIRST_HEAD_BYTES;
const NEXT_BYTES = LINK_FRAME_BYTES_MAX - NEXT_HEAD_BYTES;

interface Unfinished {
  readonly parts: Uint8Array[];
  /** Bytes still to come. */
  missing: number;
}

function firstHead(lane: Lane, length: number): Uint8Array {
  const head = new Uint8Array(FIRST_HEAD_BYTES);
  head[0] = lane | FIRST_FLAG;
  new DataView(head.buffer).setUint32(1, length);
  return head;
}

/** The message that a first fragment declares; null where its length cannot be. */
function startOf(frame: Uint8Array): Unfinished | null {
  if (frame.length < FIRST_HEAD_BYTES) return null;
  const missing = new DataView(frame.buffer, frame.byteOffset).getUint32(1);
  return missing === 0 || missing > FRAME_BYTES_MAX ? null : { parts: [], missing };
}
