/**
 * Judges of the spread world, asserted at every step of every honest core: they know by construction
 * what each entry is to be (spread-truth.ts) and keep books of what each device was given, has stored
 * and has said. What must hold once faults are over is in spread-end.ts. SPEC SI13, SI33.
 */
import { toHex, type Hex } from "../workers/core/codec/ids.ts";
import type { Fingerprint } from "../workers/core/gossip/comparing.ts";
import type { GossipInput } from "../workers/core/gossip/gossip.ts";
import {
  compareClock,
  EMERGENCY_KINDS,
  isDurable,
  streamKey,
  type Clock,
} from "../workers/core/gossip/header.ts";
import {
  AGAIN_MAX,
  CLOCK_LIFT_MS,
  COMPARE_AGAIN_MS,
  COMPARE_ANSWERS_MAX,
  FUTURE_ACCEPT_MS,
  HOPS_MAX,
  PARKED_PER_AUTHOR_MAX,
  PROVISIONAL_MAX,
  TOLD_RANGES_MAX,
} from "../workers/core/gossip/limits.ts";
import type { GossipReady } from "../workers/core/gossip/ready.ts";
import type { Register } from "../workers/core/gossip/register.ts";
import type { Want } from "../workers/core/gossip/state.ts";
import type { Change } from "../workers/core/gossip/stream.ts";
import { idOf, isSound, keyOf, type SpreadFrame } from "./spread-frames.ts";
import type { Mote, Spread, SpreadWatch } from "./spread-parts.ts";
import type { Truth } from "./spread-truth.ts";

/** Entries below an accepted one of which each has to be there. */
const LOOKED_BACK = 16;
const DAY_MS = 86_400_000;
const RETENTION_DAYS = 30;
/** Days that headers stay. */
const HEADER_DAYS = RETENTION_DAYS + 2;
/** Streams that a device may open, and entries that may wait beyond the bound for one that was asked. */
const STREAMS_EACH = 16;

/** What one honest device was seen to do. */
export interface Book {
  /** Numbers that retention has let go of, or whose time was over when they came. */
  readonly gone: Set<string>;
  /** Entries that it has accepted at some time. */
  readonly shown: Set<Hex>;
  /** The latest time that its wall clock has shown. */
  highestMs: number;
  floorDay: number;
  /** Latest register of each device that it was given. */
  readonly registers: Map<Hex, Clock>;
  /** Of each peer what was asked, and whether its last answer brought nothing. */
  readonly asked: Map<Hex, readonly Want[]>;
  readonly barren: Set<Hex>;
  /** Numbers of which an entry came, in whatever frame, or was written here. */
  readonly heard: Set<string>;
  questions: number;
  signed: number;
  pushed: number;
  /** Words about fingerprints beyond the first, to honest devices; and to each peer in the last while. */
  drilled: number;
  readonly compared: Map<Hex, { since: number; count: number }>;
}

export interface SpreadJudge {
  readonly bookOf: (mote: Mote) => Book;
  /** From now on questions, pushes and registers are counted anew. */
  readonly count: () => void;
  /** Whether some device has let something go: what follows is then taken up when registers came. */
  readonly isAnyGone: () => boolean;
}

export function watchSpread(spread: Spread, truth: Truth): SpreadJudge {
  const books = new Map<Mote, Book>();
  const { violations, watches, wall } = spread;
  /** Some device has let something go. */
  let isAnyGone = false;
  const watch: SpreadWatch = { stepped, sent, came, linked };
  watches.push(watch);
  return {
    bookOf,
    isAnyGone: () => isAnyGone,
    count: () => {
      for (const one of books.values()) {
        Object.assign(one, { questions: 0, signed: 0, pushed: 0, drilled: 0 });
      }
    },
  };

  function bookOf(mote: Mote): Book {
    const found = books.get(mote);
    if (found !== undefined) return found;
    const book: Book = {
      gone: new Set(),
      shown: new Set(),
      highestMs: wall(mote),
      floorDay: Math.floor(wall(mote) / DAY_MS) - RETENTION_DAYS,
      registers: new Map(),
      asked: new Map(),
      barren: new Set(),
      heard: new Set(),
      questions: 0,
      signed: 0,
      pushed: 0,
      drilled: 0,
      compared: new Map(),
    };
    books.set(mote, book);
    return book;
  }

  function broken(rule: string, mote: Mote, what: string): void {
    violations.push(`${rule} ${mote.index} ${what}`);
  }

  function stepped(
    mote: Mote,
    input: GossipInput,
    ready: GossipReady,
    _view: unknown,
    now: number,
  ): void {
    if (mote.alter !== null) return;
    const book = bookOf(mote);
    book.highestMs = Math.max(book.highestMs, now);
    if (input.type === "entry") book.heard.add(keyOf(input.entry.header));
    judgeStored(mote, book, input, ready, now);
    const stored = new Set(ready.store.map(({ entry }) => keyOf(entry.header)));
    for (const change of ready.changes) judgeVerdict(mote, book, change, stored);
    judgePushes(mote, book, input, ready);
    if (ready.floorDay !== null) passDays(mote, book, ready.floorDay);
    noteRegister(mote, book, input);
    if (ready.sign !== null) {
      book.signed += 1;
      judgeClaims(mote, book, ready.sign, stored);
    }
    const lead = mote.core.clock.ms - book.highestMs - CLOCK_LIFT_MS;
    if (lead > 1) broken("HC", mote, `leads every clock that it has shown by ${lead} ms more`);
    if (input.type === "tick") judgeBounds(mote);
  }

  /** G3, G4, HC: what may be kept at all. */
  function judgeStored(
    mote: Mote,
    book: Book,
    input: GossipInput,
    ready: GossipReady,
    now: number,
  ): void {
    for (const { entry, known, isBodyKept } of ready.store) {
      const { clock } = entry.header;
      const key = keyOf(entry.header);
      const day = Math.floor(clock.ms / DAY_MS);
      if (day < book.floorDay - 2) broken("G3", mote, `stores ${key} of a day that it let go`);
      if (!isSound(entry.entry.signature)) broken("G4", mote, `stores ${key} under no signature`);
      const isOwn = toHex(entry.header.author) === mote.name;
      const isCall = EMERGENCY_KINDS.has(entry.header.kind);
      const isAhead = clock.ms > now + FUTURE_ACCEPT_MS && !isCall;
      if (isAhead && !isOwn) broken("HC", mote, `takes ${key} from the future`);
      const isBare = entry.entry.body.length === 0 && known.verdict.type !== "refused";
      if (isBare && day >= book.floorDay) broken("P1", mote, `stores ${key} without its body`);
      if (!isBodyKept && known.verdict.type === "accepted" && day >= book.floorDay) {
        broken("P1", mote, `drops the body of ${key}`);
      }
    }
    const isEntry = input.type === "entry" && isDurable(input.entry.header.stream);
    if (isEntry && ready.untaken?.reason === "expired") book.gone.add(keyOf(input.entry.header));
  }

  /** G4, G5: accepted and refused is what by construction is to be. */
  function judgeVerdict(
    mote: Mote,
    book: Book,
    { known }: Change,
    stored: ReadonlySet<string>,
  ): void {
    const id = toHex(known.id);
    const { verdict, header } = known;
    const expected = truth.expect(id, header, mote.height);
    const own = truth.ownFault(id, header, mote.height);
    if (verdict.type === "accepted") book.shown.add(id);
    // Nothing is gone anywhere before a floor has moved: then one is taken at its own word.
    if (verdict.type === "accepted" && header.seq > 1 && !isAnyGone) {
      for (let seq = header.seq - 1; seq > Math.max(0, header.seq - LOOKED_BACK); seq -= 1) {
        const before = keyOf({ ...header, seq });
        if (mote.stored.has(before) || stored.has(before)) continue;
        broken("G4", mote, `accepts ${keyOf(header)} without ${before}`);
        break;
      }
    }
    if (expected.type === "forked") return;
    const is = verdict.type === "refused" ? verdict.rule : verdict.type;
    if (expected.type === "dated" && is === "backdated") return;
    const plain = expected.type === "dated" ? expected.otherwise : expected;
    const shouldBe = plain.type === "refused" ? plain.rule : plain.type;
    // Without its predecessor only what is wrong by itself can be seen.
    if (is === shouldBe || is === own) return;
    if (is === "provisional" && own === null) return;
    // What came before is gone everywhere: it is taken at its own word (SM5).
    const before = keyOf({ ...header, seq: header.seq - 1 });
    const isFirstLeft = isAnyGone && !mote.stored.has(before) && !stored.has(before);
    if (is === "accepted" && own === null && isFirstLeft) return;
    const rule = is === "accepted" ? "G4" : "G5";
    broken(rule, mote, `says ${is} of ${keyOf(header)}, which is ${shouldBe}`);
  }

  /** G2, G4: never back, never to who wrote it, never what is refused, never beyond eight hops. */
  function judgePushes(mote: Mote, book: Book, input: GossipInput, ready: GossipReady): void {
    for (const { entry, to } of ready.push) {
      const { header } = entry;
      const id = idOf(entry);
      const isProof = truth.expect(id, header, mote.height).type === "forked";
      // Who refuses a number for another reason hears of its fork by fingerprints, also in quiet.
      if (!isProof) book.pushed += to.length;
      const fault = truth.ownFault(id, header, mote.height);
      if (fault !== null && to.length > 0 && !isProof) {
        broken("G4", mote, `passes on ${keyOf(header)}, which is ${fault}`);
      }
      const isOwn = toHex(header.author) === mote.name;
      if (!isOwn && to.length > 0 && entry.entry.hops >= HOPS_MAX && !isProof) {
        broken("G2", mote, `passes on ${keyOf(header)} after ${entry.entry.hops} hops`);
      }
      for (const peer of to) {
        const isBack = input.type === "entry" && input.from === peer;
        if (isBack) broken("G2", mote, `pushes ${keyOf(header)} back`);
        if (peer === toHex(header.author)) broken("G2", mote, `pushes ${keyOf(header)} home`);
      }
    }
  }

  function passDays(mote: Mote, book: Book, floorDay: number): void {
    if (floorDay < book.floorDay) broken("G3", mote, "moves its floor back");
    book.floorDay = floorDay;
    isAnyGone = true;
    for (const [key, { header }] of mote.stored) {
      if (Math.floor(header.clock.ms / DAY_MS) < floorDay - 2) book.gone.add(key);
    }
  }

  /** RG: of each device the latest register is kept, whatever comes later. */
  function noteRegister(mote: Mote, book: Book, input: GossipInput): void {
    if (input.type !== "register") return;
    const device = toHex(input.register.register.device);
    const kept = mote.core.registers.get(device)?.register.clock;
    const before = book.registers.get(device);
    if (kept === undefined) return;
    if (before !== undefined && compareClock(kept, before) < 0) {
      broken("RG", mote, `keeps an older register of ${device}`);
    }
    book.registers.set(device, kept);
    if (input.from === device) book.barren.delete(device);
  }

  /** G7: had is stored, or was let go of. */
  function judgeClaims(
    mote: Mote,
    book: Book,
    { vector }: Register,
    stored: ReadonlySet<string>,
  ): void {
    for (const { author, stream, first, had } of vector) {
      const key = streamKey(author, stream);
      for (const { from, to } of had) {
        for (let seq = Math.max(from, first); seq <= to; seq += 1) {
          const name = `${key}/${seq}`;
          if (mote.stored.has(name) || stored.has(name) || book.gone.has(name)) continue;
          broken("G7", mote, `says that it has ${name}`);
          return;
        }
      }
    }
  }

  /** G6: whatever others say and do, what is kept of it is bounded. */
  function judgeBounds(mote: Mote): void {
    const { core } = mote;
    const size = spread.motes.length;
    const waiting = [...core.streams.values()].some((stream) => {
      if (stream.known.size <= PROVISIONAL_MAX) return false;
      const many = [...stream.known.values()].filter((one) => one.verdict.type === "provisional");
      return many.length > PROVISIONAL_MAX + 1;
    });
    const isOver =
      core.ways.size > AGAIN_MAX ||
      core.registers.size > size ||
      core.streams.size > size * STREAMS_EACH * 2 ||
      [...core.parked.values()].some((one) => one.length > PARKED_PER_AUTHOR_MAX) ||
      [...core.peers.values()].some((peer) =>
        [...peer.told.values()].some((one) => one.had.length > TOLD_RANGES_MAX),
      );
    if (isOver || waiting) broken("G6", mote, "keeps more than its bounds");
    const oldest = Math.floor(wall(mote) / DAY_MS) - HEADER_DAYS - 1;
    if (core.floorDay < oldest + 2 && core.peers.size > 0 && isKeptUp(mote)) {
      broken("G3", mote, `its floor is day ${core.floorDay}`);
    }
  }

  /** Whether others have been heard of today: else the floor waits (RE2). */
  function isKeptUp(mote: Mote): boolean {
    const today = Math.floor(wall(mote) / DAY_MS);
    return [...mote.core.registers.values()].some(
      ({ register }) =>
        toHex(register.device) !== mote.name && Math.floor(register.clock.ms / DAY_MS) >= today,
    );
  }

  function linked(a: Mote, b: Mote): void {
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const book = bookOf(one);
      book.barren.delete(other.name);
      book.asked.delete(other.name);
      // What was counted of a peer ends with its link, which costs it a handshake.
      book.compared.delete(other.name);
    }
  }

  /** G6: who has answered a question with nothing is not asked again before its next register. */
  function sent(from: Mote, to: Mote, frame: SpreadFrame): void {
    if (from.alter === null && frame.type === "fingerprint") {
      judgeCompared(from, to, frame.fingerprint.what.type);
    }
    if (from.alter !== null || frame.type !== "want") return;
    const book = bookOf(from);
    book.questions += 1;
    if (book.barren.has(to.name)) broken("G6", from, `asks ${to.index} again, which has nothing`);
    if (frame.wants.some((one) => !isDurable(one.stream))) {
      broken("G6", from, "asks for what nobody keeps");
    }
    // By a register it may have been misunderstood: it is asked once more, by numbers.
    if (frame.by === null) book.asked.set(to.name, frame.wants);
  }

  /** G6: whatever a peer says of fingerprints, it is answered a few times in half a minute. */
  function judgeCompared(from: Mote, to: Mote, what: Fingerprint["what"]["type"]): void {
    const book = bookOf(from);
    if (what !== "all" && to.alter === null && !isInDoubt(from, to)) book.drilled += 1;
    const now = wall(from);
    const last = book.compared.get(to.name);
    const isOld = last === undefined || Math.abs(now - last.since) >= COMPARE_AGAIN_MS;
    const counted = isOld ? { since: now, count: 0 } : last;
    counted.count += 1;
    book.compared.set(to.name, counted);
    // Two whiles may touch, and a word of one's own begins each.
    if (counted.count > 2 * (COMPARE_ANSWERS_MAX + 2)) {
      broken("G6", from, `answers ${to.index} without end`);
    }
  }

  function came(to: Mote, from: Mote, frame: SpreadFrame): void {
    if (to.alter !== null) return;
    if (frame.type !== "answer" && frame.type !== "entry" && frame.type !== "proof") return;
    const book = bookOf(to);
    const entries = frame.type === "entry" ? [frame.entry] : frame.entries;
    for (const { header } of entries) book.heard.add(keyOf(header));
    const asked = book.asked.get(from.name);
    if (frame.type !== "answer" || asked === undefined) return;
    book.asked.delete(from.name);
    const isBarren = !asked.some(({ author, stream, ranges }) =>
      ranges.some((range) => {
        for (let { from: seq } = range; seq <= range.to; seq += 1) {
          if (book.heard.has(`${streamKey(author, stream)}/${seq}`)) return true;
        }
        return false;
      }),
    );
    if (isBarren) book.barren.add(from.name);
  }
}

/** Whether one of them refuses a stream from another number on than the other: they do differ. */
function isInDoubt(one: Mote, other: Mote): boolean {
  const keys = new Set([...one.core.streams.keys(), ...other.core.streams.keys()]);
  return [...keys].some((key) => {
    const [mine, theirs] = [one.core.streams.get(key), other.core.streams.get(key)];
    return (
      (mine?.forkAt ?? null) !== (theirs?.forkAt ?? null) ||
      (mine?.datedAt ?? null) !== (theirs?.datedAt ?? null)
    );
  });
}
