/**
 * The gossip core alone, on many devices over links that delay, lose and fall: without cryptography,
 * stores and screens, so that two hundred fit. What the shell does with a Ready is done here in its
 * order: store, then send. Beside it, on the same links, a push to √n random peers without repair.
 * SPEC SI32.
 */
import { toHex, type Hex } from "../workers/core/codec/ids.ts";
import { compose } from "../workers/core/gossip/composing.ts";
import { step, type GossipInput } from "../workers/core/gossip/gossip.ts";
import type { GossipReady } from "../workers/core/gossip/ready.ts";
import { streamKey, type Header } from "../workers/core/gossip/header.ts";
import { ANNOUNCE_MS } from "../workers/core/gossip/limits.ts";
import { encodeRegister, type VerifiedRegister } from "../workers/core/gossip/register.ts";
import { nextAnnouncement } from "../workers/core/gossip/spreading.ts";
import {
  createGossip,
  type Gossip,
  type VerifiedEntry,
  type Want,
} from "../workers/core/gossip/state.ts";
import { lookUp } from "../workers/core/gossip/stream.ts";
import { createRandom, seedWords, type Random } from "../workers/core/random.ts";
import type { DeviceId } from "../workers/core/codec/ids.ts";
import { EPOCH_MS } from "./device-clock.ts";
import { createScheduler, type Scheduler } from "./scheduler.ts";
import { createTrace } from "./trace.ts";
import { createSpreadFamily, type SpreadFamily } from "./spread-family.ts";

export type Strategy = "ours" | "root";

export interface SpreadOptions {
  readonly seed: number;
  readonly size: number;
  readonly strategy: Strategy;
  /** Links a device has; the rest of the family is reached over others. Infinity: all are linked. */
  readonly degree: number;
  /** One way, milliseconds: the mean of an exponential distribution above half of it. */
  readonly delayMs: number;
  readonly lossFraction: number;
  readonly bodyBytes: number;
  /** Broken rules, to show that they are found. */
  readonly tamper?: (ready: GossipReady, core: Gossip) => GossipReady;
}

type SpreadFrame =
  | { readonly type: "entry"; readonly entry: VerifiedEntry }
  | { readonly type: "answer"; readonly entries: readonly VerifiedEntry[] }
  | { readonly type: "want" | "have"; readonly wants: readonly Want[] }
  | { readonly type: "wish"; readonly author: DeviceId; readonly isWanted: boolean }
  | { readonly type: "register"; readonly register: VerifiedRegister };

/** One device. */
export interface Mote {
  readonly index: number;
  readonly name: Hex;
  core: Gossip;
  readonly stored: Map<string, VerifiedEntry>;
  readonly links: Set<Mote>;
  isAwake: boolean;
  /** Milliseconds by which its wall clock is wrong. */
  skewMs: number;
}

export interface Spread {
  readonly motes: readonly Mote[];
  readonly family: SpreadFamily;
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly link: (a: Mote, b: Mote) => void;
  readonly cut: (a: Mote, b: Mote) => void;
  /** Writes and spreads an own entry; false: its core does not let it. */
  readonly publish: (by: Mote) => boolean;
  readonly run: (untilMs: number) => void;
  readonly setLoss: (fraction: number) => void;
  /** Over all that was delivered when: the same seed gives the same. */
  readonly digest: () => string;
  readonly figures: () => SpreadFigures;
  readonly violations: string[];
  readonly published: readonly { readonly key: string; readonly by: number }[];
}

export interface SpreadFigures {
  /** Entries that came, again and again or not, for each that was to come. */
  readonly copies: number;
  readonly frames: Readonly<Record<SpreadFrame["type"], number>>;
  /** Bytes of all frames for each entry that arrived. */
  readonly bytesPerEntry: number;
  /** From publishing to each device that lacked it, milliseconds. */
  readonly latencies: readonly number[];
  readonly delivered: number;
  readonly expected: number;
}

const TICK_MS = 1_000;
/** A frame's own bytes: kind, lengths, the link's tag. */
const FRAME_BYTES = 24;
const RANGE_BYTES = 30;

export function createSpread(options: SpreadOptions): Spread {
  const { size, strategy, seed } = options;
  const words = seedWords(seed ^ 0x5bead);
  const random = createRandom(words);
  const scheduler = createScheduler(createRandom([words[0] ^ 1, words[1], words[2], words[3]]));
  const family = createSpreadFamily(random, size);
  const violations: string[] = [];
  const published: { readonly key: string; readonly by: number }[] = [];
  const publishedAt = new Map<string, number>();
  const latencies: number[] = [];
  const frames: Record<SpreadFrame["type"], number> = {
    entry: 0,
    answer: 0,
    want: 0,
    have: 0,
    wish: 0,
    register: 0,
  };
  const trace = createTrace(() => scheduler.now(), null);
  let bytes = 0;
  let came = 0;
  let loss = options.lossFraction;
  const arrivals = new Map<string, number>();
  const sentOver = new Map<string, Set<string>>();
  const timed = new Set<Mote>();

  const motes = family.people.map(({ device }, index): Mote => ({
    index,
    name: toHex(device),
    core: coreOf(device, index),
    stored: new Map(),
    links: new Set(),
    isAwake: true,
    skewMs: 0,
  }));
  const byName = new Map(motes.map((one) => [one.name, one]));
  for (const mote of motes) beat(mote, TICK_MS * random.fraction());

  return {
    motes,
    family,
    random,
    scheduler,
    link,
    cut,
    publish,
    run,
    setLoss: (fraction) => {
      loss = fraction;
    },
    figures: () => ({
      copies: came / Math.max(1, published.length * (size - 1)),
      frames: { ...frames },
      bytesPerEntry: bytes / Math.max(1, latencies.length),
      latencies,
      delivered: latencies.length,
      expected: published.length * (size - 1),
    }),
    violations,
    published,
    digest: () => trace.digest(),
  };

  function coreOf(device: DeviceId, index: number): Gossip {
    return createGossip(family.family, device, [seed, index, 3, 4], 30, EPOCH_MS);
  }

  function wall(mote: Mote): number {
    return Math.floor(EPOCH_MS + scheduler.now() + mote.skewMs);
  }

  function beat(mote: Mote, afterMs: number): void {
    scheduler.after(afterMs, "tick", () => {
      if (mote.isAwake) feed(mote, { type: "tick" });
      beat(mote, TICK_MS);
    });
  }

  function link(a: Mote, b: Mote): void {
    if (a === b || a.links.has(b) || !a.isAwake || !b.isAwake) return;
    a.links.add(b);
    b.links.add(a);
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      sentOver.set(`${one.name}>${other.name}`, new Set());
      if (strategy === "root") continue;
      feed(one, { type: "link-up", peer: other.name });
      for (const register of one.core.registers.values()) {
        if (toHex(register.register.device) !== other.name) {
          send(one, other.name, { type: "register", register });
        }
      }
    }
  }

  function cut(a: Mote, b: Mote): void {
    if (!a.links.delete(b)) return;
    b.links.delete(a);
    if (strategy === "root") return;
    feed(a, { type: "link-down", peer: b.name });
    feed(b, { type: "link-down", peer: a.name });
  }

  function publish(by: Mote): boolean {
    const other = family.people[(by.index + 1) % size];
    if (other === undefined || !by.isAwake) return false;
    const recipients = [{ device: other.device, keyNumber: 0 }];
    const audience = { type: "member" as const, member: other.member };
    const draft = { kind: "direct" as const, audience, recipients, isEphemeral: false };
    const composed = compose(by.core, draft, family.view, wall(by));
    if (!composed.ok) return false;
    const entry = family.entryOf(composed.header, options.bodyBytes);
    const key = keyOf(entry.header);
    published.push({ key, by: by.index });
    publishedAt.set(key, scheduler.now());
    feed(by, { type: "entry", entry, from: null });
    if (strategy === "root") pushToRoot(by, entry, null);
    return true;
  }

  function feed(mote: Mote, input: GossipInput): void {
    const ready = step(mote.core, input, family.view, wall(mote));
    obey(mote, options.tamper?.(ready, mote.core) ?? ready);
    const dueAt = nextAnnouncement(mote.core);
    if (dueAt === null || timed.has(mote)) return;
    timed.add(mote);
    scheduler.after(Math.min(ANNOUNCE_MS, Math.max(1, dueAt - wall(mote))), "announce", () => {
      timed.delete(mote);
      if (mote.isAwake) feed(mote, { type: "announce" });
    });
  }

  function obey(mote: Mote, ready: GossipReady): void {
    for (const { entry } of ready.store) {
      const key = keyOf(entry.header);
      if (mote.stored.has(key)) violations.push(`G2 ${mote.index} stored ${key} twice`);
      mote.stored.set(key, entry);
      trace.note(`${mote.index} ${key}`);
      const at = publishedAt.get(key);
      if (toHex(entry.header.author) !== mote.name && at !== undefined) {
        latencies.push(scheduler.now() - at);
      }
    }
    if (ready.sign !== null) {
      for (const { author, stream, had, first } of ready.sign.vector) {
        for (const { from, to } of had) {
          for (let seq = Math.max(from, first); seq <= to; seq += 1) {
            const key = `${streamKey(author, stream)}/${seq}`;
            if (!mote.stored.has(key)) violations.push(`G7 ${mote.index} says it has ${key}`);
          }
        }
      }
    }
    if (strategy === "root") return;
    for (const { entry, to } of ready.push) {
      const hops = Math.min(255, entry.entry.hops + 1);
      const passed = { ...entry, entry: { ...entry.entry, hops } };
      for (const peer of to) {
        const over = sentOver.get(`${mote.name}>${peer}`);
        if (over?.has(keyOf(entry.header)) === true) {
          violations.push(`G2 ${mote.index} pushed ${keyOf(entry.header)} to ${peer} twice`);
        }
        over?.add(keyOf(entry.header));
        send(mote, peer, { type: "entry", entry: passed });
      }
    }
    for (const { to, wants } of ready.want) send(mote, to, { type: "want", wants });
    for (const { to, has } of ready.tell) send(mote, to, { type: "have", wants: has });
    for (const { to, author, isWanted } of ready.wishes) {
      send(mote, to, { type: "wish", author, isWanted });
    }
    for (const { register, to } of ready.registers) {
      for (const peer of to) send(mote, peer, { type: "register", register });
    }
    if (ready.sign !== null) {
      const encoded = encodeRegister(ready.sign);
      const signed = { bytes: encoded, signature: new Uint8Array(64) };
      feed(mote, { type: "register", register: { register: ready.sign, signed }, from: null });
    }
  }

  /** In order over one link, as a channel is; a lost one is lost. */
  function send(from: Mote, name: Hex, frame: SpreadFrame): void {
    const to = byName.get(name);
    if (to === undefined || !from.links.has(to)) return;
    frames[frame.type] += 1;
    bytes += bytesOf(frame);
    if (random.fraction() < loss) return;
    const { delayMs } = options;
    const takes = delayMs / 2 - (Math.log(1 - random.fraction()) * delayMs) / 2;
    const place = `${from.name}>${name}`;
    const at = Math.max(scheduler.now() + takes, (arrivals.get(place) ?? 0) + 0.001);
    arrivals.set(place, at);
    scheduler.after(at - scheduler.now(), frame.type, () => {
      if (to.isAwake && to.links.has(from)) receive(to, from, frame);
    });
  }

  function receive(to: Mote, { name: from }: Mote, frame: SpreadFrame): void {
    switch (frame.type) {
      case "entry":
        came += 1;
        return takeEntry(to, from, frame.entry, true);
      case "answer":
        came += frame.entries.length;
        for (const entry of frame.entries) takeEntry(to, from, entry, false);
        return feed(to, { type: "answered", from });
      case "want":
        return send(to, from, { type: "answer", entries: answer(to, frame.wants) });
      case "have":
        return feed(to, { type: "told", from, has: frame.wants });
      case "wish":
        return feed(to, { type: "wish", from, author: frame.author, isWanted: frame.isWanted });
      case "register":
        if (toHex(frame.register.register.device) === to.name) return;
        return feed(to, { type: "register", register: frame.register, from });
    }
  }

  function takeEntry(to: Mote, from: Hex, entry: VerifiedEntry, isPush: boolean): void {
    const { header, id } = entry;
    const stream = to.core.streams.get(streamKey(header.author, header.stream));
    if (stream !== undefined && lookUp(stream, header.seq, id) === "same") {
      if (isPush && strategy === "ours") feed(to, { type: "again", header, from });
      return;
    }
    feed(to, { type: "entry", entry, from });
    if (strategy === "root") pushToRoot(to, entry, from);
  }

  function answer(mote: Mote, wants: readonly Want[]): readonly VerifiedEntry[] {
    return wants.flatMap(({ author, stream, ranges }) =>
      ranges.flatMap(({ from, to }) => {
        const found: VerifiedEntry[] = [];
        for (let seq = from; seq <= Math.min(to, from + 255); seq += 1) {
          const entry = mote.stored.get(`${streamKey(author, stream)}/${seq}`);
          if (entry !== undefined) found.push({ ...entry, entry: { ...entry.entry, hops: 0 } });
        }
        return found;
      }),
    );
  }

  /** The baseline: √n random peers, once, and nothing else. */
  function pushToRoot(mote: Mote, entry: VerifiedEntry, from: Hex | null): void {
    const peers = [...mote.links].filter((one) => one.name !== from);
    const chosen = random.shuffled(peers).slice(0, Math.ceil(Math.sqrt(size)));
    for (const one of chosen) send(mote, one.name, { type: "entry", entry });
  }

  function run(untilMs: number): void {
    for (;;) {
      const at = scheduler.peekTime();
      if (at === null || at > untilMs) return scheduler.advanceTo(untilMs);
      void scheduler.next()?.run();
    }
  }
}

/** Links every device to so many others, chosen at random, in one connected whole. */
export function weave(spread: Spread, degree: number): void {
  const { motes, random } = spread;
  if (degree >= motes.length - 1) {
    for (const a of motes) for (const b of motes) if (a.index < b.index) spread.link(a, b);
    return;
  }
  const order = random.shuffled([...motes]);
  order.forEach((mote, at) => {
    const next = order[(at + 1) % order.length];
    if (next !== undefined) spread.link(mote, next);
  });
  for (const mote of order) {
    const others = random.shuffled(motes.filter((one) => one !== mote && !mote.links.has(one)));
    for (const other of others) {
      if (mote.links.size >= degree) break;
      if (other.links.size < degree) spread.link(mote, other);
    }
  }
}

function keyOf({ author, stream, seq }: Header): string {
  return `${streamKey(author, stream)}/${seq}`;
}

function bytesOf(frame: SpreadFrame): number {
  switch (frame.type) {
    case "entry":
      return FRAME_BYTES + entryBytes(frame.entry);
    case "answer":
      return FRAME_BYTES + frame.entries.reduce((sum, one) => sum + entryBytes(one), 0);
    case "want":
    case "have":
      return (
        FRAME_BYTES + frame.wants.reduce((sum, one) => sum + RANGE_BYTES + 8 * one.ranges.length, 0)
      );
    case "wish":
      return FRAME_BYTES + 16;
    case "register":
      return FRAME_BYTES + frame.register.signed.bytes.length + 64;
  }
}

function entryBytes({ entry }: VerifiedEntry): number {
  return entry.header.length + entry.signature.length + entry.body.length + 4;
}
