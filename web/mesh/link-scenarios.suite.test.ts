/**
 * What links must do whatever carries them, for every engine: two meshes on this page, each with a
 * worker of its own that holds the node's side. Knows no test runner: a scenario throws.
 */
import * as Comlink from "comlink";
import { LINK_FRAME_BYTES_MAX } from "../../workers/api.ts";
import { BACKLOG_BYTES_MAX, IN_FLIGHT_BYTES_MAX } from "../../workers/node/link-limits.ts";
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
  {
    title: "[LK25] [MS41] a reader that deals with nothing stops the producer, votes pass",
    run: hold,
  },
  {
    title: "[LK25] [MS41] a busy worker is sent 64 KiB and a vote behind them, no more",
    run: stall,
  },
];

/** A piece of bulk on the wire, and where its producer stops (testing/session-end.ts), the last one included. */
const PIECE_BYTES = 15_012;
const PRODUCED_BYTES_MAX = 200_000 + PIECE_BYTES;

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
    await listen(kinds, a, b);
    await Promise.all([a.host.send(PEER, lengths), b.host.send(PEER, lengths)]);
    same(await b.host.frames(PEER, lengths.length), expected, "frames of A");
    same(await a.host.frames(PEER, lengths.length), expected, "frames of B");
  });
}

async function close(kinds: readonly [Kind, Kind]): Promise<void> {
  await withPair(kinds, async (a, b) => {
    await listen(kinds, a, b);
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
    await listen(kinds, a, b);
    a.worker.terminate();
    // As the page does when it finds its worker dead.
    a.mesh.stop();
    same(await b.host.closed(PEER), "closed", "B's end");
    same((await b.host.events(1)).length, 1, "B's mesh");
  });
}

async function hold(kinds: readonly [Kind, Kind]): Promise<void> {
  await withPair(kinds, async (a, b) => {
    await openSessions(kinds, a, b);
    await b.host.hold(true);
    let made = 0;
    // Whoever produces tries again and again.
    for (let tries = 0; tries < 20; tries += 1) made += (await a.host.writeBulk(1_000)).made;
    const letIn = BACKLOG_BYTES_MAX + IN_FLIGHT_BYTES_MAX;
    atMost(made * PIECE_BYTES, PRODUCED_BYTES_MAX + letIn, "bytes produced");
    await a.host.writeVote();
    const before = await bulkBeforeVote(b);
    // What is let in before the reader falls silent, and what may then be under way.
    atMost(before * PIECE_BYTES, letIn, "bulk before the vote");
    if (before >= made) throw new Error("the vote overtook nothing");
    await b.host.hold(false);
    same((await b.host.heard(made + 1)).length, made + 1, "all that was made");
  });
}

async function stall(kinds: readonly [Kind, Kind]): Promise<void> {
  await withPair(kinds, async (a, b) => {
    await openSessions(kinds, a, b);
    const begun = Promise.withResolvers<void>();
    const stalled = b.host.stall(1_000, Comlink.proxy(begun.resolve));
    await begun.promise;
    let made = 0;
    // Whoever produces tries again and again while the other side computes.
    for (let tries = 0; tries < 20; tries += 1) made += (await a.host.writeBulk(1_000)).made;
    atMost(made * PIECE_BYTES, PRODUCED_BYTES_MAX + IN_FLIGHT_BYTES_MAX, "bytes produced");
    await a.host.writeVote();
    await stalled;
    const before = await bulkBeforeVote(b);
    atMost(before * PIECE_BYTES, IN_FLIGHT_BYTES_MAX, "bulk before the vote");
    same((await b.host.heard(made + 1)).length, made + 1, "all that was made");
  });
}

async function listen(kinds: readonly [Kind, Kind], a: End, b: End): Promise<void> {
  same(await Promise.all([a.host.listen(PEER), b.host.listen(PEER)]), kinds, "carriers");
}

async function openSessions(kinds: readonly [Kind, Kind], a: End, b: End): Promise<void> {
  const carriers = Promise.all([a.host.openSession(PEER, 1), b.host.openSession(PEER, 2)]);
  same(await carriers, kinds, "carriers");
}

/** Pieces of bulk that came before the first vote. */
async function bulkBeforeVote(end: End): Promise<number> {
  for (let count = 1; ; count += 1) {
    const at = (await end.host.heard(count)).indexOf("consensus");
    if (at >= 0) return at;
  }
}

function atMost(found: number, most: number, what: string): void {
  if (found > most) throw new Error(`${what}: ${found}, above ${most}`);
}

function same(found: unknown, expected: unknown, what: string): void {
  const [one, two] = [JSON.stringify(found), JSON.stringify(expected)];
  if (one !== two) throw new Error(`${what}: ${one}, not ${two}`);
}
