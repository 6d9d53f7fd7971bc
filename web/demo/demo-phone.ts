/**
 * One phone of the demo: a whole node in its own worker on its own database, behind the same client
 * and model as the app's. The page can cut its connection or put it to sleep, which also ends its
 * links; what it was given to send waits on it. Reports what its person tries to send. SPEC DM5, DM8.
 */

import type { Result } from "../../workers/api.ts";
import { AppModel } from "../controllers/app-model.ts";
import { NodeClient, type NodeCalls } from "../node-client.ts";
import { nodeWorkerUrl } from "../trusted-types.ts";
import type { Person } from "./cast.ts";
import { DemoHistory } from "./demo-history.ts";
import type { DemoMesh } from "./demo-mesh.ts";

declare const __BUILD__: string;

/** Never connected to: names under `.invalid` lead nowhere, and the demo's mesh opens no socket. */
const MEETING_PLACE = "wss://demo.invalid";

export type Sending = {
  readonly phone: DemoPhone;
  /** The other member's id. */
  readonly conversation: string;
  readonly text: string;
  readonly answer: Result<unknown>;
};

export interface PhoneOptions {
  readonly person: Person;
  readonly database: string;
  readonly mesh: DemoMesh;
  readonly onSending: (sending: Sending) => void;
}

export class DemoPhone extends EventTarget {
  readonly person: Person;
  readonly database: string;
  readonly app: AppModel;
  readonly #mesh: DemoMesh;
  readonly #client: NodeClient;
  readonly #onSending: (sending: Sending) => void;
  #isCut = false;
  #isAsleep = false;
  #isStopped = false;

  constructor({ person, database, mesh, onSending }: PhoneOptions) {
    super();
    this.person = person;
    this.database = database;
    this.#mesh = mesh;
    this.#onSending = onSending;
    this.#client = new NodeClient({
      startWorker: () =>
        new Worker(nodeWorkerUrl(), { type: "module", name: `demo-${person.phone}` }),
      start: {
        database,
        servers: [MEETING_PLACE],
        appUrl: location.origin + location.pathname,
        build: __BUILD__,
      },
      startMesh: (port) => mesh.attach(person.phone, port),
      onEvent: (event) => {
        if (!this.#isStopped) this.app.hear(event);
      },
    });
    const history = new DemoHistory((state) => this.app.follow(state));
    this.app = new AppModel({ start: () => this.#client.start(), call: this.#call }, history);
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  get isAsleep(): boolean {
    return this.#isAsleep;
  }

  /** Cuts the phone off from all the others, or lets it reach them again. */
  setCut(isCut: boolean): void {
    this.#isCut = isCut;
    this.#connect();
  }

  /** A phone asleep has no connection, and nobody writes on it. */
  setAsleep(isAsleep: boolean): void {
    this.#isAsleep = isAsleep;
    this.#connect();
  }

  /** Ends the worker; the database stays until it is deleted. */
  stop(): void {
    this.#isStopped = true;
    this.#client.stop();
  }

  #connect(): void {
    this.#mesh.setOnline(this.person.phone, !this.#isCut && !this.#isAsleep);
    this.dispatchEvent(new Event("change"));
  }

  readonly #call = <Name extends keyof NodeCalls>(
    name: Name,
    ...args: Parameters<NodeCalls[Name]>
  ): ReturnType<NodeCalls[Name]> => {
    const answer = this.#client.call(name, ...args);
    if (name === "sendMessage") void this.#report(args, answer);
    return answer;
  };

  async #report(args: readonly unknown[], answer: Promise<Result<unknown>>): Promise<void> {
    const [conversation, text] = args;
    if (typeof conversation !== "string" || typeof text !== "string") return;
    this.#onSending({ phone: this, conversation, text, answer: await answer });
  }
}
