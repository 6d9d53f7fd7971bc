/**
 * One message: a bubble with its text, links and time, or a placeholder with the reason why it is
 * not shown; above it who says it where several do, and what it answers; below it what others make of
 * it. My own carry their delivery state in words. Text is plain text throughout. What has just
 * happened to it is a class, for the motion that shows it. SPEC UI72, UI80, UI112 to UI114, UI117.
 */

import { html, nothing, type TemplateResult } from "lit";
import { classMap } from "lit/directives/class-map.js";
import type { ConversationView, DeliveryState, MessageView, QuoteView } from "../../workers/api.ts";
import type { MessageChange } from "../controllers/message-changes.ts";
import { locale, t } from "../strings/strings.ts";
import { splitLinks } from "../text/autolink.ts";
import { formatClock } from "../text/duration.ts";
import { icon } from "./icons.ts";
import { memberColor } from "./parts.ts";

export interface BubbleOptions {
  readonly message: MessageView;
  /** The conversation it belongs to, for whom it waits. */
  readonly conversation: ConversationView;
  /** The message after it says the same below itself: time and state are then read, not seen. */
  readonly isFollowed: boolean;
  /** The first of several by one person. */
  readonly isFirstOf: boolean;
  /** What the last reading brought. */
  readonly change: MessageChange | null;
  /** Opens what can be done with it. */
  readonly onOpen: () => void;
}

/** So many emoji and nothing else are shown large. */
const LARGE_EMOJI_MAX = 3;
const EMOJI = /^(?:\p{Extended_Pictographic}|\p{Regional_Indicator}{2})/u;

export function messageBubble({
  message,
  conversation,
  isFollowed,
  isFirstOf,
  change,
  onOpen,
}: BubbleOptions): TemplateResult {
  const { id, isMine, author, authorName, hidden, text, at, delivery, isEdited } = message;
  const clock = formatClock(at, locale);
  const state = delivery === null ? null : deliveryWords(delivery, conversation);
  const isLarge = message.quote === null && isLargeEmoji(text);
  const bubble = isLarge ? "bubble is-large" : "bubble";
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
    ${
      conversation.kind !== "member" && isFirstOf && !isMine
        ? html`<p class="said-by ${memberColor(author)}" dir="auto">
            ${authorName}<span class="visually-hidden">:</span>
          </p>`
        : html`<span class="visually-hidden">${saidBy}</span>`
    }
    <div class="bubble-line">
      ${
        hidden === null
          ? html`<div class=${bubble} @click=${(event: MouseEvent) => onTap(event, onOpen)}>
              ${message.quote === null ? nothing : quoteBlock(message.quote)}
              <p class="bubble-text" dir="auto">${splitLinks(text).map(textPart)}</p>
            </div>`
          : html`<p class="bubble-gone" dir="auto">${goneWords(message)}</p>`
      }
      ${hidden === null || isMine ? moreButton(onOpen) : nothing}
    </div>
    ${message.reactions.length === 0 ? nothing : reactionRow(message.reactions)}
    <p class=${isFollowed ? "visually-hidden" : "meta"}>
      <time datetime=${new Date(at).toISOString()}>${clock}</time>${
        isEdited ? html` · ${t.talks.edited}` : nothing
      }${
        state === null
          ? nothing
          : html` · <span class=${delivery?.type === "refused" ? "is-refused" : ""}>${state}</span>`
      }
    </p>
  </div>`;
}

function moreButton(onOpen: () => void): TemplateResult {
  return html`<button
    class="message-more"
    aria-haspopup="dialog"
    aria-label=${t.acting.open}
    @click=${onOpen}
  >
    ${icon("dots")}
  </button>`;
}

/** A finger on the bubble opens it; a mouse has the button beside it, and selects text. */
function onTap(event: MouseEvent, onOpen: () => void): void {
  const isTouch = "pointerType" in event && event.pointerType === "touch";
  const isOnLink = event.target instanceof Element && event.target.closest("a") !== null;
  if (isTouch && !isOnLink) onOpen();
}

function goneWords({ hidden, isMine, authorName }: MessageView): string {
  if (hidden === "deleted") return isMine ? t.talks.deletedByMe : t.talks.deletedBy(authorName);
  return hidden === null ? "" : t.conversation.hidden[hidden];
}

/** What it answers, as that reads now. */
function quoteBlock(quote: QuoteView): TemplateResult {
  const words = quote.hidden === null ? quote.text : t.talks.quoteHidden[quote.hidden];
  const by = quote.isMine ? t.chats.you : quote.authorName;
  return html`<blockquote class="quote" dir="auto">
    ${by === "" ? nothing : html`<span class="quote-by">${by}</span>`}
    <span class=${quote.hidden === null ? "quote-text" : "quote-text is-hidden"}>${words}</span>
  </blockquote>`;
}

function reactionRow(reactions: MessageView["reactions"]): TemplateResult {
  return html`<ul class="reactions" aria-label=${t.talks.reactions}>
    ${reactions.map(
      ({ emoji, names, isMine }) =>
        html`<li class=${isMine ? "reaction is-mine" : "reaction"}>
          <span aria-hidden="true">${emoji}</span>
          ${
            names.length + Number(isMine) > 1
              ? html`<span aria-hidden="true">${names.length + Number(isMine)}</span>`
              : nothing
          }
          <span class="visually-hidden">${t.talks.reactedBy(emoji, names, isMine)}</span>
        </li>`,
    )}
  </ul>`;
}

/** The delivery state of a message of mine, in words. */
export function deliveryWords(
  delivery: DeliveryState,
  { kind, name, isConnected }: Pick<ConversationView, "kind" | "name" | "isConnected">,
): string {
  const words = t.conversation.delivery;
  const isMany = kind !== "member";
  switch (delivery.type) {
    case "queued":
      if (isMany) return isConnected ? words.queued(name, true) : t.talks.queued;
      return words.queued(name, isConnected);
    case "held":
      if (isMany) return t.talks.held(delivery.devices);
      return words.held(delivery.devices, name, isConnected);
    case "partly":
      return t.talks.partly(delivery.members, delivery.of);
    case "delivered":
      return isMany ? t.talks.deliveredAll : words.delivered;
    case "read":
      return isMany ? t.talks.readAll : t.talks.read;
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
