/**
 * What retention lets go of, by whole UTC days. Bodies go at the floor, headers two days later, so
 * that chains can be checked while anybody may still cite them. The floor follows my clock, but no
 * further than a week past the last sign of life of another device: a clock that jumped ahead must
 * not delete what nobody else can confirm is old. SPEC RE1..RE5. Source: DESIGN §5.
 */
import { isSameBytes } from "../codec/cbor.ts";
import { greatest } from "../codec/extremes.ts";
import { dayOf } from "./clock.ts";
import { streamKey, type Header } from "./header.ts";
import { DAY_MS, FLOOR_TRUST_MS, HEADER_EXTRA_DAYS } from "./limits.ts";
import { durableStreams, type Gossip } from "./state.ts";
import { forgetBelow, passGone } from "./stream.ts";

/** First day whose bodies are kept, at wall time `now`. */
export function floorDayOf(gossip: Gossip, now: number): number {
  let seen = 0;
  for (const { register } of gossip.registers.values()) {
    if (!isSameBytes(register.device, gossip.me)) seen = Math.max(seen, register.clock.ms);
  }
  const believed = seen === 0 ? now : Math.min(now, seen + FLOOR_TRUST_MS);
  return dayOf(believed) - gossip.retentionDays;
}

/** First day whose headers are kept. */
export function headerFloorOf(floorDay: number): number {
  return floorDay - HEADER_EXTRA_DAYS;
}

/** Whether the entry is only a link of its chain now: its body's time is over. */
export function isBodyExpired(gossip: Gossip, header: Header): boolean {
  return dayOf(header.clock.ms) < gossip.floorDay;
}

/**
 * Moves every stream's first number past the headers that are let go: past what is expired and no
 * further, since what is missing above it may still come.
 */
export function expire(gossip: Gossip): void {
  const floor = headerFloorOf(gossip.floorDay) * DAY_MS;
  for (const stream of durableStreams(gossip)) {
    const expired = [...stream.known.entries()].filter(
      ([, known]) => known.header.clock.ms < floor,
    );
    const first =
      1 +
      greatest(
        expired.map(([seq]) => seq),
        0,
      );
    for (const known of forgetBelow(stream, first)) {
      const { author, number } = stream;
      gossip.undecryptable.delete(`${streamKey(author, number)}/${known.header.seq}`);
    }
    passGone(stream);
  }
}
