/**
 * How far the streams of devices have come, as this device knows them: what a change that narrows
 * somebody names, so that what was said before it stays. SPEC DI2. Source: DESIGN §4, §5.
 */
import { isSameBytes } from "../codec/cbor.ts";
import type { DeviceId } from "../codec/ids.ts";
import { NARROWED_STREAMS_MAX } from "../ledger/limits.ts";
import type { NarrowedCuts } from "../ledger/rule-book.ts";
import { durableStreams, type Gossip } from "./state.ts";
import { doubtfulFrom, type Known } from "./stream.ts";

/** Which entries count. */
export interface CutOptions {
  /** Whether the streams of all other devices are left out. */
  readonly isOnly: boolean;
  /** The last moment of an author's clock that counts, milliseconds since the epoch; null: all do. */
  readonly until: (author: DeviceId) => number | null;
}

/**
 * The last entry known of each durable stream, those of `first` before all others, as many as one
 * narrowing holds. What is doubtful (a fork, a register against it) is not named, nor what was said after `until`.
 */
export function cutsOf(
  gossip: Gossip,
  first: readonly DeviceId[],
  { isOnly, until }: CutOptions,
): NarrowedCuts {
  const isFirst = (author: DeviceId): boolean => first.some((one) => isSameBytes(one, author));
  const cuts = durableStreams(gossip).flatMap((stream) => {
    const { author, number, known } = stream;
    if (isOnly && !isFirst(author)) return [];
    const end = until(author) ?? Number.POSITIVE_INFINITY;
    let last: Known | undefined;
    for (const one of known.values()) {
      const { seq, clock } = one.header;
      const counts = seq < doubtfulFrom(stream) && clock.ms <= end;
      if (counts && (last === undefined || seq > last.header.seq)) last = one;
    }
    if (last === undefined) return [];
    return [{ device: author, stream: number, seq: last.header.seq, id: last.id }];
  });
  const firsts = cuts.filter(({ device }) => isFirst(device));
  const others = cuts.filter(({ device }) => !isFirst(device));
  return [...firsts, ...others].slice(0, NARROWED_STREAMS_MAX);
}
