/**
 * The part of the boundary that is about places, types only. Times are milliseconds since the epoch,
 * places degrees. Source: DESIGN §9 (Map).
 */
import type { PlaceView } from "./api-emergencies.ts";
import type { Someone } from "./api-rules.ts";

/** Minutes for which a place is shared; null: until its person stops it. */
export const PLACE_MINUTES = [15, 60, null] as const;

/** Where somebody's device was last, for me to see; newest first. */
export interface PlaceRow {
  /** The device that said so: somebody may share from two. */
  readonly device: string;
  readonly by: Someone;
  readonly place: PlaceView;
  /** When its device said so. */
  readonly at: number;
  /** When it stops saying so; null: when its person stops it. */
  readonly until: number | null;
  /** Its time is over: this is the last one, until `goneAt`. */
  readonly isOver: boolean;
  /** When it goes from here if nothing newer comes. */
  readonly goneAt: number;
}

/** With whom a place can be shared. */
export interface PlaceTarget {
  /** Conversation id: a member's, a group's, or the family's own. */
  readonly id: string;
  readonly type: "family" | "group" | "member";
  /** Of a group or member; null where it cannot be read. */
  readonly name: string | null;
  /** Who would see it. */
  readonly readers: readonly Someone[];
  /** Who is in it and would not, because a rule says so. */
  readonly leftOut: readonly Someone[];
}

/** My own sharing, from this device. */
export interface SharingView {
  readonly with: Omit<PlaceTarget, "leftOut">;
  readonly until: number | null;
  /** Its time is over; the others keep my last place until `goneAt`, unless it is taken back. */
  readonly isOver: boolean;
  readonly goneAt: number | null;
  /** When my place was last said; null: not since this app was opened, it waits for the browser. */
  readonly saidAt: number | null;
  /** On whose devices it is, as far as this one knows. */
  readonly reached: readonly Someone[];
}

export interface PlacesView {
  readonly rows: readonly PlaceRow[];
  readonly mine: SharingView | null;
  readonly targets: readonly PlaceTarget[];
  /** A rule says that my place is my guardians' alone: these. Null where there is no such rule. */
  readonly onlyFor: readonly Someone[] | null;
  /** Seconds between two places of one device, by the family's settings. */
  readonly intervalSeconds: number;
}
