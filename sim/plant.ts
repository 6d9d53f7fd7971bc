/**
 * A planted bug: what a broken build would do, put in from outside through what the product is given
 * (store, cryptography, links) or by reaching into its parts after an event. The product has no flag
 * for it. planted.ts has the list. SPEC SI20.
 */
import type { CryptoSuite } from "../workers/crypto/suite.ts";
import type { Running } from "../workers/node/running.ts";
import type { MemoryStore } from "../workers/storage/memory-store.ts";
import type { SeedPlan } from "./seed-plan.ts";
import type { Scheduler } from "./scheduler.ts";

export interface Plant {
  readonly name: string;
  /** The rules of which one must be reported for the bug to count as caught. */
  readonly rules: readonly string[];
  /** Which simulation it lives in. */
  readonly world: "family" | "replicas";
  readonly wrapDisk?: (disk: MemoryStore, scheduler: Scheduler) => MemoryStore;
  readonly wrapCrypto?: (crypto: CryptoSuite, device: string) => CryptoSuite;
  /** What a seed must have for the bug to have a chance. */
  readonly plan?: Partial<SeedPlan>;
  /** After each event of a device with an open family. */
  readonly meddle?: (running: Running, device: string) => void;
  /** Core simulation: votes are not kept over a crash. */
  readonly forgetsVotes?: boolean;
  /** Core simulation: a certificate is counted by signatures, not by signers. */
  readonly countsSignatures?: boolean;
  /** Core simulation: what was executed is forgotten. */
  readonly forgetsExecuted?: boolean;
}
