/**
 * One device's durable stream as this device knows it: which sequence numbers it has had, and of
 * each still kept the link that its successor is judged by. A fork (two ids at one number) makes
 * that number and all above it doubtful. SPEC SM1..SM6. Source: DESIGN §5.
 */
import { isSameBytes } from "../codec/cbor.ts";
import type { DeviceId } from "../codec/ids.ts";
import type { Header } from "./header.ts";
import { hasSeq, withRange, type Intervals } from "./intervals.ts";
import { RATE_INTERVAL_MS } from "./limits.ts";
import { judge, type LedgerView, type Link, type Predecessor, type Verdict } from "./verdict.ts";

/** An entry of the stream that is still kept. */
export interface Known extends Link {
  readonly header: Header;
  readonly verdict: Verdict;
}

export interface Stream {
  readonly author: DeviceId;
  readonly number: number;
  /** First number inside retention; everything below is gone and counts as had. */
  first: number;
  had: Intervals;
  readonly known: Map<number, Known>;
  /** Lowest number with two ids. */
  forkAt: number | null;
}

export function createStream(author: DeviceId, number: number): Stream {
  return { author, number, first: 1, had: [], known: new Map(), forkAt: null };
}

/** An entry whose verdict changed, with the one before; null for a new entry. */
export interface Change {
  readonly known: Known;
  readonly before: Verdict | null;
}

/** Adds an entry that is not yet had and judges it, then the provisional ones that follow it. */
export function addEntry(
  stream: Stream,
  header: Header,
  id: Link["id"],
  ledger: LedgerView,
  anchor: number,
): readonly Change[] {
  const judged = judgeAt(stream, header, ledger, anchor);
  const known: Known = {
    id,
    header,
    clock: header.clock,
    height: header.height,
    mark: judged.mark,
    verdict: judged.verdict,
  };
  stream.known.set(header.seq, known);
  stream.had = withRange(stream.had, header.seq, header.seq);
  const changes: Change[] = [{ known, before: null }];
  if (judged.verdict.type !== "provisional") {
    changes.push(...judgeOnwards(stream, header.seq + 1, ledger, anchor));
  }
  return changes;
}

/** Judges all kept entries again, after the ledger or the anchor changed. */
export function judgeAgain(stream: Stream, ledger: LedgerView, anchor: number): readonly Change[] {
  const numbers = [...stream.known.keys()].sort((a, b) => a - b);
  return numbers.flatMap((seq) => rejudge(stream, seq, ledger, anchor));
}

/** Records a second id at one number: this number and all above it are doubtful from now on. */
export function markFork(
  stream: Stream,
  seq: number,
  ledger: LedgerView,
  anchor: number,
): readonly Change[] {
  if (stream.forkAt !== null && stream.forkAt <= seq) return [];
  stream.forkAt = seq;
  return judgeAgain(stream, ledger, anchor);
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
  for (const [seq] of gone) stream.known.delete(seq);
  stream.first = first;
  return gone.map(([, known]) => known);
}

function judgeOnwards(
  stream: Stream,
  from: number,
  ledger: LedgerView,
  anchor: number,
): readonly Change[] {
  const changes: Change[] = [];
  for (let seq = from; stream.known.get(seq)?.verdict.type === "provisional"; seq += 1) {
    changes.push(...rejudge(stream, seq, ledger, anchor));
  }
  return changes;
}

function rejudge(
  stream: Stream,
  seq: number,
  ledger: LedgerView,
  anchor: number,
): readonly Change[] {
  const known = stream.known.get(seq);
  if (known === undefined) return [];
  const { verdict, mark } = judgeAt(stream, known.header, ledger, anchor);
  const after = { ...known, verdict, mark };
  stream.known.set(seq, after);
  return isSameVerdict(known.verdict, verdict) ? [] : [{ known: after, before: known.verdict }];
}

function judgeAt(
  stream: Stream,
  header: Header,
  ledger: LedgerView,
  anchor: number,
): { readonly verdict: Verdict; readonly mark: number } {
  const judged = judge(header, predecessorOf(stream, header, anchor), ledger);
  if (stream.forkAt === null || header.seq < stream.forkAt) return judged;
  const fork: Verdict = { type: "refused", rule: "fork", height: header.height };
  return { verdict: fork, mark: judged.mark };
}

/**
 * `anchor` is the first number that anybody still has: what came before it is gone everywhere, so
 * the entry at the anchor is taken at its own word.
 */
function predecessorOf(stream: Stream, header: Header, anchor: number): Predecessor {
  if (header.seq === 1) return "start";
  const before = stream.known.get(header.seq - 1);
  if (before !== undefined) return before.verdict.type === "provisional" ? "unknown" : before;
  if (header.seq > anchor) return "unknown";
  return {
    id: header.previous,
    clock: { ms: 0, counter: 0 },
    height: 0,
    mark: header.rateMark - RATE_INTERVAL_MS,
  };
}

function isSameVerdict(a: Verdict, b: Verdict): boolean {
  if (a.type !== "refused" || b.type !== "refused") return a.type === b.type;
  return a.rule === b.rule && a.height === b.height;
}
