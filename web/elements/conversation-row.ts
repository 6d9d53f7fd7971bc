/**
 * One conversation in the list: name, newest message with what became of it, time, what is unread.
 * The button begins with its name. SPEC UI61, UI69, UI110.
 */

import { html, nothing, type TemplateResult } from "lit";
import type { ConversationView, DeliveryState } from "../../workers/api.ts";
import { locale, t } from "../strings/strings.ts";
import { formatShortDay } from "../text/duration.ts";
import { type IconName, sayingIcon } from "./icons.ts";
import { shortName, talkMark } from "./talk-parts.ts";

type Last = NonNullable<ConversationView["last"]>;

const STATE_ICONS: Readonly<Record<DeliveryState["type"], IconName>> = {
  queued: "clock",
  held: "held",
  partly: "check",
  delivered: "check",
  read: "eye",
  refused: "notice",
};

export function conversationRow(
  { id, kind, name, last, unread, isConnected }: ConversationView,
  isOpen: boolean,
  onOpen: () => void,
): TemplateResult {
  return html`<button
    class="card row ${unread > 0 ? "has-unread" : ""}"
    data-conversation=${id}
    aria-current=${isOpen ? "true" : nothing}
    @click=${onOpen}
  >
    ${talkMark({ id, kind, name })}
    <span class="row-main">
      <span class="row-name" dir="auto">${name}</span>
      ${last === null ? html`<span class="soft cut">${t.chats.nothingYet}</span>` : preview(last, kind)}
    </span>
    <span class="row-side soft">
      ${last === null ? nothing : html`<span>${formatShortDay(last.at, Date.now(), locale)}</span>`}
      ${unread > 0 ? html`<span class="badge">${t.chats.unread(unread)}</span>` : nothing}
      ${
        unread === 0 && isConnected
          ? html`<span class="is-here">${t.chats.connected}</span>`
          : nothing
      }
    </span>
  </button>`;
}

function preview(
  { text, isMine, authorName, hidden, delivery }: Last,
  kind: ConversationView["kind"],
): TemplateResult {
  const words = hidden === null ? text : t.chats.hidden[hidden];
  // Of several it is told who says it.
  const by = isMine ? t.chats.you : kind === "member" ? "" : shortName(authorName);
  return html`<span class="row-last soft ${delivery?.type === "refused" ? "is-refused" : ""}">
    ${delivery === null ? nothing : sayingIcon(STATE_ICONS[delivery.type], stateWords(delivery))}
    <span class="cut" dir="auto">${by === "" ? words : t.conversation.saidHere(by, words)}</span>
  </span>`;
}

function stateWords(delivery: DeliveryState): string {
  const words = t.chats.states;
  if (delivery.type === "held") return words.held(delivery.devices);
  if (delivery.type === "partly") return words.partly(delivery.members, delivery.of);
  return words[delivery.type];
}
