import { expect, test } from "vitest";
import { SAMPLE_FRAMES } from "./frame-samples.suite.test.ts";
import { decodeFrame, encodeFrame, priorityOf, type Frame } from "./frames.ts";

const hash = new Uint8Array(32).fill(1);

test("[FR1] every kind of frame comes back as it was", () => {
  expect(new Set(SAMPLE_FRAMES.map((one) => one.type)).size).toBe(34);
  for (const frame of SAMPLE_FRAMES) {
    expect(decodeFrame(encodeFrame(frame))).toEqual({ ok: true, value: frame });
  }
});

test("[FR2] cut, lengthened or changed bytes are a rejection or another frame, never a throw", () => {
  for (const frame of SAMPLE_FRAMES) {
    const bytes = encodeFrame(frame);
    for (let at = 0; at < bytes.length; at += 1) {
      expect(decodeFrame(bytes.slice(0, at)).ok).toBe(false);
      const flipped = bytes.slice();
      flipped[at] = (flipped[at] ?? 0) ^ 0x55;
      const decoded = decodeFrame(flipped);
      if (decoded.ok) expect(encodeFrame(decoded.value)).toEqual(flipped);
    }
    expect(decodeFrame(new Uint8Array([...bytes, 0])).ok).toBe(false);
  }
});

test("[FR3] lists and numbers out of their bounds are rejected", () => {
  const bad: readonly unknown[] = [
    { type: "blocks-wanted", from: 0, count: 17 },
    { type: "blocks-wanted", from: 0, count: 0 },
    { type: "blocks", finalised: Array.from({ length: 17 }, () => hash) },
    { type: "blobs-wanted", hashes: [] },
    { type: "blobs", blobs: Array.from({ length: 65 }, () => hash) },
    { type: "want", packed: new Uint8Array() },
    { type: "join-progress", step: "done", why: "none", waitsFor: Array(9).fill("x") },
  ];
  for (const frame of bad) expect(() => encodeFrame(frame as Frame)).toThrow();
});

test("[FR4] votes leave before messages, messages before what was asked for and blocks", () => {
  const of = (type: Frame["type"]): number => {
    const frame = SAMPLE_FRAMES.find((one) => one.type === type);
    return frame === undefined ? -1 : priorityOf(frame);
  };
  expect(of("consensus")).toBeLessThan(of("status"));
  expect(of("status")).toBeLessThan(of("transactions"));
  expect(of("transactions")).toBeLessThan(of("blocks"));
  expect(of("entries")).toBe(3);
  expect(priorityOf({ type: "entries", entries: [], isAnswer: false, isLast: false })).toBe(2);
});
