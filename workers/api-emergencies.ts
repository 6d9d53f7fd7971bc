/**
 * The part of the boundary that is about calls for help, types only. Times are milliseconds since the
 * epoch, places degrees. Source: DESIGN §5, §9 (Emergency).
 */
import type { Someone } from "./api-rules.ts";

/** Where a device is, as its browser says. */
export interface PlaceView {
  readonly latitude: number;
  readonly longitude: number;
  /** Metres around it. */
  readonly accuracy: number;
}

/** A call for help of the last day, newest first. */
export interface EmergencyView {
  readonly id: string;
  readonly by: Someone;
  readonly at: number;
  /** Empty where nothing was written, or it cannot be read here (yet). */
  readonly text: string;
  readonly place: (PlaceView & { readonly at: number }) | null;
  /** Of my own: whose devices have it, and how many others keep it. */
  readonly reached: readonly Someone[];
  readonly held: number;
  /** Who has pressed something, and who is on the way; without the one who called. */
  readonly seen: readonly Someone[];
  readonly coming: readonly Someone[];
  /** Who called says that it is all right. */
  readonly isFine: boolean;
  /** Who said that it is over; null while it goes on. */
  readonly over: Someone | null;
  /** What I have said to it. */
  readonly mine: "none" | "seen" | "coming";
  /** I may say that it is over. */
  readonly canEnd: boolean;
  /** It stands in the family's rules. */
  readonly isRecorded: boolean;
}

/** What is said to a call for help: `fine` by who called, `over` by a parent. */
export type EmergencyAnswer = "seen" | "coming" | "fine" | "over";
