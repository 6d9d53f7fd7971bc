/**
 * Virtual time: a heap of events, taken one at a time. Events of one millisecond come in an order
 * that the seed chooses, so that no node may rely on who was first; what must stay in order is given
 * times that differ. Knows nothing of nodes. SPEC SI1, SI2.
 */
import type { Random } from "../workers/core/random.ts";

export interface Scheduler {
  /** Virtual milliseconds since the start of the seed; fractions order what one link carries. */
  now(): number;
  /** Runs `run` after `delayMs` (0 or more); the returned function cancels. */
  after(delayMs: number, label: string, run: () => void | Promise<void>): () => void;
  /** Takes the next event off the heap and moves time to it; null when nothing is left. */
  next(): ScheduledEvent | null;
  /** Time of the next event; null when nothing is left. */
  peekTime(): number | null;
  /** Moves time forward without events; a broken invariant if one would be passed by. */
  advanceTo(timeMs: number): void;
  /** Adds to every event still to come: the world stood still for everybody that long. */
  postpone(byMs: number): void;
}

export interface ScheduledEvent {
  readonly time: number;
  readonly label: string;
  readonly run: () => void | Promise<void>;
}

interface Entry extends ScheduledEvent {
  time: number;
  readonly tie: number;
  isCancelled: boolean;
}

export function createScheduler(random: Random): Scheduler {
  const heap: Entry[] = [];
  let now = 0;

  const dropCancelled = (): void => {
    while (heap[0]?.isCancelled === true) pop(heap);
  };
  return {
    now: () => now,
    after: (delayMs, label, run) => {
      const time = now + Math.max(0, delayMs);
      const entry = { time, label, run, tie: random.fraction(), isCancelled: false };
      push(heap, entry);
      return () => {
        entry.isCancelled = true;
      };
    },
    next: () => {
      dropCancelled();
      const entry = pop(heap);
      if (entry === null) return null;
      now = entry.time;
      return entry;
    },
    peekTime: () => {
      dropCancelled();
      return heap[0]?.time ?? null;
    },
    advanceTo: (timeMs) => {
      dropCancelled();
      const next = heap[0]?.time ?? Number.POSITIVE_INFINITY;
      if (timeMs < now || timeMs > next) throw new Error("invariant: time skips no event");
      now = timeMs;
    },
    postpone: (byMs) => {
      for (const entry of heap) entry.time += byMs;
    },
  };
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.time < b.time || (a.time === b.time && a.tie < b.tie);
}

function push(heap: Entry[], entry: Entry): void {
  heap.push(entry);
  let index = heap.length - 1;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || !isBefore(entry, above)) break;
    heap[index] = above;
    index = parent;
  }
  heap[index] = entry;
}

function pop(heap: Entry[]): Entry | null {
  const top = heap[0];
  const last = heap.pop();
  if (top === undefined || last === undefined) return null;
  if (heap.length === 0) return top;
  let index = 0;
  for (;;) {
    const left = heap[2 * index + 1];
    const right = heap[2 * index + 2];
    const isRight = left !== undefined && right !== undefined && isBefore(right, left);
    const child = isRight ? right : left;
    if (child === undefined || !isBefore(child, last)) break;
    heap[index] = child;
    index = 2 * index + (isRight ? 2 : 1);
  }
  heap[index] = last;
  return top;
}
