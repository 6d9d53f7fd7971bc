/**
 * The gossip core: takes verified entries and registers, decides what is kept, shown, passed on and
 * asked for. `step` is deterministic; the shell obeys its Ready in this order: store, then send,
 * then apply. Signatures are verified before, bodies and ciphertext are not looked into. Nothing is
 * marked as had, spent or parked before the signature was verified. SPEC GP1..GP9, GP14..GP21, GP25, BK3. Source: DESIGN §5.
 */
import { isSameBytes } from "../codec/cbor.ts";
import { toHex } from "../codec/ids.ts";
import type { DeviceId, Hex } from "../codec/ids.ts";
import { findDevice } from "../ledger/state.ts";
import { ask, askAll, closeQuestion, extendQuestion } from "./asking.ts";
import { passClock, seenAgain } from "./arrivals.ts";
import { dayOf, nextClock } from "./clock.ts";
import { onEphemeral } from "./ephemeral.ts";
import {
  compareClock,
  EMERGENCY_KINDS,
  isDurable,
  streamKey,
  type Clock,
  type Header,
} from "./header.ts";
import { NAMED_NONE, proofsBeside } from "./forks.ts";
import { withRange } from "./intervals.ts";
import {
  FUTURE_ACCEPT_MS,
  FUTURE_PARK_MS,
  PARKED_PER_AUTHOR_MAX,
  PROVISIONAL_BYTES_MAX,
  PROVISIONAL_MAX,
  REGISTER_IDLE_MS,
  REGISTER_INTERVAL_MS,
  WANTON_MAX,
} from "./limits.ts";
import { date, NOTHING_DATED, weighEntry } from "./dating.ts";
import { compareAgain, onFingerprint, type Fingerprint } from "./comparing.ts";
import { contradicts, type Lasting, type Register, type VerifiedRegister } from "./register.ts";
import type { RegisterMark } from "./packing.ts";
import { judgePlaces, placesFor, recallPlace, tickPlaces } from "./places.ts";
import { compared, merge, ready, untaken, type GossipReady } from "./ready.ts";
import { copiesFor, listAgain, listFor, give, takeRound } from "./register-rounds.ts";
import { onRegister } from "./taking-registers.ts";
import { buildRegister } from "./reporting.ts";
import { expire, floorDayOf, headerFloorOf, isBodyExpired } from "./retention.ts";
import {
  announce,
  noteTold,
  spread,
  spreadProof,
  wish,
  wishesToSay,
  wishFrom,
} from "./spreading.ts";
import {
  anchorOf,
  durableStreams,
  newPeer,
  streamOf,
  type Gossip,
  type Parked,
  type VerifiedEntry,
  type Want,
} from "./state.ts";
import {
  addEntry,
  judgeAgain,
  lookUp,
  markFork,
  passGone,
  previewOf,
  type Stream,
} from "./stream.ts";
import type { LedgerView } from "./verdict.ts";

export type GossipInput =
  /** `from` is the linked device that sent it, null for my own. */
  | { readonly type: "entry"; readonly entry: VerifiedEntry; readonly from: Hex | null }
  | { readonly type: "register"; readonly register: VerifiedRegister; readonly from: Hex | null }
  /** A register and an entry of one device that contradict each other, as a peer shows them. */
  | {
      readonly type: "dated";
      readonly register: VerifiedRegister;
      readonly entry: VerifiedEntry;
      readonly from: Hex;
    }
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
  /** A place of this device stood here before a restart: nothing older of it counts. */
  | {
      readonly type: "recalled";
      readonly author: DeviceId;
      readonly clock: Clock;
      readonly id: Uint8Array;
    }
  /** The page has found out how far the browser keeps what is stored. */
  | { readonly type: "lasting"; readonly lasting: Lasting }
  /** An entry that is here came again, unasked. */
  | { readonly type: "again"; readonly header: Header; readonly from: Hex }
  /** A peer says what it has. */
  | { readonly type: "told"; readonly from: Hex; readonly has: readonly Want[] }
  /** A peer says which registers it has. */
  | { readonly type: "listed"; readonly from: Hex; readonly marks: readonly RegisterMark[] }
  /** A peer wants an author's new entries at once, or to be spared them. */
  | {
      readonly type: "wish";
      readonly from: Hex;
      readonly author: DeviceId;
      readonly isWanted: boolean;
    }
  /** A peer's word about fingerprints. */
  | { readonly type: "fingerprint"; readonly from: Hex; readonly fingerprint: Fingerprint }
  /** The time of `announceAt` has come. */
  | { readonly type: "announce" }
  | { readonly type: "tick" };

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
    case "dated":
      return onDated(gossip, input, ledger, now);
    case "answered":
      return ready({ want: closeQuestion(gossip, input.from, now) });
    case "answering":
      extendQuestion(gossip, input.from, now);
      return ready({});
    case "link-up":
      return onLinkUp(gossip, input.peer, ledger, now);
    case "link-down":
      gossip.peers.delete(input.peer);
      // What it was asked for others may have.
      return ready({ want: askAll(gossip, now), wishes: wishesToSay(gossip, now) });
    case "ledger":
      return onLedger(gossip, ledger, now);
    case "opened":
      return onOpened(gossip, input);
    case "recalled":
      recallPlace(gossip, input);
      return ready({});
    case "lasting":
      if (gossip.lasting !== input.lasting) gossip.isDirty = true;
      gossip.lasting = input.lasting;
      return ready({});
    case "again":
      return seenAgain(gossip, input.header, input.from);
    case "told":
      return onTold(gossip, input.from, input.has, now);
    case "listed":
      return ready({ copies: copiesFor(gossip, input.from, input.marks, now) });
    case "wish":
      if (findDevice(ledger.head, input.author) !== null) {
        wish(gossip, input.from, input.author, input.isWanted);
      }
      return ready({});
    case "fingerprint":
      return compared(onFingerprint(gossip, input.from, input.fingerprint, now));
    case "announce":
      return ready({ tell: announce(gossip, now) });
    case "tick":
      return onTick(gossip, ledger, now);
  }
}

/** A new peer gets the register I have; a new one is signed only where that one says too little. */
function onLinkUp(gossip: Gossip, peer: Hex, ledger: LedgerView, now: number): GossipReady {
  gossip.peers.set(peer, newPeer());
  const want = ask(gossip, peer, now);
  const lists = [listFor(gossip, peer)];
  const push = placesFor(gossip, peer);
  const own = gossip.registers.get(toHex(gossip.me));
  const isFresh = !gossip.isDirty && Math.abs(now - gossip.registeredAt) < REGISTER_IDLE_MS;
  if (own === undefined || !isFresh) {
    return ready({ want, lists, push, sign: ownRegister(gossip, ledger, now) });
  }
  give(gossip, peer, own.register);
  return ready({ want, lists, push, copies: [{ register: own, to: [peer] }] });
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
    const changes = isMoved
      ? judgeAgain(stream, ledger, anchorOf(gossip, stream, now, ledger.head))
      : [];
    return ready({ changes, untaken: { reason: "expired", needsLedger: false } });
  }
  // A wrong clock does not hold up a call for help.
  const isAhead = header.clock.ms > now + FUTURE_ACCEPT_MS;
  if (isAhead && !EMERGENCY_KINDS.has(header.kind)) return park(gossip, entry, from, "clock");
  if (header.height > ledger.head.height) return park(gossip, entry, from, "height");
  return take(gossip, stream, entry, from, place === "fork", ledger, now);
}

/** The doubt stands whatever becomes of the entry: it may have to wait for the ledger. */
function onDated(
  gossip: Gossip,
  { register, entry, from }: Extract<GossipInput, { readonly type: "dated" }>,
  ledger: LedgerView,
  now: number,
): GossipReady {
  const { author, stream: number } = entry.header;
  if (findDevice(ledger.head, author) === null) return untaken("unknown-author", true);
  if (!contradicts(register.register, entry)) return ready({});
  if (register.register.clock.ms > now + FUTURE_PARK_MS) return untaken("far-future", false);
  const dated = date(gossip, streamOf(gossip, author, number), entry, register, from, ledger, now);
  return merge([ready({ ...dated }), onEntry(gossip, entry, from, ledger, now)]);
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
  // Before all else: what is refused for it travels bare.
  const dated = isFork ? NOTHING_DATED : weighEntry(gossip, stream, entry, ledger, now);
  const taken = takeWeighed(gossip, stream, entry, from, isFork, ledger, now);
  return {
    ...taken,
    changes: [...dated.changes, ...taken.changes],
    proofs: [...dated.proofs, ...taken.proofs],
  };
}

function takeWeighed(
  gossip: Gossip,
  stream: Stream,
  entry: VerifiedEntry,
  from: Hex | null,
  isFork: boolean,
  ledger: LedgerView,
  now: number,
): GossipReady {
  const { header } = entry;
  const anchor = anchorOf(gossip, stream, now, ledger.head);
  const isOld = isBodyExpired(gossip, header);
  const isBare = from !== null && !isFork && !isOld && entry.entry.body.length === 0;
  // Only what is refused or past its body's time travels bare: else a relay could strip it for good.
  if (isBare && previewOf(stream, header, ledger, anchor).verdict.type !== "refused") {
    return untaken("no-body", true);
  }
  const isCrowded =
    (isLacking(stream, header) && isFull(stream)) ||
    (stream.wanton >= WANTON_MAX && previewOf(stream, header, ledger, anchor).isWanton);
  if (from !== null && !isFork && isCrowded) return untaken("parked-full", false);
  passClock(gossip, header.clock, header.author, from, now);
  if (isFork) {
    const changes = markFork(stream, entry, ledger, anchor);
    if (changes.length === 0) return untaken("seen", false);
    gossip.isDirty = true;
    const push = [{ entry, to: spreadProof(gossip, entry, from) }];
    // Who brought it may have nothing but that one.
    const isThis = (key: string): boolean => key === streamKey(stream.author, stream.number);
    const proofs = from === null ? [] : proofsBeside(gossip, from, now, NAMED_NONE, isThis);
    return ready({ changes, push, proofs });
  }
  gossip.isDirty = true;
  const changes = addEntry(stream, header, entry.id, ledger, anchor);
  const [first] = changes;
  if (first === undefined) throw new Error("invariant: a new entry is always a change");
  const isRefused = first.known.verdict.type === "refused";
  return ready({
    store: [{ entry, known: first.known, isBodyKept: !isRefused && !isOld }],
    changes,
    push: isRefused || isOld ? [] : [{ entry, to: spread(gossip, entry, from, now) }],
  });
}

/** Whether the entry below it is not here, or waits for one itself. */
function isLacking(stream: Stream, { seq }: Header): boolean {
  return seq > stream.first && stream.known.get(seq - 1)?.isLinked !== true;
}

/** Whether as many wait for a predecessor as may: what is beyond is not had, and asked for again. */
function isFull({ known }: Stream): boolean {
  let [waiting, bytes] = [0, 0];
  for (const { isLinked, header } of known.values()) {
    if (isLinked) continue;
    waiting += 1;
    bytes += header.bodyBytes;
  }
  return waiting >= PROVISIONAL_MAX || bytes >= PROVISIONAL_BYTES_MAX;
}

function onTold(gossip: Gossip, from: Hex, has: readonly Want[], now: number): GossipReady {
  for (const one of has) noteTold(gossip, from, one);
  const want = ask(gossip, from, now);
  const authors = want.flatMap(({ wants }) => wants.map(({ author }) => author));
  return ready({ want, wishes: authors.flatMap((one) => wishFrom(gossip, from, one)) });
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

/** Looks again at what waits for the ledger or the clock, and judges all streams on the new head. */
function onLedger(gossip: Gossip, ledger: LedgerView, now: number): GossipReady {
  const readies = [unpark(gossip, ledger, now)];
  const changes = durableStreams(gossip).flatMap((stream) =>
    judgeAgain(stream, ledger, anchorOf(gossip, stream, now, ledger.head)),
  );
  if (changes.length > 0) gossip.isDirty = true;
  readies.push(ready({ changes }), judgePlaces(gossip, ledger, now));
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
  const readies = [unpark(gossip, ledger, now), tickPlaces(gossip, now)];
  const floorDay = Math.max(gossip.floorDay, floorDayOf(gossip, now));
  if (floorDay > gossip.floorDay) {
    gossip.floorDay = floorDay;
    expire(gossip);
    readies.push(ready({ floorDay }));
  }
  readies.push(
    ready({
      want: askAll(gossip, now),
      wishes: wishesToSay(gossip, now),
      copies: ownRound(gossip, now),
      lists: listAgain(gossip, now),
    }),
    compared(compareAgain(gossip, now)),
  );
  const sinceLast = now - gossip.registeredAt;
  const isDue =
    (gossip.isDirty && sinceLast >= REGISTER_INTERVAL_MS) ||
    (gossip.peers.size > 0 && sinceLast >= REGISTER_IDLE_MS);
  if (isDue || sinceLast < 0) readies.push(ready({ sign: ownRegister(gossip, ledger, now) }));
  return merge(readies);
}

/** Everybody gets the register that so far went to a few. */
function ownRound(gossip: Gossip, now: number): GossipReady["copies"] {
  const register = gossip.registers.get(toHex(gossip.me));
  if (register === undefined || !takeRound(gossip, now)) return [];
  const to = [...gossip.peers.keys()].sort();
  for (const one of to) give(gossip, one, register.register);
  return [{ register, to }];
}

function ownRegister(gossip: Gossip, ledger: LedgerView, now: number): Register {
  const clock = nextClock(gossip.clock, now);
  gossip.clock = clock;
  gossip.isDirty = false;
  gossip.registeredAt = now;
  return buildRegister(gossip, clock, ledger.head.height);
}
