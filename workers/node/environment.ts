/**
 * All that the node needs from its surroundings: time, chance, timers, storage, cryptography. The
 * worker gives the real ones; the simulator gives virtual time and seeded chance, and the same node
 * runs in both. Nothing below node/ reads a clock or a random source any other way.
 */
import type { CryptoSuite } from "../crypto/suite.ts";
import type { Vault } from "../crypto/vault.ts";
import type { Store } from "../storage/store.ts";

export interface Environment {
  /** This device's wall clock, milliseconds since the epoch; it may be wrong or jump. */
  now(): number;
  /** Milliseconds that never go back, for durations. */
  monotonic(): number;
  /** Calls once after `delayMs`; the returned function cancels. */
  after(delayMs: number, call: () => void): () => void;
  /** Four words that seed the node's repeatable choices (fan-out, jitter). */
  readonly seed: readonly [number, number, number, number];
  readonly crypto: CryptoSuite;
  readonly store: Store;
  /** Wraps private keys at rest. */
  readonly vault: Vault;
  /** The newest family rules that this build knows: RULES_VERSION, but in the simulator and in tests. */
  readonly rulesKnown: number;
  /** Hash of the app's build, shown and exchanged to catch mixed versions. */
  readonly build: string;
}
