/**
 * One message: a bubble with its text, links and time, or a placeholder with the reason why it is
 * not shown. My own carry their delivery state in words. Text is plain text throughout. SPEC UI72.
 */

import { html, nothing, type TemplateResult } from "lit";
import { classMap } from "lit/directives/class-map.js";
import type { ConversationView, DeliveryState, MessageView } from "../../workers/api.ts";
import { locale, t } from "../strings/strings.ts";
import { splitLinks } from "../text/autolink.ts";
import { formatClock } from "../text/duration.ts";

export interface BubbleOptions {
  readonly message: MessageView;
  /** The conversation it belongs to, for whom it waits. */
  readonly conversation: ConversationView;
  /** The message after it says the same below itself: time and state are then read, not seen. */
  readonly isFollowed: boolean;
}

export function messageBubble({
  message,
  conversation,
  isFollowed,
}: BubbleOptions): TemplateResult {
  const { id, isMine, authorName, hidden, text, at, delivery } = message;
  const clock = formatClock(at, locale);
  const state = delivery === null ? null : deliveryWords(delivery, conversation);
  const saidBy = isMine ? t.conversation.you : t.conversation.saidBy(authorName);
  return html`<div
    class="message ${classMap({ mine: isMine, followed: isFollowed })}"
    data-id=${id}
  >
    <span class="visually-hidden">${saidBy}</span>
    ${
      hidden === null
        ? html`<p class="bubble" dir="auto">${splitLinks(text).map(textPart)}</p>`
        : html`<p class="bubble-gone">${t.conversation.hidden[hidden]}</p>`
    }
    <p class=${isFollowed ? "visually-hidden" : "meta"}>
      <time datetime=${new Date(at).toISOString()}>${clock}</time>${
        state === null
          ? nothing
          : html` · <span class=${delivery?.type === "refused" ? "is-refused" : ""}>${state}</span>`
      }
    </p>
  </div>`;
}

/** The delivery state of a message of mine, in words. */
export function deliveryWords(
  delivery: DeliveryState,
  { name, isConnected }: Pick<ConversationView, "name" | "isConnected">,
): string {
  const words = t.conversation.delivery;
  switch (delivery.type) {
    case "queued":
      return words.queued(name, isConnected);
    case "held":
      return words.held(delivery.devices, name, isConnected);
    case "delivered":
      return words.delivered;
    case "refused":
      return words.refused(delivery.reason);
  }
}

function textPart(part: ReturnType<typeof splitLinks>[number]) {
  if (part.type === "text") return part.text;
  return html`<a href=${part.href} target="_blank" rel="noopener noreferrer" dir="ltr"
    >${part.text}</a
  >`;
}
