/**
 * The gossip core: takes verified entries and registers, decides what is kept, shown, passed on and
 * asked for. `step` is deterministic; the shell obeys its Ready in this order: store, then send,
 * then apply. Signatures are verified before, bodies and ciphertext are not looked into. Nothing is
 * marked as had, spent or parked before the signature was verified. SPEC GP1..GP9, GP14..GP21. Source: DESIGN §5.
 */
import { isSameBytes } from "../codec/cbor.ts";
import { toHex } from "../codec/ids.ts";
import type { Hex } from "../codec/ids.ts";
import { findDevice } from "../ledger/state.ts";
import { ask, closeQuestion, extendQuestion, type Question } from "./asking.ts";
import { dayOf, liftClock, nextClock } from "./clock.ts";
import {
  compareClock,
  GOSSIP_VERSION,
  isDurable,
  streamKey,
  SUITE_HPKE_X25519,
  type Audience,
  type Clock,
  type Kind,
  type Recipient,
  type UnboundHeader,
} from "./header.ts";
import { withRange } from "./intervals.ts";
import {
  DAY_MS,
  FUTURE_ACCEPT_MS,
  FUTURE_PARK_MS,
  HOPS_MAX,
  PARKED_PER_AUTHOR_MAX,
  REGISTER_IDLE_MS,
  REGISTER_INTERVAL_MS,
} from "./limits.ts";
import { isWithinRate, markAfter } from "./rate.ts";
import { coverageOf, type Lasting, type Register, type VerifiedRegister } from "./register.ts";
import { buildRegister } from "./reporting.ts";
import { expire, floorDayOf, headerFloorOf, isBodyExpired } from "./retention.ts";
import { fanout } from "./spread.ts";
import {
  anchorOf,
  durableStreams,
  ownHead,
  streamOf,
  type Gossip,
  type Parked,
  type VerifiedEntry,
} from "./state.ts";
import {
  addEntry,
  judgeAgain,
  lookUp,
  markFork,
  passGone,
  previewOf,
  type Change,
  type Known,
  type Stream,
} from "./stream.ts";
import { judgeEphemeral, type LedgerView } from "./verdict.ts";

export type GossipInput =
  /** `from` is the linked device that sent it, null for my own. */
  | { readonly type: "entry"; readonly entry: VerifiedEntry; readonly from: Hex | null }
  | { readonly type: "register"; readonly register: VerifiedRegister; readonly from: Hex | null }
  /** A peer's answer to my question is complete, and all that it brought was taken before this. */
  | { readonly type: "answered"; readonly from: Hex }
  /** A part of a peer's answer came, and more is on its way. */
  | { readonly type: "answering"; readonly from: Hex }
  | { readonly type: "link-up"; readonly peer: Hex }
  | { readonly type: "link-down"; readonly peer: Hex }
  /** The ledger's head moved: parked entries and narrowings are looked at again. */
  | { readonly type: "ledger" }
  /** Whether I could open an entry that is wrapped for me. */
  | {
      readonly type: "opened";
      readonly author: Uint8Array;
      readonly stream: number;
      readonly seq: number;
      readonly isOpen: boolean;
    }
  /** The page has found out how far the browser keeps what is stored. */
  | { readonly type: "lasting"; readonly lasting: Lasting }
  | { readonly type: "tick" };

/** Why an entry or register was not taken; `needsLedger`: a newer ledger may make it welcome. */
export interface Untaken {
  readonly reason:
    | "unknown-author"
    | "expired"
    | "far-future"
    | "parked"
    | "parked-full"
    | "seen"
    | "no-body"
    | "stale-register";
  readonly needsLedger: boolean;
}

export interface StoreEntry {
  readonly entry: VerifiedEntry;
  readonly known: Known;
  /** Refused: the body is not kept. */
  readonly isBodyKept: boolean;
}

export interface GossipReady {
  readonly store: readonly StoreEntry[];
  /** Verdicts of kept entries that changed, the new ones included. */
  readonly changes: readonly Change[];
  /** Ephemeral entries to act on now; never stored. */
  readonly ephemeral: readonly VerifiedEntry[];
  /** Entries to push, and to whom (hex device ids). */
  readonly push: readonly { readonly entry: VerifiedEntry; readonly to: readonly Hex[] }[];
  readonly want: readonly Question[];
  /** Registers to keep and hand on. */
  readonly registers: readonly {
    readonly register: VerifiedRegister;
    readonly to: readonly Hex[];
  }[];
  /** My register, to be signed after the store is durable, and fed back as input. */
  readonly sign: Register | null;
  /** Entries that retention deletes: all of the days before this one; null for none. */
  readonly floorDay: number | null;
  readonly untaken: Untaken | null;
}

/** Takes one input at wall time `now` (milliseconds, corrected to the family's time). */
export function step(
  gossip: Gossip,
  input: GossipInput,
  ledger: LedgerView,
  now: number,
): GossipReady {
  switch (input.type) {
    case "entry":
      return onEntry(gossip, input.entry, input.from, ledger, now);
    case "register":
      return onRegister(gossip, input.register, input.from, ledger, now);
    case "answered":
      return ready({ want: closeQuestion(gossip, input.from, now) });
    case "answering":
      extendQuestion(gossip, input.from, now);
      return ready({});
    case "link-up":
      return onLinkUp(gossip, input.peer, ledger, now);
    case "link-down":
      gossip.peers.delete(input.peer);
      return ready({});
    case "ledger":
      return onLedger(gossip, ledger, now);
    case "opened":
      return onOpened(gossip, input);
    case "lasting":
      if (gossip.lasting !== input.lasting) gossip.isDirty = true;
      gossip.lasting = input.lasting;
      return ready({});
    case "tick":
      return onTick(gossip, ledger, now);
  }
}

/** What a new message of mine needs. */
export interface Draft {
  readonly kind: Kind;
  readonly audience: Audience;
  readonly recipients: readonly Recipient[];
  readonly isEphemeral: boolean;
}

/** The header of my next entry but for its body's hash, or why I may not send now. Changes nothing. */
export function compose(
  gossip: Gossip,
  draft: Draft,
  ledger: LedgerView,
  now: number,
):
  | { readonly ok: true; readonly header: UnboundHeader }
  | { readonly ok: false; readonly reason: "rate" | "clock" } {
  const number = draft.isEphemeral ? gossip.own.ephemeral : gossip.own.durable;
  const clock = nextClock(gossip.clock, now);
  // My wall clock fell back: nobody would take what continues a stream from the future.
  if (clock.ms > now + FUTURE_ACCEPT_MS) return { ok: false, reason: "clock" };
  const shared = {
    version: GOSSIP_VERSION,
    suite: SUITE_HPKE_X25519,
    kind: draft.kind,
    author: gossip.me,
    stream: number,
    clock,
    height: ledger.head.height,
    ttlSeconds: 0,
    audience: draft.audience,
    recipients: draft.recipients,
  };
  if (draft.isEphemeral) {
    const seq = gossip.own.ephemeralSeq + 1;
    return { ok: true, header: { ...shared, seq, previous: new Uint8Array(16), rateMark: 0 } };
  }
  const stream = streamOf(gossip, gossip.me, number);
  const seq = ownHead(gossip) + 1;
  const before = stream.known.get(seq - 1) ?? (seq === stream.first ? stream.base : null);
  const start = findDevice(ledger.head, gossip.me)?.registeredTime ?? 0;
  const markBefore = before?.mark ?? start;
  if (!isWithinRate(markBefore, clock.ms)) return { ok: false, reason: "rate" };
  const header = {
    ...shared,
    seq,
    previous: before?.id ?? new Uint8Array(16),
    rateMark: markAfter(markBefore, clock.ms),
  };
  return { ok: true, header };
}

/** A new peer gets the register I have; a new one is signed only where that one says too little. */
function onLinkUp(gossip: Gossip, peer: Hex, ledger: LedgerView, now: number): GossipReady {
  gossip.peers.set(peer, { asked: null, askedAt: 0, isDry: false });
  const want = ask(gossip, peer, now);
  const own = gossip.registers.get(toHex(gossip.me));
  const isFresh = !gossip.isDirty && Math.abs(now - gossip.registeredAt) < REGISTER_IDLE_MS;
  if (own === undefined || !isFresh) return ready({ want, sign: ownRegister(gossip, ledger, now) });
  return ready({ want, registers: [{ register: own, to: [peer] }] });
}

function onEntry(
  gossip: Gossip,
  entry: VerifiedEntry,
  from: Hex | null,
  ledger: LedgerView,
  now: number,
): GossipReady {
  const { header } = entry;
  if (findDevice(ledger.head, header.author) === null) return untaken("unknown-author", true);
  if (!isDurable(header.stream)) return onEphemeral(gossip, entry, from, ledger, now);
  const stream = streamOf(gossip, header.author, header.stream);
  const place = lookUp(stream, header.seq, entry.id);
  if (place === "same") return untaken("seen", false);
  // What I signed is mine at once, whatever my wall clock did meanwhile: its number is spent.
  if (from === null) return take(gossip, stream, entry, from, place === "fork", ledger, now);
  if (header.clock.ms > now + FUTURE_PARK_MS) return untaken("far-future", false);
  if (dayOf(header.clock.ms) < headerFloorOf(gossip.floorDay)) {
    stream.had = withRange(stream.had, header.seq, header.seq);
    const isMoved = passGone(stream);
    const changes = isMoved ? judgeAgain(stream, ledger, anchorOf(gossip, stream, now)) : [];
    return ready({ changes, untaken: { reason: "expired", needsLedger: false } });
  }
  if (header.clock.ms > now + FUTURE_ACCEPT_MS) return park(gossip, entry, from, "clock");
  if (header.height > ledger.head.height) return park(gossip, entry, from, "height");
  return take(gossip, stream, entry, from, place === "fork", ledger, now);
}

function take(
  gossip: Gossip,
  stream: Stream,
  entry: VerifiedEntry,
  from: Hex | null,
  isFork: boolean,
  ledger: LedgerView,
  now: number,
): GossipReady {
  const { header } = entry;
  const anchor = anchorOf(gossip, stream, now);
  const isOld = isBodyExpired(gossip, header);
  const isBare = from !== null && !isFork && !isOld && entry.entry.body.length === 0;
  // Only what is refused or past its body's time travels bare: else a relay could strip it for good.
  if (isBare && previewOf(stream, header, ledger, anchor).type !== "refused") {
    return untaken("no-body", true);
  }
  passClock(gossip, header.clock, from, now);
  if (isFork) {
    const changes = markFork(stream, header.seq, ledger, anchor);
    if (changes.length === 0) return untaken("seen", false);
    gossip.isDirty = true;
    return ready({ changes, push: [{ entry, to: targets(gossip, entry, from) }] });
  }
  gossip.isDirty = true;
  const changes = addEntry(stream, header, entry.id, ledger, anchor);
  const [first] = changes;
  if (first === undefined) throw new Error("invariant: a new entry is always a change");
  const isRefused = first.known.verdict.type === "refused";
  return ready({
    store: [{ entry, known: first.known, isBodyKept: !isRefused && !isOld }],
    changes,
    push: isRefused || isOld ? [] : [{ entry, to: targets(gossip, entry, from) }],
  });
}

/** My clock after an entry or register: past my own whatever it says, lifted by others in bounds. */
function passClock(gossip: Gossip, clock: Clock, from: Hex | null, now: number): void {
  if (from !== null) gossip.clock = liftClock(gossip.clock, clock, now);
  else if (compareClock(clock, gossip.clock) > 0) gossip.clock = clock;
}

function onEphemeral(
  gossip: Gossip,
  entry: VerifiedEntry,
  from: Hex | null,
  ledger: LedgerView,
  now: number,
): GossipReady {
  const { header } = entry;
  const key = streamKey(header.author, header.stream);
  const last = gossip.ephemeral.get(key);
  if (last !== undefined && compareClock(header.clock, last) <= 0) return untaken("seen", false);
  if (header.clock.ms > now + FUTURE_ACCEPT_MS) return untaken("far-future", false);
  if (header.clock.ms < now - DAY_MS) return untaken("expired", false);
  if (header.height > ledger.head.height) return untaken("parked-full", true);
  gossip.ephemeral.set(key, header.clock);
  passClock(gossip, header.clock, from, now);
  if (from === null) gossip.own.ephemeralSeq = header.seq;
  if (judgeEphemeral(header, ledger).type !== "accepted") return ready({});
  return ready({ ephemeral: [entry], push: [{ entry, to: targets(gossip, entry, from) }] });
}

/** Random peers for a new entry: not its source, not its author, none whose register shows it. */
function targets(gossip: Gossip, entry: VerifiedEntry, from: Hex | null): readonly Hex[] {
  const { header } = entry;
  const hops = from === null ? 0 : entry.entry.hops + 1;
  if (hops >= HOPS_MAX) return [];
  const candidates = [...gossip.peers.keys()].filter((peer) => {
    if (peer === from || peer === toHex(header.author)) return false;
    const register = gossip.registers.get(peer)?.register;
    return (
      register === undefined ||
      coverageOf(register, header.author, header.stream, header.seq) === "missing"
    );
  });
  const count = fanout(gossip.peers.size, hops);
  return gossip.random.shuffled(candidates.sort()).slice(0, count);
}

function park(
  gossip: Gossip,
  entry: VerifiedEntry,
  from: Hex | null,
  why: Parked["why"],
): GossipReady {
  const author = toHex(entry.header.author);
  const waiting = gossip.parked.get(author) ?? [];
  const isWaiting = waiting.some((one) => isSameBytes(one.entry.id, entry.id));
  if (isWaiting) return untaken("parked", why === "height");
  if (waiting.length >= PARKED_PER_AUTHOR_MAX) return untaken("parked-full", why === "height");
  gossip.parked.set(author, [...waiting, { entry, from, why }]);
  return untaken("parked", why === "height");
}

function onRegister(
  gossip: Gossip,
  register: VerifiedRegister,
  from: Hex | null,
  ledger: LedgerView,
  now: number,
): GossipReady {
  const device = toHex(register.register.device);
  if (findDevice(ledger.head, register.register.device) === null) {
    return untaken("unknown-author", true);
  }
  if (register.register.clock.ms > now + FUTURE_PARK_MS) return untaken("far-future", false);
  const latest = gossip.registers.get(device);
  const isNewer =
    latest === undefined || compareClock(register.register.clock, latest.register.clock) > 0;
  if (!isNewer) return untaken("stale-register", false);
  gossip.registers.set(device, register);
  passClock(gossip, register.register.clock, from, now);
  if (from === null) {
    return ready({ registers: [{ register, to: [...gossip.peers.keys()].sort() }] });
  }
  const peer = gossip.peers.get(from);
  if (peer !== undefined && device === from) peer.isDry = false;
  const isRelayWorthwhile = device === from || !gossip.peers.has(device);
  const others = [...gossip.peers.keys()].filter((one) => one !== from && one !== device).sort();
  const changes = durableStreams(gossip).flatMap((stream) =>
    hasProvisional(stream) ? judgeAgain(stream, ledger, anchorOf(gossip, stream, now)) : [],
  );
  return ready({
    changes,
    registers: [{ register, to: isRelayWorthwhile ? others : [] }],
    want: ask(gossip, from, now),
  });
}

function hasProvisional(stream: Stream): boolean {
  return [...stream.known.values()].some((one) => one.verdict.type === "provisional");
}

/** Looks again at what waits for the ledger or the clock, and judges all streams on the new head. */
function onLedger(gossip: Gossip, ledger: LedgerView, now: number): GossipReady {
  const readies = [unpark(gossip, ledger, now)];
  const changes = durableStreams(gossip).flatMap((stream) =>
    judgeAgain(stream, ledger, anchorOf(gossip, stream, now)),
  );
  if (changes.length > 0) gossip.isDirty = true;
  readies.push(ready({ changes }));
  return merge(readies);
}

function unpark(gossip: Gossip, ledger: LedgerView, now: number): GossipReady {
  const readies: GossipReady[] = [];
  const waiting = [...gossip.parked.values()].flat();
  gossip.parked.clear();
  waiting.sort((a, b) => compareClock(a.entry.header.clock, b.entry.header.clock));
  for (const one of waiting) readies.push(onEntry(gossip, one.entry, one.from, ledger, now));
  return merge(readies);
}

function onOpened(
  gossip: Gossip,
  opened: {
    readonly author: Uint8Array;
    readonly stream: number;
    readonly seq: number;
    readonly isOpen: boolean;
  },
): GossipReady {
  const key = `${streamKey(opened.author, opened.stream)}/${opened.seq}`;
  const isChange = opened.isOpen
    ? gossip.undecryptable.delete(key)
    : !gossip.undecryptable.has(key);
  if (!opened.isOpen) gossip.undecryptable.add(key);
  if (isChange) gossip.isDirty = true;
  return ready({});
}

function onTick(gossip: Gossip, ledger: LedgerView, now: number): GossipReady {
  const readies: GossipReady[] = [unpark(gossip, ledger, now)];
  const floorDay = Math.max(gossip.floorDay, floorDayOf(gossip, now));
  if (floorDay > gossip.floorDay) {
    gossip.floorDay = floorDay;
    expire(gossip);
    readies.push(ready({ floorDay }));
  }
  for (const peer of [...gossip.peers.keys()].sort()) {
    const want = ask(gossip, peer, now);
    if (want.length > 0) readies.push(ready({ want }));
  }
  const sinceLast = now - gossip.registeredAt;
  const isDue =
    (gossip.isDirty && sinceLast >= REGISTER_INTERVAL_MS) ||
    (gossip.peers.size > 0 && sinceLast >= REGISTER_IDLE_MS);
  if (isDue || sinceLast < 0) readies.push(ready({ sign: ownRegister(gossip, ledger, now) }));
  return merge(readies);
}

function ownRegister(gossip: Gossip, ledger: LedgerView, now: number): Register {
  const clock = nextClock(gossip.clock, now);
  gossip.clock = clock;
  gossip.isDirty = false;
  gossip.registeredAt = now;
  return buildRegister(gossip, clock, ledger.head.height);
}

function untaken(reason: Untaken["reason"], needsLedger: boolean): GossipReady {
  return ready({ untaken: { reason, needsLedger } });
}

function ready(some: Partial<GossipReady>): GossipReady {
  return {
    store: [],
    changes: [],
    ephemeral: [],
    push: [],
    want: [],
    registers: [],
    sign: null,
    floorDay: null,
    untaken: null,
    ...some,
  };
}

function merge(readies: readonly GossipReady[]): GossipReady {
  return {
    store: readies.flatMap((one) => one.store),
    changes: readies.flatMap((one) => one.changes),
    ephemeral: readies.flatMap((one) => one.ephemeral),
    push: readies.flatMap((one) => one.push),
    want: readies.flatMap((one) => one.want),
    registers: readies.flatMap((one) => one.registers),
    sign: readies.findLast((one) => one.sign !== null)?.sign ?? null,
    floorDay: readies.findLast((one) => one.floorDay !== null)?.floorDay ?? null,
    untaken: readies.find((one) => one.untaken?.needsLedger === true)?.untaken ?? null,
  };
}
