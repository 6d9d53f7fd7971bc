/** How long and how often an alarm is heard; docs/LIMITS.md has them with their reasons. */

/** For which one call for help is heard, milliseconds. */
export const RING_MS = 60_000;
/** For which the sound is tried, milliseconds. */
export const TRY_MS = 4_000;
/** One rise of the tone, milliseconds; a pause follows. */
export const RISE_MS = 900;
/** From one rise to the next, milliseconds. */
export const RISE_EVERY_MS = 1_500;
/** For the browser to let an audio context run, milliseconds; then it is taken not to. */
export const WAKE_MS = 500;
/** Before the first rise, milliseconds: an answer in another tab of this browser comes first. */
export const LEAD_MS = 150;
