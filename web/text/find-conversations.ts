/**
 * Which conversations a person means by a few letters: every word of the query begins a word of the
 * name, or stands anywhere in the newest message; accents and case do not matter. Pure. SPEC UI78.
 */

import type { ConversationView } from "../../workers/api.ts";

/** The conversations that match, in their own order; all of them for an empty query. */
export function findConversations(
  conversations: readonly ConversationView[],
  query: string,
): readonly ConversationView[] {
  const wanted = fold(query).split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return conversations;
  return conversations.filter(({ name, last }) => {
    const words = fold(name).split(/\s+/);
    const text = fold(last?.text ?? "");
    return wanted.every(
      (part) => words.some((word) => word.startsWith(part)) || text.includes(part),
    );
  });
}

function fold(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();
}
