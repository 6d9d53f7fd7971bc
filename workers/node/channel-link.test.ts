import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { LINK_FRAME_BYTES_MAX } from "../api.ts";
import { holdChannel, takeHold, type DataChannel } from "./channel-link.ts";
import {
  BUFFERED_LOW_BYTES,
  EARLY_BYTES_MAX,
  FLUSH_MS,
  OPEN_AFTER_LINK_MS,
} from "./link-limits.ts";
import type { LinkBinding, LinkHandlers } from "./link.ts";

const BINDING: LinkBinding = {
  transport: "rtc",
  isInitiator: true,
  localFingerprint: new Uint8Array(32).fill(1),
  remoteFingerprint: new Uint8Array(32).fill(2),
  purpose: { type: "family" },
};

/** A channel whose wire is moved by hand. */
class HandChannel extends EventTarget implements DataChannel {
  binaryType: BinaryType = "blob";
  bufferedAmount = 0;
  bufferedAmountLowThreshold = 0;
  readyState: RTCDataChannelState = "connecting";
  isBroken = false;
  closes = 0;
  readonly sent: number[][] = [];

  send(bytes: Uint8Array): void {
    if (this.readyState !== "open") throw new DOMException("not open", "InvalidStateError");
    if (this.isBroken) throw new DOMException("queue is full", "OperationError");
    this.sent.push([...bytes]);
    this.bufferedAmount += bytes.length;
  }

  close(): void {
    this.closes += 1;
    this.readyState = "closed";
  }

  become(state: RTCDataChannelState, event: string | null = null): void {
    this.readyState = state;
    if (event !== null) this.dispatchEvent(new Event(event));
  }

  deliver(data: unknown): void {
    this.dispatchEvent(new MessageEvent("message", { data }));
  }

  /** So many bytes reach the wire; the event as engines fire it. */
  leave(bytes: number): void {
    const before = this.bufferedAmount;
    this.bufferedAmount = Math.max(0, before - bytes);
    const threshold = this.bufferedAmountLowThreshold;
    if (before > threshold && this.bufferedAmount <= threshold) {
      this.dispatchEvent(new Event("bufferedamountlow"));
    }
  }
}

function setUp() {
  const channel = new HandChannel();
  const held = holdChannel(channel);
  const log: string[] = [];
  const handlers: LinkHandlers = {
    onFrame: (frame) => log.push(`frame ${[...frame].slice(0, 4).join(" ")}`),
    onClose: (reason) => log.push(`close ${reason}`),
    onDrain: () => log.push("drain"),
  };
  const ports = { onClosed: () => log.push("closed"), onDead: () => log.push("dead") };
  return { channel, held, log, handlers, ports };
}

/** Resolves when all microtasks have run. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const frame = (...bytes: number[]): ArrayBuffer => Uint8Array.from(bytes).buffer;

describe("before it is a link", () => {
  test("[LK17] keeps what came from the moment it arrived, and gives it to the receiver in order", async () => {
    const { channel, held, log, handlers, ports } = setUp();
    expect(channel.binaryType).toBe("arraybuffer");
    channel.become("open", "open");
    channel.deliver(frame(1));
    channel.deliver(frame(2, 3));
    const link = held.link(BINDING, ports);
    channel.deliver(frame(4));
    await settled();
    expect(log).toEqual([]);
    link.receive(handlers);
    await settled();
    expect(log).toEqual(["frame 1", "frame 2 3", "frame 4"]);
    expect(link).toMatchObject({ binding: BINDING, carrier: "transferred" });
  });

  test("[LK17] takes hold of a channel in the page's event, and leaves other events as they are", () => {
    const channel = new HandChannel();
    const arrived = takeHold({
      type: "channel",
      peer: "ab",
      channel: channel as unknown as RTCDataChannel,
    });
    expect(channel.binaryType).toBe("arraybuffer");
    expect(arrived).toMatchObject({ type: "channel", peer: "ab" });
    expect(takeHold({ type: "resumed" })).toEqual({ type: "resumed" });
  });

  test("[LK18] a flood before there is a receiver, text and a frame too big end it", async () => {
    const tooMuch = Math.floor(EARLY_BYTES_MAX / LINK_FRAME_BYTES_MAX) + 1;
    for (const [reason, hurt] of [
      [
        "early-flood",
        (channel: HandChannel) => {
          for (let count = 0; count < tooMuch; count += 1) {
            channel.deliver(new ArrayBuffer(LINK_FRAME_BYTES_MAX));
          }
        },
      ],
      ["text-frame", (channel: HandChannel) => channel.deliver("text")],
      [
        "frame-too-big",
        (channel: HandChannel) => channel.deliver(new ArrayBuffer(LINK_FRAME_BYTES_MAX + 1)),
      ],
    ] as const) {
      const { channel, held, log, handlers, ports } = setUp();
      channel.become("open", "open");
      hurt(channel);
      expect(channel.closes).toBe(1);
      channel.deliver(frame(1));
      held.link(BINDING, ports).receive(handlers);
      await settled();
      expect(log).toEqual(["closed", `close ${reason}`]);
    }
  });

  test("[LK18] what nobody wants is closed and forgotten", async () => {
    const { channel, held } = setUp();
    channel.deliver(frame(1));
    held.end();
    held.end();
    expect(channel.closes).toBe(1);
  });
});

describe("as a link", () => {
  test("[LK19] keeps what is sent until the channel opens, and counts it as waiting", async () => {
    const { channel, held, log, handlers, ports } = setUp();
    const link = held.link(BINDING, ports);
    link.receive(handlers);
    const mine = Uint8Array.of(7, 8);
    link.send(mine);
    mine.fill(0);
    link.send(Uint8Array.of(9));
    expect(link.bufferedBytes()).toBe(3);
    channel.become("open", "open");
    expect(channel.sent).toEqual([[7, 8], [9]]);
    expect(link.bufferedBytes()).toBe(3);
    expect(log).toEqual(["drain"]);
    channel.leave(3);
    expect(link.bufferedBytes()).toBe(0);
    vi.advanceTimersByTime(OPEN_AFTER_LINK_MS);
    await settled();
    expect(log).toEqual(["drain"]);
  });

  test("[LK19] sends in order although the event of opening was lost", () => {
    const { channel, held, ports } = setUp();
    const link = held.link(BINDING, ports);
    link.send(Uint8Array.of(1));
    channel.become("open");
    link.send(Uint8Array.of(2));
    expect(channel.sent).toEqual([[1], [2]]);
    const second = setUp();
    const quiet = second.held.link(BINDING, second.ports);
    quiet.send(Uint8Array.of(3));
    second.channel.become("open");
    vi.advanceTimersByTime(OPEN_AFTER_LINK_MS);
    expect(second.channel.sent).toEqual([[3]]);
    expect(second.log).toEqual([]);
  });

  test("[LK20] reads the level from the channel, and passes on that there is room", () => {
    const { channel, held, log, handlers, ports } = setUp();
    channel.become("open", "open");
    const link = held.link(BINDING, ports);
    link.receive(handlers);
    log.length = 0;
    for (let count = 0; count < 4; count += 1) link.send(new Uint8Array(LINK_FRAME_BYTES_MAX));
    expect(link.bufferedBytes()).toBe(4 * LINK_FRAME_BYTES_MAX);
    channel.leave(2 * LINK_FRAME_BYTES_MAX);
    expect(log).toEqual([]);
    channel.leave(2 * LINK_FRAME_BYTES_MAX - BUFFERED_LOW_BYTES);
    expect(log).toEqual(["drain"]);
    expect(() => link.send(new Uint8Array(LINK_FRAME_BYTES_MAX + 1))).toThrow(RangeError);
  });

  test("[LK3] closing sends what was handed over, at most a second long, and tells page and receiver once", async () => {
    for (const isFast of [true, false]) {
      const { channel, held, log, handlers, ports } = setUp();
      channel.become("open", "open");
      const link = held.link(BINDING, ports);
      link.receive(handlers);
      log.length = 0;
      link.send(new Uint8Array(1000));
      link.close("no use");
      link.close("again");
      link.send(Uint8Array.of(1));
      channel.deliver(frame(1));
      await settled();
      expect(log).toEqual(["close no use"]);
      expect([channel.closes, channel.sent.length, link.bufferedBytes()]).toEqual([0, 1, 0]);
      if (isFast) channel.leave(1000);
      else vi.advanceTimersByTime(FLUSH_MS);
      expect(log).toEqual(["close no use", "closed"]);
      channel.become("closed", "close");
      vi.advanceTimersByTime(FLUSH_MS);
      await settled();
      expect(log).toEqual(["close no use", "closed"]);
      expect(channel.closes).toBe(1);
    }
  });

  test.each([
    ["the other side closed it", (one: HandChannel) => one.become("closed", "close"), "closed"],
    ["the engine reports an error", (one: HandChannel) => one.become("closed", "error"), "closed"],
  ])("[LK21] ends after the frames that came before when %s", async (_name, hurt, reason) => {
    const { channel, held, log, handlers, ports } = setUp();
    channel.become("open", "open");
    held.link(BINDING, ports).receive(handlers);
    channel.deliver(frame(5));
    hurt(channel);
    channel.deliver(frame(6));
    await settled();
    expect(log).toEqual(["closed", "frame 5", `close ${reason}`]);
  });

  test("[LK21] ends by the page's word, where the engine fires no close event", async () => {
    const { channel, held, log, handlers, ports } = setUp();
    channel.become("open", "open");
    held.link(BINDING, ports).receive(handlers);
    channel.deliver(frame(5));
    held.end();
    await settled();
    expect(log).toEqual(["closed", "frame 5", "close closed"]);
  });

  test("[LK21] ends when it was over before it became a link, or does not take a frame", async () => {
    const late = setUp();
    late.channel.become("closed");
    late.held.link(BINDING, late.ports).receive(late.handlers);
    await settled();
    expect(late.log).toEqual(["closed", "close closed"]);
    const full = setUp();
    full.channel.become("open", "open");
    const link = full.held.link(BINDING, full.ports);
    link.receive(full.handlers);
    full.channel.isBroken = true;
    link.send(Uint8Array.of(1));
    await settled();
    expect(full.log).toEqual(["closed", "close send-failed"]);
  });

  test("[LK21] a channel that never opens although the connection stands says so", async () => {
    const { channel, held, log, handlers, ports } = setUp();
    held.link(BINDING, ports).receive(handlers);
    vi.advanceTimersByTime(OPEN_AFTER_LINK_MS - 1);
    expect(log).toEqual([]);
    vi.advanceTimersByTime(1);
    await settled();
    expect(log).toEqual(["dead", "closed", "close never-opened"]);
    expect(channel.closes).toBe(1);
    expect(() => held.link(BINDING, ports)).toThrow("one link");
  });
});
