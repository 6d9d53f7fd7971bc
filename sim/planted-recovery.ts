/**
 * Planted bugs of recoveries and snapshots: one judgement of the core replaced, each with the scenario
 * in which it shows and the rules that must notice it. SPEC SI20, SI28, SI29.
 */
import { blockHashOf } from "../workers/core/ledger/block.ts";
import { lookAgain, standingOf } from "../workers/core/ledger/recovery-wait.ts";
import { manifestFault, openSnapshot } from "../workers/core/ledger/snapshot.ts";
import { decodeState } from "../workers/core/ledger/state.ts";
import type { Plant } from "./plant.ts";
import type { ScenePlants } from "./recovery-scenes.ts";
import type { ScenarioName } from "./scenarios.ts";

const HOUR_MS = 3_600_000;

export const PLANTED_RECOVERY: readonly Plant[] = [
  plant("a recovery is taken before its 72 hours are over", "R1", "recovery-of-what-is-lost", {
    recovery: {
      standingOf: (state, one, all) => {
        const standing = standingOf(state, one, all);
        const isEarly = standing.type === "waits" && standing.leftMs < 2 * HOUR_MS;
        return isEarly ? { type: "due" } : standing;
      },
    },
  }),
  plant("what a recovery was shown counts twice", "R1", "recovery-of-what-is-lost", {
    recovery: {
      lookAgain: (shown, wall, awakeMs) => lookAgain(shown, wall, 2 * (awakeMs ?? 0)),
    },
  }),
  plant("a recovery outlives a block", "R2", "recovery-while-the-old-quorum-commits", {
    recovery: { isOfHead: () => true },
  }),
  plant("another parent's no is passed over", "R2", "recovery-and-a-no", {
    recovery: { mayObject: () => false },
  }),
  plant("of two recoveries one is taken by itself", "R2", "two-recoveries", {
    recovery: { standingOf: (state, one) => standingOf(state, one, [one]) },
  }),
  plant("a snapshot is believed without the header chain", "N1", "join-beside-a-liar", {
    snapshot: { manifestFault: () => null },
  }),
  plant("a snapshot without executed ids is believed", "N1", "snapshot-without-executed-ids", {
    snapshot: {
      manifestFault: (family, pin, manifest) => {
        const fault = manifestFault(family, pin, manifest);
        return fault === "root" ? null : fault;
      },
      openSnapshot: (family, manifest, bytes) => {
        const decoded = decodeState(bytes);
        const [header] = manifest.headers;
        if (!decoded.ok || header === undefined) return openSnapshot(family, manifest, bytes);
        const hash = blockHashOf(family, header);
        return { state: decoded.value, hash, primary: header.primary };
      },
    },
  }),
];

function plant(name: string, rule: string, scenario: ScenarioName, broken: ScenePlants): Plant {
  return { name, rules: [rule], world: "replicas", scenario, ...broken };
}
