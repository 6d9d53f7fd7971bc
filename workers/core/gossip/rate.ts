/**
 * Rate limit by the generic cell rate algorithm (ITU-T I.371) over an author's own signed stream:
 * every honest device computes the same mark from the same entries, so the verdict never depends on
 * arrival. Refused entries spend too. SPEC RT1..RT2. Source: DESIGN §5.
 */
import { RATE_BURST, RATE_INTERVAL_MS } from "./limits.ts";

/** The mark after an entry at `ms`, given the mark before: milliseconds since the epoch. */
export function markAfter(markBefore: number, ms: number): number {
  return Math.max(markBefore, ms) + RATE_INTERVAL_MS;
}

/** Whether an entry at `ms` stays inside the burst. */
export function isWithinRate(markBefore: number, ms: number): boolean {
  return markBefore - ms <= RATE_BURST * RATE_INTERVAL_MS;
}
