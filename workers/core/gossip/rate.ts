/**
 * Rate limit by the generic cell rate algorithm (ITU-T I.371) over an author's own signed stream:
 * every honest device computes the same mark from the same entries, so the verdict never depends on
 * arrival. Refused entries spend too. SPEC RT1..RT3. Source: DESIGN §5.
 */
import { EMERGENCY_STREAM, type StreamNumber } from "./header.ts";
import { EMERGENCY_BURST, EMERGENCY_INTERVAL_MS, RATE_BURST, RATE_INTERVAL_MS } from "./limits.ts";

/** Milliseconds that an entry of this stream spends: calls for help have a small bucket of their own. */
export function intervalOf(stream: StreamNumber): number {
  return stream === EMERGENCY_STREAM ? EMERGENCY_INTERVAL_MS : RATE_INTERVAL_MS;
}

/** The mark after an entry at `ms`, given the mark before: milliseconds since the epoch. */
export function markAfter(markBefore: number, ms: number, stream: StreamNumber = 0): number {
  return Math.max(markBefore, ms) + intervalOf(stream);
}

/** Whether an entry at `ms` stays inside the burst. */
export function isWithinRate(markBefore: number, ms: number, stream: StreamNumber = 0): boolean {
  const burst = stream === EMERGENCY_STREAM ? EMERGENCY_BURST : RATE_BURST;
  return markBefore - ms <= burst * intervalOf(stream);
}
