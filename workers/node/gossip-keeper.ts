/**
 * The shell of gossip: verifies what arrives, feeds the gossip core, obeys its Ready (store, then
 * send, then apply), signs registers after the store is durable, answers what peers lack. A failed
 * write leaves nothing half done: the core is built again from the disk before it is used again. One
 * caller at a time.
 * SPEC GK1 to GK15. Source: DESIGN §5.
 */
import { toHex } from "../core/codec/ids.ts";
import { greatest, least } from "../core/codec/extremes.ts";
import type { DeviceId, FamilyId, Hex } from "../core/codec/ids.ts";
import {
  compareClock,
  streamKey,
  type Clock,
  type Entry,
  type Header,
} from "../core/gossip/header.ts";
import { lackingOf } from "../core/gossip/asking.ts";
import { dayOf } from "../core/gossip/clock.ts";
import { findDevice } from "../core/ledger/state.ts";
import { step, type GossipInput } from "../core/gossip/gossip.ts";
import { unpackFingerprint } from "../core/gossip/fingerprint-words.ts";
import { markRows, unpackRows, unpackWants, type Named } from "../core/gossip/packing.ts";
import type { GossipReady, PlaceNews } from "../core/gossip/ready.ts";
import {
  contradicts,
  decodeRegister,
  encodeRegister,
  type Lasting,
  type Register,
  type SignedRegister,
  type VerifiedRegister,
} from "../core/gossip/register.ts";
import {
  createGossip,
  durableStreams,
  newPeer,
  streamOf,
  type Gossip,
  type VerifiedEntry,
} from "../core/gossip/state.ts";
import { floorDayOf, headerFloorOf } from "../core/gossip/retention.ts";
import { ANNOUNCE_MS } from "../core/gossip/limits.ts";
import { nextAnnouncement } from "../core/gossip/spreading.ts";
import { lookUp, type Change } from "../core/gossip/stream.ts";
import type { LedgerView } from "../core/gossip/verdict.ts";
import type { Signer } from "../crypto/suite.ts";
import { prefixRange, StoreError, type KeyRange, type Write } from "../storage/store.ts";
import type { Environment } from "./environment.ts";
import type { Frame } from "./frames.ts";
import { createRecent } from "./recent.ts";
import { createAnswers } from "./gossip-answers.ts";
import { sendReady } from "./gossip-sending.ts";
import { entryKey, pairOf, readStoredEntries } from "./stored-entries.ts";
import { decodeTail, encodeTail, markOf, NEW_TAIL, proofOf } from "./stream-tail.ts";
import { createWitnesses, isWitnessKey, type StoredWitnesses } from "./stored-witnesses.ts";
import { readEntry, verifyEntry, verifyRegister } from "./verify.ts";

export interface GossipPorts {
  readonly send: (to: Hex, frame: Frame) => void;
  /** Its write has begun: what takes time and shows nothing may begin too. */
  readonly onWriting: (entry: VerifiedEntry) => void;
  /** After the store is durable: verdicts that are new or changed. */
  readonly onChanges: (changes: readonly Change[]) => Promise<void>;
  readonly onEphemeral: (entry: VerifiedEntry) => void;
  readonly onPlaces: (places: readonly PlaceNews[]) => void;
  /** Registers changed: delivery states may have. */
  readonly onRegister: () => void;
  /** Retention has let go of all days before this one. */
  readonly onExpired: (floorDay: number) => Promise<void>;
  /** Somebody cites a height or an author that is not here yet. */
  readonly needLedger: () => void;
  /** Wall clock corrected to the family's time, milliseconds. */
  readonly now: () => number;
  /** Runs a task after so many milliseconds, in the node's order. */
  readonly later: (ms: number, task: () => Promise<void>) => void;
}

/** Bodies kept in memory after they were stored; at most a megabyte, and one is enough when it is quiet. */
const NEWEST_BODIES_MAX = 16;

/** What is stored with an own entry, in the same commit. */
export interface Along {
  readonly writes: readonly Write[];
  /** The commit is made; what comes after it may still fail. */
  readonly onStored: () => void;
}

export interface GossipKeeper {
  readonly core: () => Gossip;
  /** Resolves when the core is as the disk has it: before an own entry is composed. */
  readonly ready: () => Promise<void>;
  readonly linkUp: (peer: Hex) => Promise<void>;
  readonly linkDown: (peer: Hex) => Promise<void>;
  /** Returns how many faults the peer itself must answer for. */
  readonly takeEntries: (frame: Extract<Frame, { type: "entries" }>, from: Hex) => Promise<number>;
  /** A register and an entry that contradict each other. */
  readonly takeDated: (frame: Extract<Frame, { type: "dated" }>, from: Hex) => Promise<number>;
  readonly takeRegister: (signed: SignedRegister, from: Hex) => Promise<number>;
  readonly takeWant: (packed: Uint8Array, from: Hex) => Promise<number>;
  /** A question that names the peer's register of that clock and no numbers. */
  readonly takeLacking: (clock: Clock, from: Hex) => Promise<void>;
  readonly takeHave: (packed: Uint8Array, from: Hex) => Promise<number>;
  readonly takeList: (packed: Uint8Array, from: Hex) => Promise<number>;
  readonly takeFingerprint: (
    frame: Extract<Frame, { type: "fingerprint" }>,
    from: Hex,
  ) => Promise<number>;
  readonly takeWishes: (frame: Extract<Frame, { type: "wishes" }>, from: Hex) => Promise<void>;
  readonly ledgerAdvanced: () => Promise<void>;
  readonly tick: () => Promise<void>;
  /** Takes an own entry, signed and sealed; durable when it resolves. */
  readonly publish: (entry: VerifiedEntry, along?: Along) => Promise<void>;
  readonly opened: (header: Header, isOpen: boolean) => Promise<void>;
  /** What a device said last of its place: nothing older of it counts. */
  readonly recall: (last: {
    readonly author: DeviceId;
    readonly clock: Clock;
    readonly id: Uint8Array;
  }) => Promise<void>;
  /** How far this browser keeps what is stored; my next register says it. */
  readonly keep: (lasting: Lasting) => Promise<void>;
  /** Stored body of an entry; null when it was dropped. */
  readonly bodyOf: (header: Header) => Promise<Uint8Array | null>;
}

export async function openGossip(
  env: Environment,
  family: FamilyId,
  signer: Signer,
  me: DeviceId,
  fence: number,
  ledger: () => LedgerView,
  ports: GossipPorts,
): Promise<GossipKeeper> {
  /** What is stored of each stream's beginning, so that only changes are written. */
  const tails = new Map<string, string>();
  let witnesses: StoredWitnesses;
  /** What the page says of this browser; null until it does. */
  let lasting: Lasting | null = null;
  let core = await rebuild(null);
  /** A write failed: the core is ahead of the disk. */
  let isStale = false;
  let isOldForgotten = false;
  let isAnnouncing = false;
  /** Bodies that were just stored: each is opened at once, here or by the page. By body hash. */
  const newest = createRecent<Uint8Array>(NEWEST_BODIES_MAX);

  /**
   * Own entries are strict: one that was sent and then forgotten would fork my own stream. So is my
   * register, before it leaves: with it everything it says is had can no longer be lost.
   */
  const commit = async (writes: readonly Write[], isOwn: boolean): Promise<void> => {
    const durability = isOwn ? "strict" : "relaxed";
    if (writes.length > 0) await env.store.commit(writes, { durability, fence });
  };

  const named = (): Named => ledger().head.devices;
  const { answer, prove, give } = createAnswers(env.store, () => core, ports.send);

  return {
    core: () => core,
    ready: heal,
    linkUp: async (peer) => run([{ type: "link-up", peer }]),
    linkDown: async (peer) => run([{ type: "link-down", peer }]),
    takeEntries,
    takeRegister,
    takeDated,
    takeWant: async (packed, from) => {
      const wants = unpackWants(packed, named());
      if (wants === null) return 1;
      await heal();
      await answer(wants, from);
      return 0;
    },
    takeLacking: async (clock, from) => {
      await heal();
      await answer(lackingOf(core, from, clock) ?? [], from);
    },
    takeHave: async (packed, from) =>
      takePacked(unpackWants(packed, named()), (has) => ({ type: "told", from, has })),
    takeList: async (packed, from) =>
      takePacked(unpackRows(packed, named(), markRows), (marks) => ({
        type: "listed",
        from,
        marks,
      })),
    takeFingerprint: async (frame, from) => {
      const fingerprint = unpackFingerprint(frame, named());
      if (fingerprint === null) return 1;
      await run([{ type: "fingerprint", from, fingerprint }]);
      return 0;
    },
    takeWishes: async ({ authors, isWanted }, from) =>
      run(authors.map((author): GossipInput => ({ type: "wish", from, author, isWanted }))),
    ledgerAdvanced: async () => {
      core.retentionDays = ledger().head.retentionDays;
      await run([{ type: "ledger" }]);
    },
    tick: async () => {
      await run([{ type: "tick" }]);
      await forgetOld();
    },
    publish: async (entry, along) => run([{ type: "entry", entry, from: null }], along),
    opened: async (header, isOpen) => {
      const { author, stream, seq } = header;
      await run([{ type: "opened", author, stream, seq, isOpen }]);
    },
    recall: async (last) => run([{ type: "recalled", ...last }]),
    keep: async (next) => {
      lasting = next;
      await run([{ type: "lasting", lasting: next }]);
    },
    bodyOf: async (header) => {
      const body =
        newest.get(toHex(header.bodyHash)) ?? (await env.store.get("bodies", entryKey(header)));
      return body instanceof Uint8Array && body.length > 0 ? body : null;
    },
  };

  async function takeEntries(
    frame: Extract<Frame, { type: "entries" }>,
    from: Hex,
  ): Promise<number> {
    await heal();
    let faults = 0;
    const inputs: GossipInput[] = [];
    // All at once: while the browser verifies one signature the next entry is read.
    for (const checked of await Promise.all(frame.entries.map(async (one) => check(one)))) {
      if (checked.ok) inputs.push({ type: "entry", entry: checked.entry, from });
      else if (checked.seen !== undefined) {
        if (!frame.isAnswer) inputs.push({ type: "again", header: checked.seen, from });
      } else if (checked.isPeerFault) faults += 1;
      else if (checked.reason === "unknown-author") ports.needLedger();
    }
    if (frame.isAnswer) inputs.push({ type: frame.isLast ? "answered" : "answering", from });
    await run(inputs);
    return faults;
  }

  /** Seen ones are set aside before a signature is checked. */
  async function check(
    entry: Entry,
  ): Promise<Awaited<ReturnType<typeof verifyEntry>> & { readonly seen?: Header }> {
    const read = readEntry(family, entry);
    if (!read.ok) return read;
    const { header, id } = read.entry;
    const stream = core.streams.get(streamKey(header.author, header.stream));
    if (stream !== undefined && lookUp(stream, header.seq, id) === "same") {
      return { ok: false, reason: "seen", isPeerFault: false, seen: header };
    }
    return verifyEntry(env.crypto, ledger().head, read.entry);
  }

  async function takeRegister(signed: SignedRegister, from: Hex): Promise<number> {
    const decoded = decodeRegister(signed.bytes, named());
    if (!decoded.ok) return 1;
    if (findDevice(ledger().head, decoded.value.device) === null) {
      ports.needLedger();
      return 0;
    }
    const verified = await verifyRegister(env.crypto, ledger().head, signed);
    if (verified === null) return 1;
    if (toHex(verified.register.device) === toHex(me)) return 0;
    await run([{ type: "register", register: verified, from }]);
    ports.onRegister();
    return 0;
  }

  /** Both are verified, whoever shows them; a pair that agrees proves nothing and is a fault. */
  async function takeDated(frame: Extract<Frame, { type: "dated" }>, from: Hex): Promise<number> {
    await heal();
    const checked = await check({ ...frame.entry, body: new Uint8Array(), hops: 0 });
    const read = readEntry(family, { ...frame.entry, body: new Uint8Array(), hops: 0 });
    if (!read.ok) return 1;
    if (findDevice(ledger().head, read.entry.header.author) === null) {
      ports.needLedger();
      return 0;
    }
    const register = await verifyRegister(env.crypto, ledger().head, frame.register);
    // What it carries may be signed by a device of a block that is not here yet.
    if (!checked.ok && checked.seen === undefined && !checked.isPeerFault) {
      ports.needLedger();
      return 0;
    }
    const isVerified = checked.ok || checked.seen !== undefined;
    if (!isVerified || register === null) return 1;
    if (!contradicts(register.register, read.entry)) return 1;
    await run([{ type: "dated", register, entry: read.entry, from }]);
    return 0;
  }

  /** A peer's list of registers or words about entries; 1 fault where it is malformed. */
  async function takePacked<T>(
    rows: readonly T[] | null,
    inputOf: (rows: readonly T[]) => GossipInput,
  ): Promise<number> {
    if (rows === null) return 1;
    await run([inputOf(rows)]);
    return 0;
  }

  /** Steps through the inputs, writes once, then sends and applies. */
  async function run(inputs: readonly GossipInput[], along?: Along): Promise<void> {
    await heal();
    const readies = inputs.map((input) => step(core, input, ledger(), ports.now()));
    const own = readies.flatMap((ready) => writesOf(ready));
    const kept = witnesses.writes(core);
    const writes = [...own, ...tailWrites(), ...kept, ...(along?.writes ?? [])];
    const isOwn = inputs.some(
      (one) => (one.type === "entry" || one.type === "register") && one.from === null,
    );
    try {
      const writing = commit(writes, isOwn);
      for (const { store } of readies) {
        for (const { entry, isBodyKept } of store) if (isBodyKept) ports.onWriting(entry);
      }
      await writing;
    } catch (error) {
      isStale = true;
      throw error;
    }
    along?.onStored();
    for (const ready of readies) keepNewest(ready);
    await actOn(readies);
    announceInTime();
  }

  /** One timer at a time; what is untold when a write fails is left to registers. */
  function announceInTime(): void {
    const dueAt = nextAnnouncement(core);
    if (dueAt === null || isAnnouncing) return;
    isAnnouncing = true;
    const waitMs = Math.min(ANNOUNCE_MS, Math.max(1, dueAt - ports.now()));
    ports.later(waitMs, async () => {
      isAnnouncing = false;
      await run([{ type: "announce" }]);
    });
  }

  function keepNewest(ready: GossipReady): void {
    for (const { entry, isBodyKept } of ready.store) {
      if (isBodyKept) newest.set(toHex(entry.header.bodyHash), entry.entry.body);
    }
    for (const { known } of ready.changes) {
      if (known.verdict.type === "refused") newest.delete(toHex(known.header.bodyHash));
    }
  }

  /** Once a start: what expired while the app was closed. The core sees only days that it lives through. */
  async function forgetOld(): Promise<void> {
    if (isOldForgotten) return;
    await commit(retentionWrites(core.floorDay), false);
    isOldForgotten = true;
  }

  async function heal(): Promise<void> {
    if (!isStale) return;
    core = await rebuild(core);
    isStale = false;
  }

  /** All of them, whatever fails: what is stored is filed now or not before the next start. */
  async function actOn(readies: readonly GossipReady[]): Promise<void> {
    const [ready, ...others] = readies;
    if (ready === undefined) return;
    try {
      await act(ready);
    } finally {
      await actOn(others);
    }
  }

  function writesOf(ready: GossipReady): readonly Write[] {
    const writes: Write[] = ready.store.flatMap(({ entry, isBodyKept }) => {
      const key = entryKey(entry.header);
      const { header, signature, body } = entry.entry;
      const row: Write = { type: "put", table: "entries", key, value: [header, signature] };
      const isBody = isBodyKept && body.length > 0;
      return isBody ? [row, { type: "put", table: "bodies", key, value: body }] : [row];
    });
    for (const { known } of ready.changes) {
      if (known.verdict.type === "refused") {
        const key = entryKey(known.header);
        writes.push({ type: "delete", table: "bodies", key });
        writes.push({ type: "delete", table: "timeline", key });
      }
    }
    for (const { register } of ready.registers) {
      const { bytes, signature } = register.signed;
      writes.push({
        type: "put",
        table: "registers",
        key: [register.register.device],
        value: [bytes, signature],
      });
    }
    return ready.floorDay === null ? writes : [...writes, ...retentionWrites(ready.floorDay)];
  }

  async function act(ready: GossipReady): Promise<void> {
    await sendReady(ready, { send: ports.send, named: named(), prove, give });
    if (ready.untaken?.needsLedger === true) ports.needLedger();
    for (const entry of ready.ephemeral) ports.onEphemeral(entry);
    if (ready.places.length > 0) ports.onPlaces(ready.places);
    if (ready.floorDay !== null) await ports.onExpired(ready.floorDay);
    if (ready.changes.length > 0) await ports.onChanges(ready.changes);
    if (ready.sign !== null) await signRegister(ready.sign);
  }

  async function signRegister(register: Register): Promise<void> {
    const bytes = encodeRegister(register, named());
    const signature = await signer.sign("register", family, bytes);
    await run([
      { type: "register", register: { register, signed: { bytes, signature } }, from: null },
    ]);
  }

  /**
   * The core as the disk has it: entries in stream order, judged again, and the latest registers. What
   * no disk has, the links and who is where, it takes from the one before.
   */
  async function rebuild(before: Gossip | null): Promise<Gossip> {
    const now = ports.now();
    const view = ledger();
    const fresh = createGossip(family, me, env.seed, view.head.retentionDays, now);
    const earlier: VerifiedRegister[] = [];
    for (const row of await env.store.list("registers", prefixRange([]))) {
      const register = await readRegister(row.value, view);
      if (register === null) continue;
      if (isWitnessKey(row.key)) earlier.push(register);
      else fresh.registers.set(toHex(register.register.device), register);
    }
    const { entries, cleaning } = await readStoredEntries(env.store, family, me);
    if (cleaning.length > 0) await env.store.commit(cleaning, { durability: "relaxed", fence });
    // What came of age while this device was closed goes with the first tick, as it would have.
    const days = entries.map((one) => dayOf(one.header.clock.ms));
    fresh.floorDay = least(days, floorDayOf(fresh, now));
    await restoreTails(fresh, view);
    const lastSeen = greatest(
      entries.map((one) => one.header.clock.ms),
      now,
    );
    for (const entry of inStreamOrder(entries))
      step(fresh, { type: "entry", entry, from: null }, view, lastSeen);
    witnesses = createWitnesses(fresh, earlier);
    restoreClock(fresh, entries);
    for (const peer of before?.peers.keys() ?? []) fresh.peers.set(peer, newPeer());
    for (const [device, held] of before?.places ?? []) fresh.places.set(device, held);
    const own = fresh.registers.get(toHex(me))?.register;
    // What did not open does not open by a restart either, and is no more delivered than before.
    for (const { what, author, stream, seq } of own?.exceptions ?? []) {
      if (what === "undecryptable") fresh.undecryptable.add(`${streamKey(author, stream)}/${seq}`);
    }
    fresh.lasting = lasting ?? own?.lasting ?? "unknown";
    fresh.isDirty = true;
    return fresh;
  }

  /** Where each stream begins here, what its first entry builds on, and whether it is in doubt. */
  async function restoreTails(fresh: Gossip, view: LedgerView): Promise<void> {
    tails.clear();
    for (const row of await env.store.list("places", prefixRange([]))) {
      const tail = row.value instanceof Uint8Array ? decodeTail(row.value) : null;
      if (tail === null) throw new StoreError("corrupt", "a stored stream is malformed");
      const stream = streamOf(fresh, tail.author, tail.stream);
      stream.first = tail.first;
      stream.base = tail.base;
      stream.forkAt = tail.forkAt;
      stream.proof = tail.proof === null ? null : proofOf(family, tail.proof);
      const { at = null, register = null } = tail.dating ?? {};
      stream.datedAt = at;
      stream.datedBy =
        register === null ? null : await verifyRegister(env.crypto, view.head, register);
      if (tail.first > 1) stream.had = [{ from: 1, to: tail.first - 1 }];
      tails.set(streamKey(tail.author, tail.stream), markOf(stream));
    }
  }

  /** Writes for the streams whose beginning or fork moved since they were last stored. */
  function tailWrites(): readonly Write[] {
    return durableStreams(core).flatMap((stream): readonly Write[] => {
      const key = streamKey(stream.author, stream.number);
      const mark = markOf(stream);
      if (mark === NEW_TAIL || tails.get(key) === mark) return [];
      tails.set(key, mark);
      const value = encodeTail(stream);
      return [{ type: "put", table: "places", key: [stream.author, stream.number], value }];
    });
  }

  function restoreClock(fresh: Gossip, entries: readonly VerifiedEntry[]): void {
    const own = fresh.registers.get(toHex(me))?.register.clock ?? { ms: 0, counter: 0 };
    fresh.clock = own;
    for (const { header } of entries) {
      const isMine = toHex(header.author) === toHex(me);
      if (isMine && compareClock(header.clock, fresh.clock) > 0) fresh.clock = header.clock;
    }
  }

  async function readRegister(value: unknown, view: LedgerView): Promise<VerifiedRegister | null> {
    const pair = pairOf(value);
    if (pair === null) return null;
    const [bytes, signature] = pair;
    return verifyRegister(env.crypto, view.head, { bytes, signature });
  }
}

/** All days before the floor, with one range each. */
function retentionWrites(floorDay: number): readonly Write[] {
  const below = (day: number): KeyRange => ({ from: [0], to: [Math.max(0, day)] });
  const headers = below(headerFloorOf(floorDay));
  return [
    { type: "delete-range", table: "bodies", range: below(floorDay) },
    { type: "delete-range", table: "timeline", range: below(floorDay) },
    { type: "delete-range", table: "entries", range: headers },
  ];
}

function inStreamOrder(entries: readonly VerifiedEntry[]): readonly VerifiedEntry[] {
  return entries.toSorted((a, b) => a.header.seq - b.header.seq);
}
