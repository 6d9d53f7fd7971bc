/**
 * What every entry that comes does here, whether it is kept or not: it moves the clock, and what came
 * twice shows a way that may not be needed. SPEC HC2, GP21, SD4. Source: DESIGN §5.
 */
import { isSameBytes } from "../codec/cbor.ts";
import type { DeviceId, Hex } from "../codec/ids.ts";
import { liftClock } from "./clock.ts";
import { compareClock, type Clock, type Header } from "./header.ts";
import { untaken, type GossipReady } from "./ready.ts";
import { isToBeSpared, nameOf, noteHas } from "./spreading.ts";
import type { Gossip } from "./state.ts";

/**
 * My clock after an entry or register: past my own whatever it says, also where it comes back to a
 * device that has forgotten it; lifted by others in bounds.
 */
export function passClock(
  gossip: Gossip,
  clock: Clock,
  author: DeviceId,
  from: Hex | null,
  now: number,
): void {
  const isMine = from === null || isSameBytes(author, gossip.me);
  if (!isMine) gossip.clock = liftClock(gossip.clock, clock, now);
  else if (compareClock(clock, gossip.clock) > 0) gossip.clock = clock;
}

/** What came unasked and is here already came over a way that may not be needed. */
export function seenAgain(gossip: Gossip, header: Header, from: Hex | null): GossipReady {
  const untakenSeen = untaken("seen", false);
  if (from === null) return untakenSeen;
  noteHas(gossip, from, header);
  const { author } = header;
  if (!isToBeSpared(gossip, author, nameOf(header), from)) return untakenSeen;
  return { ...untakenSeen, wishes: [{ to: from, author, isWanted: false }] };
}
