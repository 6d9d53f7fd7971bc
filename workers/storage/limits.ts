/**
 * Limits of the storage layer, each with its unit and its reason. They bound waiting and memory;
 * how much a family may store is bounded by retention and by the size caps per kind, not here.
 */

/** Milliseconds that an open or a deletion waits for a connection of another tab to give way. A
 * live tab closes in the `versionchange` event at once; one that does not is frozen. */
export const BLOCKED_WAIT_MS = 5_000;

/** Milliseconds until an open that neither succeeds, fails nor upgrades is given up. Safari has had
 * versions in which the first `indexedDB.open` of a session never answers (WebKit bug 226547).
 * Longer than BLOCKED_WAIT_MS, so that a blocked open is reported as what it is. */
export const OPEN_WAIT_MS = 10_000;

/** Times that one operation opens a connection anew which the browser has ended. Two: Safari's
 * "connection to Indexed Database server lost" can end the first new one too, while its storage
 * process starts again. A third loss is reported, and the next operation tries again. */
export const REOPENS_PER_OPERATION = 2;

/** Relaxed commits that the memory store can still lose in a power failure; browsers write them out
 * by themselves within seconds, so an older one counts as written. */
export const UNFLUSHED_COMMITS_MAX = 1_000;
