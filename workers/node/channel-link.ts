/**
 * A link over a data channel that the page transferred into this worker. It is held from the moment
 * it arrives, because what a channel says to nobody is lost, and becomes a link when the page says
 * between which certificates it runs; nothing of it reaches a receiver before. An open event can be
 * lost on the way and a close event is not fired everywhere, so the state is read as well, and the
 * page's word that the connection is gone ends it too (w3c/webrtc-pc#3058, #3085).
 * SPEC LK1 to LK3, LK17 to LK21. Source: DESIGN §2, §6; ADR 11.
 */
import { LINK_FRAME_BYTES_MAX, type MeshEvent } from "../api.ts";
import { createLinkInbox } from "./link-inbox.ts";
import {
  BUFFERED_LOW_BYTES,
  EARLY_BYTES_MAX,
  FLUSH_MS,
  OPEN_AFTER_LINK_MS,
} from "./link-limits.ts";
import type { Link, LinkBinding } from "./link.ts";

/** What is used of an RTCDataChannel. */
export type DataChannel = Pick<
  RTCDataChannel,
  | "binaryType"
  | "bufferedAmount"
  | "bufferedAmountLowThreshold"
  | "readyState"
  | "addEventListener"
  | "close"
> & { send(bytes: Uint8Array<ArrayBuffer>): void };

export interface HeldChannel {
  /** The link that it carries; to be called once. */
  link(binding: LinkBinding, ports: HeldChannelPorts): Link;
  /** The connection is gone, or nobody wants it. Ending twice is ending once. */
  end(): void;
}

export interface HeldChannelPorts {
  /** The channel is closed, whoever closed it and everything sent that could be. */
  readonly onClosed: () => void;
  /** The connection stands and the channel never opened: this engine cannot do it. */
  readonly onDead: () => void;
}

/** What reaches the node of the page's events: channels are taken hold of in the task that brings them. */
export type ArrivedEvent =
  | Exclude<MeshEvent, { type: "channel" }>
  | { readonly type: "channel"; readonly peer: string; readonly channel: HeldChannel };

export function takeHold(event: MeshEvent): ArrivedEvent {
  return event.type === "channel" ? { ...event, channel: holdChannel(event.channel) } : event;
}

/** Listens from now on. A frame above 16 KiB from the caller of the link is a broken invariant. */
export function holdChannel(channel: DataChannel): HeldChannel {
  const inbox = createLinkInbox(() => undefined);
  /** What is sent before the channel opens. */
  let outbox: Uint8Array[] = [];
  let outboxBytes = 0;
  let hasReceiver = false;
  let ports: HeldChannelPorts | null = null;
  let openTimer: ReturnType<typeof setTimeout> | undefined;
  let isClosed = false;

  const transmit = (frame: Uint8Array): void => {
    try {
      channel.send(frame as Uint8Array<ArrayBuffer>);
    } catch {
      // The engine's queue is full or the channel is closing: an ordered link cannot skip a frame.
      end("send-failed", true);
    }
  };
  const opened = (): void => {
    clearTimeout(openTimer);
    const waiting = outbox;
    outbox = [];
    outboxBytes = 0;
    for (const frame of waiting) if (!inbox.isEnded()) transmit(frame);
    inbox.drained();
  };
  /** `isMine`: what waits to be received is worth nothing any more. */
  const end = (reason: string, isMine: boolean): void => {
    if (inbox.isEnded()) return;
    clearTimeout(openTimer);
    outbox = [];
    outboxBytes = 0;
    inbox.end(reason, isMine);
    whenFlushed(channel, () => {
      isClosed = true;
      channel.close();
      ports?.onClosed();
    });
  };
  const opensInTime = (given: HeldChannelPorts): void => {
    if (channel.readyState === "open") return opened();
    if (channel.readyState !== "connecting") return end("closed", false);
    openTimer = setTimeout(() => {
      if (channel.readyState === "open") return opened();
      given.onDead();
      end("never-opened", true);
    }, OPEN_AFTER_LINK_MS);
  };

  channel.binaryType = "arraybuffer";
  channel.bufferedAmountLowThreshold = BUFFERED_LOW_BYTES;
  channel.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    if (inbox.isEnded()) return;
    if (!(data instanceof ArrayBuffer)) return end("text-frame", true);
    if (data.byteLength > LINK_FRAME_BYTES_MAX) return end("frame-too-big", true);
    inbox.push(new Uint8Array(data));
    if (!hasReceiver && inbox.waitingBytes() > EARLY_BYTES_MAX) end("early-flood", true);
  });
  channel.addEventListener("bufferedamountlow", () => inbox.drained());
  channel.addEventListener("open", opened);
  channel.addEventListener("close", () => end("closed", false));
  channel.addEventListener("error", () => end("closed", false));

  return {
    link: (binding, given) => {
      if (ports !== null) throw new Error("a channel carries one link");
      ports = given;
      if (isClosed) given.onClosed();
      else if (!inbox.isEnded()) opensInTime(given);
      return {
        binding,
        carrier: "transferred",
        send: (frame) => {
          if (inbox.isEnded()) return;
          if (frame.length > LINK_FRAME_BYTES_MAX) throw new RangeError("link frame above 16 KiB");
          if (channel.readyState === "open" && outbox.length === 0) return transmit(frame);
          outbox.push(frame.slice());
          outboxBytes += frame.length;
          if (channel.readyState === "open") opened();
        },
        bufferedBytes: () => (inbox.isEnded() ? 0 : outboxBytes + channel.bufferedAmount),
        receive: (handlers) => {
          hasReceiver = true;
          inbox.attach(handlers);
        },
        close: (reason) => end(reason, true),
      };
    },
    end: () => end("closed", false),
  };
}

/** Calls back once when nothing waits in the channel any more, or after FLUSH_MS. */
function whenFlushed(channel: DataChannel, callback: () => void): void {
  if (channel.bufferedAmount === 0 || channel.readyState !== "open") return callback();
  const done = (): void => {
    clearTimeout(timer);
    if (isDone) return;
    isDone = true;
    callback();
  };
  let isDone = false;
  const timer = setTimeout(done, FLUSH_MS);
  channel.bufferedAmountLowThreshold = 0;
  channel.addEventListener("bufferedamountlow", done);
  channel.addEventListener("close", done);
}
