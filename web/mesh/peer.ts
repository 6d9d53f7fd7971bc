/**
 * One WebRTC connection: simple-peer, its time-outs, and the channel of the node's frames.
 *
 * It offers only if told to be the initiator, takes one description and never renegotiates: a link
 * that fails is closed and the node asks for a new one. It does not know who the other side is.
 * Frames travel on a channel of their own, which the worker gets or a pump serves (ADR 11); simple-
 * peer's own channel carries nothing and tells when the other side is gone. Quirks of simple-peer
 * 9.11.1 met here: destroy works in a microtask and emits `error` before `close`, an unheard `error`
 * is thrown, a second channel replaces the first. SPEC MS9 to MS20.
 */
import SimplePeer from "simple-peer/simplepeer.min.js";
import { CONNECT_MS, DISCONNECTED_MS, FLUSH_MS } from "./limits.ts";
import { readFingerprints } from "./fingerprints.ts";
import { LinkPump, type PumpEnd } from "./link-pump.ts";
import {
  checkSignal,
  type SignalHistory,
  type SignalRefusal,
  startSignalHistory,
} from "./signal-check.ts";

export type CloseReason =
  | PumpEnd
  | "closed-by-remote"
  | "stopped"
  | "timed-out"
  | "disconnected"
  | "connection-failed"
  | "bad-description"
  | "bad-channel"
  | "second-channel"
  | "no-fingerprint"
  | "certificate-mismatch"
  | "no-resources"
  | "failed";

/** A signal can also come too early, or be refused by the engine's own constructor. */
export type RefusedSignal = SignalRefusal | "early-answer" | "refused-by-engine";

export type OpenedLink = {
  readonly localFingerprint: string;
  readonly remoteFingerprint: string;
  /** Null where the channel itself was handed over. */
  readonly port: MessagePort | null;
};

export type PeerOptions = {
  readonly isInitiator: boolean;
  readonly iceServers: readonly RTCIceServer[];
  /** JSON for the other side. */
  readonly onSignal: (signal: string) => void;
  /**
   * The channel that carries the node's frames, new in this very task: whether the node has it now.
   * If not, it is pumped. At most once, before everything else.
   */
  readonly handOver: (channel: RTCDataChannel) => boolean;
  /** At most once. */
  readonly onLink: (link: OpenedLink) => void;
  /** ICE hears nothing of the other side. */
  readonly onShaken: () => void;
  /** Exactly once, last of all. */
  readonly onClosed: (reason: CloseReason) => void;
  readonly onRefused: (reason: RefusedSignal) => void;
};

/** Stream and label of the channel that carries frames: both sides open it by number, unasked. */
const FRAMES_CHANNEL = { label: "mesh", init: { negotiated: true, id: 2 } } as const;

/** A channel that the page serves itself. */
interface Pumped {
  readonly channel: RTCDataChannel;
  readonly pump: LinkPump;
}

export class MeshPeer {
  readonly #options: PeerOptions;
  readonly #rtc: SimplePeer;
  /** Null where the node has the channel, or there is no connection. */
  readonly #pumped: Pumped | null;
  #state: "connecting" | "open" | "closed" = "connecting";
  #history: SignalHistory;
  #hasOffered = false;
  #connectTimer: ReturnType<typeof setTimeout>;
  #disconnectedTimer: ReturnType<typeof setTimeout> | undefined;
  /** What simple-peer said before it closed. */
  #failure: CloseReason | null = null;

  constructor(options: PeerOptions) {
    this.#options = options;
    this.#history = startSignalHistory(options.isInitiator);
    this.#connectTimer = setTimeout(() => this.#finish("timed-out"), CONNECT_MS);
    this.#rtc = new SimplePeer({
      initiator: options.isInitiator,
      trickle: true,
      config: { iceServers: [...options.iceServers] },
      objectMode: true,
    });
    this.#pumped = this.#openFrames();
    this.#listen();
    this.#forbidSecondChannel();
  }

  /** Hands a signal of the other side on, if it is harmless. `text` of any content; never throws. */
  signal(text: string): void {
    if (this.#state === "closed") return;
    const { verdict, history } = checkSignal(this.#history, text);
    if (!verdict.ok) return this.#options.onRefused(verdict.reason);
    if (verdict.signal.type === "answer" && !this.#hasOffered) {
      return this.#options.onRefused("early-answer");
    }
    this.#history = history;
    try {
      this.#rtc.signal(verdict.signal);
    } catch {
      this.#options.onRefused("refused-by-engine");
    }
  }

  /**
   * Closes after what the node had handed over is sent, at most FLUSH_MS later. A node that has the
   * channel itself has waited for that before it asks.
   */
  close(): void {
    this.#finish("closed-by-node");
  }

  /** Closes at once. */
  stop(): void {
    this.#finish("stopped");
  }

  /** Engines let go of a channel only in the task that made it. */
  #openFrames(): Pumped | null {
    const connection = this.#rtc._pc;
    if (!connection) return null;
    const channel = connection.createDataChannel(FRAMES_CHANNEL.label, FRAMES_CHANNEL.init);
    if (this.#options.handOver(channel)) return null;
    return { channel, pump: new LinkPump(channel, (reason) => this.#finish(reason)) };
  }

  #listen(): void {
    const rtc = this.#rtc;
    rtc.on("signal", (signal) => this.#send(signal));
    rtc.on("data", () => this.#finish("bad-channel"));
    rtc.on("iceStateChange", (state) => this.#watch(state));
    rtc.on("connect", () => {
      this.#open().catch(() => this.#finish("no-fingerprint"));
    });
    rtc.on("error", (error) => {
      this.#failure = toCloseReason(error);
    });
    rtc.on("close", () => this.#finish(this.#failure ?? "closed-by-remote"));
  }

  #send(signal: { readonly type: string }): void {
    if (this.#state === "closed") return;
    const { type } = signal;
    if (type !== "offer" && type !== "answer" && type !== "candidate") return;
    if (type === "offer") this.#hasOffered = true;
    this.#options.onSignal(JSON.stringify(signal));
  }

  async #open(): Promise<void> {
    const connection = this.#rtc._pc;
    const channel = this.#rtc._channel;
    if (this.#state !== "connecting" || !connection || channel === null) return;
    if (!isReliable(channel)) return this.#finish("bad-channel");
    const fingerprints = await readFingerprints(connection);
    if (this.#state !== "connecting") return;
    if (!fingerprints.ok) return this.#finish(fingerprints.reason);
    this.#state = "open";
    clearTimeout(this.#connectTimer);
    this.#pumped?.pump.start();
    this.#options.onLink({
      localFingerprint: fingerprints.local,
      remoteFingerprint: fingerprints.remote,
      port: this.#pumped?.pump.nodePort ?? null,
    });
  }

  #watch(state: RTCIceConnectionState): void {
    if (state !== "disconnected") {
      clearTimeout(this.#disconnectedTimer);
      this.#disconnectedTimer = undefined;
    } else if (this.#state !== "closed" && this.#disconnectedTimer === undefined) {
      if (this.#state === "open") this.#options.onShaken();
      this.#disconnectedTimer = setTimeout(() => this.#finish("disconnected"), DISCONNECTED_MS);
    }
  }

  /** simple-peer would take a later channel for its own and leak a timer for each. */
  #forbidSecondChannel(): void {
    const connection = this.#rtc._pc;
    if (!connection) return;
    let allowed = this.#options.isInitiator ? 0 : 1;
    connection.addEventListener("datachannel", () => {
      allowed -= 1;
      // simple-peer's own handler has run: it was there first.
      connection.ondatachannel = null;
      if (allowed < 0) this.#finish("second-channel");
    });
  }

  #finish(reason: CloseReason): void {
    if (this.#state === "closed") return;
    const wasOpen = this.#state === "open";
    this.#state = "closed";
    clearTimeout(this.#connectTimer);
    clearTimeout(this.#disconnectedTimer);
    this.#pumped?.pump.end();
    if (wasOpen && reason === "closed-by-node" && this.#pumped !== null) {
      whenFlushed(this.#pumped.channel, () => this.#rtc.destroy());
    } else {
      this.#rtc.destroy();
    }
    this.#options.onClosed(reason);
  }
}

function isReliable(channel: RTCDataChannel): boolean {
  return channel.ordered && channel.maxRetransmits === null && channel.maxPacketLifeTime === null;
}

/** Calls back once when nothing waits in the channel any more, or after FLUSH_MS. */
function whenFlushed(channel: RTCDataChannel, callback: () => void): void {
  if (channel.bufferedAmount === 0 || channel.readyState !== "open") return callback();
  const done = (): void => {
    clearTimeout(timer);
    channel.removeEventListener("bufferedamountlow", done);
    callback();
  };
  const timer = setTimeout(done, FLUSH_MS);
  channel.bufferedAmountLowThreshold = 0;
  channel.addEventListener("bufferedamountlow", done);
}

/** simple-peer's error codes in our words. A channel's own error is how engines report an abort. */
function toCloseReason(error: Error): CloseReason {
  const code = "code" in error ? error.code : undefined;
  switch (code) {
    case "ERR_ICE_CONNECTION_FAILURE":
    case "ERR_CONNECTION_FAILURE":
      return "connection-failed";
    case "ERR_SET_REMOTE_DESCRIPTION":
    case "ERR_CREATE_ANSWER":
      return "bad-description";
    case "ERR_PC_CONSTRUCTOR":
      return "no-resources";
    case "ERR_DATA_CHANNEL":
    case "ERR_ICE_CONNECTION_CLOSED":
      return "closed-by-remote";
    default:
      return "failed";
  }
}
