/**
 * Who has to have a lock and what asks for it: a parent's profile beside another one on this browser
 * must set one before it goes on, and where there is a lock, inviting, approving and revoking ask
 * for it each time. Locked means that nothing runs: the keys leave memory and the links close. By
 * hand, after a time without use, and at every start. SPEC LC8 to LC14. Source: DESIGN §2; ADR 12.
 */
import type { LockView, Result } from "../api.ts";
import type { LockCost } from "../crypto/lock-key.ts";
import { createLockableVault } from "../crypto/lockable-vault.ts";
import type { Environment } from "./environment.ts";
import { myMember } from "./family.ts";
import { createLock } from "./lock.ts";
import { done, failed } from "./result.ts";
import type { Running } from "./running.ts";

export interface Locking {
  /** The node's environment: with a vault that the lock guards. */
  readonly env: Environment;
  /** Reads what is on the disk and how many others there are. */
  readonly read: () => Promise<void>;
  readonly isOpen: () => boolean;
  readonly view: () => LockView;
  readonly unlock: (pin: unknown) => Promise<Result<null>>;
  readonly lockNow: () => Promise<Result<null>>;
  readonly setLock: (request: {
    readonly pin?: string;
    readonly next: string | null;
  }) => Promise<Result<null>>;
  readonly setLockIdle: (minutes: number) => Promise<Result<null>>;
  readonly noteUse: () => void;
  /** Whether what this guards may go on: no lock is asked for, or this is its PIN. */
  readonly pass: (pin: unknown) => Promise<Result<null>>;
  /** Profiles have come or gone on this browser. */
  readonly profilesChanged: () => Promise<void>;
  /** Locks after the time without use. */
  readonly tick: () => Promise<void>;
}

export interface LockingPorts {
  readonly fence: () => number;
  readonly running: () => Running | null;
  /** Other profiles on this browser, counted now. */
  readonly countOthers: () => Promise<number>;
  readonly cost: LockCost;
  /** Runs a call in the node's order; it is refused while the profile is locked unless `isForLocked`. */
  readonly call: <T>(task: () => Promise<Result<T>>, isForLocked: boolean) => Promise<Result<T>>;
  /** Opens the profile that is on the disk. */
  readonly openProfile: () => Promise<void>;
  /** Ends all that runs. */
  readonly close: () => void;
  /** Tells the page what there is now. */
  readonly tell: () => Promise<void>;
  /** The same soon, from outside the node's order. */
  readonly changed: () => void;
  /** What went wrong, as an answer. */
  readonly failure: (error: unknown) => Extract<Result<never>, { ok: false }>;
}

export function createLocking(given: Environment, ports: LockingPorts): Locking {
  const vault = createLockableVault(given.vault);
  const env: Environment = { ...given, vault };
  const lock = createLock(given.store, given.vault, vault, {
    now: () => env.now(),
    fence: ports.fence,
    cost: ports.cost,
  });
  let others = 0;
  let usedAt = { wall: env.now(), monotonic: env.monotonic() };

  return {
    env,
    read: async () => {
      await lock.read();
      others = await ports.countOthers();
      noteUse();
    },
    isOpen: lock.isOpen,
    view,
    unlock,
    lockNow: async () =>
      ports.call(async () => (lock.isSet() ? shut() : failed("wrong-step")), false),
    setLock,
    setLockIdle: async (minutes) =>
      ports.call(async () => {
        const outcome = await lock.setIdle(minutes);
        if (outcome.ok) await ports.tell();
        return outcome;
      }, false),
    noteUse,
    pass,
    profilesChanged: async () => {
      const before = others;
      others = await ports.countOthers();
      if (others !== before) await ports.tell();
    },
    tick: async () => {
      if (lock.isSet() && lock.isOpen() && isIdle()) await shut();
    },
  };

  function view(): LockView {
    return {
      isSet: lock.isSet(),
      isNeeded: isNeeded(),
      idleMinutes: lock.idleMinutes(),
      waitUntil: lock.waitUntil(),
      others,
    };
  }

  function isParent(): boolean {
    const running = ports.running();
    return running !== null && myMember(running.family)?.role === "parent";
  }

  function isNeeded(): boolean {
    return !lock.isSet() && others > 0 && isParent();
  }

  async function unlock(pin: unknown): Promise<Result<null>> {
    const tried = await attempt(pin);
    if (!tried.ok) return tried;
    return ports.call(async () => {
      if (ports.running() !== null || tried.value === null) return done(null);
      await lock.open(tried.value);
      tried.value.fill(0);
      try {
        await ports.openProfile();
      } catch (error) {
        await lock.shut();
        throw error;
      }
      noteUse();
      await ports.tell();
      return done(null);
    }, true);
  }

  async function shut(): Promise<Result<null>> {
    ports.close();
    await lock.shut();
    await ports.tell();
    return done(null);
  }

  async function setLock(request: {
    readonly pin?: string;
    readonly next: string | null;
  }): Promise<Result<null>> {
    const tried = await attempt(request.pin);
    if (!tried.ok) return tried;
    return ports.call(async () => {
      if (ports.running() === null) return failed("not-member");
      others = await ports.countOthers();
      const isOff = request.next === null;
      // Another call may have set or taken it off since the try.
      if (lock.isSet() !== (tried.value !== null)) return failed("wrong-step");
      if (isOff && !lock.isSet()) return done(null);
      if (isOff && others > 0 && isParent()) return failed("lock-needed", "set");
      const outcome = isOff ? await lock.takeOff() : await lock.set(request.next, tried.value);
      tried.value?.fill(0);
      noteUse();
      await ports.tell();
      return outcome;
    }, false);
  }

  async function pass(pin: unknown): Promise<Result<null>> {
    if (ports.running() === null) return done(null);
    if (!lock.isSet()) {
      // Asked of the disk each time: a profile may have been made a moment ago.
      others = await ports.countOthers();
      return isNeeded() ? failed("lock-needed", "set") : done(null);
    }
    const tried = await attempt(pin);
    if (!tried.ok) return tried;
    tried.value?.fill(0);
    noteUse();
    return done(null);
  }

  /** One try, outside the node's order: what runs goes on meanwhile. */
  async function attempt(pin: unknown): Promise<Result<Uint8Array | null>> {
    try {
      const tried = await lock.attempt(pin);
      if (!tried.ok) ports.changed();
      return tried;
    } catch (error) {
      return ports.failure(error);
    }
  }

  function noteUse(): void {
    usedAt = { wall: env.now(), monotonic: env.monotonic() };
  }

  /** By either clock: one stands still while the computer sleeps, the other can be set. */
  function isIdle(): boolean {
    const idleMs = lock.idleMinutes() * 60_000;
    const since = Math.max(env.now() - usedAt.wall, env.monotonic() - usedAt.monotonic);
    return idleMs > 0 && since >= idleMs;
  }
}
