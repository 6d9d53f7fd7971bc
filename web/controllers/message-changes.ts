/**
 * What happened to each message between two readings of a conversation: it arrived, its delivery
 * moved on, or it was withdrawn. Only what a reader can see is told, so that a conversation that is
 * opened stands still. Pure. SPEC UI80.
 */

import type { MessageView } from "../../workers/api.ts";

export type MessageChange = "arrived" | "settled" | "folded";

/**
 * @param before the messages as last shown; null where nothing was shown
 * @returns by message id; without those that stayed as they were
 */
export function findChanges(
  before: readonly MessageView[] | null,
  after: readonly MessageView[],
): ReadonlyMap<string, MessageChange> {
  const changes = new Map<string, MessageChange>();
  if (before === null) return changes;
  const known = new Map(before.map((message) => [message.id, message]));
  const earliest = before[0]?.id;
  // An earlier page stands above what was shown, and is no news.
  const start = earliest === undefined ? 0 : after.findIndex(({ id }) => id === earliest);
  for (const message of after.slice(Math.max(start, 0))) {
    const change = changeOf(known.get(message.id), message);
    if (change !== null) changes.set(message.id, change);
  }
  return changes;
}

function changeOf(before: MessageView | undefined, after: MessageView): MessageChange | null {
  if (before === undefined) return "arrived";
  if (before.hidden === null && after.hidden !== null) return "folded";
  const hasMoved = before.delivery?.type !== after.delivery?.type;
  return hasMoved && after.delivery?.type === "delivered" ? "settled" : null;
}
