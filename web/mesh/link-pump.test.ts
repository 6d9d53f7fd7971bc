import { afterEach, beforeEach, expect, test } from "vitest";
import { LINK_FRAME_BYTES_MAX, type LinkPortMessage } from "../../workers/api.ts";
import { BUFFERED_HIGH_BYTES, BUFFERED_REPORT_BYTES, EARLY_BYTES_MAX } from "./limits.ts";
import { LinkPump, type PumpChannel } from "./link-pump.ts";

/** A channel that keeps everything until told to drain. */
class FullChannel extends EventTarget implements PumpChannel {
  binaryType: BinaryType = "blob";
  readyState: RTCDataChannelState = "open";
  bufferedAmount = 0;
  bufferedAmountLowThreshold = 0;
  readonly sent: ArrayBuffer[] = [];
  isBroken = false;
  drainsAtOnce = false;

  readonly send = (bytes: ArrayBuffer): void => {
    if (this.isBroken) throw new DOMException("queue is full", "OperationError");
    this.sent.push(bytes);
    if (!this.drainsAtOnce) this.bufferedAmount += bytes.byteLength;
  };

  /** A message of the other side. */
  deliver(data: unknown): void {
    this.dispatchEvent(new MessageEvent("message", { data }));
  }

  drain(): void {
    this.bufferedAmount = this.bufferedAmountLowThreshold;
    this.dispatchEvent(new Event("bufferedamountlow"));
  }
}

let channel: FullChannel;
let pump: LinkPump;
const ends: string[] = [];
const received: LinkPortMessage[] = [];

beforeEach(() => {
  ends.length = 0;
  received.length = 0;
  channel = new FullChannel();
  pump = new LinkPump(channel, (reason) => ends.push(reason));
  pump.nodePort.addEventListener("message", ({ data }) => received.push(data));
});

afterEach(() => {
  pump.end();
  pump.nodePort.close();
});

/** Sends frames as the node and settles when all are in the channel. */
async function sendFrames(count: number, bytes: number): Promise<void> {
  const before = channel.sent.length;
  for (let index = 0; index < count; index += 1) pump.nodePort.postMessage(new ArrayBuffer(bytes));
  await until(() => channel.sent.length === before + count);
}

function levels(): number[] {
  return received.flatMap((each) =>
    !(each instanceof ArrayBuffer) && each.type === "buffered" ? [each.bytes] : [],
  );
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** Resolves when every task that was under way has run. */
async function settled(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  const arrived = new Promise((resolve) => port1.addEventListener("message", resolve));
  port1.start();
  port2.postMessage(null);
  await arrived;
  port1.close();
}

test("[MS15] ends a link whose other side floods it before it is open", async () => {
  for (let bytes = 0; bytes < EARLY_BYTES_MAX; bytes += LINK_FRAME_BYTES_MAX) {
    channel.deliver(new ArrayBuffer(LINK_FRAME_BYTES_MAX));
  }
  expect(ends).toEqual([]);
  channel.deliver(new ArrayBuffer(1));
  channel.deliver(new ArrayBuffer(LINK_FRAME_BYTES_MAX));
  expect(ends).toEqual(["early-flood"]);
  await until(() => received.length === EARLY_BYTES_MAX / LINK_FRAME_BYTES_MAX + 1);
  expect(received.at(-1)).toEqual({ type: "close" });
});

test("[MS15] ends a link on text, on a Blob and on a frame above 16 KiB", () => {
  for (const [bad, reason] of [
    ["text", "text-frame"],
    [new Blob(["x"]), "text-frame"],
    [new ArrayBuffer(LINK_FRAME_BYTES_MAX + 1), "frame-too-big"],
  ] as const) {
    const other = new FullChannel();
    const before = ends.length;
    const ended = new LinkPump(other, (why) => ends.push(why));
    other.deliver(bad);
    other.deliver(bad);
    expect(ends.slice(before)).toEqual([reason]);
    ended.nodePort.close();
  }
});

test("[MS14] has no such limit once the link is there", async () => {
  pump.start();
  for (let index = 0; index < 8; index += 1) {
    channel.deliver(new ArrayBuffer(LINK_FRAME_BYTES_MAX));
  }
  channel.deliver(new Uint8Array([1, 2]).buffer);
  await until(() => received.length === 9);
  expect(received.at(-1)).toStrictEqual(new Uint8Array([1, 2]).buffer);
  expect(ends).toEqual([]);
});

test("[MS14] keeps the node's frames until the channel is open", async () => {
  channel.readyState = "connecting";
  pump.start();
  pump.nodePort.postMessage(new ArrayBuffer(7));
  await settled();
  expect(channel.sent).toEqual([]);
  channel.readyState = "open";
  channel.dispatchEvent(new Event("open"));
  await until(() => channel.sent.length === 1);
  expect(channel.sent[0]?.byteLength).toBe(7);
});

test("[MS17] reports at the high mark, at the low mark and each 32 KiB", async () => {
  pump.start();
  await sendFrames(BUFFERED_REPORT_BYTES / 1024 - 1, 1024);
  expect(levels()).toEqual([]);
  await sendFrames(1, 1024);
  await until(() => levels().length === 1);
  expect(levels()).toEqual([BUFFERED_REPORT_BYTES]);
  await sendFrames(2, LINK_FRAME_BYTES_MAX);
  await until(() => levels().length === 2);
  expect(levels().at(-1)).toBe(BUFFERED_HIGH_BYTES);
  channel.drain();
  await until(() => levels().length === 3);
  expect(levels().at(-1)).toBe(channel.bufferedAmountLowThreshold);
  channel.bufferedAmount = BUFFERED_HIGH_BYTES - 1;
  await sendFrames(1, 1);
  await until(() => levels().length === 4);
  expect(levels().at(-1)).toBe(BUFFERED_HIGH_BYTES);
});

test("[MS17] never leaves a node waiting that stops at 64 KiB of what it knows", async () => {
  // The channel drains at once, so neither mark is ever crossed; only the steady report helps.
  channel.drainsAtOnce = true;
  pump.start();
  let waiting = 0;
  pump.nodePort.addEventListener("message", ({ data }: MessageEvent<LinkPortMessage>) => {
    if (!(data instanceof ArrayBuffer) && data.type === "buffered") waiting = data.bytes;
  });
  for (let sent = 0; sent < 400; sent += 1) {
    await until(() => waiting + 1_000 <= BUFFERED_HIGH_BYTES);
    pump.nodePort.postMessage(new ArrayBuffer(1_000));
    waiting += 1_000;
  }
  await until(() => channel.sent.length === 400);
});

test("[MS18] ends when the channel does not take a frame, or the port carries no frame", async () => {
  pump.start();
  channel.isBroken = true;
  pump.nodePort.postMessage(new ArrayBuffer(1));
  await until(() => received.length === 1);
  expect(received).toEqual([{ type: "close" }]);
  expect(ends).toEqual(["send-failed"]);
  for (const bad of ["text", 7, null, { type: "open" }, new Uint8Array(3)]) {
    const other = new LinkPump(new FullChannel(), (reason) => ends.push(reason));
    other.start();
    other.nodePort.postMessage(bad);
    const before = ends.length;
    await until(() => ends.length > before);
    expect(ends.at(-1)).toBe("bad-port-message");
    other.nodePort.close();
  }
});

test("[MS19] ends once, whoever ends it, and when the node's port dies", async () => {
  pump.start();
  pump.nodePort.close();
  await until(() => ends.length === 1);
  pump.end();
  channel.deliver("text");
  channel.drain();
  expect(ends).toEqual(["closed-by-node"]);
});

test("[MS19] ends when the other side closes the channel alone", () => {
  channel.dispatchEvent(new Event("close"));
  expect(ends).toEqual(["closed-by-remote"]);
});
