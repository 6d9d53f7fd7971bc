/** Orders what a timeline shows: which day begins where, and which messages speak as one. Pure. */

import type { MessageView } from "../../workers/api.ts";
import { daysBetween } from "./duration.ts";

export interface TimelineEntry {
  readonly message: MessageView;
  /** Days before today, set where a new day begins; null within a day. */
  readonly dayBegins: number | null;
  /** The next message is by the same person, of the same minute and in the same state. */
  readonly isFollowed: boolean;
  /** The message before is by somebody else, or of another day. */
  readonly isFirstOf: boolean;
}

const MINUTE_MS = 60_000;

/** Messages in the node's order, with what their neighbours make of them. */
export function arrangeTimeline(messages: readonly MessageView[], now: number): TimelineEntry[] {
  return messages.map((message, index) => {
    const before = messages[index - 1];
    const after = messages[index + 1];
    const isNewDay = before === undefined || daysBetween(before.at, message.at) !== 0;
    return {
      message,
      dayBegins: isNewDay ? daysBetween(message.at, now) : null,
      isFollowed: after !== undefined && speakAsOne(message, after),
      isFirstOf: isNewDay || before.author !== message.author,
    };
  });
}

function speakAsOne(one: MessageView, next: MessageView): boolean {
  return (
    one.isMine === next.isMine &&
    one.author === next.author &&
    Math.floor(one.at / MINUTE_MS) === Math.floor(next.at / MINUTE_MS) &&
    stateKey(one) === stateKey(next)
  );
}

function stateKey({ delivery }: MessageView): string {
  return JSON.stringify(delivery);
}
