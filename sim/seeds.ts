/**
 * Seeds that failed once, with what was wrong: run in the gate for ever. The plans that seeds stand
 * for change with the simulator, so the cause is what counts; where a cause can be shown by hand
 * there is a test of its own too.
 */
import type { Layer } from "./seed-plan.ts";

export interface KeptSeed {
  readonly seed: number;
  readonly layer: Layer;
  readonly cause: string;
}

export const KEPT_SEEDS: readonly KeptSeed[] = [
  {
    seed: 1,
    layer: "all",
    cause: "a register left before what it calls had was safe from a power failure",
  },
  {
    seed: 3,
    layer: "all",
    cause: "a frame that met a full disk was never asked for again on the same link",
  },
  {
    seed: 6,
    layer: "all",
    cause: "a joining given up in two commits left a profile that could do nothing",
  },
  {
    seed: 14,
    layer: "all",
    cause: "rows that came of age while the app was closed were never deleted",
  },
  {
    seed: 62,
    layer: "ledger",
    cause: "newcomers with a stream whose beginning came too late judged nothing of it",
  },
  {
    seed: 175,
    layer: "ledger",
    cause: "what was signed for an invite since forgotten waited for it for ever",
  },
  {
    seed: 23,
    layer: "all",
    cause: "delivered was said of an entry whose predecessor its reader lacked",
  },
  {
    seed: 14,
    layer: "ledger",
    cause:
      "a device that had missed a message before it was gone everywhere made newcomers wait for it",
  },
  {
    seed: 512,
    layer: "ledger",
    cause: "two who enacted one proposal apart: the second's word waited on all other devices",
  },
  {
    seed: 1144,
    layer: "ledger",
    cause: "a device that was taken out held a stream open that everybody had let go of",
  },
  {
    seed: 3296,
    layer: "ledger",
    cause: "what came before a new device was registered had no place in its lists until a restart",
  },
];
