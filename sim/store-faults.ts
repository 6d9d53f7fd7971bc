/**
 * The store as one run of a device sees it: the memory store with what a disk and a browser do to
 * it. A run can be killed at a commit, just before or just after it takes effect; from then on its
 * calls fail and nothing it does counts. Quota errors come while the disk is full. SPEC SI6, SI7.
 */
import type { MemoryStore } from "../workers/storage/memory-store.ts";
import { StoreError, type Store } from "../workers/storage/store.ts";

/** When a run is to die: at which of its commits from now, and on which side of it. */
export interface DeathPlan {
  readonly commits: number;
  readonly side: "before" | "after";
}

export interface StorePorts {
  /** Whether this commit meets a full disk. */
  readonly isFull: () => boolean;
  /** The planned death is here; what is on the disk now is what the next run finds. */
  readonly onDeath: () => void;
}

export interface FaultyStore extends Store {
  /** The run ended: whatever is still on its way fails. */
  kill(): void;
  planDeath(plan: DeathPlan | null): void;
}

export function createFaultyStore(inner: MemoryStore, ports: StorePorts): FaultyStore {
  let isDead = false;
  let plan: DeathPlan | null = null;

  const assertAlive = (): void => {
    if (isDead) throw new StoreError("closed", "this run of the device was killed");
  };
  const die = (): void => {
    ports.onDeath();
    isDead = true;
  };
  const countDown = (): DeathPlan["side"] | null => {
    if (plan === null) return null;
    plan = { ...plan, commits: plan.commits - 1 };
    if (plan.commits > 0) return null;
    const { side } = plan;
    plan = null;
    return side;
  };
  return {
    get: async (table, key) => {
      assertAlive();
      return inner.get(table, key);
    },
    getMany: async (table, keys) => {
      assertAlive();
      return inner.getMany(table, keys);
    },
    list: async (table, range, options) => {
      assertAlive();
      return inner.list(table, range, options);
    },
    commit: async (writes, options) => {
      assertAlive();
      const side = countDown();
      if (side === "before") die();
      assertAlive();
      if (ports.isFull()) throw new StoreError("quota", "the disk is full");
      await inner.commit(writes, options);
      if (side === "after") die();
      assertAlive();
    },
    takeFence: async () => {
      assertAlive();
      return inner.takeFence();
    },
    estimate: async () => inner.estimate(),
    close: async () => inner.close(),
    kill: () => {
      isDead = true;
    },
    planDeath: (next) => {
      plan = next;
    },
  };
}

/** The same store with another way to commit. */
export function withCommit(inner: MemoryStore, commit: MemoryStore["commit"]): MemoryStore {
  return {
    get: async (table, key) => inner.get(table, key),
    getMany: async (table, keys) => inner.getMany(table, keys),
    list: async (table, range, options) => inner.list(table, range, options),
    commit,
    takeFence: async () => inner.takeFence(),
    estimate: async () => inner.estimate(),
    close: async () => inner.close(),
    snapshot: (options) => inner.snapshot(options),
    restore: (disk) => inner.restore(disk),
    connect: () => inner.connect(),
  };
}
