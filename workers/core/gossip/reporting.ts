/**
 * Builds this device's register, and reads delivery out of the registers of others.
 * SPEC RG3..RG7. Source: DESIGN §5.
 */
import { isSameBytes } from "../codec/cbor.ts";
import { toHex } from "../codec/ids.ts";
import type { DeviceId, Hex } from "../codec/ids.ts";
import { highest } from "./intervals.ts";
import { streamKey, type Clock, type Header } from "./header.ts";
import { EXCEPTIONS_MAX, GAPS_MAX, REGISTER_GAPS_MAX, STREAMS_MAX } from "./limits.ts";
import {
  coverageIn,
  coverageOf,
  UNKNOWN_ID,
  REGISTER_VERSION,
  type Coverage,
  type Register,
  type RegisterException,
} from "./register.ts";
import { durableStreams, type Gossip } from "./state.ts";
import type { Stream } from "./stream.ts";

export function buildRegister(gossip: Gossip, clock: Clock, height: number): Register {
  const streams = durableStreams(gossip).filter((one) => one.had.length > 0 || one.first > 1);
  const own = streams.filter((one) => isSameBytes(one.author, gossip.me));
  return {
    version: REGISTER_VERSION,
    device: gossip.me,
    clock,
    height,
    lasting: gossip.lasting,
    heads: own.slice(0, HEADS_MAX).map(headOf),
    vector: coverages([...own, ...streams.filter((one) => !own.includes(one))]),
    exceptions: exceptionsOf(gossip, streams),
  };
}

/** What a stream that is not named says: nothing was in it. So each is named, also when all of it is gone. */
function headOf(stream: Stream): Register["heads"][number] {
  const { number, first, had, known, base } = stream;
  const seq = Math.max(first - 1, highest(had));
  const id = known.get(seq)?.id ?? (seq === first - 1 ? base?.id : undefined);
  return { stream: number, seq, id: id ?? UNKNOWN_ID };
}

/**
 * Streams and gaps beyond the limits are reported as missing: of each stream the lowest intervals
 * are kept, my own streams come first. Nobody can make this device sign more than a register holds.
 */
function coverages(streams: readonly Stream[]): readonly Coverage[] {
  let gapsLeft = REGISTER_GAPS_MAX;
  return streams.slice(0, STREAMS_MAX).map((stream) => {
    const had = stream.had.slice(0, Math.min(GAPS_MAX, gapsLeft));
    gapsLeft -= had.length;
    return { author: stream.author, stream: stream.number, first: beginningOf(stream), had };
  });
}

/**
 * Where this device says that the stream begins. What it took at its own word is the first that anybody
 * had then: a newcomer that never had what came before must not make the next one wait for it. It still
 * takes that if somebody has it after all.
 */
function beginningOf(stream: Stream): number {
  // What it had below that is gone, here and everywhere: only what is kept says where it goes on.
  let lowest = Number.POSITIVE_INFINITY;
  for (const seq of stream.known.keys()) lowest = Math.min(lowest, seq);
  return stream.anchored.has(lowest) ? Math.max(stream.first, lowest) : stream.first;
}

/**
 * Where there are more than a register names, those streams go short that have the most, and of them
 * the oldest: whoever is refused much hides nothing of what is said of others.
 */
function exceptionsOf(gossip: Gossip, streams: readonly Stream[]): readonly RegisterException[] {
  const all = streams.map((stream) => exceptionsIn(gossip, stream));
  const named = new Set<readonly RegisterException[]>();
  let left = EXCEPTIONS_MAX;
  for (const some of all.toSorted((a, b) => a.length - b.length)) {
    if (some.length > left) break;
    named.add(some);
    left -= some.length;
  }
  return all.flatMap((some) => {
    if (named.has(some)) return some;
    const last = left === 0 ? [] : some.slice(-left);
    left -= last.length;
    return last;
  });
}

function exceptionsIn(gossip: Gossip, stream: Stream): readonly RegisterException[] {
  const { author, number } = stream;
  const numbers = [...stream.known.keys()].sort((a, b) => a - b);
  return numbers.flatMap((seq): readonly RegisterException[] => {
    const verdict = stream.known.get(seq)?.verdict;
    if (verdict?.type === "refused") {
      return [{ author, stream: number, seq, what: "refused", height: verdict.height }];
    }
    return gossip.undecryptable.has(`${toHex(author)}/${number}/${seq}`)
      ? [{ author, stream: number, seq, what: "undecryptable", height: 0 }]
      : [];
  });
}

/** My durable streams: every even number up to STREAM_NUMBER_MAX. */
const HEADS_MAX = 16;

/** Where my message has got to, by the latest registers. */
export type Delivery =
  | { readonly type: "queued" }
  | { readonly type: "held"; readonly devices: number }
  | { readonly type: "delivered" };

/** `recipients`: devices of the audience's member, without my own. */
export function deliveryOf(
  gossip: Gossip,
  header: Header,
  recipients: readonly DeviceId[],
): Delivery {
  const { reached, held } = spreadOf(gossip, header, recipients);
  if (reached.size > 0) return { type: "delivered" };
  return held > 0 ? { type: "held", devices: held } : { type: "queued" };
}

/** Of a message's recipients those that have it and all before it, and how many others hold it. */
export function spreadOf(
  gossip: Gossip,
  header: Header,
  recipients: readonly DeviceId[],
): { readonly reached: ReadonlySet<Hex>; readonly held: number } {
  const wanted = new Set(recipients.map((one) => toHex(one)));
  const reached = new Set<Hex>();
  let held = 0;
  for (const [device, { register }] of gossip.registers) {
    if (isSameBytes(register.device, gossip.me)) continue;
    if (coverageOf(register, header.author, header.stream, header.seq) !== "had") continue;
    if (!wanted.has(device)) held += 1;
    else if (isWithoutGap(gossip, register, header)) reached.add(device);
  }
  return { reached, held };
}

/**
 * Whether the device has all that comes before the entry, as far as anybody still does: what waits
 * for a missing predecessor is had, and not shown.
 */
function isWithoutGap(gossip: Gossip, register: Register, header: Header): boolean {
  const { author, stream, seq } = header;
  const covered = coverageIn(register, author, stream);
  const first = gossip.streams.get(streamKey(author, stream))?.first ?? 1;
  return (
    covered?.had.some(
      (one) => one.from <= Math.max(covered.first, first) && one.from <= seq && seq <= one.to,
    ) ?? false
  );
}
