/**
 * The page's hold on the node: starts the worker, speaks comlink with it and notices when it dies.
 * comlink alone would wait for ever, so every call races with the worker's death, and a thrown
 * error of the other side becomes a Result too. Knows no screens and no words. Source: DESIGN §2,
 * STYLE "four kinds of failure"; SPEC UI10 to UI13. The only comlink import on the page.
 */

import * as Comlink from "comlink";
import type { NodeApi, NodeEvent, NodeSnapshot, Result, StartOptions } from "../workers/api.ts";
import { ALIVE, BEAT_INTERVAL_MS, countBeat, isDead, type Liveness } from "./liveness.ts";
import { watchPageLife } from "./page-life.ts";

/** The node's calls that answer with a Result: what screens may ask for. */
export type NodeCalls = Omit<NodeApi, "start" | "subscribe" | "attachMesh" | "setAway">;

export interface NodeClientOptions {
  readonly startWorker: () => Worker;
  readonly start: StartOptions;
  /** Connects the mesh to the page's end; called at each start of a worker. */
  readonly startMesh: (port: MessagePort) => { stop(): void };
  readonly onEvent: (event: NodeEvent) => void;
}

/** `isAlive` is never set: reading it only proves that the worker answers. */
type Remote = Comlink.Remote<NodeApi & { readonly isAlive: true }>;

type Death = Extract<Result<never>, { ok: false }>;

interface Session {
  readonly worker: Worker;
  readonly remote: Remote;
  readonly mesh: { stop(): void };
  /** Resolves, once, when the worker is given up; never rejects. */
  readonly death: Promise<Death>;
  readonly die: (detail: string) => void;
}

export class NodeClient {
  readonly #options: NodeClientOptions;
  #session: Session | null = null;

  constructor(options: NodeClientOptions) {
    this.#options = options;
  }

  /** Starts a fresh worker, giving up the one before it. Resolves with its first snapshot. */
  async start(): Promise<Result<NodeSnapshot>> {
    this.#session?.die("started again");
    const session = this.#open();
    this.#session = session;
    return this.#race(session, async () => {
      const onEvent = (event: NodeEvent) => this.#hear(session, event);
      // Both leave now: whatever the person does next reaches the worker after its start.
      const subscribed = session.remote.subscribe(Comlink.proxy(onEvent));
      const started = session.remote.start(this.#options.start);
      const [answer] = await Promise.all([started, subscribed]);
      return answer;
    });
  }

  /** Ends the worker for good; calls under way fail with `worker-died`. */
  stop(): void {
    this.#session?.die("stopped");
  }

  /** One call. `worker-died` when there is no living worker before the answer. */
  call<Name extends keyof NodeCalls>(
    name: Name,
    ...args: Parameters<NodeCalls[Name]>
  ): ReturnType<NodeCalls[Name]> {
    const session = this.#session;
    const answer =
      session === null
        ? Promise.resolve(death("not started"))
        : this.#race(session, () => {
            const remote = session.remote as unknown as Record<
              Name,
              (...args: Parameters<NodeCalls[Name]>) => Promise<Result<unknown>>
            >;
            return remote[name](...args);
          });
    return answer as ReturnType<NodeCalls[Name]>;
  }

  #open(): Session {
    const worker = this.#options.startWorker();
    const { promise, resolve } = Promise.withResolvers<Death>();
    const remote = Comlink.wrap<NodeApi>(worker) as Remote;
    const channel = new MessageChannel();
    const mesh = this.#options.startMesh(channel.port1);
    const session: Session = {
      worker,
      remote,
      mesh,
      death: promise,
      die: (detail) => resolve(death(detail)),
    };
    worker.addEventListener("error", (event) => {
      session.die(event.message === "" ? "worker cannot be loaded" : event.message);
    });
    worker.addEventListener("messageerror", () => session.die("unreadable message"));
    const timer = this.#watch(session);
    const stopWatching = watchPageLife((isAway) => {
      // A worker that does not take it is dead or dying, which is found out elsewhere.
      session.remote.setAway(isAway).catch(() => undefined);
    });
    void promise.then(stopWatching);
    void promise.then(({ detail }) => this.#close(session, timer, detail));
    void this.#attach(session, channel.port2);
    return session;
  }

  /** A node without a mesh is of no use, so failing here ends the session. */
  async #attach(session: Session, port: MessagePort): Promise<void> {
    const answer = await this.#race(session, async () => {
      await session.remote.attachMesh(Comlink.transfer(port, [port]));
      return { ok: true, value: null };
    });
    if (!answer.ok) session.die(answer.detail);
  }

  #watch(session: Session): ReturnType<typeof setInterval> {
    let liveness: Liveness = ALIVE;
    let hasAnswered = true;
    let lastBeat = Date.now();
    return setInterval(() => {
      const now = Date.now();
      liveness = countBeat(liveness, hasAnswered, now - lastBeat);
      lastBeat = now;
      if (isDead(liveness)) return session.die("no answer to heartbeats");
      if (!hasAnswered && liveness.missed > 0) return;
      hasAnswered = false;
      // A failed answer is an answer: whoever refuses is alive.
      const onAnswer = () => {
        hasAnswered = true;
      };
      session.remote.isAlive.then(onAnswer, onAnswer);
    }, BEAT_INTERVAL_MS);
  }

  #hear(session: Session, event: NodeEvent): void {
    if (session !== this.#session) return;
    if (event.type === "stopped") session.die(event.detail);
    else this.#options.onEvent(event);
  }

  #close(session: Session, timer: ReturnType<typeof setInterval>, detail: string): void {
    clearInterval(timer);
    session.mesh.stop();
    session.worker.terminate();
    if (session === this.#session) {
      this.#session = null;
      this.#options.onEvent({ type: "stopped", detail });
    }
  }

  async #race<T>(session: Session, ask: () => Promise<Result<T>>): Promise<Result<T>> {
    try {
      return await Promise.race([ask(), session.death]);
    } catch (error) {
      return { ok: false, code: "internal", detail: String(error) };
    }
  }
}

function death(detail: string): Death {
  return { ok: false, code: "worker-died", detail };
}
