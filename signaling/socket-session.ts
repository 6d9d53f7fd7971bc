/**
 * One client's socket: reads its frames, keeps it within its limits, delivers to it.
 *
 * A frame is paid for before it is done (frames, bytes, and the bytes it makes us send); in debt,
 * the socket is not read until the debt is paid. Nothing a client sends can throw out of here.
 * Who may connect is decided elsewhere (`socket-hub.ts`). Source: DESIGN §10; SPEC SG20 to SG29.
 */
import { WebSocket, type RawData } from "ws";
import type { AddressShare } from "./addresses.ts";
import type { ServerLimits } from "./limits.ts";
import type { Counters } from "./metrics.ts";
import { parseClientFrame, PONG_TEXT, type ClientFrame } from "./protocol.ts";
import type { Rooms } from "./rooms.ts";
import { TokenBucket } from "./token-bucket.ts";

/** What all sessions of a server share. `now` is monotonic, in milliseconds. */
export type SessionContext = {
  readonly limits: ServerLimits;
  readonly rooms: Rooms<SocketSession>;
  readonly counters: Counters;
  readonly now: () => number;
};

/** RFC 6455: the client broke a rule of ours. */
const CLOSE_POLICY = 1008;
/** RFC 6455: the server goes away. */
const CLOSE_GOING_AWAY = 1001;
/** RFC 6455: nothing wrong, nothing to do. */
const CLOSE_NORMAL = 1000;

export class SocketSession {
  /** Settles when the connection is gone and everything of it is freed. */
  readonly closed: Promise<void>;
  readonly #context: SessionContext;
  readonly #socket: WebSocket;
  readonly #share: AddressShare;
  readonly #frames: TokenBucket;
  readonly #bytes: TokenBucket;
  readonly #firstFrameTimer: NodeJS.Timeout;
  #resumeTimer: NodeJS.Timeout | undefined;
  #closeTimer: NodeJS.Timeout | undefined;
  #badFrames = 0;
  #isAlive = true;
  #lastFrameMs: number;

  /** Takes over an open socket. `onClosed` is called once, when everything here is freed. */
  constructor(
    context: SessionContext,
    socket: WebSocket,
    share: AddressShare,
    onClosed: (session: SocketSession) => void,
  ) {
    const { limits } = context;
    const nowMs = context.now();
    this.#context = context;
    this.#socket = socket;
    this.#share = share;
    this.#frames = new TokenBucket(limits.socketFramesPerSecond, limits.socketFramesBurst, nowMs);
    this.#bytes = new TokenBucket(limits.socketBytesPerSecond, limits.socketBytesBurst, nowMs);
    this.#lastFrameMs = nowMs;
    this.#firstFrameTimer = setTimeout(() => this.#closeSilent(CLOSE_POLICY), limits.firstFrameMs);
    this.closed = new Promise((resolve) => {
      socket.on("close", () => {
        this.#free();
        onClosed(this);
        resolve();
      });
    });
    // ws itself closes with the fitting code (1002, 1007, 1009) before it reports an error here.
    socket.on("error", () => this.#countBad());
    socket.on("message", (data, isBinary) => this.#receive(data, isBinary));
    socket.on("ping", () => this.#charge(1, 0));
    socket.on("pong", () => {
      this.#isAlive = true;
      this.#charge(1, 0);
    });
  }

  /** Sends one text, or cuts the connection if its reader is too far behind. */
  deliver(bytes: Buffer): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    if (this.#socket.bufferedAmount + bytes.length > this.#context.limits.bufferedBytes) {
      this.#context.counters.closedForSlowReading += 1;
      this.#context.rooms.leave(this);
      this.#socket.terminate();
      return;
    }
    this.#socket.send(bytes, { binary: false });
  }

  /** Called every `pingMs`: ends what is dead or idle, pings the rest. */
  checkLiveness(): void {
    const { limits, rooms, now } = this.#context;
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    if (!this.#isAlive && !this.#socket.isPaused) {
      this.#context.counters.closedForSilence += 1;
      rooms.leave(this);
      this.#socket.terminate();
      return;
    }
    if (rooms.topicCountOf(this) === 0 && now() - this.#lastFrameMs > limits.idleMs) {
      this.#closeSilent(CLOSE_NORMAL);
      return;
    }
    this.#isAlive = false;
    this.#socket.ping();
  }

  /** Says goodbye because the server stops. */
  closeForShutdown(): void {
    this.#close(CLOSE_GOING_AWAY, "");
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    const bytes = data as Buffer; // ws: "nodebuffer", the default binaryType, gives one Buffer
    this.#context.counters.framesReceived += 1;
    this.#isAlive = true;
    this.#lastFrameMs = this.#context.now();
    if (!this.#charge(1, bytes.length)) return;
    const text = isBinary ? "" : bytes.toString("utf8");
    const parsed = parseClientFrame(text);
    if (parsed.ok) {
      clearTimeout(this.#firstFrameTimer);
      this.#obey(parsed.frame, text);
    } else if (parsed.reason === "unknown-type") {
      this.#context.counters.framesUnknown += 1;
    } else {
      this.#countBad();
    }
  }

  #obey(frame: ClientFrame, text: string): void {
    const { rooms, counters } = this.#context;
    switch (frame.type) {
      case "subscribe": {
        const { overTopics, overSockets } = rooms.subscribe(this, frame.topics);
        counters.subscriptionsRefused += overTopics + overSockets;
        if (overTopics > 0) this.#countBad();
        return;
      }
      case "unsubscribe":
        rooms.unsubscribe(this, frame.topics);
        return;
      case "publish":
        this.#publish(frame.topic, text);
        return;
      case "ping":
        this.deliver(Buffer.from(PONG_TEXT));
        return;
      case "pong":
        return;
    }
  }

  #publish(topic: string, text: string): void {
    const { rooms, counters } = this.#context;
    const delivery = rooms.publish(topic, text);
    if (delivery === undefined) return;
    const bytes = Buffer.from(delivery.text);
    const egress = bytes.length * delivery.receivers.size;
    const waitMs = this.#share.egress.charge(egress, this.#context.now());
    if (!this.#slowDown(this.#share.egress, waitMs)) return;
    counters.framesDelivered += delivery.receivers.size;
    counters.bytesDelivered += egress;
    for (const receiver of delivery.receivers) receiver.deliver(bytes);
  }

  /** Pays for one incoming frame. False when the socket was closed for it. */
  #charge(frames: number, bytes: number): boolean {
    const nowMs = this.#context.now();
    const framesWaitMs = this.#frames.charge(frames, nowMs);
    const bytesWaitMs = this.#bytes.charge(bytes, nowMs);
    return this.#slowDown(this.#frames, framesWaitMs) && this.#slowDown(this.#bytes, bytesWaitMs);
  }

  /** Stops reading for `waitMs`, or closes where the debt shows that nobody slows down. */
  #slowDown(bucket: TokenBucket, waitMs: number): boolean {
    if (waitMs === 0 || this.#socket.readyState !== WebSocket.OPEN) return true;
    if (bucket.isFlooded()) {
      this.#context.counters.closedForFlood += 1;
      this.#close(CLOSE_POLICY, "too fast");
      return false;
    }
    if (!this.#socket.isPaused) this.#context.counters.readsPaused += 1;
    this.#socket.pause();
    clearTimeout(this.#resumeTimer);
    this.#resumeTimer = setTimeout(() => this.#socket.resume(), waitMs);
    return true;
  }

  #countBad(): void {
    this.#context.counters.framesBad += 1;
    this.#badFrames += 1;
    if (this.#badFrames !== this.#context.limits.badFrames) return;
    this.#context.counters.closedForBadFrames += 1;
    this.#close(CLOSE_POLICY, "bad frames");
  }

  #closeSilent(code: number): void {
    this.#context.counters.closedForSilence += 1;
    this.#close(code, "silent");
  }

  /** Frees the rooms at once; the connection ends within `closeMs` whatever the other side does. */
  #close(code: number, reason: string): void {
    this.#context.rooms.leave(this);
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    clearTimeout(this.#resumeTimer);
    this.#socket.resume();
    this.#socket.close(code, reason);
    this.#closeTimer = setTimeout(() => this.#socket.terminate(), this.#context.limits.closeMs);
  }

  #free(): void {
    clearTimeout(this.#firstFrameTimer);
    clearTimeout(this.#resumeTimer);
    clearTimeout(this.#closeTimer);
    this.#context.rooms.leave(this);
  }
}
