/**
 * What the screens show of a conversation, whether it is with one, with a group or with everybody: its
 * round mark, who reads along in one line, who of them is connected. Templates only. SPEC UI110, UI111.
 */

import { html, type TemplateResult } from "lit";
import type { ConversationView, NodeSnapshot } from "../../workers/api.ts";
import { t } from "../strings/strings.ts";
import { icon } from "./icons.ts";
import { avatar, memberColor } from "./parts.ts";

/** A person's initial; for several a picture of several, in the colour that follows from its id. */
export function talkMark({
  id,
  kind,
  name,
}: Pick<ConversationView, "id" | "kind" | "name">): TemplateResult {
  if (kind === "member") return avatar(name, id);
  return html`<span class="avatar is-many ${memberColor(id)}" aria-hidden="true"
    >${icon(kind === "family" ? "family" : "people")}</span
  >`;
}

/** Who can read it, in one line. */
export function readersLine({ kind, name, members, isClosed }: ConversationView): string {
  if (isClosed && kind !== "member") return t.talks.closedReaders;
  if (kind === "member") return t.conversation.readers(name);
  const { length } = members;
  return kind === "family" ? t.talks.everybodyReads(length) : t.talks.readers(length);
}

/** Of several, how many of the others have a device connected. */
export function presenceLine(
  { members, me }: NodeSnapshot,
  conversation: ConversationView,
): string {
  const { kind, isConnected } = conversation;
  if (kind === "member") return isConnected ? t.conversation.isHere : t.conversation.isAway;
  if (!isConnected) return t.talks.nobodyHere;
  const others = conversation.members.filter(({ member }) => member !== me?.member);
  const linked = others.filter(({ member }) =>
    members
      .find(({ id }) => id === member)
      ?.devices.some((device) => device.isConnected && !device.isRevoked),
  );
  return t.talks.presence(linked.length, others.length);
}

/** Names of those whom my words do not reach there. */
export function leftOutNames(
  { members }: NodeSnapshot,
  conversation: ConversationView,
): readonly string[] {
  return conversation.members.flatMap(({ member, isLeftOut }) => {
    const name = members.find(({ id }) => id === member)?.name;
    return isLeftOut && name !== undefined ? name : [];
  });
}

/** As much of a name as leaves room for what was said: its first word, cut where that is long. */
export function shortName(name: string): string {
  const [first = ""] = name.split(" ");
  const parts = [...new Intl.Segmenter().segment(first)].map(({ segment }) => segment);
  return parts.length > SHORT_NAME_MAX ? `${parts.slice(0, SHORT_NAME_MAX - 1).join("")}…` : first;
}

const SHORT_NAME_MAX = 12;
