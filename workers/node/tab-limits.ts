/** Limits of the tabs of one profile, each with unit and reason; docs/LIMITS.md repeats them. */

/** Milliseconds between two looks at the clock. */
export const TAB_TICK_MS = 1_000;
/** Milliseconds between two signs of life of the leader. */
export const BEAT_MS = 2_000;
/** Milliseconds of silence after which the leader is asked to speak: two beats are missing. An answer
 * to a message comes at once also where the browser slows the timers of hidden tabs. */
export const ASK_MS = 4_000;
/** Milliseconds of silence after which the lock is stolen. A frozen leader keeps its lock. */
export const SILENCE_MS = 10_000;
/** Milliseconds by which followers differ at most, so that one of them steals and the others hear it. */
export const PATIENCE_SPREAD_MS = 500;
/** Milliseconds between two looks after which this tab itself has slept, so that the silence that it
 * counted says nothing. Far below SILENCE_MS. */
export const SLEPT_MS = 3_000;
/** Milliseconds that a call waits for a leader, and within which the leader must begin it: longer
 * than SILENCE_MS and a slow start together. */
export const CALL_MS = 30_000;
/** Milliseconds more that a call that was passed on waits for its answer. */
export const CALL_GRACE_MS = 10_000;
/** Calls of one tab that wait for another, and calls of others that the leader works on. */
export const CALLS_MAX = 256;
/** Events of the mesh kept while the node opens. */
export const EARLY_MESH_EVENTS_MAX = 256;
/** Milliseconds that a leader remembers the message of another tab's call, so that the call does not
 * send a second one when it is asked again: far above CALL_MS and CALL_GRACE_MS together. */
export const SENT_MS = 600_000;
