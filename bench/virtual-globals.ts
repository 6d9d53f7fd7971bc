/**
 * Virtual time for code that takes clocks, timers and chance from the globals, as libraries do: while
 * installed they are the scheduler's and the seed's, for everything in this process. What a callback
 * started is done before time moves on.
 */
import { EPOCH_MS } from "../sim/device-clock.ts";
import type { Scheduler } from "../sim/scheduler.ts";
import type { Random } from "../workers/core/random.ts";

export interface VirtualGlobals {
  /** Runs what comes due up to this virtual time, milliseconds. */
  readonly run: (untilMs: number) => Promise<void>;
  readonly restore: () => void;
}

/** Turns of the event loop without time, after each event: promises settle in the first. */
const TURNS = 2;

export function installVirtualGlobals(scheduler: Scheduler, random: Random): VirtualGlobals {
  const before = {
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
    setInterval: globalThis.setInterval,
    clearInterval: globalThis.clearInterval,
  };
  const { now } = Date;
  const { random: chance } = Math;
  const timers = new Map<number, () => void>();
  let last = 0;

  const start = (call: () => void, delayMs: number, isRepeated: boolean): number => {
    last += 1;
    const id = last;
    const wait = (): void => {
      // A timer that is due at once is due later all the same: time has to move on.
      const cancel = scheduler.after(Math.max(1, delayMs), "timer", () => {
        if (isRepeated) wait();
        else timers.delete(id);
        call();
      });
      timers.set(id, cancel);
    };
    wait();
    return id;
  };
  const clear = (id: number | undefined): void => {
    if (id === undefined) return;
    timers.get(id)?.();
    timers.delete(id);
  };
  Object.assign(globalThis, {
    setTimeout: (call: (...given: unknown[]) => void, ms = 0, ...given: unknown[]) =>
      start(() => call(...given), ms, false),
    setInterval: (call: (...given: unknown[]) => void, ms = 0, ...given: unknown[]) =>
      start(() => call(...given), ms, true),
    clearTimeout: clear,
    clearInterval: clear,
  });
  Date.now = () => Math.floor(EPOCH_MS + scheduler.now());
  Math.random = () => random.fraction();

  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < TURNS; turn += 1) {
      await new Promise<void>((resolve) => void setImmediate(resolve));
    }
  };
  return {
    run: async (untilMs) => {
      await settle();
      for (;;) {
        const at = scheduler.peekTime();
        if (at === null || at > untilMs) return scheduler.advanceTo(untilMs);
        void scheduler.next()?.run();
        await settle();
      }
    },
    restore: () => {
      Object.assign(globalThis, before);
      Date.now = now;
      Math.random = chance;
    },
  };
}
