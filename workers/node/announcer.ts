/**
 * When to say "I am here" on a channel: at once when something changed, then after 5 s, doubling to
 * 60 s, with a fifth of jitter so that devices that woke together do not stay together. A wall clock
 * that jumps only makes it speak once too early. Decides no content. SPEC RV9, RV10.
 */
import { ANNOUNCE_GAP_MS, ANNOUNCE_MS_MAX, ANNOUNCE_MS_MIN } from "./link-limits.ts";

export interface AnnounceSchedule {
  isDue(now: number): boolean;
  /** Something changed: due at once, but never within ANNOUNCE_GAP_MS of the last. */
  hurry(now: number): void;
  /** It was said. `jitter` from 0 to below 1. */
  said(now: number, jitter: number): void;
}

/** A schedule that is due at once. */
export function createAnnounceSchedule(): AnnounceSchedule {
  let dueAt = Number.NEGATIVE_INFINITY;
  let lastAt = Number.NEGATIVE_INFINITY;
  let waitMs = ANNOUNCE_MS_MIN;
  return {
    isDue: (now) => now >= dueAt || now < lastAt,
    hurry: (now) => {
      waitMs = ANNOUNCE_MS_MIN;
      dueAt = now < lastAt ? now : Math.max(now, lastAt + ANNOUNCE_GAP_MS);
    },
    said: (now, jitter) => {
      lastAt = now;
      dueAt = now + waitMs * (0.8 + 0.4 * jitter);
      waitMs = Math.min(waitMs * 2, ANNOUNCE_MS_MAX);
    },
  };
}
