/**
 * A signalling server and meshes in one process, for the tests of the rendezvous: the server hands
 * every publish to all subscribers, the sender included, or does what a liar would; a mesh plays
 * simple-peer's part (offer, answer, then a link on both sides). Time is set by hand.
 */
import type { MeshCommand } from "../api.ts";
import type { ArrivedEvent } from "./channel-link.ts";
import type { FamilyId, SigningKey } from "../core/codec/ids.ts";
import { toHex } from "../core/codec/ids.ts";
import type { CryptoSuite, Signer } from "../crypto/suite.ts";
import type { Link } from "./link.ts";
import { createRendezvous, type Channel, type Rendezvous } from "./rendezvous.ts";

export const SERVER = "wss://server.example";

export interface Envelope {
  readonly topic: string;
  readonly data: string;
}

export interface Opened {
  readonly link: Link;
  readonly expectedKey: SigningKey;
}

export interface Node {
  readonly rendezvous: Rendezvous;
  readonly signer: Signer;
  readonly commands: MeshCommand[];
  /** Links handed up, in order. */
  readonly opened: Opened[];
  /** Hex keys of devices with a proved link. */
  readonly linked: Set<string>;
  /** Hex keys of devices whose link was to be looked at, in order. */
  readonly doubted: string[];
  give(event: ArrivedEvent): Promise<void>;
}

export interface Bus {
  readonly nodes: Node[];
  /** Everything ever published. */
  readonly published: Envelope[];
  /** Published and not yet delivered. */
  readonly pending: Envelope[];
  time: number;
  /** Whether links that open count as proved at once. */
  isProving: boolean;
  join(signer: Signer, session: Uint8Array): Node;
  /** Gives an envelope to everybody subscribed. */
  deliver(envelope: Envelope): Promise<void>;
  /** Delivers, in order, until nothing is pending. */
  settle(): Promise<void>;
}

export function createBus(crypto: CryptoSuite, family: FamilyId): Bus {
  const topicsOf = new Map<Node, readonly string[]>();
  /** Attempt id to the node that offers. */
  const offers = new Map<string, Node>();
  let counter = 0;

  const bus: Bus = {
    nodes: [],
    published: [],
    pending: [],
    time: 1_000_000,
    isProving: true,
    join: (signer, session) => {
      let isFirst = true;
      const commands: MeshCommand[] = [];
      const opened: Opened[] = [];
      const linked = new Set<string>();
      const doubted: string[] = [];
      let events: Promise<void> = Promise.resolve();
      const give = (event: ArrivedEvent): Promise<void> => {
        events = rendezvous.handle(event);
        return events;
      };
      const rendezvous = createRendezvous({ family, signer }, crypto, {
        command: (command) => {
          commands.push(command);
          carryOut(node, command);
        },
        randomBytes: (length) => {
          if (isFirst) {
            isFirst = false;
            return session;
          }
          counter += 1;
          return Uint8Array.from({ length }, (_, index) => (counter >> (8 * (index % 4))) & 255);
        },
        now: () => bus.time,
        isLinked: (key) => linked.has(toHex(key)),
        doubt: (key) => doubted.push(toHex(key)),
        onLink: (link, expectedKey) => {
          opened.push({ link, expectedKey });
          if (bus.isProving) linked.add(toHex(expectedKey));
        },
      });
      const node: Node = { rendezvous, signer, commands, opened, linked, doubted, give };
      bus.nodes.push(node);
      return node;
    },
    deliver: async ({ topic, data }) => {
      const listeners = bus.nodes.filter((node) => topicsOf.get(node)?.includes(topic) === true);
      await Promise.all(listeners.map((node) => node.give({ type: "published", topic, data })));
      await idle();
    },
    settle: async () => {
      await idle();
      for (let next = bus.pending.shift(); next !== undefined; next = bus.pending.shift()) {
        await bus.deliver(next);
      }
    },
  };

  /** Waits until no node has anything under way. */
  const idle = async (): Promise<void> => {
    for (let round = 0; round < 4; round += 1) {
      await Promise.all(
        bus.nodes.map((node) => node.give({ type: "signal", peer: "", signal: "" })),
      );
    }
  };

  const carryOut = (node: Node, command: MeshCommand): void => {
    if (command.type === "want") topicsOf.set(node, command.topics);
    else if (command.type === "publish") {
      const { topic, data } = command;
      bus.published.push({ topic, data });
      bus.pending.push({ topic, data });
    } else if (command.type === "connect" && command.isInitiator) {
      offers.set(command.peer, node);
      void node.give({ type: "signal", peer: command.peer, signal: "offer" });
    } else if (command.type === "signal") {
      const offerer = offers.get(command.peer);
      if (offerer === undefined) return;
      if (command.signal === "offer" && node !== offerer) {
        void node.give({ type: "signal", peer: command.peer, signal: "answer" });
        answerers.set(command.peer, node);
      } else if (command.signal === "answer" && node === offerer) {
        openLink(command.peer, offerer, answerers.get(command.peer));
      }
    }
  };
  const answerers = new Map<string, Node>();

  const openLink = (peer: string, initiator: Node, responder: Node | undefined): void => {
    if (responder === undefined) return;
    const { port1, port2 } = new MessageChannel();
    // Else an open port keeps the test's process from ending.
    for (const port of [port1, port2]) (port as unknown as { unref(): void }).unref();
    const [a, b] = ["a".repeat(64), "b".repeat(64)] as const;
    const link = { type: "link", peer } as const;
    void initiator.give({
      ...link,
      isInitiator: true,
      localFingerprint: a,
      remoteFingerprint: b,
      port: port1,
    });
    void responder.give({
      ...link,
      isInitiator: false,
      localFingerprint: b,
      remoteFingerprint: a,
      port: port2,
    });
  };
  return bus;
}

/** A channel of the family on fixed topics, with one key. */
export function channelOf(
  topics: readonly string[],
  admits: (key: SigningKey) => boolean = () => true,
  more: Partial<Channel> = {},
): Channel {
  return {
    purpose: { type: "family" },
    topics,
    keyFor: () => new Uint8Array(32).fill(5),
    admits,
    ...more,
  };
}

/** Attempts that the node was told to connect, with its role in each. */
export function connectsOf(node: Node): { peer: string; isInitiator: boolean }[] {
  return node.commands.flatMap((command) =>
    command.type === "connect" ? [{ peer: command.peer, isInitiator: command.isInitiator }] : [],
  );
}
