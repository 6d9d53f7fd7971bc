/**
 * The part of the boundary that is about requests, types only: what somebody asks of those who decide for
 * it, and what became of that. Times are milliseconds since the epoch. Source: DESIGN §4, §9 (Family).
 */
import type { Someone } from "./api-rules.ts";

/** More time, writing to somebody, a group, going somewhere, something else. */
export const REQUEST_THINGS = ["time", "contact", "group", "outing", "other"] as const;
export type RequestThing = (typeof REQUEST_THINGS)[number];

/** Whom or which group it is about; a name is null where it cannot be read here. */
export type RequestAboutView =
  | { readonly type: "member"; readonly member: Someone }
  | { readonly type: "group"; readonly id: string; readonly name: string | null };

/** What is asked for. `about`: id of a member or of a group. */
export interface RequestWish {
  readonly thing: RequestThing;
  readonly about: { readonly type: "member" | "group"; readonly id: string } | null;
  readonly until: number | null;
  readonly text: string;
}

/** `changesRule`: also do what the rules can do at once (`RequestView.rule`). */
export interface RequestAnswer {
  readonly isYes: boolean;
  /** Until when a yes holds. */
  readonly until: number;
  readonly changesRule: boolean;
}

/** A request of the last two weeks, or one whose yes still holds; newest first. */
export interface RequestView {
  readonly id: string;
  readonly by: Someone;
  readonly at: number;
  readonly thing: RequestThing;
  readonly about: RequestAboutView | null;
  /** Until when its author would like it. */
  readonly until: number | null;
  readonly text: string;
  /** `answering`: somebody has said it, and it is not written down yet. */
  readonly state: "open" | "answering" | "answered" | "taken-back" | "expired";
  readonly answer: {
    readonly by: Someone;
    readonly isYes: boolean;
    /** Until when a yes holds. */
    readonly until: number;
  } | null;
  /** When it can be decided no more. */
  readonly endsAt: number;
  /** Of my own: on whose devices it is; whom it was sent to. */
  readonly reached: readonly Someone[];
  readonly asked: readonly Someone[];
  /** It is mine to decide, now and on this device. */
  readonly canAnswer: boolean;
  /** It would be, and this device is too new. */
  readonly isTooNew: boolean;
  /**
   * What a yes can also change in the rules at once: that its author may write to that person until then,
   * or is in that group. Null: a yes is a word, and the rules stay as they are.
   */
  readonly rule: "send" | "join" | null;
}
