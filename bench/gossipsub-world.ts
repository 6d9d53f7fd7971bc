/**
 * `@libp2p/gossipsub` as it is, with its own parameters, on the links of a spread: the same devices
 * linked, the same delays and losses, the same messages at the same times. What it needs of libp2p
 * (registrar, streams, peer store) stands here in memory; a stream is opened without a negotiation.
 * Its heartbeats, signatures, subscriptions and repairs are its own. A lost frame is a lost RPC.
 */
import { generateKeyPairFromSeed } from "@libp2p/crypto/keys";
import { gossipsub } from "@libp2p/gossipsub";
import { peerIdFromPrivateKey } from "@libp2p/peer-id";
import { createScheduler } from "../sim/scheduler.ts";
import { createRandom, seedWords, type Random } from "../workers/core/random.ts";
import { installVirtualGlobals, type VirtualGlobals } from "./virtual-globals.ts";

type Components = Parameters<ReturnType<typeof gossipsub>>[0];
/** Its type leaves out what libp2p starts and stops it by. */
type GossipSub = ReturnType<ReturnType<typeof gossipsub>> & {
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

export interface GossipsubOptions {
  readonly seed: number;
  readonly size: number;
  /** Pairs of devices that are linked. */
  readonly links: readonly (readonly [number, number])[];
  /** One way, milliseconds: the mean of an exponential distribution above half of it. */
  readonly delayMs: number;
  readonly lossFraction: number;
  readonly messageBytes: number;
  /** Who publishes when, milliseconds. */
  readonly plan: readonly { readonly at: number; readonly by: number }[];
  readonly endMs: number;
}

export interface GossipsubFigures {
  readonly copies: number;
  /** Bytes of all RPCs for each message that arrived. */
  readonly bytesPerEntry: number;
  readonly latencies: readonly number[];
  readonly delivered: number;
  readonly expected: number;
}

interface Handlers {
  readonly onStream: (stream: LinkStream, connection: unknown) => void;
}

interface Topology {
  readonly onConnect?: (peer: unknown, connection: unknown) => void;
}

interface Station {
  readonly index: number;
  readonly peer: Components["peerId"];
  readonly node: GossipSub;
  readonly handlers: Map<string, Handlers["onStream"]>;
  readonly topologies: Topology[];
}

const TOPIC = "family";
/** Within which they start: their heartbeats are not at one time. */
const START_MS = 1_000;

/** One direction of a link: what is sent comes out as messages of the other end. */
class LinkStream extends EventTarget {
  readonly log = silentLog();
  readonly protocol: string;
  status = "open";
  writeStatus = "writable";
  private readonly onSend: (bytes: Uint8Array) => void;

  constructor(protocol: string, onSend: (bytes: Uint8Array) => void) {
    super();
    this.protocol = protocol;
    this.onSend = onSend;
  }

  /** One RPC with its length; `subarray` is of both kinds of bytes that libp2p has. */
  send(data: { readonly subarray: () => Uint8Array }): boolean {
    this.onSend(new Uint8Array(data.subarray()));
    return true;
  }

  push(data: Uint8Array): void {
    this.dispatchEvent(Object.assign(new Event("message"), { data }));
  }

  async close(): Promise<void> {
    this.status = "closed";
  }

  abort(): void {
    this.status = "aborted";
  }
}

/** The figures of one run; deterministic, as the spread's own are. Rejects where nobody could be told. */
export async function runGossipsub(options: GossipsubOptions): Promise<GossipsubFigures> {
  const words = seedWords(options.seed ^ 0x90551b);
  const random = createRandom(words);
  const scheduler = createScheduler(createRandom([words[0] ^ 1, words[1], words[2], words[3]]));
  const globals = installVirtualGlobals(scheduler, random);
  try {
    return await talk(options, random, scheduler, globals);
  } finally {
    globals.restore();
  }
}

async function talk(
  options: GossipsubOptions,
  random: Random,
  scheduler: ReturnType<typeof createScheduler>,
  globals: VirtualGlobals,
): Promise<GossipsubFigures> {
  const { size, delayMs, lossFraction } = options;
  const publishedAt = new Map<string, number>();
  const latencies: number[] = [];
  const arrivals = new Map<string, number>();
  const unsaid: unknown[] = [];
  let came = 0;
  let bytes = 0;

  /** In order over one link, as a channel is; a lost one is lost. */
  const carry = (place: string, data: Uint8Array, to: () => LinkStream): void => {
    bytes += data.length;
    if (random.fraction() < lossFraction) return;
    const takes = delayMs / 2 - (Math.log(1 - random.fraction()) * delayMs) / 2;
    const at = Math.max(scheduler.now() + takes, (arrivals.get(place) ?? 0) + 0.001);
    arrivals.set(place, at);
    scheduler.after(at - scheduler.now(), "rpc", () => to().push(data));
  };

  const stations: Station[] = [];
  for (let index = 0; index < size; index += 1) {
    const station = await makeStation(index, random);
    stations.push(station);
    countMessages(station.node, (count) => {
      came += count;
    });
    station.node.addEventListener("gossipsub:message", ({ detail }) => {
      const at = publishedAt.get(nameOf(detail.msg.data));
      if (at !== undefined) latencies.push(scheduler.now() - at);
    });
    scheduler.after(START_MS * random.fraction(), "start", async () => {
      await station.node.start();
      station.node.subscribe(TOPIC);
    });
  }
  await globals.run(START_MS);
  for (const [one, other] of options.links) {
    const [a, b] = [stations[one], stations[other]];
    if (a !== undefined && b !== undefined) connect(a, b, carry);
  }
  for (const [number, { at, by }] of options.plan.entries()) {
    const data = Uint8Array.from({ length: options.messageBytes }, () => random.below(256));
    new DataView(data.buffer).setUint32(0, number);
    scheduler.after(at - scheduler.now(), "say", async () => {
      publishedAt.set(nameOf(data), scheduler.now());
      try {
        await stations[by]?.node.publish(TOPIC, data);
      } catch (error) {
        unsaid.push(error);
      }
    });
  }
  await globals.run(options.endMs);
  if (unsaid.length > 0) throw new Error("a device could not publish", { cause: unsaid[0] });
  for (const { node } of stations) await node.stop();
  const expected = options.plan.length * (size - 1);
  return {
    copies: came / Math.max(1, expected),
    bytesPerEntry: bytes / Math.max(1, latencies.length),
    latencies,
    delivered: latencies.length,
    expected,
  };
}

async function makeStation(index: number, random: Random): Promise<Station> {
  const seed = Uint8Array.from({ length: 32 }, () => random.below(256));
  const privateKey = await generateKeyPairFromSeed("Ed25519", seed);
  const peer = peerIdFromPrivateKey(privateKey);
  const handlers = new Map<string, Handlers["onStream"]>();
  const topologies: Topology[] = [];
  const components = {
    privateKey,
    peerId: peer,
    peerStore: { merge: async () => undefined, consumePeerRecord: async () => true },
    registrar: {
      handle: async (protocol: string, onStream: Handlers["onStream"]) => {
        handlers.set(protocol, onStream);
      },
      unhandle: async () => undefined,
      register: async (_protocol: string, topology: Topology) => {
        topologies.push(topology);
        return String(topologies.length);
      },
      unregister: () => undefined,
    },
    connectionManager: {},
    logger: { forComponent: silentLog },
  } as unknown as Components;
  return { index, peer, node: gossipsub()(components) as GossipSub, handlers, topologies };
}

/** Both learn of each other at once; each opens its own stream to the other. */
function connect(
  a: Station,
  b: Station,
  carry: (place: string, data: Uint8Array, to: () => LinkStream) => void,
): void {
  const connectionOf = (mine: Station, theirs: Station, isDialler: boolean): unknown => ({
    remotePeer: theirs.peer,
    remoteAddr: { getComponents: () => [], toString: () => "" },
    direction: isDialler ? "outbound" : "inbound",
    status: "open",
    newStream: async (protocols: readonly string[]) => {
      const protocol = protocols.find((one) => theirs.handlers.has(one));
      if (protocol === undefined) throw new Error("no protocol in common");
      const inbound = new LinkStream(protocol, () => {
        throw new Error("nobody answers on it");
      });
      theirs.handlers.get(protocol)?.(inbound, connectionOf(theirs, mine, !isDialler));
      const place = `${mine.index}>${theirs.index}`;
      return new LinkStream(protocol, (data) => carry(place, data, () => inbound));
    },
  });
  for (const [mine, theirs, isDialler] of [
    [a, b, true],
    [b, a, false],
  ] as const) {
    const connection = connectionOf(mine, theirs, isDialler);
    for (const { onConnect } of mine.topologies) onConnect?.(theirs.peer, connection);
  }
}

/** Messages that come, again and again or not: before the library looks at them. */
function countMessages(node: GossipSub, onMessages: (count: number) => void): void {
  const inside = node as unknown as {
    handleReceivedRpc: (from: unknown, rpc: { readonly messages: readonly unknown[] }) => unknown;
  };
  const handle = inside.handleReceivedRpc.bind(node);
  inside.handleReceivedRpc = (from, rpc) => {
    onMessages(rpc.messages.length);
    return handle(from, rpc);
  };
}

/** The number that a message begins with. */
function nameOf(data: Uint8Array): string {
  return Buffer.from(data.subarray(0, 4)).toString("hex");
}

function silentLog(): object {
  const write = (): void => {};
  const log: object = Object.assign(write, { error: () => {}, trace: () => {}, enabled: false });
  return Object.assign(log, { newScope: () => log });
}
