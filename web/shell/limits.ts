/** Times of the page's dealings with its service worker; docs/LIMITS.md has them with their reasons. */

/** For a service worker's answer, milliseconds. */
export const ANSWER_MS = 2_000;
/** For a new version to take over after it was asked to, milliseconds. */
export const TAKE_OVER_MS = 5_000;
/** For calls under way to end before a page reloads, milliseconds. */
export const FAREWELL_MS = 1_000;
/** Between two looks for a newer version while the app stays open, milliseconds. */
export const LOOK_INTERVAL_MS = 3_600_000;
/** Least time between two looks when the page is seen again, milliseconds. */
export const LOOK_AGAIN_MS = 600_000;
/** How long "Not now" holds, milliseconds. */
export const NOT_NOW_MS = 604_800_000;
/** For config.json at the first start, and once an earlier answer is kept, milliseconds. */
export const CONFIG_WAIT_MS = 10_000;
export const CONFIG_WAIT_SHORT_MS = 2_000;
