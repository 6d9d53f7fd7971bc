/**
 * One conversation in the list: name, newest message with what became of it, time, what is unread.
 * The button begins with the member's name. SPEC UI61, UI69.
 */

import { html, nothing, type TemplateResult } from "lit";
import type { ConversationView, DeliveryState } from "../../workers/api.ts";
import { locale, t } from "../strings/strings.ts";
import { formatShortDay } from "../text/duration.ts";
import { type IconName, sayingIcon } from "./icons.ts";
import { avatar } from "./parts.ts";

type Last = NonNullable<ConversationView["last"]>;

const STATE_ICONS: Readonly<Record<DeliveryState["type"], IconName>> = {
  queued: "clock",
  held: "held",
  delivered: "check",
  refused: "notice",
};

export function conversationRow(
  { id, name, last, unread, isConnected }: ConversationView,
  isOpen: boolean,
  onOpen: () => void,
): TemplateResult {
  return html`<button
    class="card row ${unread > 0 ? "has-unread" : ""}"
    data-conversation=${id}
    aria-current=${isOpen ? "true" : nothing}
    @click=${onOpen}
  >
    ${avatar(name, id)}
    <span class="row-main">
      <span class="row-name" dir="auto">${name}</span>
      ${last === null ? html`<span class="soft cut">${t.chats.nothingYet}</span>` : preview(last)}
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

function preview({ text, isMine, hidden, delivery }: Last): TemplateResult {
  const words = hidden === null ? text : t.chats.hidden[hidden];
  return html`<span class="row-last soft ${delivery?.type === "refused" ? "is-refused" : ""}">
    ${delivery === null ? nothing : sayingIcon(STATE_ICONS[delivery.type], stateWords(delivery))}
    <span class="cut" dir="auto">${isMine ? `${t.chats.you}: ` : ""}${words}</span>
  </span>`;
}

function stateWords(delivery: DeliveryState): string {
  const words = t.chats.states;
  return delivery.type === "held" ? words.held(delivery.devices) : words[delivery.type];
}
