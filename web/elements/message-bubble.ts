/**
 * One message: a bubble with its text, links and time, or a placeholder with the reason why it is
 * not shown. My own carry their delivery state in words. Text is plain text throughout. What has just
 * happened to it is a class, for the motion that shows it. SPEC UI72, UI80.
 */

import { html, nothing, type TemplateResult } from "lit";
import { classMap } from "lit/directives/class-map.js";
import type { ConversationView, DeliveryState, MessageView } from "../../workers/api.ts";
import type { MessageChange } from "../controllers/message-changes.ts";
import { locale, t } from "../strings/strings.ts";
import { splitLinks } from "../text/autolink.ts";
import { formatClock } from "../text/duration.ts";

export interface BubbleOptions {
  readonly message: MessageView;
  /** The conversation it belongs to, for whom it waits. */
  readonly conversation: ConversationView;
  /** The message after it says the same below itself: time and state are then read, not seen. */
  readonly isFollowed: boolean;
  /** What the last reading brought. */
  readonly change: MessageChange | null;
}

/** So many emoji and nothing else are shown large. */
const LARGE_EMOJI_MAX = 3;
const EMOJI = /^(?:\p{Extended_Pictographic}|\p{Regional_Indicator}{2})/u;

export function messageBubble({
  message,
  conversation,
  isFollowed,
  change,
}: BubbleOptions): TemplateResult {
  const { id, isMine, authorName, hidden, text, at, delivery } = message;
  const clock = formatClock(at, locale);
  const state = delivery === null ? null : deliveryWords(delivery, conversation);
  const bubble = isLargeEmoji(text) ? "bubble is-large" : "bubble";
  const saidBy = isMine ? t.conversation.you : t.conversation.saidBy(authorName);
  return html`<div
    class=${classMap({
      message: true,
      mine: isMine,
      followed: isFollowed,
      arrived: change === "arrived",
      settled: change === "settled",
      folded: change === "folded",
    })}
    data-id=${id}
  >
    <span class="visually-hidden">${saidBy}</span>
    ${
      hidden === null
        ? html`<p class=${bubble} dir="auto">${splitLinks(text).map(textPart)}</p>`
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

/** One to three emoji and nothing else. */
export function isLargeEmoji(text: string): boolean {
  if (text.length > LARGE_EMOJI_MAX * 32) return false;
  const parts = [...new Intl.Segmenter().segment(text)];
  return (
    parts.length > 0 &&
    parts.length <= LARGE_EMOJI_MAX &&
    parts.every(({ segment }) => EMOJI.test(segment))
  );
}

function textPart(part: ReturnType<typeof splitLinks>[number]) {
  if (part.type === "text") return part.text;
  return html`<a href=${part.href} target="_blank" rel="noopener noreferrer" dir="ltr"
    >${part.text}</a
  >`;
}
