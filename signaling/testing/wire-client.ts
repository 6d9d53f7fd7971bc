/**
 * A client of the tests: a real socket, whose frames and end can be awaited one by one.
 * It checks nothing; what arrives is kept as parsed JSON in order of arrival.
 */
import { once } from "node:events";
import { request } from "node:http";
import { WebSocket, type ClientOptions } from "ws";

type Waiter = { resolve: (frame: unknown) => void; reject: (error: Error) => void };

export class WireClient {
  /** Settles with the close code. */
  readonly closed: Promise<number>;
  readonly socket: WebSocket;
  readonly #arrived: unknown[] = [];
  readonly #waiting: Waiter[] = [];

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data) => {
      const frame: unknown = JSON.parse((data as Buffer).toString("utf8"));
      const waiter = this.#waiting.shift();
      if (waiter === undefined) this.#arrived.push(frame);
      else waiter.resolve(frame);
    });
    this.closed = new Promise((resolve) => {
      socket.on("close", (code) => {
        resolve(code);
        for (const waiter of this.#waiting) waiter.reject(new Error(`closed with ${code}`));
      });
    });
    // A reset connection shows as an error before its close; the close code is what tests look at.
    socket.on("error", () => socket.terminate());
  }

  /** Opens a socket. `target` is a port of this machine or a whole URL. Rejects when refused. */
  static async open(target: number | string, options: ClientOptions = {}): Promise<WireClient> {
    const url = typeof target === "number" ? `ws://127.0.0.1:${target}/` : target;
    const socket = new WebSocket(url, options);
    const opened = once(socket, "open");
    const client = new WireClient(socket);
    await opened;
    return client;
  }

  /** Sends one frame: text as it is, anything else as JSON. */
  send(frame: unknown): void {
    this.socket.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  }

  /** The next frame that no earlier call took. Rejects when the socket closes first. */
  next(): Promise<unknown> {
    if (this.#arrived.length > 0) return Promise.resolve(this.#arrived.shift());
    if (this.socket.readyState === WebSocket.CLOSED) return Promise.reject(new Error("closed"));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  /** Settles when the server has done everything sent before: frames of a socket keep their order. */
  async settle(): Promise<void> {
    this.send({ type: "ping" });
    const frame = await this.next();
    if (JSON.stringify(frame) !== '{"type":"pong"}') {
      throw new Error(`expected a pong, got ${JSON.stringify(frame).slice(0, 80)}`);
    }
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }
}

/** The HTTP status with which the server refuses an upgrade. Rejects when it does not refuse. */
export function readRefusal(target: number | string, options: ClientOptions = {}): Promise<number> {
  const url = new URL(typeof target === "number" ? `ws://127.0.0.1:${target}/` : target);
  const { origin, headers } = options;
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host: url.hostname,
      port: url.port,
      path: `${url.pathname}${url.search}`,
      headers: {
        upgrade: "websocket",
        connection: "upgrade",
        "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "sec-websocket-version": "13",
        ...(origin === undefined ? {} : { origin }),
        ...headers,
      },
    });
    outgoing.on("error", reject);
    outgoing.on("upgrade", (_response, socket) => {
      socket.destroy();
      reject(new Error("the upgrade was not refused"));
    });
    outgoing.on("response", (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    outgoing.end();
  });
}
