/**
 * What is said about messages that were said before: another text, taken back, a reaction, and how far
 * somebody has read. A function of the set of marks, never of their order of arrival: of several the
 * latest by clock, then id, counts; what its author has taken back stays so. A mark of whoever may not
 * make it (an edit or delete by another member) counts for nothing, on every device. SPEC MK1 to MK6.
 * Source: DESIGN §5.
 */
import { compareBytes, toHex, type Hex, type MessageId } from "../codec/ids.ts";
import { compareClock, type Clock } from "./header.ts";
import type { Payload } from "./payload.ts";

export type MarkPayload = Extract<
  Payload,
  { readonly type: "edit" | "delete" | "reaction" | "receipt" }
>;

/** One mark as it was opened. */
export interface Mark {
  readonly id: MessageId;
  readonly clock: Clock;
  /** Member that made it. */
  readonly by: Hex;
  readonly payload: MarkPayload;
}

/** What has become of one message. */
export interface Marked {
  readonly isDeleted: boolean;
  /** Its text by the latest edit; null where it is as it was written. */
  readonly text: string | null;
  /** One a member, the earliest first. */
  readonly reactions: readonly { readonly by: Hex; readonly emoji: string }[];
}

export const UNMARKED: Marked = { isDeleted: false, text: null, reactions: [] };

/** @param author member that wrote the message; `marks` are about this message alone */
export function settleMarks(marks: readonly Mark[], author: Hex): Marked {
  const inOrder = marks.toSorted(compareMarks);
  const reactions = new Map<Hex, string>();
  let text: string | null = null;
  for (const { by, payload } of inOrder) {
    switch (payload.type) {
      case "delete":
        if (by === author) return { isDeleted: true, text: null, reactions: [] };
        break;
      case "edit":
        if (by === author) text = payload.text;
        break;
      case "reaction":
        reactions.delete(by);
        if (isEmoji(payload.emoji)) reactions.set(by, payload.emoji);
        break;
      case "receipt":
        break;
    }
  }
  return {
    isDeleted: false,
    text,
    reactions: [...reactions].map(([by, emoji]) => ({ by, emoji })),
  };
}

/** How far each member has read: the furthest that any of its devices said. */
export function settleReceipts(marks: readonly Mark[]): ReadonlyMap<Hex, Clock> {
  const read = new Map<Hex, Clock>();
  for (const { by, payload } of marks) {
    if (payload.type !== "receipt") continue;
    const before = read.get(by);
    if (before === undefined || compareClock(payload.upTo, before) > 0) read.set(by, payload.upTo);
  }
  return read;
}

/** The message that a mark is about; null for one about a whole conversation. */
export function targetOf({ payload }: Mark): Hex | null {
  return payload.type === "receipt" ? null : toHex(payload.target);
}

/** One picture and nothing else: a reaction is no way to put words below somebody's message. */
export function isEmoji(emoji: string): boolean {
  return EMOJI.test(emoji);
}

/** A picture, made of several where joiners hold them together, with tones and variants; or a flag. */
const EMOJI = new RegExp(
  String.raw`^(?:\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|\ufe0f)?(?:\u200d\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|\ufe0f)?)*|\p{Regional_Indicator}{2})$`,
  "u",
);

function compareMarks(a: Mark, b: Mark): number {
  return compareClock(a.clock, b.clock) || compareBytes(a.id, b.id);
}
