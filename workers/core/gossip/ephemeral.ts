/**
 * Entries that are acted on and passed on, and kept nowhere: who is writing, and where somebody is. Of
 * the first the latest of each stream counts; the second is in places.ts. SPEC GP17. Source: DESIGN §5.
 */
import type { Hex } from "../codec/ids.ts";
import { passClock, seenAgain } from "./arrivals.ts";
import { compareClock, streamKey } from "./header.ts";
import { DAY_MS, FUTURE_ACCEPT_MS } from "./limits.ts";
import { takePlace } from "./places.ts";
import { ready, untaken, type GossipReady } from "./ready.ts";
import { spread } from "./spreading.ts";
import type { Gossip, VerifiedEntry } from "./state.ts";
import { judgeEphemeral, type LedgerView } from "./verdict.ts";

/** Takes an entry of an ephemeral stream whose author is known. */
export function onEphemeral(
  gossip: Gossip,
  entry: VerifiedEntry,
  from: Hex | null,
  ledger: LedgerView,
  now: number,
): GossipReady {
  const { header } = entry;
  if (header.kind === "place") return takePlace(gossip, entry, from, ledger, now);
  const key = streamKey(header.author, header.stream);
  const last = gossip.ephemeral.get(key);
  if (last !== undefined && compareClock(header.clock, last) <= 0) {
    return seenAgain(gossip, header, from);
  }
  if (header.clock.ms > now + FUTURE_ACCEPT_MS) return untaken("far-future", false);
  if (header.clock.ms < now - DAY_MS) return untaken("expired", false);
  if (header.height > ledger.head.height) return untaken("parked-full", true);
  gossip.ephemeral.set(key, header.clock);
  passClock(gossip, header.clock, header.author, from, now);
  if (from === null) gossip.own.ephemeralSeq = header.seq;
  if (judgeEphemeral(header, ledger).type !== "accepted") return ready({});
  return ready({ ephemeral: [entry], push: [{ entry, to: spread(gossip, entry, from, now) }] });
}
