import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LINK_FRAME_BYTES_MAX } from "../api.ts";
import { isSameBytes } from "../core/codec/cbor.ts";
import { FRAME_BYTES_MAX } from "./frames.ts";
import { createReassembler, fragment, type FramingFault, type Lane } from "./framing.ts";

/** Bytes that differ from place to place, so that a moved fragment shows. */
function messageOf(length: number, salt = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8) + salt) & 255);
}

function reassemble(frames: readonly Uint8Array[]): Uint8Array[] {
  const reassembler = createReassembler();
  return frames.flatMap((frame) => {
    const taken = reassembler.take(frame);
    if (!taken.ok) throw new Error(taken.reason);
    return taken.message === null ? [] : [taken.message];
  });
}

function faultOf(...frames: readonly Uint8Array[]): FramingFault | null {
  const reassembler = createReassembler();
  for (const frame of frames) {
    const taken = reassembler.take(frame);
    if (!taken.ok) return taken.reason;
  }
  return null;
}

function firstFrame(length: number, part: Uint8Array, flags = 4): Uint8Array {
  const frame = new Uint8Array(5 + part.length);
  frame[0] = flags;
  new DataView(frame.buffer).setUint32(1, length);
  frame.set(part, 5);
  return frame;
}

const EDGES = [1, 2, 16_378, 16_379, 16_380, 32_762, 32_763, FRAME_BYTES_MAX - 1, FRAME_BYTES_MAX];

describe("framing", () => {
  test.each(EDGES)("[LK4] a message of %i bytes comes out as it went in", (length) => {
    const message = messageOf(length);
    const frames = fragment(message, 2);
    expect(frames.every((frame) => frame.length <= LINK_FRAME_BYTES_MAX)).toBe(true);
    const [out, ...more] = reassemble(frames);
    expect(more).toEqual([]);
    expect(isSameBytes(out!, message)).toBe(true);
  });

  test("[LK4] refuses to cut nothing and what is too much", () => {
    expect(() => fragment(new Uint8Array(0), 0)).toThrow(RangeError);
    expect(() => fragment(new Uint8Array(FRAME_BYTES_MAX + 1), 0)).toThrow(RangeError);
  });

  test("[LK5] messages of four lanes pass in any interleaving", () => {
    const lengths = fc.tuple(...[0, 1, 2, 3].map(() => fc.integer({ min: 1, max: 60_000 })));
    fc.assert(
      fc.property(lengths, fc.array(fc.nat(3), { maxLength: 30 }), (sizes, order) => {
        const messages = sizes.map((size, lane) => messageOf(size, lane));
        const waiting = messages.map((message, lane) => fragment(message, lane as Lane));
        const picked = order.flatMap((lane) => waiting[lane]?.shift() ?? []);
        const out = reassemble([...picked, ...waiting.flat()]);
        expect(out).toHaveLength(4);
        for (const message of messages) {
          expect(out.some((one) => isSameBytes(one, message))).toBe(true);
        }
      }),
      { numRuns: 30 },
    );
  });

  test("[LK6] refuses what cannot be a frame", () => {
    expect(faultOf(new Uint8Array(LINK_FRAME_BYTES_MAX + 1))).toBe("too-big");
    expect(faultOf(new Uint8Array(0))).toBe("empty");
    expect(faultOf(firstFrame(5, new Uint8Array(0)))).toBe("empty");
    for (const flags of [8, 16, 32, 64, 128, 255]) {
      expect(faultOf(firstFrame(1, Uint8Array.of(1), flags))).toBe("bad-flags");
    }
    expect(faultOf(firstFrame(0, Uint8Array.of(1)))).toBe("bad-length");
    expect(faultOf(firstFrame(FRAME_BYTES_MAX + 1, messageOf(16_379)))).toBe("bad-length");
    expect(faultOf(firstFrame(2 ** 32 - 1, messageOf(16_379)))).toBe("bad-length");
    expect(faultOf(Uint8Array.of(4, 0, 0, 0))).toBe("bad-length");
  });

  test("[LK7] refuses gaps, overlaps, trickles and more than was declared", () => {
    const [first, second, third] = fragment(messageOf(40_000), 0);
    expect(faultOf(second!)).toBe("no-message");
    expect(faultOf(first!, first!)).toBe("interrupted");
    expect(faultOf(first!, Uint8Array.of(0))).toBe("empty");
    expect(faultOf(first!, Uint8Array.of(0, 1))).toBe("short-fragment");
    expect(faultOf(first!, third!)).toBe("short-fragment");
    expect(faultOf(first!, second!, second!)).toBe("long-fragment");
    expect(faultOf(firstFrame(3, Uint8Array.of(1, 2)))).toBe("short-fragment");
    expect(faultOf(firstFrame(3, Uint8Array.of(1, 2, 3, 4)))).toBe("long-fragment");
    expect(faultOf(first!, second!, third!, second!)).toBe("no-message");
    expect(faultOf(first!, Uint8Array.of(1, ...second!.subarray(1)))).toBe("no-message");
  });

  test("[LK8] any frames at all: no exception, no invented message, bounded memory", () => {
    const honest = [0, 1, 2, 3].flatMap((lane) => fragment(messageOf(40_000, lane), lane as Lane));
    const frame = fc.oneof(
      fc.constantFrom(...honest),
      fc.uint8Array({ maxLength: 64 }),
      fc
        .tuple(fc.constantFrom(...honest), fc.nat(20), fc.nat(255))
        .map(([base, at, byte]) => base.map((old, index) => (index === at ? byte : old))),
    );
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 40 }), (frames) => {
        const reassembler = createReassembler();
        let hasFailed = false;
        let bytesIn = 0;
        let bytesOut = 0;
        for (const one of frames) {
          const taken = reassembler.take(one);
          bytesIn += one.length;
          if (hasFailed) expect(taken.ok).toBe(false);
          hasFailed ||= !taken.ok;
          if (taken.ok) bytesOut += taken.message?.length ?? 0;
          expect(bytesOut + reassembler.heldBytes()).toBeLessThanOrEqual(bytesIn);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("[LK8] four messages that never end hold at most four messages", () => {
    const reassembler = createReassembler();
    for (const lane of [0, 1, 2, 3] as const) {
      for (const frame of fragment(messageOf(FRAME_BYTES_MAX), lane).slice(0, -1)) {
        expect(reassembler.take(frame)).toEqual({ ok: true, message: null });
      }
    }
    expect(reassembler.heldBytes()).toBeGreaterThan(3.8 * FRAME_BYTES_MAX);
    expect(reassembler.heldBytes()).toBeLessThan(4 * FRAME_BYTES_MAX);
    expect(reassembler.take(Uint8Array.of(255))).toEqual({ ok: false, reason: "bad-flags" });
    expect(reassembler.heldBytes()).toBe(0);
    expect(reassembler.take(firstFrame(1, Uint8Array.of(7)))).toEqual({
      ok: false,
      reason: "failed-before",
    });
  });

  test("[LK9] a message shares no bytes with its frames", () => {
    for (const length of [100, 40_000]) {
      const frames = fragment(messageOf(length), 1);
      const reassembler = createReassembler();
      let message: Uint8Array | null = null;
      for (const frame of frames) {
        const taken = reassembler.take(frame);
        frame.fill(0);
        if (taken.ok) message = taken.message;
      }
      expect(message !== null && isSameBytes(message, messageOf(length))).toBe(true);
    }
  });
});
