/**
 * What a visitor has seen happen: which of the four steps of the tour are done. Fed with what was
 * sent, and how the phones stood then, and with what each phone shows. Pure. SPEC DM12.
 */

import type { PhoneId } from "./cast.ts";

export const TOUR_STEPS = ["write", "sleep", "cut", "rule"] as const;
export type TourStep = (typeof TOUR_STEPS)[number];

/** What a step begins with: writing on a phone, or one of its two controls. */
export type PhonePart = "field" | "cut" | "sleep";

export const STEP_BEGINNINGS: Readonly<
  Record<TourStep, { readonly phone: PhoneId; readonly part: PhonePart }>
> = {
  write: { phone: "MUM", part: "field" },
  sleep: { phone: "MIA", part: "sleep" },
  cut: { phone: "ROSE", part: "cut" },
  rule: { phone: "ZOE", part: "field" },
};

/** A message that was sent and has not been seen on the other phone yet. */
export interface SentLine {
  readonly from: PhoneId;
  readonly to: PhoneId;
  readonly text: string;
  /** The sender had no connection. */
  readonly wasCut: boolean;
  /** The recipient slept. */
  readonly wasAsleep: boolean;
}

export interface Tour {
  readonly underWay: readonly SentLine[];
  readonly done: ReadonlySet<TourStep>;
}

/** Lines that are waited for, oldest forgotten first. */
const UNDER_WAY_MAX = 64;

export const NEW_TOUR: Tour = { underWay: [], done: new Set() };

export function noteSent(tour: Tour, line: SentLine): Tour {
  return { ...tour, underWay: [...tour.underWay, line].slice(-UNDER_WAY_MAX) };
}

/** A send was refused by a rule of the family. */
export function noteRefused(tour: Tour): Tour {
  return { ...tour, done: new Set([...tour.done, "rule"]) };
}

/** `text` is the newest that phone `to` shows in its conversation with `from`. */
export function noteShown(tour: Tour, to: PhoneId, from: PhoneId, text: string): Tour {
  const at = tour.underWay.findIndex(
    (line) => line.to === to && line.from === from && text !== "" && line.text.startsWith(text),
  );
  const line = tour.underWay[at];
  if (line === undefined) return tour;
  // What was written to this phone before has come as well: a conversation keeps its order.
  const arrived = tour.underWay.filter(
    (one, index) => index <= at && one.to === to && one.from === from,
  );
  const steps = new Set<TourStep>([...tour.done, "write"]);
  if (arrived.some(({ wasAsleep }) => wasAsleep)) steps.add("sleep");
  if (arrived.some(({ wasCut }) => wasCut)) steps.add("cut");
  return { underWay: tour.underWay.filter((one) => !arrived.includes(one)), done: steps };
}
