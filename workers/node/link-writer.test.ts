import { describe, expect, test } from "vitest";
import { HEADER } from "../core/codec/wire-samples.suite.test.ts";
import { encodeHeader, type Entry, type Kind } from "../core/gossip/header.ts";
import { decodeFrame, type Frame } from "./frames.ts";
import { createReassembler } from "./framing.ts";
import { createLinkWriter } from "./link-writer.ts";
import { IN_FLIGHT_BYTES_MAX, QUEUE_BYTES_MAX, URGENT_BYTES } from "./link-limits.ts";
import type { Link } from "./link.ts";

interface Wire {
  readonly link: Link;
  readonly sent: Uint8Array[];
  readonly closed: string[];
  /** Lets so many bytes leave the link's buffer. */
  readonly leave: (bytes: number) => void;
}

function wire(): Wire {
  const sent: Uint8Array[] = [];
  const closed: string[] = [];
  let buffered = 0;
  const link: Link = {
    binding: {
      transport: "memory",
      isInitiator: true,
      localFingerprint: new Uint8Array(32),
      remoteFingerprint: new Uint8Array(32),
      purpose: { type: "family" },
    },
    carrier: "memory",
    send: (frame) => {
      sent.push(frame);
      buffered += frame.length;
    },
    bufferedBytes: () => buffered,
    receive: () => undefined,
    close: (reason) => {
      closed.push(reason);
    },
  };
  return {
    link,
    sent,
    closed,
    leave: (bytes) => {
      buffered = Math.max(0, buffered - bytes);
    },
  };
}

const bulk = (size: number): Frame => ({ type: "blocks", finalised: [new Uint8Array(size)] });
const ping = (token: number): Frame => ({ type: "ping", token, wall: 0 });
const vote: Frame = { type: "consensus", message: Uint8Array.of(1, 2, 3) };
/** Fills what is kept for lane 0. */
const preprepare: Frame = { type: "consensus", message: new Uint8Array(40_000) };
const question: Frame = { type: "blocks-wanted", from: 1, count: 1 };

function framesIn(sent: readonly Uint8Array[]): Frame[] {
  const reassembler = createReassembler();
  return sent.flatMap((part) => {
    const taken = reassembler.take(part);
    if (!taken.ok) throw new Error(taken.reason);
    if (taken.message === null) return [];
    const decoded = decodeFrame(taken.message);
    if (!decoded.ok) throw new Error(decoded.detail);
    return [decoded.value];
  });
}

describe("link writer", () => {
  test("[LK10] a vote overtakes bulk between two fragments, a question too, each in its order", () => {
    const { link, sent, leave } = wire();
    const writer = createLinkWriter(link);
    writer.write(bulk(200_000));
    writer.write(preprepare);
    const before = sent.length;
    writer.write(question);
    writer.write(ping(1));
    writer.write(vote);
    writer.write(ping(2));
    leave(Infinity);
    writer.onDrain();
    const overtaken = sent.slice(before).map((part) => (part[0] ?? 0) & 3);
    expect(overtaken.slice(0, 5)).toEqual([0, 0, 0, 0, 2]);
    while (writer.queuedBytes() > 0) {
      leave(Infinity);
      writer.onDrain();
    }
    const frames = framesIn(sent);
    expect(frames.slice(0, 5)).toEqual([preprepare, ping(1), vote, ping(2), question]);
    expect(frames.slice(5).map((frame) => frame.type)).toEqual(["blocks"]);
  });

  test("[FQ4] a call for help overtakes messages and answers between two fragments, not a vote", () => {
    const entry = (kind: Kind, size: number): Entry => ({
      header: encodeHeader({ ...HEADER, kind }),
      signature: new Uint8Array(64),
      body: new Uint8Array(size),
      hops: 0,
    });
    const frameOf = (isAnswer: boolean, one: Entry): Frame => ({
      type: "entries",
      entries: [one],
      isAnswer,
      isLast: false,
    });
    const { link, sent, leave } = wire();
    const writer = createLinkWriter(link);
    writer.write(bulk(100_000));
    writer.write(frameOf(true, entry("direct", 30_000)));
    writer.write(frameOf(false, entry("direct", 30_001)));
    writer.write(preprepare);
    const call = frameOf(false, entry("emergency", 30_002));
    writer.write(call);
    writer.write(vote);
    while (writer.queuedBytes() > 0) {
      leave(Infinity);
      writer.onDrain();
    }
    const frames = framesIn(sent);
    expect(frames.slice(0, 3)).toEqual([preprepare, vote, call]);
    expect(frames.map(({ type }) => type).slice(3)).toEqual(["entries", "blocks", "entries"]);
    expect(frames[3]).toMatchObject({ isAnswer: false });
  });

  test("[LK11] a vote leaves at once although bulk has filled what is below, up to a bound", () => {
    const { link, sent } = wire();
    const writer = createLinkWriter(link);
    writer.write(bulk(200_000));
    writer.write(question);
    const before = sent.length;
    writer.write(vote);
    expect(sent).toHaveLength(before + 1);
    for (let count = 0; count < 5_000; count += 1) writer.write(vote);
    expect(link.bufferedBytes()).toBeLessThanOrEqual(IN_FLIGHT_BYTES_MAX + URGENT_BYTES);
    expect(link.bufferedBytes()).toBeGreaterThan(IN_FLIGHT_BYTES_MAX + URGENT_BYTES - 100);
    expect(writer.queuedBytes()).toBeGreaterThan(0);
  });

  test("[LK11] keeps at most 64 KiB below it and goes on with room", () => {
    const { link, sent, leave } = wire();
    const writer = createLinkWriter(link);
    writer.write(bulk(200_000));
    expect(link.bufferedBytes()).toBeLessThanOrEqual(IN_FLIGHT_BYTES_MAX);
    expect(sent).toHaveLength(4);
    writer.onDrain();
    expect(sent).toHaveLength(4);
    leave(16 * 1024);
    writer.onDrain();
    expect(sent).toHaveLength(5);
    expect(link.bufferedBytes()).toBeLessThanOrEqual(IN_FLIGHT_BYTES_MAX);
    const rest = writer.queuedBytes();
    expect(rest).toBeGreaterThan(110_000);
    leave(16 * 1024);
    writer.onDrain();
    expect(writer.queuedBytes()).toBe(rest - 16 * 1024);
  });

  test("[LK12] closes a link that is too slow, once", () => {
    const { link, sent, closed } = wire();
    const writer = createLinkWriter(link);
    for (let size = 0; size < QUEUE_BYTES_MAX; size += 250_000) {
      expect(closed).toEqual([]);
      writer.write(bulk(250_000));
    }
    writer.write(bulk(250_000));
    expect(closed).toEqual(["slow"]);
    const before = sent.length;
    writer.write(vote);
    writer.onDrain();
    expect(closed).toEqual(["slow"]);
    expect(sent).toHaveLength(before);
    expect(writer.queuedBytes()).toBe(0);
  });

  test("[LK12] tiny frames are bounded too", () => {
    const { link, closed } = wire();
    const writer = createLinkWriter(link);
    writer.write(bulk(200_000));
    for (let count = 0; count < 70_000 && closed.length === 0; count += 1) writer.write(vote);
    expect(closed).toEqual(["slow"]);
  });

  test("[LK13] a closed writer forgets what waits and sends nothing", () => {
    const { link, sent, leave, closed } = wire();
    const writer = createLinkWriter(link);
    writer.write(bulk(200_000));
    writer.close();
    expect(writer.queuedBytes()).toBe(0);
    leave(Infinity);
    writer.onDrain();
    writer.write(vote);
    expect(sent).toHaveLength(4);
    expect(closed).toEqual([]);
  });
});
