import { describe, expect, it } from "vitest";
import { ALIVE, BEAT_INTERVAL_MS, countBeat, isDead, MISSED_BEATS_MAX } from "./liveness.ts";

function beat(times: number, sinceLastMs: number, start = ALIVE) {
  let state = start;
  for (let index = 0; index < times; index += 1) state = countBeat(state, false, sinceLastMs);
  return state;
}

describe("liveness", () => {
  it("[UI11] calls the worker dead after five unanswered beats, not before", () => {
    expect(isDead(beat(MISSED_BEATS_MAX - 1, BEAT_INTERVAL_MS))).toBe(false);
    expect(isDead(beat(MISSED_BEATS_MAX, BEAT_INTERVAL_MS))).toBe(true);
  });

  it("[UI11] begins again after an answer and after the page slept", () => {
    const nearly = beat(MISSED_BEATS_MAX - 1, BEAT_INTERVAL_MS);
    expect(countBeat(nearly, true, BEAT_INTERVAL_MS)).toEqual(ALIVE);
    expect(countBeat(nearly, false, 3_600_000)).toEqual(ALIVE);
  });
});
