/**
 * The gossip core alone, on many devices over links that delay, lose, double and fall: without
 * cryptography, stores and screens, so that two hundred fit. What the shell does with a Ready is done
 * here in its order: store, then send; and what it checks before the core is asked: whether an entry
 * is here already, then its signature. Beside it, on the same links, a push to √n random peers without
 * repair. What is right and who lies is not known here (spread-judge.ts, spread-liar.ts). SPEC SI32, SI33.
 */
import { compareBytes, toHex, type Hex } from "../workers/core/codec/ids.ts";
import { lackingOf } from "../workers/core/gossip/asking.ts";
import { compose, type Draft } from "../workers/core/gossip/composing.ts";
import { step, type GossipInput } from "../workers/core/gossip/gossip.ts";
import type { GossipReady } from "../workers/core/gossip/ready.ts";
import { streamKey } from "../workers/core/gossip/header.ts";
import { ANNOUNCE_MS, RECIPIENTS_MAX } from "../workers/core/gossip/limits.ts";
import { findDevice } from "../workers/core/ledger/state.ts";
import { encodeRegister } from "../workers/core/gossip/register.ts";
import { headerFloorOf } from "../workers/core/gossip/retention.ts";
import { nextAnnouncement } from "../workers/core/gossip/spreading.ts";
import {
  createGossip,
  type Gossip,
  type VerifiedEntry,
  type Want,
} from "../workers/core/gossip/state.ts";
import { lookUp } from "../workers/core/gossip/stream.ts";
import type { LedgerView } from "../workers/core/gossip/verdict.ts";
import { createRandom, seedWords } from "../workers/core/random.ts";
import type { DeviceId } from "../workers/core/codec/ids.ts";
import { EPOCH_MS } from "./device-clock.ts";
import { createScheduler } from "./scheduler.ts";
import { createTrace } from "./trace.ts";
import { createSpreadFamily } from "./spread-family.ts";
import type { Mote, Published, Spread, SpreadOptions, SpreadWatch } from "./spread-parts.ts";
import { bytesOf, idOf, isSound, keyOf, type SpreadFrame } from "./spread-frames.ts";

const TICK_MS = 1_000;
const DAY_MS = 86_400_000;

export function createSpread(options: SpreadOptions): Spread {
  const { size, strategy, seed } = options;
  const words = seedWords(seed ^ 0x5bead);
  const random = createRandom(words);
  const scheduler = createScheduler(createRandom([words[0] ^ 1, words[1], words[2], words[3]]));
  const family = createSpreadFamily(random, size, options.family);
  const violations: string[] = [];
  const published: Published[] = [];
  const watches: SpreadWatch[] = [];
  const blocked = new Set<string>();
  const publishedAt = new Map<string, number>();
  const latencies: number[] = [];
  const frames: Record<SpreadFrame["type"], number> = {
    entry: 0,
    answer: 0,
    want: 0,
    have: 0,
    wish: 0,
    register: 0,
    registers: 0,
    fingerprint: 0,
    proof: 0,
    dated: 0,
  };
  const trace = createTrace(() => scheduler.now(), null);
  let bytes = 0;
  let came = 0;
  let loss = options.lossFraction;
  let doubling = 0;
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
    frozenAt: null,
    height: 0,
    snapshotAt: 0,
    alter: null,
    claims: false,
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
    say,
    place,
    run,
    block: (from, to) => blocked.add(`${from.name}>${to.name}`),
    unblock: () => blocked.clear(),
    jump: (ms) => {
      scheduler.postpone(ms);
      scheduler.advanceTo(scheduler.now() + ms);
    },
    setLoss: (fraction) => {
      loss = fraction;
    },
    setDoubling: (fraction) => {
      doubling = fraction;
    },
    send: put,
    feed,
    advance: (mote, height) => {
      if (height <= mote.height) return;
      mote.height = height;
      feed(mote, { type: "ledger" });
    },
    wall,
    viewOf,
    watches,
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
    return mote.frozenAt ?? Math.floor(EPOCH_MS + scheduler.now() + mote.skewMs);
  }

  function viewOf({ height, snapshotAt }: Mote): LedgerView {
    return family.viewAt(height, snapshotAt);
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
    for (const one of watches) one.linked?.(a, b);
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      sentOver.set(`${one.name}>${other.name}`, new Set());
      if (strategy === "root") continue;
      feed(one, { type: "link-up", peer: other.name });
    }
  }

  function cut(a: Mote, b: Mote): void {
    if (!a.links.delete(b)) return;
    b.links.delete(a);
    if (strategy === "root") return;
    feed(a, { type: "link-down", peer: b.name });
    feed(b, { type: "link-down", peer: a.name });
  }

  function publish(
    by: Mote,
    to = (by.index + 1) % size,
    kind: "direct" | "refill" | "presence" | "emergency" = "direct",
  ): boolean {
    const other = family.people[to];
    if (other === undefined || !by.isAwake) return false;
    const isCall = kind === "emergency";
    const recipients = (isCall ? readersOf(by) : [other.device]).map((device) => ({
      device,
      keyNumber: 0,
    }));
    const audience = isCall
      ? { type: "family" as const }
      : { type: "member" as const, member: other.member };
    return say(by, { kind, audience, recipients, isEphemeral: kind === "presence" });
  }

  function say(by: Mote, draft: Draft): boolean {
    const composed = compose(by.core, draft, viewOf(by), wall(by));
    if (!composed.ok) return false;
    const entry = family.entryOf(composed.header, options.bodyBytes);
    const key = keyOf(entry.header);
    if (!draft.isEphemeral) {
      published.push({ key, by: by.index, entry });
      publishedAt.set(key, scheduler.now());
    }
    feed(by, { type: "entry", entry, from: null });
    if (strategy === "root") pushToRoot(by, entry, null);
    return true;
  }

  function place(by: Mote, ttlSeconds: number): VerifiedEntry | null {
    const { head } = viewOf(by);
    const others = head.devices.filter(
      ({ id, revoked }) => revoked === null && toHex(id) !== by.name,
    );
    if (!by.isAwake || strategy === "root" || others.length > RECIPIENTS_MAX) return null;
    const draft = {
      kind: "place" as const,
      audience: { type: "family" as const },
      recipients: others.map(({ id }) => ({ device: id, keyNumber: 0 })),
      isEphemeral: true,
      ttlSeconds,
    };
    const composed = compose(by.core, draft, viewOf(by), wall(by));
    if (!composed.ok) return null;
    const entry = family.entryOf(composed.header, options.bodyBytes);
    feed(by, { type: "entry", entry, from: null });
    return entry;
  }

  /** Whom a call for help is for, as far as one message goes. */
  function readersOf(by: Mote): readonly DeviceId[] {
    return family.people
      .filter(({ device }) => toHex(device) !== by.name)
      .map(({ device }) => device)
      .filter((device) => {
        const known = findDevice(viewOf(by).head, device);
        return known !== null && known.revoked === null;
      })
      .sort(compareBytes)
      .slice(0, RECIPIENTS_MAX);
  }

  function feed(mote: Mote, given: GossipInput): void {
    const plant = mote.alter === null ? options.plant : undefined;
    const input = plant?.before === undefined ? given : plant.before(given, mote);
    if (input === null) return;
    const view = viewOf(mote);
    const now = wall(mote);
    const judgedBy = plant?.view?.(view, input) ?? view;
    const said = step(mote.core, input, judgedBy, plant?.now?.(now, input) ?? now);
    const ready = plant?.after?.(said, mote, input) ?? said;
    for (const one of watches) one.stepped?.(mote, input, ready, view, now);
    obey(mote, ready);
    const dueAt = nextAnnouncement(mote.core);
    if (dueAt === null || timed.has(mote)) return;
    timed.add(mote);
    scheduler.after(Math.min(ANNOUNCE_MS, Math.max(1, dueAt - wall(mote))), "announce", () => {
      timed.delete(mote);
      if (mote.isAwake) feed(mote, { type: "announce" });
    });
  }

  function obey(mote: Mote, ready: GossipReady): void {
    for (const { entry, isBodyKept } of ready.store) {
      const key = keyOf(entry.header);
      if (mote.stored.has(key)) violations.push(`G2 ${mote.index} stored ${key} twice`);
      mote.stored.set(key, isBodyKept ? entry : withoutBody(entry));
      trace.note(`${mote.index} ${key}`);
      const at = publishedAt.get(key);
      if (toHex(entry.header.author) !== mote.name && at !== undefined) {
        latencies.push(scheduler.now() - at);
      }
    }
    for (const { known } of ready.changes) {
      const kept = mote.stored.get(keyOf(known.header));
      if (known.verdict.type !== "refused" || kept === undefined) continue;
      mote.stored.set(keyOf(known.header), withoutBody(kept));
    }
    if (ready.floorDay !== null) forget(mote, ready.floorDay);
    if (strategy === "root") return;
    for (const { entry, to } of ready.push) {
      const hops = Math.min(255, entry.entry.hops + 1);
      const passed = { ...entry, entry: { ...entry.entry, hops } };
      for (const peer of to) {
        const over = sentOver.get(`${mote.name}>${peer}`);
        if (over?.has(idOf(entry)) === true && mote.alter === null) {
          violations.push(`G2 ${mote.index} pushed ${keyOf(entry.header)} to ${peer} twice`);
        }
        over?.add(idOf(entry));
        send(mote, peer, { type: "entry", entry: passed });
      }
    }
    for (const { to, wants, by } of ready.want) send(mote, to, { type: "want", wants, by });
    for (const { to, has } of ready.tell) send(mote, to, { type: "have", wants: has });
    for (const { to, author, isWanted } of ready.wishes) {
      send(mote, to, { type: "wish", author, isWanted });
    }
    for (const proof of ready.proofs) {
      const { to, kept } = proof;
      const one = mote.stored.get(keyOf(kept));
      if (one === undefined) continue;
      const bare = withoutBody(one);
      if ("other" in proof) send(mote, to, { type: "proof", entries: [bare, proof.other] });
      else send(mote, to, { type: "dated", register: proof.register, entry: bare });
    }
    for (const { to, header } of ready.give) {
      const one = mote.stored.get(keyOf(header));
      if (one !== undefined) send(mote, to, { type: "proof", entries: [withoutBody(one)] });
    }
    for (const { to, fingerprint } of ready.fingerprints) {
      send(mote, to, { type: "fingerprint", fingerprint });
    }
    for (const { to, marks } of ready.lists) send(mote, to, { type: "registers", marks });
    for (const { register, to } of [...ready.registers, ...ready.copies]) {
      for (const peer of to) send(mote, peer, { type: "register", register });
    }
    if (ready.sign !== null) {
      const encoded = encodeRegister(ready.sign, viewOf(mote).head.devices);
      const signed = { bytes: encoded, signature: new Uint8Array(64) };
      feed(mote, { type: "register", register: { register: ready.sign, signed }, from: null });
    }
  }

  /** Headers go two days after the bodies, as in the shell. */
  function forget(mote: Mote, floorDay: number): void {
    for (const [key, entry] of mote.stored) {
      const day = Math.floor(entry.header.clock.ms / DAY_MS);
      if (day < headerFloorOf(floorDay)) mote.stored.delete(key);
      else if (day < floorDay) mote.stored.set(key, withoutBody(entry));
    }
  }

  function send(from: Mote, name: Hex, frame: SpreadFrame): void {
    const to = byName.get(name);
    if (from.alter === null || to === undefined) return put(from, name, frame);
    for (const one of from.alter(frame, to)) put(from, name, one);
  }

  /** In order over one link, as a channel is; a lost one is lost, a doubled one comes again. */
  function put(from: Mote, name: Hex, frame: SpreadFrame): void {
    const to = byName.get(name);
    if (to === undefined || !from.links.has(to)) return;
    for (const one of watches) one.sent?.(from, to, frame);
    frames[frame.type] += 1;
    bytes += bytesOf(frame, viewOf(from).head.devices);
    if (random.fraction() < loss || blocked.has(`${from.name}>${name}`)) return;
    const copies = doubling > 0 && random.fraction() < doubling ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) carry(from, to, frame);
  }

  function carry(from: Mote, to: Mote, frame: SpreadFrame): void {
    const { delayMs } = options;
    const takes = delayMs / 2 - (Math.log(1 - random.fraction()) * delayMs) / 2;
    const place = `${from.name}>${to.name}`;
    const at = Math.max(scheduler.now() + takes, (arrivals.get(place) ?? 0) + 0.001);
    arrivals.set(place, at);
    scheduler.after(at - scheduler.now(), frame.type, () => {
      if (!to.isAwake || !to.links.has(from)) return;
      for (const one of watches) one.came?.(to, from, frame);
      receive(to, from, frame);
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
      case "proof":
        for (const entry of frame.entries) takeEntry(to, from, entry, false);
        return;
      case "dated": {
        const { register, entry } = frame;
        if (!isSound(register.signed.signature) || !isSound(entry.entry.signature)) return;
        return feed(to, { type: "dated", register, entry, from });
      }
      case "want":
        return send(to, from, { type: "answer", entries: answer(to, wantedBy(to, from, frame)) });
      case "have":
        return feed(to, { type: "told", from, has: frame.wants });
      case "wish":
        return feed(to, { type: "wish", from, author: frame.author, isWanted: frame.isWanted });
      case "fingerprint":
        return feed(to, { type: "fingerprint", from, fingerprint: frame.fingerprint });
      case "registers":
        return feed(to, { type: "listed", from, marks: frame.marks });
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
    if (!isSound(entry.entry.signature)) {
      options.plant?.forged?.(entry, to);
      return;
    }
    feed(to, { type: "entry", entry, from });
    if (strategy === "root" && to.stored.has(keyOf(header))) pushToRoot(to, entry, from);
  }

  /** Where it names a register, what its device lacks by it; nothing where that is not here. */
  function wantedBy(
    mote: Mote,
    from: Hex,
    { wants, by }: Extract<SpreadFrame, { type: "want" }>,
  ): readonly Want[] {
    return by === null ? wants : (lackingOf(mote.core, from, by) ?? []);
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

function withoutBody(entry: VerifiedEntry): VerifiedEntry {
  return { ...entry, entry: { ...entry.entry, body: new Uint8Array(0) } };
}
