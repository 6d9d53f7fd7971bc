/**
 * The lock of one profile: reads and writes its record, takes tries one at a time, and seals every
 * private row anew when the lock is set or taken off, in one commit. Who has to have a lock and what
 * asks for it is locking.ts's. SPEC LC3, LC6 to LC9. Source: DESIGN §2; ADR 12.
 */
import type { Result } from "../api.ts";
import { makeLockKey, openLockKey, sealLockKey, type LockCost } from "../crypto/lock-key.ts";
import { createLockableVault, type LockableVault } from "../crypto/lockable-vault.ts";
import type { Vault } from "../crypto/vault.ts";
import { prefixRange, StoreError, type Store, type Write } from "../storage/store.ts";
import { PIN_LENGTH_MAX } from "./limits.ts";
import {
  countTry,
  decodeLockRecord,
  encodeLockRecord,
  forgive,
  isIdleChoice,
  judgePin,
  newLockRecord,
  waitMs,
  type LockRecord,
} from "./lock-record.ts";
import { createMailbox } from "./mailbox.ts";
import { LOCK_KEY } from "./profile.ts";
import { done, failed } from "./result.ts";

export interface Lock {
  /** Reads the record; before it nothing is known. */
  readonly read: () => Promise<void>;
  readonly isSet: () => boolean;
  /** No lock, or its key is at hand. */
  readonly isOpen: () => boolean;
  readonly idleMinutes: () => number;
  /** Wall clock before which no try is taken; 0 where one is. */
  readonly waitUntil: () => number;
  /** One try: the lock key, or null where there is no lock. A wrong one is counted on the disk. */
  readonly attempt: (pin: unknown) => Promise<Result<Uint8Array | null>>;
  /** Opens with what `attempt` gave. */
  readonly open: (lockKey: Uint8Array) => Promise<void>;
  /** Forgets the key. */
  readonly shut: () => Promise<void>;
  /** Sets the lock, or gives it another PIN where `lockKey` is the present one's. */
  readonly set: (next: unknown, lockKey: Uint8Array | null) => Promise<Result<null>>;
  readonly takeOff: () => Promise<Result<null>>;
  readonly setIdle: (minutes: unknown) => Promise<Result<null>>;
}

export interface LockPorts {
  readonly now: () => number;
  /** The writer's fence; null where the profile is not open here. */
  readonly fence: () => number | null;
  readonly cost: LockCost;
}

export function createLock(
  store: Store,
  inner: Vault,
  vault: LockableVault,
  { now, fence, cost }: LockPorts,
): Lock {
  let record: LockRecord | "damaged" | null = null;
  let isOpen = false;
  /** The record as it would be if the disk were not full: kept in memory only. */
  let unwritten: LockRecord | null = null;
  const tries = createMailbox(() => {});

  return {
    read,
    isSet: () => record !== null,
    isOpen: () => record === null || isOpen,
    idleMinutes: () => (record === null || record === "damaged" ? 0 : record.idleMinutes),
    waitUntil: () => {
      if (record === null || record === "damaged") return 0;
      const wait = waitMs(record, now());
      return wait === 0 ? 0 : now() + wait;
    },
    attempt: async (pin) => tries.run(async () => attempt(pin)),
    open: async (lockKey) => {
      await vault.setLockKey(lockKey);
      isOpen = true;
    },
    shut: async () => {
      await vault.setLockKey(null);
      isOpen = false;
    },
    set,
    takeOff,
    setIdle: async (minutes) => {
      if (record === null || record === "damaged") return failed("wrong-step");
      if (typeof minutes !== "number" || !isIdleChoice(minutes)) return failed("wrong-step");
      await keep({ ...record, idleMinutes: minutes });
      return done(null);
    },
  };

  async function read(): Promise<void> {
    const stored = await store.get("meta", LOCK_KEY);
    // Only `takeOff` ends a lock: a record that is gone leaves rows that nothing opens any more.
    if (stored === null) record = record === null ? null : "damaged";
    else record = (stored instanceof Uint8Array ? decodeLockRecord(stored) : null) ?? "damaged";
  }

  async function attempt(pin: unknown): Promise<Result<Uint8Array | null>> {
    // Another tab, or the list in another profile, may have counted tries meanwhile.
    await read();
    const present = unwritten ?? record;
    if (present === null) return done(null);
    if (present === "damaged") return failed("lock-damaged");
    if (typeof pin !== "string" || pin === "") return failed("lock-needed", "ask");
    const wait = waitMs(present, now());
    if (wait > 0) return failed("lock-wait", String(wait));
    const counted = countTry(present, now());
    await keep(counted);
    const isTypable = pin.length <= PIN_LENGTH_MAX;
    const lockKey = isTypable ? await openLockKey(pin, present.key) : null;
    if (lockKey === null) return failed("lock-wrong", String(waitMs(counted, now())));
    await keep(forgive(counted));
    return done(lockKey);
  }

  async function set(next: unknown, lockKey: Uint8Array | null): Promise<Result<null>> {
    const fault = judgePin(next);
    if (fault !== null || typeof next !== "string") return failed(fault ?? "lock-short");
    const before = record === "damaged" ? null : record;
    const key = lockKey ?? makeLockKey();
    const after = newLockRecord(await sealLockKey(key, next, cost), before);
    const rows = lockKey === null ? await reseal(key) : [];
    await commit([...rows, recordWrite(after)]);
    record = after;
    unwritten = null;
    await vault.setLockKey(key);
    isOpen = true;
    return done(null);
  }

  async function takeOff(): Promise<Result<null>> {
    await commit([...(await reseal(null)), { type: "delete", table: "meta", key: LOCK_KEY }]);
    record = null;
    unwritten = null;
    await vault.setLockKey(null);
    return done(null);
  }

  /** Every row that the vault sealed, sealed for this lock key; a row that does not open stays. */
  async function reseal(lockKey: Uint8Array | null): Promise<readonly Write[]> {
    const after = createLockableVault(inner);
    await after.setLockKey(lockKey);
    const writes: Write[] = [];
    for (const [table, prefix] of SEALED_ROWS) {
      for (const { key, value } of await store.list(table, prefixRange(prefix))) {
        const plain = value instanceof Uint8Array ? await vault.unwrap(value) : null;
        if (plain === null) continue;
        writes.push({ type: "put", table, key, value: await after.wrap(plain) });
      }
    }
    return writes;
  }

  /** On a full disk the count lives in memory only: a full disk locks nobody out. */
  async function keep(next: LockRecord): Promise<void> {
    unwritten = next;
    try {
      await commit([recordWrite(next)]);
      unwritten = null;
    } catch (error) {
      if (!(error instanceof StoreError && error.code === "quota")) throw error;
    }
    record = next;
  }

  async function commit(writes: readonly Write[]): Promise<void> {
    const present = fence();
    const options = present === null ? {} : { fence: present };
    await store.commit(writes, { durability: "strict", ...options });
  }
}

/** Where the node keeps what the vault wraps: every `vault.wrap` of this folder is one of these. */
const SEALED_ROWS = [
  ["meta", ["profile"]],
  ["meta", ["joining"]],
  ["meta", ["opened"]],
  ["meta", ["place"]],
  ["invites", []],
  ["keys", []],
] as const;

function recordWrite(record: LockRecord): Write {
  return { type: "put", table: "meta", key: LOCK_KEY, value: encodeLockRecord(record) };
}
