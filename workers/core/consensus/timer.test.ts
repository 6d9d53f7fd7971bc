/** When a view is given up: DESIGN §4.5; the model's halts and livelocks L1 to L4. */
import { describe, expect, test } from "vitest";
import {
  ALONE_TIMEOUT_MS_MAX,
  ALONE_TIMEOUT_MS_MIN,
  AWAKE_STEP_MS,
  PRIMARY_GONE_MS,
  VIEW_TIMEOUT_MS_MAX,
  VIEW_TIMEOUT_MS_MIN,
} from "./limits.ts";
import {
  aloneToLog,
  createTimer,
  enterHeight,
  enterView,
  runTimer,
  type Sight,
  type Timer,
} from "./timer.ts";

const SIGHT: Sight = {
  elapsedMs: 100,
  isQuorumConnected: true,
  isPrimaryConnected: true,
  roundTripMs: 0,
  view: 0,
  hasWork: true,
  waiting: [],
  isHeld: false,
};
const ALONE = { ...SIGHT, isQuorumConnected: false };

/** Milliseconds until the view is given up; null where it is not within a month. */
function patience(timer: Timer, sight: Sight): number | null {
  for (let ms = sight.elapsedMs; ms <= 30 * 24 * 3_600_000; ms += sight.elapsedMs) {
    if (runTimer(timer, sight)) return ms;
  }
  return null;
}

describe("with a connected quorum", () => {
  test("[TI1] a view has a second, or four round trips, doubled for each view up to 30 s", () => {
    expect(patience(createTimer(), SIGHT)).toBe(VIEW_TIMEOUT_MS_MIN);
    expect(patience(createTimer(), { ...SIGHT, roundTripMs: 500 })).toBe(2_000);
    const timer = createTimer();
    runTimer(timer, SIGHT);
    for (const expected of [2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      enterView(timer);
      expect(patience(timer, { ...SIGHT, view: 1 })).toBe(expected);
    }
    expect(VIEW_TIMEOUT_MS_MAX).toBe(30_000);
  });

  test("[TI2] a primary whose link is closed has 200 ms", () => {
    const gone = { ...SIGHT, isPrimaryConnected: false, elapsedMs: 50 };
    expect(patience(createTimer(), gone)).toBe(PRIMARY_GONE_MS);
  });

  test("[TI3] without work no time runs, and what ran is forgotten", () => {
    const timer = createTimer();
    expect(runTimer(timer, { ...SIGHT, elapsedMs: 900 })).toBe(false);
    expect(runTimer(timer, { ...SIGHT, hasWork: false, elapsedMs: 60_000 })).toBe(false);
    expect(patience(timer, SIGHT)).toBe(VIEW_TIMEOUT_MS_MIN);
  });

  test("[TI4] nothing runs while my VIEW-CHANGE waits for a quorum of them", () => {
    expect(patience(createTimer(), { ...SIGHT, isHeld: true, elapsedMs: 60_000 })).toBeNull();
    expect(patience(createTimer(), { ...ALONE, isHeld: true, elapsedMs: 60_000 })).toBeNull();
  });

  test("[TI5] the outage's length does not matter: each connecting begins anew", () => {
    const timer = createTimer();
    runTimer(timer, SIGHT);
    for (let view = 0; view < 12; view += 1) enterView(timer);
    runTimer(timer, { ...ALONE, elapsedMs: 7 * 24 * 3_600_000 });
    expect(patience(timer, { ...SIGHT, view: 12 })).toBe(VIEW_TIMEOUT_MS_MIN);
  });

  test("[TI6] a transaction that is left out while others are taken ends the first view", () => {
    const timer = createTimer();
    const waiting = { ...SIGHT, waiting: ["aa"] };
    for (let block = 0; block < 9; block += 1) {
      expect(runTimer(timer, waiting)).toBe(false);
      enterHeight(timer);
    }
    expect(runTimer(timer, waiting)).toBe(true);
    // The next primary has its own time, and so has a transaction that came later.
    enterView(timer);
    expect(runTimer(timer, waiting)).toBe(false);
    expect(patience(createTimer(), { ...SIGHT, waiting: ["bb"] })).toBe(VIEW_TIMEOUT_MS_MIN);
  });
});

describe("without one", () => {
  test("[TI7] an hour of awake time, doubled for each view of the height, up to eight days", () => {
    const slow = { ...ALONE, elapsedMs: 60_000 };
    expect(patience(createTimer(), slow)).toBe(ALONE_TIMEOUT_MS_MIN);
    expect(patience(createTimer(), { ...slow, view: 3 })).toBe(8 * ALONE_TIMEOUT_MS_MIN);
    expect(patience(createTimer(), { ...slow, view: 20 })).toBe(ALONE_TIMEOUT_MS_MAX);
  });

  test("[TI8] it is summed over sessions, kept in the log in steps, and no connection resets it", () => {
    const timer = createTimer(ALONE_TIMEOUT_MS_MIN - 120_000);
    const minute = { ...ALONE, elapsedMs: 60_000 };
    expect(runTimer(timer, minute)).toBe(false);
    expect(aloneToLog(timer)).toBe(ALONE_TIMEOUT_MS_MIN - 60_000);
    expect(aloneToLog(timer)).toBeNull();
    expect(AWAKE_STEP_MS).toBe(60_000);
    runTimer(timer, SIGHT);
    expect(runTimer(timer, minute)).toBe(true);
    enterHeight(timer);
    expect(runTimer(timer, minute)).toBe(false);
  });
});
