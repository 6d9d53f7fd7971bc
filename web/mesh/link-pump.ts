/**
 * Carries the bytes of one link between its data channel and the node's MessagePort, unchanged and
 * by transfer, and mirrors how much waits in the channel. It never looks into a frame and decides
 * nothing but its size; what came before the channel counted as open is kept by the port.
 * Source: DESIGN §2 and §6 (links); workers/api.ts LinkPortMessage; SPEC MS13 to MS18.
 */
import { LINK_FRAME_BYTES_MAX, type LinkPortMessage } from "../../workers/api.ts";
import {
  BUFFERED_HIGH_BYTES,
  BUFFERED_LOW_BYTES,
  BUFFERED_REPORT_BYTES,
  EARLY_BYTES_MAX,
} from "./limits.ts";

/** Why a pump asks for the end of its link. */
export type PumpEnd =
  | "closed-by-node"
  | "frame-too-big"
  | "text-frame"
  | "early-flood"
  | "bad-port-message"
  | "send-failed";

/** What the pump needs of a data channel. */
export type PumpChannel = Pick<
  RTCDataChannel,
  "bufferedAmount" | "bufferedAmountLowThreshold" | "addEventListener" | "removeEventListener"
>;

export class LinkPump {
  /** The node's end; transferred once. */
  readonly nodePort: MessagePort;
  readonly #port: MessagePort;
  readonly #onEnd: (reason: PumpEnd) => void;
  #channel: PumpChannel | null = null;
  #isEnded = false;
  #earlyBytes = 0;
  #bytesSinceReport = 0;
  #isAboveHigh = false;

  /** `onEnd` is called at most once, never after `end`. */
  constructor(onEnd: (reason: PumpEnd) => void) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.nodePort = port2;
    this.#onEnd = onEnd;
  }

  /** Takes one message of the other side: bytes, or text, which no honest node sends. */
  deliver(chunk: Uint8Array | string): void {
    if (this.#isEnded) return;
    if (typeof chunk === "string") return this.#fail("text-frame");
    if (chunk.byteLength > LINK_FRAME_BYTES_MAX) return this.#fail("frame-too-big");
    if (this.#channel === null) {
      this.#earlyBytes += chunk.byteLength;
      if (this.#earlyBytes > EARLY_BYTES_MAX) return this.#fail("early-flood");
    }
    const bytes = toOwnBuffer(chunk);
    this.#port.postMessage(bytes, [bytes]);
  }

  /** Begins to carry the node's frames. `send` may throw, which ends the link. */
  start(channel: PumpChannel, send: (bytes: ArrayBuffer) => void): void {
    if (this.#isEnded) return;
    this.#channel = channel;
    channel.bufferedAmountLowThreshold = BUFFERED_LOW_BYTES;
    channel.addEventListener("bufferedamountlow", this.#onLow);
    this.#port.addEventListener("message", (event: MessageEvent<unknown>) => {
      this.#takeFromNode(event.data, send);
    });
    // Where engines have it, this event tells that the node's worker died.
    this.#port.addEventListener("close", () => this.#fail("closed-by-node"));
    this.#port.start();
  }

  /** Tells the node and lets go of everything. Ending twice is ending once. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#channel?.removeEventListener("bufferedamountlow", this.#onLow);
    this.#channel = null;
    this.#port.postMessage({ type: "close" } satisfies LinkPortMessage);
    this.#port.close();
  }

  #takeFromNode(message: unknown, send: (bytes: ArrayBuffer) => void): void {
    const channel = this.#channel;
    if (this.#isEnded || channel === null) return;
    if (!(message instanceof ArrayBuffer)) {
      return this.#fail(isClose(message) ? "closed-by-node" : "bad-port-message");
    }
    if (message.byteLength > LINK_FRAME_BYTES_MAX) return this.#fail("bad-port-message");
    try {
      send(message);
    } catch {
      // The engine's queue is full or the channel is closing: an ordered link cannot skip a frame.
      return this.#fail("send-failed");
    }
    this.#bytesSinceReport += message.byteLength;
    const isAboveHigh = channel.bufferedAmount >= BUFFERED_HIGH_BYTES;
    const hasCrossed = isAboveHigh && !this.#isAboveHigh;
    this.#isAboveHigh = isAboveHigh;
    // The steady reports keep a node that stops at 64 KiB from waiting for a low mark never crossed.
    if (hasCrossed || this.#bytesSinceReport >= BUFFERED_REPORT_BYTES) this.#report(channel);
  }

  readonly #onLow = (): void => {
    this.#isAboveHigh = false;
    if (this.#channel !== null) this.#report(this.#channel);
  };

  #report(channel: PumpChannel): void {
    this.#bytesSinceReport = 0;
    const message: LinkPortMessage = { type: "buffered", bytes: channel.bufferedAmount };
    this.#port.postMessage(message);
  }

  #fail(reason: PumpEnd): void {
    if (this.#isEnded) return;
    this.end();
    this.#onEnd(reason);
  }
}

function isClose(message: unknown): boolean {
  return (
    typeof message === "object" && message !== null && "type" in message && message.type === "close"
  );
}

/** simple-peer gives a view of the whole message's buffer; anything else is copied. */
function toOwnBuffer(chunk: Uint8Array): ArrayBuffer {
  const { buffer } = chunk;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === chunk.byteLength) return buffer;
  return new Uint8Array(chunk).buffer;
}
