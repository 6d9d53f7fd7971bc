/**
 * The family's time: this device's wall clock, corrected when it is more than two minutes off the
 * clock of the parents' devices it is linked to. The reference is the lower median of those clocks,
 * my own among them if I am a parent's device: both sides of any pair choose the same one. Where no
 * parent's device is linked nothing changes, so a child's tampered clock moves nobody.
 * What was found is kept for the next start, when nobody may be there to tell: what a wrong clock
 * signs, it has to stand by, and a clock that is put right would then have nothing to say for as long
 * as it was ahead. SPEC FC1..FC6. Source: ADR 4 (DESIGN §5, time).
 */
import type { Store, Write } from "../storage/store.ts";
import { CLOCK_TOLERANCE_MS } from "./limits.ts";

/** A linked device's clock as last measured. */
export interface ClockReading {
  readonly isParent: boolean;
  /** Its wall clock minus mine, milliseconds. */
  readonly offsetMs: number;
}

/** Largest correction: beyond a day a clock is a fault to be shown, not to be followed. */
const CORRECTION_MAX_MS = 24 * 3_600_000;

const CORRECTION_KEY = ["clock"];

/** The correction of the last session, milliseconds; 0 where there was none. */
export async function readCorrection(store: Pick<Store, "get">): Promise<number> {
  const kept = await store.get("meta", CORRECTION_KEY);
  return typeof kept === "number" ? kept : 0;
}

export function correctionWrite(correctionMs: number): Write {
  return { type: "put", table: "meta", key: CORRECTION_KEY, value: correctionMs };
}

/**
 * What to add to my wall clock, milliseconds; 0 while it is close enough. Null where no parent's
 * device is linked: nobody can say, and what was set last stays.
 */
export function correctionOf(amParent: boolean, readings: readonly ClockReading[]): number | null {
  const parents = readings.filter((one) => one.isParent).map((one) => one.offsetMs);
  if (parents.length === 0) return null;
  const offsets = (amParent ? [0, ...parents] : parents).toSorted((a, b) => a - b);
  const median = offsets[Math.floor((offsets.length - 1) / 2)] ?? 0;
  if (Math.abs(median) <= CLOCK_TOLERANCE_MS) return 0;
  return Math.max(-CORRECTION_MAX_MS, Math.min(CORRECTION_MAX_MS, median));
}
