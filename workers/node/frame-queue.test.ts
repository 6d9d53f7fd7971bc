import { expect, test } from "vitest";
import { HEADER } from "../core/codec/wire-samples.suite.test.ts";
import { encodeHeader, type Entry, type Kind } from "../core/gossip/header.ts";
import { createFrameQueue, type WaitingFrame } from "./frame-queue.ts";
import { priorityOf, type Frame } from "./frames.ts";
import type { Session } from "./session.ts";

const [A, B] = [{ name: "A" }, { name: "B" }] as unknown as [Session, Session];
const vote = (number: number): Frame => ({ type: "consensus", message: Uint8Array.of(number) });
const blocks: Frame = { type: "blocks", finalised: [] };
const fresh: Frame = { type: "entries", entries: [], isAnswer: false, isLast: false };
const answer: Frame = { type: "entries", entries: [], isAnswer: true, isLast: false };
const blobs: Frame = { type: "blobs", blobs: [] };

function queueOf(...frames: readonly (readonly [Session, Frame])[]) {
  const queue = createFrameQueue();
  for (const [session, frame] of frames) queue.add({ session, frame, dealt: () => undefined });
  return queue;
}

function drain(next: () => WaitingFrame | undefined): Frame[] {
  const frames: Frame[] = [];
  for (let one = next(); one !== undefined; one = next()) frames.push(one.frame);
  return frames;
}

test("[FQ1] a vote overtakes answers of every session, and a new message does", () => {
  const queue = queueOf([A, answer], [B, blobs], [A, fresh], [B, vote(1)], [A, answer]);
  expect(drain(() => queue.next(() => true))).toEqual([vote(1), fresh, answer, blobs, answer]);
});

test("[FQ4] a call for help is read with the first and leaves before messages, never as the last part of an answer", () => {
  const entryOf = (kind: Kind): Entry => ({
    header: encodeHeader({ ...HEADER, kind }),
    signature: new Uint8Array(64),
    body: new Uint8Array(0),
    hops: 0,
  });
  const withCall = { ...fresh, entries: [entryOf("emergency")] };
  const word = { ...fresh, entries: [entryOf("emergency-word"), entryOf("emergency")] };
  const mixed = { ...fresh, entries: [entryOf("emergency"), entryOf("direct")] };
  const part = { ...answer, entries: [entryOf("emergency")] };
  const last = { ...part, isLast: true };
  const queue = queueOf([A, answer], [A, mixed], [B, last], [A, withCall], [B, part], [A, vote(1)]);
  expect(drain(() => queue.next(() => true))).toEqual([
    withCall,
    part,
    vote(1),
    mixed,
    answer,
    last,
  ]);
  expect([withCall, word, part, mixed, last, fresh].map(priorityOf)).toEqual([1, 1, 1, 2, 3, 2]);
});

test("[FQ2] frames of one kind keep their order: no vote is read before the block it builds on", () => {
  const queue = queueOf([A, blocks], [B, vote(1)], [A, vote(2)]);
  expect(drain(() => queue.next(() => true))).toEqual([blocks, vote(1), vote(2)]);
});

test("[FQ3] frames of a session that is not greeted wait, those of an ended one are given out at once", () => {
  const queue = queueOf([A, vote(1)], [B, answer], [A, fresh]);
  expect(drain(() => queue.next((session) => session === B))).toEqual([answer]);
  expect(queue.takeOf(B)).toEqual([]);
  expect(queue.takeOf(A).map(({ frame }) => frame)).toEqual([vote(1), fresh]);
  expect(queue.next(() => true)).toBe(undefined);
});
