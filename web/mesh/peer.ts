/**
 * One WebRTC connection: simple-peer, its time-outs, and the pump of its bytes.
 *
 * It offers only if told to be the initiator, takes one description and never renegotiates: a link
 * that fails is closed and the node asks for a new one. It does not know who the other side is.
 * Quirks of simple-peer 9.11.1 met here: destroy works in a microtask and emits `error` before
 * `close`, an unheard `error` is thrown, a second channel replaces the first. SPEC MS9 to MS20.
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
  readonly port: MessagePort;
};

export type PeerOptions = {
  readonly isInitiator: boolean;
  readonly iceServers: readonly RTCIceServer[];
  /** JSON for the other side. */
  readonly onSignal: (signal: string) => void;
  /** At most once. */
  readonly onLink: (link: OpenedLink) => void;
  /** Exactly once, last of all. */
  readonly onClosed: (reason: CloseReason) => void;
  readonly onRefused: (reason: RefusedSignal) => void;
};

export class MeshPeer {
  readonly #options: PeerOptions;
  readonly #rtc: SimplePeer;
  readonly #pump: LinkPump;
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
    this.#pump = new LinkPump((reason) => this.#finish(reason));
    this.#connectTimer = setTimeout(() => this.#finish("timed-out"), CONNECT_MS);
    this.#rtc = new SimplePeer({
      initiator: options.isInitiator,
      trickle: true,
      config: { iceServers: [...options.iceServers] },
      objectMode: true,
    });
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

  /** Closes after what the node had handed over is sent, at most FLUSH_MS later. */
  close(): void {
    this.#finish("closed-by-node");
  }

  /** Closes at once. */
  stop(): void {
    this.#finish("stopped");
  }

  #listen(): void {
    const rtc = this.#rtc;
    rtc.on("signal", (signal) => this.#send(signal));
    rtc.on("data", (chunk) => this.#pump.deliver(chunk));
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
    this.#pump.start(channel, (bytes) => this.#rtc.send(bytes));
    this.#options.onLink({
      localFingerprint: fingerprints.local,
      remoteFingerprint: fingerprints.remote,
      port: this.#pump.nodePort,
    });
  }

  #watch(state: RTCIceConnectionState): void {
    if (state !== "disconnected") {
      clearTimeout(this.#disconnectedTimer);
      this.#disconnectedTimer = undefined;
    } else if (this.#state !== "closed") {
      this.#disconnectedTimer ??= setTimeout(() => this.#finish("disconnected"), DISCONNECTED_MS);
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
    this.#pump.end();
    const channel = this.#rtc._channel;
    if (wasOpen && reason === "closed-by-node" && channel !== null) {
      whenFlushed(channel, () => this.#rtc.destroy());
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
