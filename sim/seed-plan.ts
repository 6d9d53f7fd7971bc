/**
 * What one seed is to be: how large the family, how bad the network, what happens how often. Drawn
 * from the seed alone, so that a failing seed is the whole description of a failure. SPEC SI3, SI15.
 */
import type { Role } from "../workers/api.ts";
import type { Random } from "../workers/core/random.ts";
import { NO_FAULTS, type NetworkFaults } from "./network.ts";

export type Layer = "ledger" | "gossip" | "all";

/** How often each thing is chosen, in relation to the others. */
export interface ActionWeights {
  readonly write: number;
  readonly read: number;
  readonly join: number;
  readonly furtherDevice: number;
  readonly revoke: number;
  readonly invite: number;
  readonly crash: number;
  readonly crashInCommit: number;
  readonly close: number;
  readonly sleep: number;
  readonly clock: number;
  readonly full: number;
}

export interface SeedPlan {
  /** Roles of the members after the founder, who is a parent; they join before faults begin. */
  readonly roles: readonly Role[];
  /** Further members that may join in the middle of the faults. */
  readonly newcomers: readonly Role[];
  readonly faults: NetworkFaults;
  readonly weights: ActionWeights;
  /** Length of the phase with faults, virtual milliseconds. */
  readonly safetyMs: number;
  readonly actionEveryMs: number;
  /** Days that everybody is away in the middle; 0 in most seeds. */
  readonly awayDays: number;
  readonly isReal: boolean;
}

const LIFE: Omit<ActionWeights, "write" | "read" | "join" | "furtherDevice" | "revoke" | "invite"> =
  {
    crash: 3,
    crashInCommit: 6,
    close: 3,
    sleep: 3,
    clock: 3,
    full: 2,
  };

/** By layer: what people and devices mostly do. */
export const WEIGHTS: Readonly<Record<Layer, ActionWeights>> = {
  ledger: { ...LIFE, write: 12, read: 1, join: 5, furtherDevice: 3, revoke: 2, invite: 6 },
  gossip: { ...LIFE, write: 60, read: 4, join: 1, furtherDevice: 1, revoke: 1, invite: 1 },
  all: { ...LIFE, write: 36, read: 3, join: 3, furtherDevice: 2, revoke: 1, invite: 3 },
};

const ROLES: readonly Role[] = ["parent", "child", "child", "relative", "contact"];

/** Draws the plan; about one seed in a hundred uses real signatures, or all if `isReal`. */
export function drawPlan(random: Random, layer: Layer, isReal: boolean): SeedPlan {
  const size = 2 + random.below(random.below(10) === 0 ? 7 : 3);
  const roles = Array.from({ length: size - 1 }, () => pick(random, ROLES));
  const newcomers = Array.from({ length: 2 }, () => pick(random, ROLES));
  return {
    ...withOneMoreParent(roles, newcomers),
    faults: drawFaults(random, size),
    weights: WEIGHTS[layer],
    safetyMs: 20_000 + random.below(70_000),
    actionEveryMs: 300 + random.below(1_500),
    awayDays: random.below(8) === 0 ? 1 + random.below(40) : 0,
    isReal: isReal || random.below(100) === 0,
  };
}

/** One parent lets in one more, and no third: that takes two. */
function withOneMoreParent(
  roles: readonly Role[],
  newcomers: readonly Role[],
): Pick<SeedPlan, "roles" | "newcomers"> {
  const first = [...roles, ...newcomers].indexOf("parent");
  const allowed =
    (offset: number) =>
    (role: Role, index: number): Role =>
      role === "parent" && index + offset !== first ? "relative" : role;
  return { roles: roles.map(allowed(0)), newcomers: newcomers.map(allowed(roles.length)) };
}

/** Each kind of fault is absent in some seeds, so that no fault hides what another would show. */
function drawFaults(random: Random, size: number): NetworkFaults {
  const sometimes = (most: number): number =>
    random.below(2) === 0 ? 0 : random.fraction() * most;
  const isSlow = random.below(5) === 0;
  return {
    ...NO_FAULTS,
    delayMinMs: 1 + random.below(40),
    delayMeanMs: isSlow ? 800 : 5 + random.below(150),
    delayMaxMs: 5_000,
    bytesPerMs: isSlow ? 2 : 20 + random.below(1_000),
    lossyFraction: sometimes(0.6),
    lossFraction: sometimes(0.3),
    duplicateFraction: sometimes(0.5),
    reorderFraction: sometimes(0.5),
    // By pairs, so that a large family is not busy with nothing else.
    breakMeanMs: random.below(3) === 0 ? 0 : size * size * (500 + random.below(6_000)),
    silentFraction: sometimes(0.5),
    partitionEveryMs: random.below(2) === 0 ? 0 : 10_000 + random.below(40_000),
    partitionLengthMs: 2_000 + random.below(20_000),
    oneWayFraction: random.fraction(),
    alterFraction: random.below(4) === 0 ? random.fraction() * 0.1 : 0,
  };
}

export function pick<T>(random: Random, items: readonly T[]): T {
  const chosen = items[random.below(items.length)];
  if (chosen === undefined) throw new Error("invariant: something to choose from");
  return chosen;
}
