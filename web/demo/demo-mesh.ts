/**
 * The mesh of the demo: speaks MeshCommand and MeshEvent with each phone's node, as web/mesh does,
 * but meets inside this page. A publication goes to every phone that listens, a connection is two
 * MessageChannels with this page in between, so that a phone can be cut off. Fingerprints are made
 * up, alike on both sides; envelopes, rendezvous and handshake are the nodes' own and real.
 * Source: workers/api.ts; SPEC DM5 to DM7.
 */

import type { LinkPortMessage, MeshCommand, MeshEvent } from "../../workers/api.ts";

/** Bytes carried between two reports that nothing waits: half of what a writer lets wait (64 KiB). */
const REPORT_BYTES = 32 * 1024;

/** A phone's end of the mesh. */
interface End {
  readonly port: MessagePort;
  servers: readonly string[];
  topics: ReadonlySet<string>;
}

/** One attempt to connect, by the name that both nodes have for it. */
interface Pair {
  readonly initiator: string;
  acceptor: string | null;
  /** The page's two ends; none before the link is open. */
  ports: readonly MessagePort[];
}

export class DemoMesh {
  readonly #ends = new Map<string, End>();
  readonly #pairs = new Map<string, Pair>();
  readonly #offline = new Set<string>();

  /** Serves a phone's node over `port` until stop. */
  attach(phone: string, port: MessagePort): { stop(): void } {
    const end: End = { port, servers: [], topics: new Set() };
    this.#ends.set(phone, end);
    port.addEventListener("message", ({ data }: MessageEvent<MeshCommand>) => {
      this.#execute(phone, end, data);
    });
    port.start();
    return {
      stop: () => {
        if (this.#ends.get(phone) === end) this.#ends.delete(phone);
        this.#endPairsOf(phone, "stopped");
        port.close();
      },
    };
  }

  /** Whether a phone has a connection: without one its links end and nothing reaches it. */
  setOnline(phone: string, isOnline: boolean): void {
    if (this.isOnline(phone) === isOnline) return;
    if (isOnline) this.#offline.delete(phone);
    else this.#offline.add(phone);
    const end = this.#ends.get(phone);
    if (end !== undefined) this.#reportServers(phone, end, end.servers);
    if (!isOnline) this.#endPairsOf(phone, "disconnected");
  }

  isOnline(phone: string): boolean {
    return !this.#offline.has(phone);
  }

  #execute(phone: string, end: End, command: MeshCommand): void {
    switch (command.type) {
      case "want": {
        const added = command.servers.filter((url) => !end.servers.includes(url));
        end.servers = command.servers;
        end.topics = new Set(command.topics);
        return this.#reportServers(phone, end, added);
      }
      case "publish":
        return this.#publish(phone, command.topic, command.data);
      case "connect":
        return this.#connect(phone, command.peer, command.isInitiator);
      case "signal":
        // Both sides are in this page: what a signal would negotiate is known.
        return;
      case "disconnect":
        return this.#endPair(command.peer, "closed-by-node");
      case "pump":
        // Ports are all that there is.
        return;
    }
  }

  #reportServers(phone: string, end: End, servers: readonly string[]): void {
    const state = this.isOnline(phone) ? "open" : "closed";
    for (const url of servers) report(end, { type: "server", url, state });
  }

  #publish(from: string, topic: string, data: string): void {
    if (!this.isOnline(from)) return;
    for (const [phone, end] of this.#ends) {
      const isHeard = phone !== from && this.isOnline(phone) && end.topics.has(topic);
      if (isHeard) report(end, { type: "published", topic, data });
    }
  }

  #connect(phone: string, peer: string, isInitiator: boolean): void {
    const end = this.#ends.get(phone);
    if (end === undefined) return;
    if (!this.isOnline(phone)) return report(end, { type: "closed", peer, reason: "offline" });
    if (isInitiator) {
      this.#pairs.set(peer, { initiator: phone, acceptor: null, ports: [] });
      // The first signal is how the other node hears of the attempt.
      return report(end, { type: "signal", peer, signal: '{"type":"offer"}' });
    }
    const pair = this.#pairs.get(peer);
    if (pair === undefined || pair.acceptor !== null) {
      return report(end, { type: "closed", peer, reason: "unknown-peer" });
    }
    pair.acceptor = phone;
    this.#open(peer, pair, phone);
  }

  #open(peer: string, pair: Pair, acceptor: string): void {
    const sides = [
      { phone: pair.initiator, isInitiator: true, channel: new MessageChannel() },
      { phone: acceptor, isInitiator: false, channel: new MessageChannel() },
    ] as const;
    const prints = [makeFingerprint(), makeFingerprint()] as const;
    const ports = sides.map(({ channel }) => channel.port1);
    pair.ports = ports;
    const close = () => this.#endPair(peer, "closed-by-node");
    carry(sides[0].channel.port1, sides[1].channel.port1, close);
    carry(sides[1].channel.port1, sides[0].channel.port1, close);
    for (const { phone, isInitiator, channel } of sides) {
      const end = this.#ends.get(phone);
      if (end === undefined) continue;
      const [first, second] = prints;
      const link: MeshEvent = {
        type: "link",
        peer,
        isInitiator,
        localFingerprint: isInitiator ? first : second,
        remoteFingerprint: isInitiator ? second : first,
        port: channel.port2,
      };
      end.port.postMessage(link, [channel.port2]);
    }
  }

  #endPairsOf(phone: string, reason: string): void {
    for (const [peer, { initiator, acceptor }] of this.#pairs) {
      if (initiator === phone || acceptor === phone) this.#endPair(peer, reason);
    }
  }

  #endPair(peer: string, reason: string): void {
    const pair = this.#pairs.get(peer);
    if (pair === undefined) return;
    this.#pairs.delete(peer);
    for (const port of pair.ports) {
      port.postMessage({ type: "close" } satisfies LinkPortMessage);
      port.close();
    }
    for (const phone of [pair.initiator, pair.acceptor]) {
      const end = phone === null ? undefined : this.#ends.get(phone);
      if (end !== undefined) report(end, { type: "closed", peer, reason });
    }
  }
}

function report(end: End, event: MeshEvent): void {
  end.port.postMessage(event);
}

/** Carries frames one way, unchanged and by transfer. */
function carry(from: MessagePort, to: MessagePort, onClose: () => void): void {
  let bytes = 0;
  from.addEventListener("message", ({ data }: MessageEvent<LinkPortMessage>) => {
    if (!(data instanceof ArrayBuffer)) return onClose();
    bytes += data.byteLength;
    to.postMessage(data, [data]);
    if (bytes < REPORT_BYTES) return;
    bytes = 0;
    from.postMessage({ type: "buffered", bytes: 0 } satisfies LinkPortMessage);
  });
  from.start();
}

/** 32 bytes in lower-case hex, as a certificate's fingerprint would be. */
function makeFingerprint(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
