/**
 * What links must do whatever carries them, for every engine: two meshes on this page, each with a
 * worker of its own that holds the node's side. Knows no test runner: a scenario throws.
 */
import * as Comlink from "comlink";
import { LINK_FRAME_BYTES_MAX } from "../../workers/api.ts";
import type { LinkHost } from "../../workers/node/testing/link-host.ts";
import { type Mesh, startMesh } from "./mesh.ts";

export type Kind = "transferred" | "pumped";

/** The kinds of the two ends, in every combination. */
export const PAIRS: readonly (readonly [Kind, Kind])[] = [
  ["transferred", "transferred"],
  ["pumped", "pumped"],
  ["transferred", "pumped"],
  ["pumped", "transferred"],
];

export interface Scenario {
  /** Begins with the rules that it shows. */
  readonly title: string;
  readonly run: (kinds: readonly [Kind, Kind]) => Promise<void>;
}

export const SCENARIOS: readonly Scenario[] = [
  { title: "[MS13] [MS38] carries frames of 0 to 16,384 bytes whole and in order", run: carry },
  {
    title: "[MS19] [MS38] sends what was handed over before it closes, and both ends hear",
    run: close,
  },
  { title: "[MS39] a worker that dies takes its link with it, and the other side hears", run: die },
];

interface End {
  readonly worker: Worker;
  readonly mesh: Mesh;
  readonly host: Comlink.Remote<LinkHost>;
}

const PEER = "0a";

async function withPair(
  kinds: readonly [Kind, Kind],
  run: (a: End, b: End) => Promise<void>,
): Promise<void> {
  const ends = kinds.map((kind) => open(kind));
  const [a, b] = ends;
  if (a === undefined || b === undefined) throw new Error("two ends");
  try {
    await wire(a, b);
    await wire(b, a);
    await a.host.command({ type: "connect", peer: PEER, isInitiator: true });
    await b.host.command({ type: "connect", peer: PEER, isInitiator: false });
    same([await a.host.carrier(PEER), await b.host.carrier(PEER)], kinds, "carriers");
    await run(a, b);
  } finally {
    for (const { mesh, worker } of ends) {
      mesh.stop();
      worker.terminate();
    }
  }
}

const channels = new WeakMap<Worker, MessagePort>();

function open(kind: Kind): End {
  const url = new URL("../../workers/node/testing/link-host.ts", import.meta.url);
  const worker = new Worker(url, { type: "module" });
  const { port1, port2 } = new MessageChannel();
  channels.set(worker, port2);
  const mesh = startMesh(port1, { iceServers: [], isPumping: kind === "pumped" });
  return { worker, mesh, host: Comlink.wrap<LinkHost>(worker) };
}

/** Gives the worker its mesh, and carries its signals to the other side. */
async function wire(from: End, to: End): Promise<void> {
  const port = channels.get(from.worker);
  if (port === undefined) throw new Error("a mesh has a port");
  const onSignal = (peer: string, signal: string): void => {
    void to.host.command({ type: "signal", peer, signal });
  };
  await from.host.attach(Comlink.transfer(port, [port]), Comlink.proxy(onSignal));
}

async function carry(kinds: readonly [Kind, Kind]): Promise<void> {
  const lengths = [1, LINK_FRAME_BYTES_MAX, 0, 300, LINK_FRAME_BYTES_MAX];
  const expected = lengths.map((length, index) => ({ length, first: length === 0 ? -1 : index }));
  await withPair(kinds, async (a, b) => {
    await Promise.all([a.host.send(PEER, lengths), b.host.send(PEER, lengths)]);
    same(await b.host.frames(PEER, lengths.length), expected, "frames of A");
    same(await a.host.frames(PEER, lengths.length), expected, "frames of B");
  });
}

async function close(kinds: readonly [Kind, Kind]): Promise<void> {
  await withPair(kinds, async (a, b) => {
    // As much as a writer puts below it.
    await a.host.send(
      PEER,
      Array.from({ length: 4 }, () => LINK_FRAME_BYTES_MAX),
    );
    await a.host.close(PEER);
    same(await b.host.closed(PEER), "closed", "B's end");
    same((await b.host.frames(PEER, 4)).length, 4, "frames before the end");
    same(await a.host.closed(PEER), "closed by test", "A's end");
    same(await a.host.events(1), ["closed closed-by-node"], "A's mesh");
    // B's node may ask for the end before its page has heard of it, or after.
    const [word, ...more] = await b.host.events(1);
    if (word !== "closed closed-by-remote" && word !== "closed closed-by-node") {
      throw new Error(`B's mesh said ${word}`);
    }
    same(more, [], "B's mesh said it once");
  });
}

async function die(kinds: readonly [Kind, Kind]): Promise<void> {
  await withPair(kinds, async (a, b) => {
    a.worker.terminate();
    // As the page does when it finds its worker dead.
    a.mesh.stop();
    same(await b.host.closed(PEER), "closed", "B's end");
    same((await b.host.events(1)).length, 1, "B's mesh");
  });
}

function same(found: unknown, expected: unknown, what: string): void {
  const [one, two] = [JSON.stringify(found), JSON.stringify(expected)];
  if (one !== two) throw new Error(`${what}: ${one}, not ${two}`);
}
