/** Planted bugs of what gossip does against liars, as in planted-gossip.ts. SPEC SI20, SI35. */
import { dayOf } from "../workers/core/gossip/clock.ts";
import { noteDay } from "../workers/core/gossip/day-cells.ts";
import { streamKey } from "../workers/core/gossip/header.ts";
import type { Known } from "../workers/core/gossip/stream.ts";
import type { Plant } from "./plant.ts";
import { isRefusedBy, letting, lying, SMALL } from "./planted-gossip.ts";
import type { SpreadPlant } from "./spread-parts.ts";

export const PLANTED_LIARS: readonly Plant[] = [
  {
    name: "fingerprints are over what is accepted alone",
    rules: ["G5", "G6"],
    world: "spread",
    spreadPlan: lying("end"),
    spread: { before: withDays(({ verdict }) => verdict.type === "accepted") },
  },
  {
    name: "fingerprints are not compared",
    rules: ["G5"],
    world: "spread",
    spreadPlan: lying("end"),
    spread: { before: (input) => (input.type === "fingerprint" ? null : input) },
  },
  {
    name: "a false fingerprint is answered without end",
    rules: ["G6"],
    world: "spread",
    spreadPlan: lying("nonsense"),
    spread: {
      before: (input, { core }) => {
        for (const peer of core.peers.values()) peer.comparedCount = 0;
        return input;
      },
    },
  },
  {
    name: "what is beyond an author's quota is kept",
    rules: ["G4", "G6"],
    world: "spread",
    spreadPlan: lying("bulk"),
    spread: { after: letting((known) => isRefusedBy(known, "quota")) },
  },
  {
    name: "a mute holds up calls for help",
    rules: ["G5", "D1", "G1"],
    world: "spread",
    spreadPlan: { ...SMALL, rulings: 3, calls: 5 },
    spread: { after: refusing(({ header }) => header.kind === "emergency") },
  },
];

/** Such entries are refused, in what is kept and in what is said. */
function refusing(isRefused: (known: Known) => boolean): NonNullable<SpreadPlant["after"]> {
  const spoiled = (known: Known): Known =>
    known.verdict.type === "accepted" && isRefused(known)
      ? { ...known, verdict: { type: "refused", rule: "denied", height: known.height } }
      : known;
  return (ready, { core }) => {
    for (const { known } of ready.changes) {
      const stream = core.streams.get(streamKey(known.header.author, known.header.stream));
      const kept = stream?.known.get(known.header.seq);
      if (stream !== undefined && kept !== undefined)
        stream.known.set(kept.header.seq, spoiled(kept));
    }
    return {
      ...ready,
      changes: ready.changes.map((one) => ({ ...one, known: spoiled(one.known) })),
      store: ready.store.map((one) => ({ ...one, known: spoiled(one.known) })),
    };
  };
}

/** Only such entries are in the days of a stream while fingerprints are compared. */
function withDays(counts: (known: Known) => boolean): NonNullable<SpreadPlant["before"]> {
  return (input, { core }) => {
    for (const { known, days } of core.streams.values()) {
      days.clear();
      for (const one of known.values()) {
        if (counts(one)) noteDay(days, dayOf(one.header.clock.ms), one.header.seq);
      }
    }
    return input;
  };
}
