/**
 * A coarse model of spreading, up to ten thousand devices: who gets one message when, over how many
 * hops, how many times. It knows links, delays and losses, and of each strategy its one idea; nothing
 * of registers' repair, of rules or of people. What it says is held against the real cores where both
 * can run (bench/scale.ts). Source: DESIGN §5; SPEC SD1 to SD5.
 */
import type { Random } from "../workers/core/random.ts";
import {
  ANNOUNCE_MS,
  ANNOUNCED_PEERS_MAX,
  HOPS_MAX,
  WAYS_MAX,
} from "../workers/core/gossip/limits.ts";

/** By device, the devices that it is linked to; null: all are linked to all. */
export type Graph = readonly (readonly number[])[] | null;

/**
 * - `ways`: ours. Each device lets an author's messages come over two ways, those that were first.
 * - `flood`: to every linked device but the one that it came from.
 * - `root`: to √n of those that are linked, at random.
 */
export type ModelStrategy = "ways" | "flood" | "root";

export interface ModelOptions {
  readonly strategy: ModelStrategy;
  readonly size: number;
  readonly graph: Graph;
  /** One way, milliseconds: the mean of an exponential distribution above half of it. */
  readonly delayMs: number;
  readonly lossFraction: number;
}

export interface ModelFigures {
  /** Of all devices but the author. */
  readonly delivered: number;
  /** Times that the message came to a device, for each that was to have it. */
  readonly copies: number;
  /** Milliseconds from the author, of those that have it. */
  readonly latencies: readonly number[];
  readonly hops: readonly number[];
}

/** Every device linked to so many others, in one connected whole. */
export function makeGraph(random: Random, size: number, degree: number): Graph {
  if (degree >= size - 1) return null;
  const links = Array.from({ length: size }, () => new Set<number>());
  const link = (a: number, b: number): void => {
    if (a === b) return;
    links[a]?.add(b);
    links[b]?.add(a);
  };
  const order = random.shuffled(Array.from({ length: size }, (_, index) => index));
  order.forEach((one, at) => link(one, order[(at + 1) % size] ?? one));
  // Ends that are free are paired at random; a few stay free where a pair would be one twice.
  const free = random.shuffled(
    order.flatMap((one) => Array.from({ length: degree - 2 }, () => one)),
  );
  for (let at = 0; at + 1 < free.length; at += 2) link(free[at] ?? 0, free[at + 1] ?? 0);
  return links.map((one) => [...one]);
}

interface Arrival {
  readonly at: number;
  readonly to: number;
  readonly from: number;
  readonly hops: number;
  /** As the frame says: what is asked for begins anew. */
  readonly frameHops: number;
}

/** One message of one author, after the ways have been found by another that went before it. */
export function spreadOne(random: Random, options: ModelOptions, author: number): ModelFigures {
  if (options.strategy !== "ways") return carry(random, options, author, null);
  const senders: number[][] = Array.from({ length: options.size }, () => []);
  carry(random, { ...options, strategy: "flood", lossFraction: 0 }, author, (to, from) => {
    const known = senders[to];
    if (known !== undefined && known.length < WAYS_MAX) known.push(from);
  });
  return carry(random, options, author, null, wantedBy(senders));
}

/** By device, who lets an author's messages come from it. */
function wantedBy(senders: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const wanted: number[][] = senders.map(() => []);
  for (const [to, from] of senders.entries()) for (const one of from) wanted[one]?.push(to);
  return wanted;
}

function carry(
  random: Random,
  options: ModelOptions,
  author: number,
  onCopy: ((to: number, from: number) => void) | null,
  ways: readonly (readonly number[])[] | null = null,
): ModelFigures {
  const { size, strategy, graph, delayMs, lossFraction } = options;
  const cameAt = new Float64Array(size).fill(Number.NaN);
  const hopsTo = new Uint16Array(size);
  const queue = createQueue();
  let copies = 0;

  const takes = (): number => delayMs / 2 - (Math.log(1 - random.fraction()) * delayMs) / 2;
  const isLost = (): boolean => random.fraction() < lossFraction;
  const push = (by: Arrival, to: number): void => {
    if (isLost()) return;
    const frameHops = by.frameHops + 1;
    queue.add({ at: by.at + takes(), to, from: by.to, hops: by.hops + 1, frameHops });
  };
  const others = (one: number, source: number): readonly number[] => {
    const peers = graph === null ? someOf(one, size) : (graph[one] ?? []);
    return peers.filter((peer) => peer !== source && peer !== one);
  };
  /** Where all are linked nobody's list is made: as many as can be needed, at random. */
  const someOf = (one: number, count: number): readonly number[] => {
    if (strategy !== "root") return Array.from({ length: count }, (_, index) => index);
    const chosen = new Set<number>();
    const wanted = Math.min(count - 1, Math.ceil(Math.sqrt(size)) + 1);
    while (chosen.size < wanted) {
      const peer = random.below(size);
      if (peer !== one) chosen.add(peer);
    }
    return [...chosen];
  };
  const goOn = (arrival: Arrival): void => {
    const { to: one, from: source } = arrival;
    const peers = others(one, source);
    if (ways !== null) {
      const isFar = arrival.frameHops >= HOPS_MAX;
      const wanted = (ways[one] ?? []).filter((peer) => peer !== source);
      const targets = one === author ? peers : isFar ? [] : wanted;
      for (const to of targets) push(arrival, to);
      tell(arrival, peers);
      return;
    }
    const wanted = Math.ceil(Math.sqrt(size));
    const targets = strategy === "flood" ? peers : random.shuffled([...peers]).slice(0, wanted);
    for (const to of targets) push(arrival, to);
  };
  /** A word, a question and the answer, where somebody still lacks it then. */
  const tell = (by: Arrival, peers: readonly number[]): void => {
    for (const to of random.shuffled([...peers]).slice(0, ANNOUNCED_PEERS_MAX)) {
      if (isLost() || isLost() || isLost()) continue;
      const at = by.at + ANNOUNCE_MS + takes();
      queue.ask({ at, to, from: by.to, hops: by.hops + 1, frameHops: 0 }, takes() + takes());
    }
  };

  cameAt[author] = 0;
  goOn({ at: 0, to: author, from: author, hops: 0, frameHops: 0 });
  for (let next = queue.next(); next !== null; next = queue.next()) {
    const isHere = !Number.isNaN(cameAt[next.to] ?? Number.NaN);
    if (next.answerMs !== null) {
      if (!isHere) queue.add({ ...next, at: next.at + next.answerMs });
      continue;
    }
    if (next.to !== author) {
      copies += 1;
      onCopy?.(next.to, next.from);
    }
    if (isHere) continue;
    cameAt[next.to] = next.at;
    hopsTo[next.to] = next.hops;
    goOn(next);
  }
  const reached = Array.from({ length: size }, (_, index) => index).filter(
    (index) => index !== author && !Number.isNaN(cameAt[index] ?? Number.NaN),
  );
  return {
    delivered: reached.length / (size - 1),
    copies: copies / (size - 1),
    latencies: reached.map((index) => cameAt[index] ?? Number.NaN),
    hops: reached.map((index) => hopsTo[index] ?? 0),
  };
}

interface Queued extends Arrival {
  /** Of a word: how long question and answer take; null for the message itself. */
  readonly answerMs: number | null;
}

/** A heap by time. */
function createQueue(): {
  readonly add: (arrival: Arrival) => void;
  readonly ask: (arrival: Arrival, answerMs: number) => void;
  readonly next: () => Queued | null;
} {
  const heap: Queued[] = [];
  const put = (one: Queued): void => {
    let at = heap.length;
    heap.push(one);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || parent.at <= one.at) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = one;
  };
  return {
    add: (arrival) => put({ ...arrival, answerMs: null }),
    ask: (arrival, answerMs) => put({ ...arrival, answerMs }),
    next: () => {
      const [first] = heap;
      const last = heap.pop();
      if (first === undefined || last === undefined) return null;
      if (heap.length === 0) return first;
      let at = 0;
      for (;;) {
        const left = 2 * at + 1;
        const right = left + 1;
        const isRight = (heap[right]?.at ?? Infinity) < (heap[left]?.at ?? Infinity);
        const child = heap[isRight ? right : left];
        if (child === undefined || child.at >= last.at) break;
        heap[at] = child;
        at = isRight ? right : left;
      }
      heap[at] = last;
      return first;
    },
  };
}
