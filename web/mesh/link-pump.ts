/**
 * Carries the bytes of one link between its data channel and the node's MessagePort, unchanged and
 * by transfer, and mirrors how much waits in the channel: for browsers that do not transfer the
 * channel itself to the worker. It never looks into a frame and decides nothing but its size; what
 * came before the link was there is kept by the port.
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
  | "closed-by-remote"
  | "frame-too-big"
  | "text-frame"
  | "early-flood"
  | "bad-port-message"
  | "send-failed";

/** What the pump needs of a data channel. */
export type PumpChannel = Pick<
  RTCDataChannel,
  | "binaryType"
  | "bufferedAmount"
  | "bufferedAmountLowThreshold"
  | "readyState"
  | "addEventListener"
  | "removeEventListener"
> & { send(bytes: ArrayBuffer): void };

export class LinkPump {
  /** The node's end; transferred once. */
  readonly nodePort: MessagePort;
  readonly #port: MessagePort;
  readonly #channel: PumpChannel;
  readonly #onEnd: (reason: PumpEnd) => void;
  /** Ends what is listened to. */
  readonly #listening = new AbortController();
  #isStarted = false;
  #isEnded = false;
  #earlyBytes = 0;
  #bytesSinceReport = 0;
  #isAboveHigh = false;

  /** Listens at once: what a channel says to nobody is lost. `onEnd` comes at most once, never after `end`. */
  constructor(channel: PumpChannel, onEnd: (reason: PumpEnd) => void) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.nodePort = port2;
    this.#channel = channel;
    this.#onEnd = onEnd;
    const { signal } = this.#listening;
    channel.binaryType = "arraybuffer";
    channel.bufferedAmountLowThreshold = BUFFERED_LOW_BYTES;
    channel.addEventListener("message", ({ data }) => this.#deliver(data), { signal });
    channel.addEventListener("bufferedamountlow", () => this.#onLow(), { signal });
    channel.addEventListener("close", () => this.#fail("closed-by-remote"), { signal });
  }

  /** The link is there: its node's frames are carried as soon as the channel is open. */
  start(): void {
    if (this.#isEnded || this.#isStarted) return;
    this.#isStarted = true;
    // Where engines have it, this event tells that the node's worker died.
    this.#port.addEventListener("close", () => this.#fail("closed-by-node"));
    const listen = (): void => {
      this.#port.addEventListener("message", (event: MessageEvent<unknown>) => {
        this.#takeFromNode(event.data);
      });
      this.#port.start();
    };
    if (this.#channel.readyState === "open") return listen();
    const { signal } = this.#listening;
    this.#channel.addEventListener("open", listen, { once: true, signal });
  }

  /** Tells the node and lets go of everything. Ending twice is ending once. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#listening.abort();
    this.#port.postMessage({ type: "close" } satisfies LinkPortMessage);
    this.#port.close();
  }

  /** One message of the other side: bytes, or text, which no honest node sends. */
  #deliver(data: unknown): void {
    if (this.#isEnded) return;
    if (!(data instanceof ArrayBuffer)) return this.#fail("text-frame");
    if (data.byteLength > LINK_FRAME_BYTES_MAX) return this.#fail("frame-too-big");
    if (!this.#isStarted) {
      this.#earlyBytes += data.byteLength;
      if (this.#earlyBytes > EARLY_BYTES_MAX) return this.#fail("early-flood");
    }
    this.#port.postMessage(data, [data]);
  }

  #takeFromNode(message: unknown): void {
    if (this.#isEnded) return;
    if (!(message instanceof ArrayBuffer)) {
      return this.#fail(isClose(message) ? "closed-by-node" : "bad-port-message");
    }
    if (message.byteLength > LINK_FRAME_BYTES_MAX) return this.#fail("bad-port-message");
    try {
      this.#channel.send(message);
    } catch {
      // The engine's queue is full or the channel is closing: an ordered link cannot skip a frame.
      return this.#fail("send-failed");
    }
    this.#bytesSinceReport += message.byteLength;
    const isAboveHigh = this.#channel.bufferedAmount >= BUFFERED_HIGH_BYTES;
    const hasCrossed = isAboveHigh && !this.#isAboveHigh;
    this.#isAboveHigh = isAboveHigh;
    // The steady reports keep a node that stops at 64 KiB from waiting for a low mark never crossed.
    if (hasCrossed || this.#bytesSinceReport >= BUFFERED_REPORT_BYTES) this.#report();
  }

  #onLow(): void {
    this.#isAboveHigh = false;
    this.#report();
  }

  #report(): void {
    this.#bytesSinceReport = 0;
    const bytes = this.#channel.bufferedAmount;
    this.#port.postMessage({ type: "buffered", bytes } satisfies LinkPortMessage);
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
