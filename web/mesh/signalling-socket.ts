/**
 * The connection to one signalling server: dials, pings, notices death, dials again with a growing
 * random wait, and carries frames. What to subscribe to and what a publish means is not its business.
 *
 * A server that lies can only drop: frames that do not parse, come too fast or are no answer to us
 * are counted and ignored. One timer at a time, so no state can leak another's.
 * Source: the y-webrtc wire protocol (signaling/protocol.ts); SPEC MS21 to MS29.
 */
import { PONG_TEXT, parseServerFrame, type DeliveredFrame } from "../../signaling/protocol.ts";
import {
  INBOUND_FRAMES_BURST,
  INBOUND_FRAMES_PER_SECOND,
  OPEN_MS,
  PING_MS,
  PONG_MS,
  QUEUED_FRAMES_MAX,
  QUEUED_MS_MAX,
  RESUME_PONG_MS,
  SOCKET_SLEEP_MS,
  RETRY_MS_MAX,
  RETRY_MS_MIN,
  SOCKET_BUFFERED_BYTES_MAX,
} from "./limits.ts";

/** `WebSocket.OPEN`. */
const SOCKET_OPEN = 1;

/** What a WebSocket offers and a test can make. */
export type SocketLike = Pick<
  WebSocket,
  | "send"
  | "close"
  | "bufferedAmount"
  | "readyState"
  | "onopen"
  | "onmessage"
  | "onerror"
  | "onclose"
>;

/** Everything from outside. `after` calls back once after `ms` and gives the function that prevents it. */
export type SocketEnvironment = {
  /** May throw for a URL that the browser forbids. */
  readonly createSocket: (url: string) => SocketLike;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  readonly after: (ms: number, callback: () => void) => () => void;
  /** At least 0, below 1. */
  readonly random: () => number;
};

export type SocketState = "open" | "connecting" | "closed";

export type SocketHandlers = {
  readonly onState: (state: SocketState) => void;
  readonly onPublish: (frame: DeliveredFrame) => void;
  /** A frame was ignored or dropped; `reason` is a short name. */
  readonly onDropped: (reason: string) => void;
};

const PING_TEXT = JSON.stringify({ type: "ping" });

export class SignallingSocket {
  readonly #url: string;
  readonly #environment: SocketEnvironment;
  readonly #handlers: SocketHandlers;
  #socket: SocketLike | null = null;
  /** `closed` is the wait between two attempts, or the end. */
  #state: SocketState = "closed";
  #reported: SocketState | null = null;
  #isStopped = false;
  #failures = 0;
  #dialledAt = 0;
  #isAwaitingPong = false;
  #queue: { readonly at: number; readonly text: string }[] = [];
  #budget = INBOUND_FRAMES_BURST;
  #budgetAt: number;
  #cancelTimer: () => void = () => undefined;

  constructor(url: string, environment: SocketEnvironment, handlers: SocketHandlers) {
    this.#url = url;
    this.#environment = environment;
    this.#handlers = handlers;
    this.#budgetAt = environment.now();
  }

  /** Dials at once, whatever the wait was. Does nothing while a socket exists. */
  start(): void {
    if (this.#isStopped || this.#socket !== null) return;
    this.#dial();
  }

  /**
   * The page woke up: no waiting. An open socket must prove within RESUME_PONG_MS that it lives; after
   * a sleep in which any server has given it up it is dialled anew.
   */
  resume(sleptMs: number): void {
    if (this.#isStopped) return;
    this.#failures = 0;
    if (this.#state === "closed") return this.#dial();
    if (this.#state === "open" && sleptMs >= SOCKET_SLEEP_MS) return this.#redial();
    if (this.#state === "open") return this.#ping(RESUME_PONG_MS, () => this.#redial());
    const age = this.#environment.now() - this.#dialledAt;
    if (age > RESUME_PONG_MS) this.#redial();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelTimer();
    this.#queue = [];
    this.#dropSocket();
    this.#enter("closed");
  }

  /** Sends now if open; else the frame is lost. True if it was sent. */
  send(text: string): boolean {
    if (this.#socket === null || !this.#takes()) return false;
    if (this.#socket.bufferedAmount > SOCKET_BUFFERED_BYTES_MAX) {
      this.#handlers.onDropped("slow-server");
      return false;
    }
    this.#socket.send(text);
    return true;
  }

  /** Sends now if open; else keeps the frame for the next opening, dropping the oldest. */
  sendOrQueue(text: string): void {
    if (this.#takes()) {
      this.send(text);
      return;
    }
    if (this.#isStopped) return;
    this.#queue.push({ at: this.#environment.now(), text });
    if (this.#queue.length <= QUEUED_FRAMES_MAX) return;
    this.#queue.shift();
    this.#handlers.onDropped("queue-full");
  }

  /** Sends what waited and is still of use. The owner calls it after its subscriptions. */
  flushQueue(): void {
    const waiting = this.#queue;
    this.#queue = [];
    const oldest = this.#environment.now() - QUEUED_MS_MAX;
    for (const { at, text } of waiting) {
      if (at >= oldest) this.send(text);
      else this.#handlers.onDropped("queue-stale");
    }
  }

  /** A socket that is closing has not said so yet, and loses what it is given. */
  #takes(): boolean {
    return this.#state === "open" && this.#socket?.readyState === SOCKET_OPEN;
  }

  #dial(): void {
    this.#cancelTimer();
    this.#dialledAt = this.#environment.now();
    this.#isAwaitingPong = false;
    let socket: SocketLike;
    try {
      socket = this.#environment.createSocket(this.#url);
    } catch {
      this.#handlers.onDropped("forbidden-url");
      return this.#retryLater();
    }
    this.#socket = socket;
    socket.onopen = () => this.#onOpen();
    socket.onmessage = (event) => this.#onMessage(event.data);
    socket.onclose = () => this.#lose();
    socket.onerror = () => this.#lose();
    this.#schedule(OPEN_MS, () => this.#lose());
    this.#enter("connecting");
  }

  #onOpen(): void {
    this.#enter("open");
    // The first answer shows that it is a signalling server; only then is the wait reset.
    this.#ping(PONG_MS, () => this.#lose());
  }

  #onMessage(data: unknown): void {
    if (!this.#takeBudget()) return this.#handlers.onDropped("too-many-frames");
    if (typeof data !== "string") return this.#handlers.onDropped("not-text");
    const parsed = parseServerFrame(data);
    if (!parsed.ok) return this.#handlers.onDropped(parsed.reason);
    this.#failures = 0;
    if (this.#isAwaitingPong) {
      this.#isAwaitingPong = false;
      this.#schedule(PING_MS, () => this.#ping(PONG_MS, () => this.#lose()));
    }
    if (parsed.frame.type === "ping") this.send(PONG_TEXT);
    if (parsed.frame.type === "publish") this.#handlers.onPublish(parsed.frame);
  }

  #ping(answerMs: number, onSilence: () => void): void {
    this.#isAwaitingPong = true;
    this.#schedule(answerMs, onSilence);
    this.send(PING_TEXT);
  }

  /** The socket failed, died or never opened. */
  #lose(): void {
    if (this.#isStopped || this.#socket === null) return;
    this.#dropSocket();
    this.#retryLater();
  }

  #redial(): void {
    this.#dropSocket();
    this.#dial();
  }

  #retryLater(): void {
    this.#failures += 1;
    const longest = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** Math.min(this.#failures, 10));
    const wait = RETRY_MS_MIN + this.#environment.random() * (longest - RETRY_MS_MIN);
    this.#schedule(wait, () => this.#dial());
    this.#enter("closed");
  }

  #dropSocket(): void {
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null) return;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    socket.onerror = null;
    socket.close();
  }

  #takeBudget(): boolean {
    const now = this.#environment.now();
    const refill = ((now - this.#budgetAt) / 1_000) * INBOUND_FRAMES_PER_SECOND;
    this.#budget = Math.min(INBOUND_FRAMES_BURST, this.#budget + refill);
    this.#budgetAt = now;
    if (this.#budget < 1) return false;
    this.#budget -= 1;
    return true;
  }

  #schedule(ms: number, callback: () => void): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#environment.after(ms, callback);
  }

  #enter(state: SocketState): void {
    this.#state = state;
    if (this.#reported === state) return;
    this.#reported = state;
    this.#handlers.onState(state);
  }
}
