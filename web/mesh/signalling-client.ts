/**
 * All signalling servers at once: keeps one socket for each wanted server, subscribed to every
 * wanted topic, and publishes on all of them. The node seals, opens and verifies; this is a pipe.
 *
 * A frame can come from several servers and comes back to its sender: telling copies apart is the
 * node's work. Source: DESIGN §6 (signalling); signaling/protocol.ts; SPEC MS21 to MS29.
 */
import { FRAME_BYTES_MAX, TOPICS_PER_FRAME_MAX } from "../../signaling/limits.ts";
import type { DeliveredFrame } from "../../signaling/protocol.ts";
import { isBase64 } from "./command-check.ts";
import { SignallingSocket, type SocketEnvironment, type SocketState } from "./signalling-socket.ts";

export type SignallingHandlers = {
  readonly onState: (url: string, state: SocketState) => void;
  /** `data` is base64 of at most one frame; nothing else about it is known. */
  readonly onPublished: (topic: string, data: string) => void;
  readonly onDropped: (reason: string) => void;
};

export class SignallingClient {
  readonly #environment: SocketEnvironment;
  readonly #handlers: SignallingHandlers;
  readonly #sockets = new Map<string, SignallingSocket>();
  #topics: ReadonlySet<string> = new Set();

  constructor(environment: SocketEnvironment, handlers: SignallingHandlers) {
    this.#environment = environment;
    this.#handlers = handlers;
  }

  /** All servers and topics wanted from now on. */
  want(servers: readonly string[], topics: readonly string[]): void {
    const before = this.#topics;
    this.#topics = new Set(topics);
    const added = topics.filter((topic) => !before.has(topic));
    const removed = [...before].filter((topic) => !this.#topics.has(topic));
    const wanted = new Set(servers);
    for (const [url, socket] of this.#sockets) {
      if (wanted.has(url)) {
        // Room is made first: a server holds a bounded number of topics for a socket.
        sendTopics(socket, "unsubscribe", removed);
        sendTopics(socket, "subscribe", added);
      } else {
        this.#sockets.delete(url);
        socket.stop();
      }
    }
    for (const url of wanted) if (!this.#sockets.has(url)) this.#add(url);
  }

  /** Sends on every open server and keeps it a short while for those that are being dialled. */
  publish(topic: string, data: string): void {
    const text = JSON.stringify({ type: "publish", topic, data });
    if (new TextEncoder().encode(text).byteLength > FRAME_BYTES_MAX) {
      return this.#handlers.onDropped("publish-too-big");
    }
    for (const socket of this.#sockets.values()) socket.sendOrQueue(text);
  }

  /** The page woke up or came online: every server at once, without waiting. */
  resume(sleptMs = 0): void {
    for (const socket of this.#sockets.values()) socket.resume(sleptMs);
  }

  stop(): void {
    for (const [url, socket] of this.#sockets) {
      this.#sockets.delete(url);
      socket.stop();
    }
  }

  #add(url: string): void {
    const socket: SignallingSocket = new SignallingSocket(url, this.#environment, {
      onState: (state) => {
        if (state === "open") this.#greet(socket);
        this.#handlers.onState(url, state);
      },
      onPublish: (frame) => this.#take(frame),
      onDropped: this.#handlers.onDropped,
    });
    this.#sockets.set(url, socket);
    socket.start();
  }

  #greet(socket: SignallingSocket): void {
    sendTopics(socket, "subscribe", [...this.#topics]);
    socket.flushQueue();
  }

  #take({ topic, data }: DeliveredFrame): void {
    if (!this.#topics.has(topic)) return this.#handlers.onDropped("unwanted-topic");
    if (!isBase64(data)) return this.#handlers.onDropped("not-base64");
    this.#handlers.onPublished(topic, data);
  }
}

function sendTopics(
  socket: SignallingSocket,
  type: "subscribe" | "unsubscribe",
  topics: readonly string[],
): void {
  for (let from = 0; from < topics.length; from += TOPICS_PER_FRAME_MAX) {
    const some = topics.slice(from, from + TOPICS_PER_FRAME_MAX);
    socket.send(JSON.stringify({ type, topics: some }));
  }
}
