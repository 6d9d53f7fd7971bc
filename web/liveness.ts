/**
 * Decides from heartbeats whether the worker is dead. Pure: the page reports each beat with the
 * time since the beat before it. A late beat means that the page itself slept (frozen tab, closed
 * lid), so it proves nothing and the count begins again. SPEC UI11.
 */

export const BEAT_INTERVAL_MS = 3000;
/** 15 s of silence while the page is awake: far above any work the node does in one piece. */
export const MISSED_BEATS_MAX = 5;

export interface Liveness {
  /** Beats in a row at which the answer to the ping was still outstanding. */
  readonly missed: number;
}

export const ALIVE: Liveness = { missed: 0 };

/**
 * @param hasAnswered whether the ping sent at the beat before was answered
 * @param sinceLastMs time since the beat before, on a clock that runs while the page sleeps
 */
export function countBeat(state: Liveness, hasAnswered: boolean, sinceLastMs: number): Liveness {
  const hasSlept = sinceLastMs > 2 * BEAT_INTERVAL_MS;
  return hasAnswered || hasSlept ? ALIVE : { missed: state.missed + 1 };
}

export function isDead(state: Liveness): boolean {
  return state.missed >= MISSED_BEATS_MAX;
}
