/** Limits of consensus; docs/LIMITS.md repeats them for readers. */

/** Views ahead of mine whose votes are kept: bounds what a liar can make me store. */
export const VIEWS_AHEAD_MAX = 64;
