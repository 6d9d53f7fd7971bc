/**
 * Rate limit by the generic cell rate algorithm (ITU-T I.371) over an author's own signed stream:
 * every honest device computes the same mark from the same entries, so the verdict never depends on
 * arrival. Refused entries spend too. SPEC RT1..RT3. A second one of the same kind is over the bytes that
 * an author makes others store, with days instead of minutes. SPEC QT1, QT2. Source: DESIGN §5.
 */
import { DURABLE_STREAM, EMERGENCY_STREAM, type Header, type StreamNumber } from "./header.ts";
import {
  EMERGENCY_BURST,
  EMERGENCY_INTERVAL_MS,
  HEADER_CHARGE_BYTES,
  JOIN_CHARGE_BYTES,
  QUOTA_BURST_MS,
  QUOTA_BYTES_PER_SECOND,
  QUOTA_EMERGENCY_SHARE,
  QUOTA_OTHER_SHARE,
  RATE_BURST,
  RATE_INTERVAL_MS,
  RECIPIENT_CHARGE_BYTES,
} from "./limits.ts";

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

/** What an entry spends of its author's quota: milliseconds in which so many bytes may come. */
export function costOf({
  stream,
  recipients,
  joins,
  bodyBytes,
}: Pick<Header, "stream" | "recipients" | "joins" | "bodyBytes">): number {
  const lists = RECIPIENT_CHARGE_BYTES * recipients.length + JOIN_CHARGE_BYTES * joins.length;
  const bytes = HEADER_CHARGE_BYTES + lists + bodyBytes;
  return Math.ceil((bytes * 1_000 * shareOf(stream)) / QUOTA_BYTES_PER_SECOND);
}

/** One part of so many that a stream has. */
function shareOf(stream: StreamNumber): number {
  if (stream === DURABLE_STREAM) return 1;
  return stream === EMERGENCY_STREAM ? QUOTA_EMERGENCY_SHARE : QUOTA_OTHER_SHARE;
}

/** By how much what was stored before leads an entry at `ms`, milliseconds. */
export function owedAt(storedBefore: number, ms: number): number {
  return Math.max(0, storedBefore - ms);
}

/** The quota's mark after an entry, given the mark before: milliseconds since the epoch. */
export function storedAfter(storedBefore: number, header: Header): number {
  return Math.max(storedBefore, header.clock.ms) + costOf(header);
}

/** Whether there was room for it: what was stored before is at most so far ahead. */
export function isWithinQuota(owed: number): boolean {
  return owed <= QUOTA_BURST_MS;
}
