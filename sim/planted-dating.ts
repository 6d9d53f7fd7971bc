/** Planted bugs of back-dating: what registers deny is believed by somebody. SPEC SI20, SI58. */
import { streamKey, type Header } from "../workers/core/gossip/header.ts";
import type { Plant } from "./plant.ts";
import { isRefusedBy, lying } from "./planted-gossip.ts";
import type { SpreadPlan } from "./spread-plan.ts";

/** Some miss the register, some the entry. */
const PARTED: Partial<SpreadPlan> = {
  ...lying("backdate"),
  lossFraction: 0.3,
  sleepMs: 4_000,
};

export const PLANTED_DATING: readonly Plant[] = [
  {
    name: "what an earlier register says is forgotten when a newer one comes",
    rules: ["G4"],
    world: "spread",
    spreadPlan: { ...lying("backdate"), faultsMs: 40_000 },
    spread: {
      after: (ready, { core }) => {
        for (const stream of core.streams.values()) stream.witnesses = [];
        return ready;
      },
    },
  },
  {
    name: "a dated stream is refused for what comes later alone",
    rules: ["G5"],
    world: "spread",
    spreadPlan: PARTED,
    spread: {
      after: (ready, { core }) => {
        for (const { known, before } of ready.changes) {
          if (before?.type !== "accepted" || !isRefusedBy(known, "backdated")) continue;
          core.streams
            .get(keyOf(known.header))
            ?.known.set(known.header.seq, { ...known, verdict: before });
        }
        return ready;
      },
    },
  },
  {
    name: "nobody is told of what is dated back",
    rules: ["G5"],
    world: "spread",
    spreadPlan: PARTED,
    spread: { after: (ready) => ({ ...ready, proofs: [] }) },
  },
];

function keyOf({ author, stream }: Header): string {
  return streamKey(author, stream);
}
