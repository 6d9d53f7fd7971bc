/** What somebody asked for and what did not happen, in English. */

import type { PlainChange, RefusedWhy, RuleChange } from "../../workers/api.ts";
import { changeWish } from "./en-changes.ts";

const ME = { id: "", name: null, isMe: true } as const;

function wish(change: PlainChange | null): string {
  return change === null ? "change a rule of the family" : changeWish(change, ME);
}

export const refused = {
  title: "This did not happen",
  note: (count: number) =>
    count === 1
      ? "Something that you asked for did not happen."
      : `${count} things that you asked for did not happen.`,
  look: "Look",
  wanted: (change: RuleChange): string => {
    switch (change.type) {
      case "proposed":
        return `You asked to ${wish(change.of)}.`;
      case "approved":
        return change.of === null
          ? "You agreed to what somebody had asked for."
          : `You agreed to ${wish(change.of)}.`;
      case "objected":
        return change.of === null
          ? "You did not agree to what somebody had asked for."
          : `You did not agree to ${wish(change.of)}.`;
      case "withdrawn":
        return "You took back what you had asked for.";
      case "enacted":
        return "";
      default:
        return `You wanted to ${wish(change)}.`;
    }
  },
  why: {
    settled: "Somebody else's change came first, and settled it.",
    "too-late": "It waited too long for the other devices.",
    "too-many": "There was no room for more: one person changes only so much.",
    "last-one":
      "A family always keeps one parent with a device, and one device that keeps the rules.",
    "not-allowed":
      "By the time it could be written down, the family's rules did not allow it any more.",
  } satisfies Record<RefusedWhy, string>,
  next: {
    settled: "Look at what the screen says now. If you still want it, do it once more.",
    "too-late": "All is as it was before. If you still want it, do it once more.",
    "too-many": "All is as it was before. Try again tomorrow.",
    "last-one":
      "All is as it was before. See that somebody else can take over, then do it once more.",
    "not-allowed": "All is as it was before. Talk to the others.",
  } satisfies Record<RefusedWhy, string>,
  read: "All right",
} as const;
