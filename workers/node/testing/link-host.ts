/**
 * A worker for tests on real engines: the node's side of one mesh up to its links and sessions,
 * without family or storage. The page carries signals from one such worker to another. Entry of its
 * own, through comlink, as the node's worker is.
 */
import * as Comlink from "comlink";
import type { LinkCarrier, MeshCommand } from "../../api.ts";
import type { SigningKey } from "../../core/codec/ids.ts";
import { takeHold, type ArrivedEvent } from "../channel-link.ts";
import { createLinkArrivals } from "../link-arrivals.ts";
import type { Link } from "../link.ts";
import { SessionEnd } from "./session-end.ts";

/** What came over one link. */
interface Heard {
  readonly frames: { readonly length: number; readonly first: number }[];
  closed: string | null;
}

export class LinkHost {
  readonly #links = new Map<string, { readonly link: Link; readonly heard: Heard }>();
  readonly #roles = new Map<string, boolean>();
  readonly #events: string[] = [];
  readonly #watchers = new Set<() => void>();
  readonly #arrivals = createLinkArrivals((command) => this.command(command));
  session: SessionEnd | null = null;
  #mesh: MessagePort | null = null;
  #onSignal: (peer: string, signal: string) => void = () => undefined;

  attach(mesh: MessagePort, onSignal: (peer: string, signal: string) => void): void {
    this.#mesh = mesh;
    this.#onSignal = onSignal;
    mesh.onmessage = ({ data }) => this.#take(takeHold(data));
  }

  command(command: MeshCommand): void {
    if (command.type === "connect") this.#roles.set(command.peer, command.isInitiator);
    if (command.type === "pump") this.#note("asked to pump");
    this.#mesh?.postMessage(command);
  }

  /** How the link's bytes come here; waits for the link, and listens to it. */
  async listen(peer: string): Promise<LinkCarrier> {
    await this.#until(() => this.#links.has(peer));
    const { link, heard } = this.#linkOf(peer);
    link.receive({
      onFrame: (frame) => {
        heard.frames.push({ length: frame.length, first: frame[0] ?? -1 });
        this.#changed();
      },
      onDrain: () => undefined,
      onClose: (reason) => {
        heard.closed = reason;
        this.#changed();
      },
    });
    return link.carrier;
  }

  /** A session over the link instead: resolves when the handshake is done. */
  async openSession(peer: string, seed: number): Promise<LinkCarrier> {
    await this.#until(() => this.#links.has(peer));
    const { link } = this.#linkOf(peer);
    this.session = await SessionEnd.open(link, seed);
    return link.carrier;
  }

  writeBulk(count: number): ReturnType<SessionEnd["writeBulk"]> {
    return this.#sessionEnd().writeBulk(count);
  }

  writeVote(): void {
    this.#sessionEnd().writeVote();
  }

  hold(isHolding: boolean): void {
    this.#sessionEnd().hold(isHolding);
  }

  async heard(count: number): ReturnType<SessionEnd["heard"]> {
    return this.#sessionEnd().heard(count);
  }

  /** Does nothing else for so long, as a worker that computes; says so before it begins. */
  stall(ms: number, onBegin: () => void): void {
    onBegin();
    const until = performance.now() + ms;
    while (performance.now() < until);
  }

  #sessionEnd(): SessionEnd {
    if (this.session === null) throw new Error("no session");
    return this.session;
  }

  /** One frame of each length, filled with its number. */
  send(peer: string, lengths: readonly number[]): void {
    const { link } = this.#linkOf(peer);
    for (const [index, length] of lengths.entries()) link.send(new Uint8Array(length).fill(index));
  }

  close(peer: string): void {
    this.#linkOf(peer).link.close("closed by test");
  }

  /** What has come, once there are so many frames. */
  async frames(peer: string, count: number): Promise<Heard["frames"]> {
    await this.#until(() => (this.#links.get(peer)?.heard.frames.length ?? 0) >= count);
    return this.#linkOf(peer).heard.frames;
  }

  /** Why the link ended, once it has. */
  async closed(peer: string): Promise<string> {
    await this.#until(() => this.#links.get(peer)?.heard.closed !== null);
    return this.#linkOf(peer).heard.closed ?? "";
  }

  /** The mesh's word on a connection: once there are so many. */
  async events(count: number): Promise<readonly string[]> {
    await this.#until(() => this.#events.length >= count);
    return this.#events;
  }

  #take(event: ArrivedEvent): void {
    if (event.type === "signal") return this.#onSignal(event.peer, event.signal);
    if (event.type === "channel") {
      return this.#arrivals.hold(event.peer, event.channel, this.#attempt(event.peer));
    }
    if (event.type === "closed") {
      this.#arrivals.end(event.peer);
      return this.#note(`closed ${event.reason}`);
    }
    if (event.type !== "link") return;
    const link = this.#arrivals.open(event, this.#attempt(event.peer));
    if (link === null) return this.#note("bad link");
    this.#links.set(event.peer, { link, heard: { frames: [], closed: null } });
    this.#changed();
  }

  #attempt(peer: string) {
    const isInitiator = this.#roles.get(peer);
    if (isInitiator === undefined) return undefined;
    return {
      id: peer,
      purpose: { type: "family" } as const,
      topic: "",
      key: new Uint8Array(32),
      deviceKey: new Uint8Array(32) as SigningKey,
      session: new Uint8Array(16),
      sessionName: "",
      deviceName: "",
      isInitiator,
      startedAt: 0,
      hasHeard: true,
    };
  }

  #linkOf(peer: string): { readonly link: Link; readonly heard: Heard } {
    const found = this.#links.get(peer);
    if (found === undefined) throw new Error(`no link ${peer}`);
    return found;
  }

  #note(event: string): void {
    this.#events.push(event);
    this.#changed();
  }

  #changed(): void {
    for (const look of this.#watchers) look();
  }

  #until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!condition()) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }
}

Comlink.expose(new LinkHost());
