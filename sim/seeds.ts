/**
 * Seeds that failed once, with what was wrong: run in the gate for ever. The plans that seeds stand
 * for change with the simulator, so the cause is what counts; where a cause can be shown by hand
 * there is a test of its own too.
 */
export interface KeptSeed {
  readonly seed: number;
  readonly cause: string;
}

export const KEPT_SEEDS: readonly KeptSeed[] = [
  { seed: 1, cause: "a register left before what it calls had was safe from a power failure" },
  { seed: 3, cause: "a frame that met a full disk was never asked for again on the same link" },
  { seed: 6, cause: "a joining given up in two commits left a profile that could do nothing" },
  { seed: 14, cause: "rows that came of age while the app was closed were never deleted" },
  { seed: 23, cause: "delivered was said of an entry whose predecessor its reader lacked" },
];
