/**
 * One conversation: who can read it, its messages by day, the field to write in. The timeline never
 * jumps under the reader; Escape goes back to the list. SPEC UI70 to UI74.
 */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { guard } from "lit/directives/guard.js";
import { repeat } from "lit/directives/repeat.js";
import type { ConversationView } from "../../workers/api.ts";
import { MessageFeed } from "../controllers/message-feed.ts";
import { TimelineScroll } from "../controllers/timeline-scroll.ts";
import { icon } from "../elements/icons.ts";
import { messageBubble } from "../elements/message-bubble.ts";
import { avatar, backButton, connectionChip, problem } from "../elements/parts.ts";
import { ViewElement } from "../elements/view-element.ts";
import { locale, t } from "../strings/strings.ts";
import { formatLongDay } from "../text/duration.ts";
import { arrangeTimeline } from "../text/timeline.ts";
import "../elements/tw-composer.ts";

@customElement("tw-conversation")
export class TwConversation extends ViewElement {
  @property({ attribute: false }) conversation: ConversationView | null = null;
  readonly #feed = new MessageFeed(this, () => !this.#scroll.isAtEnd);
  readonly #scroll = new TimelineScroll(this, () => this.querySelector(".timeline"));

  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get("conversation");
    if (this.conversation === null) return;
    this.#feed.open(this.conversation.id);
    if (changed.has("conversation") && before?.id !== this.conversation.id) this.#scroll.toEnd();
  }

  #leave(): void {
    this.app.back({ screen: "chats", conversation: null });
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key === "Escape" && !event.isComposing) this.#leave();
  }

  #onScroll(): void {
    const wasAtEnd = this.#scroll.isAtEnd;
    this.#scroll.measure();
    if (wasAtEnd !== this.#scroll.isAtEnd) this.requestUpdate();
  }

  #toEnd(): void {
    this.#scroll.toEnd();
    this.requestUpdate();
  }

  protected override render() {
    const { conversation } = this;
    const { snapshot } = this.app;
    if (conversation === null || snapshot === null) return html``;
    const { id, name, isConnected } = conversation;
    return html`<div class="conversation" @keydown=${(event: KeyboardEvent) => this.#onKey(event)}>
      <header class="talk-head">
        ${backButton(() => this.#leave())} ${avatar(name, id)}
        <div class="row-main">
          <h1 tabindex="-1" class="talk-name" dir="auto">${name}</h1>
          <p class="soft">${isConnected ? t.conversation.isHere : t.conversation.isAway}</p>
        </div>
      </header>
      <div class="talk-facts">
        <div class="narrow-only">${connectionChip(snapshot)}</div>
        <p class="who">${icon("eye")}<span>${t.conversation.readers(name)}</span></p>
      </div>
      <div
        class="timeline"
        role="log"
        aria-label=${t.conversation.log}
        tabindex="0"
        @scroll=${() => this.#onScroll()}
      >
        ${this.#guardTimeline(conversation)}
      </div>
      ${
        this.#scroll.isAtEnd
          ? nothing
          : html`<div class="below">
              <button class="button quiet small" @click=${() => this.#toEnd()}>
                ${icon("down")}${t.conversation.newBelow}
              </button>
            </div>`
      }
      <tw-composer
        .app=${this.app}
        .conversation=${id}
        @tw-sent=${() => this.#toEnd()}
      ></tw-composer>
    </div>`;
  }

  /** The screen is drawn again with every change anywhere; its messages only with one of theirs. */
  #guardTimeline(conversation: ConversationView): unknown {
    const { messages, hasMore, isLoaded, failure } = this.#feed;
    const { name, isConnected } = conversation;
    const today = new Date().toDateString();
    const seen = [messages, hasMore, isLoaded, failure, name, isConnected, today];
    return guard(seen, () => this.#renderTimeline(conversation));
  }

  #renderTimeline(conversation: ConversationView): TemplateResult {
    const { messages, hasMore, isLoaded, failure } = this.#feed;
    if (!isLoaded && failure !== null) return html`${problem(failure)}`;
    if (!isLoaded) return html`<p class="soft center">${t.conversation.loading}</p>`;
    if (messages.length === 0) {
      return html`<p class="soft center">${t.conversation.empty(conversation.name)}</p>`;
    }
    return html`${
      hasMore
        ? html`<button class="button quiet small earlier" @click=${() => this.#feed.readEarlier()}>
            ${t.conversation.earlier}
          </button>`
        : nothing
    }
    ${repeat(
      arrangeTimeline(messages, Date.now()),
      ({ message }) => message.id,
      ({ message, dayBegins, isFollowed }) =>
        html`${dayBegins === null ? nothing : this.#renderDay(dayBegins, message.at)}
        ${guard([message, isFollowed, conversation.name, conversation.isConnected], () =>
          messageBubble({ message, conversation, isFollowed }),
        )}`,
    )}
    ${problem(failure)}`;
  }

  #renderDay(daysAgo: number, at: number): TemplateResult {
    const names = [t.conversation.today, t.conversation.yesterday];
    return html`<p class="day">${names[daysAgo] ?? formatLongDay(at, locale)}</p>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-conversation": TwConversation;
  }
}
