/**
 * All sockets of one server: lets them in, keeps them alive, lets them go.
 *
 * The order of admission is by cost: origin, token, total, address, and only then the upgrade.
 * What a socket may do afterwards is `socket-session.ts`. SPEC SG22, SG26 to SG29.
 */
import { STATUS_CODES, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import { Addresses, type AddressShare } from "./addresses.ts";
import { hasAccess, isOriginAllowed, readAddress, type AdmissionRules } from "./admission.ts";
import { FRAME_BYTES_MAX, type ServerLimits } from "./limits.ts";
import { createCounters, type Counters, type Gauges } from "./metrics.ts";
import { Rooms } from "./rooms.ts";
import { SocketSession, type SessionContext } from "./socket-session.ts";

export class SocketHub {
  readonly counters: Counters = createCounters();
  readonly #rules: AdmissionRules;
  readonly #context: SessionContext;
  readonly #addresses: Addresses;
  readonly #sessions = new Set<SocketSession>();
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: FRAME_BYTES_MAX,
    perMessageDeflate: false,
    clientTracking: false,
  });

  /** @param now a monotonic clock, in milliseconds */
  constructor(rules: AdmissionRules, limits: ServerLimits, now: () => number) {
    this.#rules = rules;
    this.#addresses = new Addresses(limits);
    this.#context = { limits, rooms: new Rooms(limits), counters: this.counters, now };
  }

  readGauges(): Gauges {
    const { rooms } = this.#context;
    return {
      sockets: this.#sessions.size,
      topics: rooms.topicCount,
      subscriptions: rooms.subscriptionCount,
      addresses: this.#addresses.count,
    };
  }

  /** Answers one upgrade request: with a socket, or with a bare status. Parameters as Node's. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const admitted = this.#admit(request);
    if (typeof admitted === "number") {
      this.counters.socketsRefused += 1;
      refuseConnection(socket, admitted);
      return;
    }
    let isUpgraded = false;
    // ws calls back before it returns, or answers the refusal itself and never calls back.
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      isUpgraded = true;
      this.#open(webSocket, admitted);
    });
    if (!isUpgraded) this.#addresses.release(admitted);
  }

  /** Call every `pingMs`: ends dead and idle sockets, forgets addresses that owe nothing. */
  checkLiveness(): void {
    for (const session of this.#sessions) session.checkLiveness();
    this.#addresses.sweep(this.#context.now());
  }

  /** Closes every socket; settles when all are gone, at the latest after `closeMs`. */
  async close(): Promise<void> {
    for (const session of this.#sessions) session.closeForShutdown();
    await Promise.all([...this.#sessions].map((session) => session.closed));
  }

  /** The address's share, or the HTTP status of the refusal. */
  #admit(request: IncomingMessage): AddressShare | number {
    if (!isOriginAllowed(this.#rules, request)) return 403;
    if (!hasAccess(this.#rules, request)) return 401;
    if (this.#sessions.size >= this.#context.limits.socketsTotal) return 503;
    const address = readAddress(this.#rules, request);
    return this.#addresses.admit(address, this.#context.now()) ?? 429;
  }

  #open(webSocket: WebSocket, share: AddressShare): void {
    this.counters.socketsOpened += 1;
    const forget = (session: SocketSession): void => {
      this.#sessions.delete(session);
      this.#addresses.release(share);
    };
    this.#sessions.add(new SocketSession(this.#context, webSocket, share, forget));
  }
}

/** Answers with a bare status line and hangs up. */
export function refuseConnection(socket: Duplex, status: number): void {
  socket.on("error", () => socket.destroy());
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const line = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`;
  socket.end(`${line}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`, () => socket.destroy());
}
