/**
 * A device's wall clock as it can be in real life: right, fast or slow by a fixed amount, jumped, or
 * standing still. Its monotonic clock is never wrong. SPEC SI3.
 */

/** 2026-11-22 09:00 UTC, milliseconds since the epoch: virtual time 0. */
export const EPOCH_MS = 1_795_338_000_000;

export interface DeviceClock {
  /** Milliseconds since the epoch, whole. */
  wall(): number;
  /** Milliseconds by which the wall clock is ahead; negative: behind. */
  errorMs(): number;
  /** The largest wall time that this clock has ever shown. */
  highest(): number;
  setError(errorMs: number): void;
  freeze(): void;
  /** Runs and is right again. */
  heal(): void;
}

/** `now` is virtual time in milliseconds. */
export function createDeviceClock(now: () => number): DeviceClock {
  let errorMs = 0;
  let frozenAt: number | null = null;
  let highest = 0;
  const wall = (): number => {
    const shown = Math.floor(EPOCH_MS + (frozenAt ?? now()) + errorMs);
    highest = Math.max(highest, shown);
    return shown;
  };
  return {
    wall,
    errorMs: () => wall() - Math.floor(EPOCH_MS + now()),
    highest: () => Math.max(highest, wall()),
    setError: (ms) => {
      wall();
      errorMs = ms;
    },
    freeze: () => {
      frozenAt = now();
    },
    heal: () => {
      wall();
      errorMs = 0;
      frozenAt = null;
    },
  };
}
