/**
 * Numbers of the mesh's shape, with unit and reason. The page of all limits is docs/LIMITS.md.
 */

/** Devices up to which each links to each: nine connections are what a phone carries with ease. */
export const FULL_MESH_DEVICES_MAX = 10;
/** Links that a device looks for above that; with four, one in a hundred thousand loses all of them when a third of the family goes. */
export const LINKS_MIN = 4;
/** Links that it keeps, those between the keepers of the rules aside. */
export const LINKS_MAX = 6;
/** Links of its own choice that nobody else's calls take away. */
export const CHOSEN_MIN = 2;
/** Links that others chose: the rest of LINKS_MAX. */
export const ACCEPTED_MAX = LINKS_MAX - CHOSEN_MIN;
/** Links to one member's devices, whoever chose them; more where two members have all devices. */
export const OWNER_LINKS_MAX = 2;
/** Links up to which who has none, or is of a part that is cut off, is taken: twice LINKS_MAX. */
export const LINKS_PRESSED_MAX = 2 * LINKS_MAX;
/** Devices that offer to keep the rules, linked to one that does beside its own places. */
export const OFFERERS_MAX = 4;
/** Milliseconds for a device that was called by name to be linked; equal to ATTEMPT_MS. */
export const CALLED_MS = 20_000;
/** Milliseconds for which who had no place, or did not come, is not called again. */
export const AVOIDED_MS = 60_000;
/** Milliseconds after a start before few that are there count as all: some announces. */
export const NEW_MS = 15_000;
/** Milliseconds after a lost link before another is looked for, and by how much they differ. */
export const REFILL_MS_MIN = 500;
export const REFILL_SPREAD_MS = 2_500;
/** Milliseconds between two links that are let go, and by how much they differ. */
export const LET_GO_MS_MIN = 3_000;
export const LET_GO_SPREAD_MS = 5_000;
/** Milliseconds of calls without a register after which a caller is taken to be cut off from here. */
export const FOREIGN_MS = 30_000;
/** Answers that a call to anybody should have, of all who hear it. */
export const ANSWERS_WANTED = 5;
/** Devices named in one call: all that a full mesh has, and seven keepers. */
export const NAMED_MAX = 16;
/** Links that a device may claim; above any that it can have. */
export const LINKS_SAID_MAX = 255;
