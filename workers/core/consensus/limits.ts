/** Limits of consensus; docs/LIMITS.md repeats them for readers. */

/** Views ahead of mine whose votes are kept: bounds what a liar can make me store. */
export const VIEWS_AHEAD_MAX = 64;

/** Views behind mine whose votes are kept: a late COMMIT of one may still complete a certificate. */
export const VIEWS_BEHIND_MAX = 64;

/** Least time without progress, with a connected quorum, until a view is given up. Milliseconds. */
export const VIEW_TIMEOUT_MS_MIN = 1_000;
/** The longest; doubled up to here with each view since the quorum connected. */
export const VIEW_TIMEOUT_MS_MAX = 30_000;
/** Round trips that a view is given at least: two phases and a proposal are one and a half. */
export const VIEW_TIMEOUT_ROUND_TRIPS = 4;
/** With a connected quorum and the primary's link closed. */
export const PRIMARY_GONE_MS = 200;

/** Awake time without a connected quorum until a view is given up: below it sleeping primaries, who are
 * the normal case, would be deposed and every block would take twice the openings (facts of the model). */
export const ALONE_TIMEOUT_MS_MIN = 3_600_000;
/** The longest, 8 days; doubled up to here with each view of the height. */
export const ALONE_TIMEOUT_MS_MAX = 8 * 24 * 3_600_000;
/** Awake time that a crash may forget; the log is written when this much has been added. */
export const AWAKE_STEP_MS = 60_000;

/** Milliseconds for which a look at what a block would hold is good: invites end with time. */
export const CHOICE_KEPT_MS = 1_000;
