/**
 * A planted bug: what a broken build would do, put in from outside through what the product is given
 * (store, cryptography, links) or by reaching into its parts after an event. The product has no flag
 * for it. planted.ts has the list. SPEC SI20.
 */
import type { Recorded } from "../workers/core/consensus/replica-state.ts";
import type { ConsensusRules } from "../workers/core/consensus/rules.ts";
import type { Head } from "../workers/core/ledger/chain.ts";
import type { CryptoSuite } from "../workers/crypto/suite.ts";
import type { Running } from "../workers/node/running.ts";
import type { MemoryStore } from "../workers/storage/memory-store.ts";
import type { ScenePlants } from "./recovery-scenes.ts";
import type { ReplicaPlan } from "./replica-faults.ts";
import type { ScenarioName } from "./scenarios.ts";
import type { SeedPlan } from "./seed-plan.ts";
import type { Scheduler } from "./scheduler.ts";
import type { SpreadPlant } from "./spread-parts.ts";
import type { SpreadPlan } from "./spread-plan.ts";

export interface Plant extends ScenePlants {
  readonly name: string;
  /** The rules of which one must be reported for the bug to count as caught. */
  readonly rules: readonly string[];
  /** Which simulation it lives in. */
  readonly world: "family" | "replicas" | "spread";
  /** Around the cores of the spread world; and what its seeds must have for the bug to have a chance. */
  readonly spread?: SpreadPlant;
  readonly spreadPlan?: Partial<SpreadPlan>;
  readonly wrapDisk?: (disk: MemoryStore, scheduler: Scheduler) => MemoryStore;
  readonly wrapCrypto?: (crypto: CryptoSuite, device: string) => CryptoSuite;
  /** What a seed must have for the bug to have a chance. */
  readonly plan?: Partial<SeedPlan>;
  /** After each event of a device with an open family. */
  readonly meddle?: (running: Running, device: string) => void;
  /** Core simulation: judgements in the place of the core's true ones, made at each start. */
  readonly core?: (now: () => number) => Partial<ConsensusRules>;
  /** Core simulation: what of a record reaches the log. */
  readonly toLog?: (recorded: Recorded) => Recorded | null;
  /** Core simulation: the head that a block leaves on the disk, and one that came by transfer. */
  readonly finalised?: (head: Head) => Head;
  readonly transferred?: (head: Head) => Head;
  /** Core simulation: a certificate is counted by signatures, not by signers. */
  readonly countsSignatures?: boolean;
  /** Core simulation: awake time without a quorum is forgotten with each session. */
  readonly forgetsAwakeTime?: boolean;
  /** What a seed of the core simulation must have for the bug to have a chance. */
  readonly replicaPlan?: Partial<ReplicaPlan>;
  /** It shows in this named scenario (scenarios.ts) instead of in seeds. */
  readonly scenario?: ScenarioName;
}
