import { describe, expect, it } from "vitest";
import type { DeliveryState, MessageView } from "../../workers/api.ts";
import { arrangeTimeline } from "./timeline.ts";

const NOON = new Date(2026, 10, 22, 12, 0).getTime();

function message(at: number, delivery: DeliveryState | null = null, isMine = delivery !== null) {
  const view: MessageView = {
    id: String(at),
    author: isMine ? "01" : "0a",
    authorName: isMine ? "Me" : "Mia",
    isEdited: false,
    quote: null,
    reactions: [],
    isMine,
    at,
    text: "x",
    hidden: null,
    delivery,
  };
  return view;
}

describe("timeline", () => {
  it("[UI70] begins a day where the date changes, and only there", () => {
    const day = 86_400_000;
    const times = [NOON - 2 * day, NOON - day, NOON - day + 1, NOON];
    const entries = arrangeTimeline(
      times.map((at) => message(at)),
      NOON,
    );
    expect(entries.map(({ dayBegins }) => dayBegins)).toEqual([2, 1, null, 0]);
  });

  it("[UI70] says time and state once for messages of one minute, side and state", () => {
    const entries = arrangeTimeline(
      [
        message(NOON, { type: "delivered" }),
        message(NOON + 1, { type: "delivered" }),
        message(NOON + 2, { type: "held", devices: 1 }),
        message(NOON + 3, { type: "held", devices: 2 }),
        message(NOON + 4),
        message(NOON + 60_000),
      ],
      NOON,
    );
    const followed = entries.map(({ isFollowed }) => isFollowed);
    expect(followed).toEqual([true, false, false, false, false, false]);
  });
});
