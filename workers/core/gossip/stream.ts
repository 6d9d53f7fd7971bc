/**
 * One device's durable stream as this device knows it: which sequence numbers it has had, and of
 * each still kept the link that its successor is judged by. A fork (two ids at one number) makes
 * that number and all above it doubtful; so does a register of its device that contradicts a number
 * (dating.ts). SPEC SM1..SM6, BK1. Source: DESIGN §5.
 */
import { isSameBytes } from "../codec/cbor.ts";
import type { DeviceId } from "../codec/ids.ts";
import { least } from "../codec/extremes.ts";
import { dayOf } from "./clock.ts";
import { forgetDays, noteDay, type DayCells } from "./day-cells.ts";
import { compareClock, type Entry, type Header } from "./header.ts";
import { hasSeq, withRange, type Intervals } from "./intervals.ts";
import { intervalOf } from "./rate.ts";
import type { VerifiedRegister } from "./register.ts";
import {
  judge,
  type Judged,
  type LedgerView,
  type Link,
  type Predecessor,
  type RefusalRule,
  type Verdict,
} from "./verdict.ts";

/** An entry of the stream that is still kept. */
export interface Known extends Link, Judged {
  readonly header: Header;
  /** It breaks what no device breaks by itself: of such ones a bounded number is kept. */
  readonly isWanton: boolean;
}

/** A verified entry that is not kept as its stream's own. */
export interface Proof {
  readonly id: Link["id"];
  readonly header: Header;
  readonly entry: Entry;
}

export interface Stream {
  readonly author: DeviceId;
  readonly number: number;
  /** First number inside retention; everything below is gone and counts as had. */
  first: number;
  had: Intervals;
  readonly known: Map<number, Known>;
  /** How many of `known` are wanton. */
  wanton: number;
  /** The numbers of `known` by day. */
  readonly days: DayCells;
  /** Lowest number with two ids. */
  forkAt: number | null;
  /** The entry at `forkAt` that came second, without its body; shows the fork to who has not heard. */
  proof: Proof | null;
  /** Lowest number that a register of its device contradicts. */
  datedAt: number | null;
  /** That register; null where it is not here any more. */
  datedBy: VerifiedRegister | null;
  /** Earlier registers of its device that may contradict what is still to come, earliest first. */
  witnesses: readonly VerifiedRegister[];
  /** What the entry below `first` left behind, so that the entry at `first` is judged as before. */
  base: Link | null;
  /** Numbers that were once taken at their own word; they stay so, whoever connects later. */
  readonly anchored: Set<number>;
}

export function createStream(author: DeviceId, number: number): Stream {
  return {
    author,
    number,
    first: 1,
    had: [],
    known: new Map(),
    wanton: 0,
    days: new Map(),
    forkAt: null,
    proof: null,
    datedAt: null,
    datedBy: null,
    witnesses: [],
    base: null,
    anchored: new Set(),
  };
}

/** An entry whose verdict changed, with the one before; null for a new entry. */
export interface Change {
  readonly known: Known;
  readonly before: Verdict | null;
}

/** Adds an entry that is not yet had and judges it, then those that follow as far as it matters. */
export function addEntry(
  stream: Stream,
  header: Header,
  id: Link["id"],
  ledger: LedgerView,
  anchor: number,
): readonly Change[] {
  const judged = judgeAt(stream, header, ledger, anchor);
  const known: Known = { ...judged, id, header };
  if (known.isWanton) stream.wanton += 1;
  stream.known.set(header.seq, known);
  noteDay(stream.days, dayOf(header.clock.ms), header.seq);
  stream.had = withRange(stream.had, header.seq, header.seq);
  return [{ known, before: null }, ...judgeOnwards(stream, header.seq + 1, ledger, anchor)];
}

/** What would be said of an entry; changes nothing. */
export function previewOf(
  stream: Stream,
  header: Header,
  ledger: LedgerView,
  anchor: number,
): Pick<Known, "verdict" | "isWanton"> {
  const wasAnchored = stream.anchored.has(header.seq);
  const judged = judgeAt(stream, header, ledger, anchor);
  if (!wasAnchored) stream.anchored.delete(header.seq);
  return judged;
}

/** Judges all kept entries again, after the ledger or the anchor changed. */
export function judgeAgain(stream: Stream, ledger: LedgerView, anchor: number): readonly Change[] {
  const numbers = [...stream.known.keys()].sort((a, b) => a - b);
  return numbers.flatMap((seq) => rejudge(stream, seq, ledger, anchor).changes);
}

/** Records a second id at one number: this number and all above it are doubtful from now on. */
export function markFork(
  stream: Stream,
  { id, header, entry }: Proof,
  ledger: LedgerView,
  anchor: number,
): readonly Change[] {
  if (stream.forkAt !== null && stream.forkAt <= header.seq) return [];
  stream.forkAt = header.seq;
  stream.proof = { id, header, entry: { ...entry, body: new Uint8Array(), hops: 0 } };
  return judgeAgain(stream, ledger, anchor);
}

/** The lowest number that is contradicted by a register: it and all above it are refused from now on. */
export function markDated(
  stream: Stream,
  seq: number,
  register: VerifiedRegister,
  ledger: LedgerView,
  anchor: number,
): readonly Change[] {
  stream.datedAt = seq;
  stream.datedBy = register;
  return judgeAgain(stream, ledger, anchor);
}

/** The lowest number that is in doubt, whatever the reason; infinite where none is. */
export function doubtfulFrom({ forkAt, datedAt }: Stream): number {
  return Math.min(forkAt ?? Number.POSITIVE_INFINITY, datedAt ?? Number.POSITIVE_INFINITY);
}

/** Whether the number holds this very entry, another one, or none. */
export function lookUp(stream: Stream, seq: number, id: Link["id"]): "same" | "fork" | "none" {
  const known = stream.known.get(seq);
  if (known !== undefined) return isSameBytes(known.id, id) ? "same" : "fork";
  return seq < stream.first || hasSeq(stream.had, seq) ? "same" : "none";
}

/** Forgets entries below `first`; they stay had. */
export function forgetBelow(stream: Stream, first: number): readonly Known[] {
  if (first <= stream.first) return [];
  const gone = [...stream.known.entries()].filter(([seq]) => seq < first);
  const last = stream.known.get(first - 1);
  stream.base = last?.isLinked === true ? last : null;
  for (const [seq, { isWanton }] of gone) {
    if (isWanton) stream.wanton -= 1;
    stream.known.delete(seq);
    stream.anchored.delete(seq);
  }
  forgetDays(stream.days, first);
  stream.first = first;
  return gone.map(([, known]) => known);
}

/**
 * Moves `first` past numbers that were had and are not kept: their time was over when they came, and
 * so is that of all below them. Never past an entry that is kept. True if it moved.
 */
export function passGone(stream: Stream): boolean {
  const lowestKept = least(stream.known.keys(), Number.POSITIVE_INFINITY);
  const gone = stream.had.filter((one) => one.from < lowestKept).at(-1);
  if (gone === undefined) return false;
  const first = Math.min(gone.to + 1, lowestKept);
  if (first <= stream.first) return false;
  forgetBelow(stream, first);
  return true;
}

function judgeOnwards(
  stream: Stream,
  from: number,
  ledger: LedgerView,
  anchor: number,
): readonly Change[] {
  const changes: Change[] = [];
  for (let seq = from; ; seq += 1) {
    const rejudged = rejudge(stream, seq, ledger, anchor);
    if (!rejudged.isOther) return changes;
    changes.push(...rejudged.changes);
  }
}

function rejudge(stream: Stream, seq: number, ledger: LedgerView, anchor: number): Rejudged {
  const known = stream.known.get(seq);
  if (known === undefined) return { changes: [], isOther: false };
  const after: Known = { ...known, ...judgeAt(stream, known.header, ledger, anchor) };
  stream.known.set(seq, after);
  stream.wanton += Number(after.isWanton) - Number(known.isWanton);
  const isSame = isSameVerdict(known.verdict, after.verdict);
  return {
    changes: isSame ? [] : [{ known: after, before: known.verdict }],
    isOther: !isSame || !isSameLink(known, after),
  };
}

interface Rejudged {
  readonly changes: readonly Change[];
  /** What the successor is judged by is not what it was. */
  readonly isOther: boolean;
}

function isSameLink(a: Known, b: Known): boolean {
  if (a.isLinked !== b.isLinked) return false;
  return (
    a.mark === b.mark &&
    a.stored === b.stored &&
    a.height === b.height &&
    compareClock(a.clock, b.clock) === 0
  );
}

function judgeAt(
  stream: Stream,
  header: Header,
  ledger: LedgerView,
  anchor: number,
): Judged & Pick<Known, "isWanton"> {
  const fresh = judge(header, predecessorOf(stream, header, anchor), ledger);
  const isWanton = fresh.verdict.type === "refused" && WANTON.has(fresh.verdict.rule);
  const judged = { ...fresh, isWanton };
  if (header.seq < doubtfulFrom(stream)) return judged;
  const isForked = stream.forkAt !== null && header.seq >= stream.forkAt;
  const rule = isForked ? "fork" : "backdated";
  return { ...judged, verdict: { type: "refused", rule, height: header.height } };
}

/**
 * `anchor` is the first number that anybody still has: what came before it is gone everywhere, so
 * the entry at the anchor is taken at its own word. So is the one at `first` after a restart, when
 * the link below it is forgotten here too.
 */
function predecessorOf(stream: Stream, header: Header, anchor: number): Predecessor {
  if (header.seq === 1) return "start";
  const before = stream.known.get(header.seq - 1);
  if (before?.isLinked === true) return before;
  if (stream.base !== null && header.seq === stream.first) return stream.base;
  const isAnchor = header.seq <= Math.max(anchor, stream.first);
  if (!isAnchor && !stream.anchored.has(header.seq)) return "unknown";
  stream.anchored.add(header.seq);
  return {
    id: header.previous,
    clock: { ms: 0, counter: 0 },
    height: 0,
    mark: header.rateMark - intervalOf(header.stream),
    stored: header.clock.ms + header.owed,
  };
}

/** Rules that an app keeps by itself, whatever its person does. */
const WANTON: ReadonlySet<RefusalRule> = new Set<RefusalRule>([
  "chain",
  "clock",
  "height",
  "rate",
  "quota",
]);

function isSameVerdict(a: Verdict, b: Verdict): boolean {
  if (a.type !== "refused" || b.type !== "refused") return a.type === b.type;
  return a.rule === b.rule && a.height === b.height;
}
