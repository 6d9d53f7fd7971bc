/** Names for the conversations that the node does not name: the family's own, and nameless groups. */

import type { ConversationView, NodeSnapshot } from "../../workers/api.ts";
import { t } from "../strings/strings.ts";

export function nameTalks(snapshot: NodeSnapshot): NodeSnapshot {
  const conversations = snapshot.conversations.map(nameTalk);
  const groups = snapshot.groups.map((one) =>
    one.name === "" ? { ...one, name: t.talks.namelessGroup } : one,
  );
  return { ...snapshot, conversations, groups };
}

function nameTalk(conversation: ConversationView): ConversationView {
  if (conversation.kind === "family") return { ...conversation, name: t.talks.everybody };
  const isNameless = conversation.kind === "group" && conversation.name === "";
  return isNameless ? { ...conversation, name: t.talks.namelessGroup } : conversation;
}
