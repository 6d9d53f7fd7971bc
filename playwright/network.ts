/**
 * A network between pages of one machine that can fail. Each address that a page is told of is replaced
 * by one of ours, which carries packets to it and its answers back, as a router would, until it is cut.
 * The page's own code is as it is; only what its engine hears of the other end's addresses is changed.
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { BrowserContext } from "@playwright/test";

export class Network {
  readonly #paths = new Map<string, Path>();

  /** Everything that pages of this context open from now on goes this way. */
  async carry(context: BrowserContext): Promise<void> {
    await context.exposeFunction("pathTo", async (address: string, port: number) =>
      this.#pathTo(address, port),
    );
    await context.addInitScript(rewriteAddresses);
  }

  /** All paths that there are end for good; new ones can be made. */
  change(): void {
    for (const path of this.#paths.values()) path.close();
    this.#paths.clear();
  }

  /** The port that stands for this one. */
  async #pathTo(address: string, port: number): Promise<number> {
    const name = `${address} ${port}`;
    const path = this.#paths.get(name) ?? new Path(address, port);
    this.#paths.set(name, path);
    return path.port();
  }
}

/** To one port of this machine: one socket that is known as it, and one more for each who sends to it. */
class Path {
  readonly #address: string;
  readonly #target: number;
  readonly #front = createSocket("udp4").unref();
  readonly #listening: Promise<unknown>;
  readonly #senders = new Map<number, Socket>();
  #isClosed = false;

  constructor(address: string, target: number) {
    this.#address = address;
    this.#target = target;
    this.#listening = once(this.#front, "listening");
    this.#front.on("message", (packet, { port }) => {
      if (!this.#isClosed) this.#senderFor(port).send(packet, this.#target, this.#address);
    });
    this.#front.bind(0, address);
  }

  async port(): Promise<number> {
    await this.#listening;
    return this.#front.address().port;
  }

  /** Its sockets stay: what is sent to them is lost without a word, as on a real path. */
  close(): void {
    this.#isClosed = true;
  }

  #senderFor(port: number): Socket {
    const known = this.#senders.get(port);
    if (known !== undefined) return known;
    const socket = createSocket("udp4").unref();
    socket.on("message", (packet) => {
      if (!this.#isClosed) this.#front.send(packet, port, this.#address);
    });
    this.#senders.set(port, socket);
    return socket;
  }
}

/** Runs in the page before the app. */
function rewriteAddresses(): void {
  const { pathTo } = globalThis as unknown as {
    pathTo: (address: string, port: number) => Promise<number>;
  };
  const rewrite = async (text: string): Promise<string> => {
    const lines: string[] = [];
    for (const line of text.split("\r\n")) {
      // candidate:foundation component protocol priority address port typ …
      const [, head, address, port, tail] =
        /^((?:a=)?candidate:\S+ \d+ udp \d+) ([\d.]+) (\d+)( typ .*)$/i.exec(line) ?? [];
      if (head !== undefined && address !== undefined) {
        lines.push(`${head} ${address} ${await pathTo(address, Number(port))}${tail}`);
      }
      if (!/^(?:a=)?candidate:/.test(line)) lines.push(line);
    }
    return lines.join("\r\n");
  };
  globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    override async setRemoteDescription(given: RTCSessionDescriptionInit): Promise<void> {
      const sdp = await rewrite(given.sdp ?? "");
      await super.setRemoteDescription({ type: given.type, sdp });
    }
    override async addIceCandidate(given?: RTCIceCandidateInit | null): Promise<void> {
      const { candidate = "", sdpMid = null, sdpMLineIndex = null } = given ?? {};
      const rewritten = await rewrite(candidate);
      if (rewritten === "" && candidate !== "") return;
      await super.addIceCandidate({ candidate: rewritten, sdpMid, sdpMLineIndex });
    }
  };
}
