/**
 * Time for nodes in one process: stands still until a test moves it, and moves only when nothing is
 * under way (no task, no signature, no commit), so that a slow machine cannot change what happens.
 */
import type { CryptoSuite, Signer } from "../../crypto/suite.ts";

export interface VirtualTime {
  now(): number;
  monotonic(): number;
  after(delayMs: number, call: () => void): () => void;
  /** The suite, counted: time waits for what it computes. */
  counted(crypto: CryptoSuite): CryptoSuite;
  /** Resolves when nothing is under way. `idle` waits for the nodes' own queues. */
  settle(idle: () => Promise<void>): Promise<void>;
  /** Moves on by `ms`, calling what comes due in its order, settled between two moments. */
  advance(ms: number, idle: () => Promise<void>): Promise<void>;
  /** Moves on at once, as in a device that slept: what came due is called once, at the end. */
  sleepUntil(timeMs: number, idle: () => Promise<void>): Promise<void>;
}

/** Rounds of the event loop without anything under way that count as rest. */
const QUIET_ROUNDS = 3;

export function createVirtualTime(startMs: number): VirtualTime {
  let now = startMs;
  let busy = 0;
  let order = 0;
  const timers = new Map<number, { readonly at: number; readonly call: () => void }>();

  const counting = async <T>(work: Promise<T>): Promise<T> => {
    busy += 1;
    return work.finally(() => {
      busy -= 1;
    });
  };

  const settle = async (idle: () => Promise<void>): Promise<void> => {
    for (let quiet = 0; quiet < QUIET_ROUNDS;) {
      await nextTask();
      await idle();
      quiet = busy === 0 ? quiet + 1 : 0;
    }
  };

  return {
    now: () => now,
    monotonic: () => now - startMs,
    after: (delayMs, call) => {
      order += 1;
      const id = order;
      timers.set(id, { at: now + delayMs, call });
      return () => timers.delete(id);
    },
    counted: (crypto) => ({
      ...crypto,
      createSigner: async (seed) => countedSigner(await crypto.createSigner(seed), counting),
      verify: async (...one) => counting(crypto.verify(...one)),
      encryptionKeyOf: async (...one) => counting(crypto.encryptionKeyOf(...one)),
      sealBody: async (...one) => counting(crypto.sealBody(...one)),
      openBody: async (...one) => counting(crypto.openBody(...one)),
      openBodyWithKey: async (...one) => counting(crypto.openBodyWithKey(...one)),
    }),
    settle,
    sleepUntil: async (timeMs, idle) => {
      await settle(idle);
      now = Math.max(now, timeMs);
      const due = [...timers.entries()]
        .filter(([, timer]) => timer.at <= now)
        .sort(([a, one], [b, other]) => one.at - other.at || a - b);
      for (const [id, { call }] of due) {
        timers.delete(id);
        call();
        await settle(idle);
      }
    },
    advance: async (ms, idle) => {
      const end = now + ms;
      await settle(idle);
      for (;;) {
        const due = [...timers.entries()]
          .filter(([, timer]) => timer.at <= end)
          .sort(([a, one], [b, other]) => one.at - other.at || a - b)[0];
        if (due === undefined) break;
        const [id, { at, call }] = due;
        timers.delete(id);
        now = Math.max(now, at);
        call();
        await settle(idle);
      }
      now = end;
    },
  };
}

/** A turn of the event loop: everything that was ready has run when it resolves. */
async function nextTask(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  await new Promise<void>((resolve) => {
    port1.addEventListener("message", () => resolve());
    port1.start();
    port2.postMessage(null);
  });
  port1.close();
}

function countedSigner(signer: Signer, counting: <T>(work: Promise<T>) => Promise<T>): Signer {
  return {
    publicKey: signer.publicKey,
    sign: async (...one) => counting(signer.sign(...one)),
  };
}
