/**
 * One conversation: who can read it, its messages by day, the field to write in. The timeline never
 * jumps under the reader; Escape goes back to the list. What stands behind it is a sheet where there
 * is no room for a third pane. SPEC UI67, UI70 to UI76, UI80, UI110, UI111.
 */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { guard } from "lit/directives/guard.js";
import { repeat } from "lit/directives/repeat.js";
import type { ConversationView, MessageView } from "../../workers/api.ts";
import { MessageFeed } from "../controllers/message-feed.ts";
import { TypingNote } from "../controllers/typing-note.ts";
import { TimelineScroll } from "../controllers/timeline-scroll.ts";
import { aboutChat } from "../elements/about-chat.ts";
import { icon } from "../elements/icons.ts";
import { messageBubble } from "../elements/message-bubble.ts";
import { backButton, connectionChip, problem } from "../elements/parts.ts";
import { leftOutNames, presenceLine, readersLine, talkMark } from "../elements/talk-parts.ts";
import { ViewElement } from "../elements/view-element.ts";
import { locale, t } from "../strings/strings.ts";
import { formatLongDay } from "../text/duration.ts";
import { arrangeTimeline } from "../text/timeline.ts";
import type { About } from "../elements/tw-composer.ts";
import "../elements/tw-composer.ts";
import "../elements/tw-message-sheet.ts";

@customElement("tw-conversation")
export class TwConversation extends ViewElement {
  @property({ attribute: false }) conversation: ConversationView | null = null;
  @state() private isAboutOpen = false;
  /** The message whose sheet is open. */
  @state() private picked: MessageView | null = null;
  /** The message that is being answered or changed. */
  @state() private writing: About | null = null;
  readonly #feed = new MessageFeed(this, () => !this.#scroll.isAtEnd);
  readonly #typing = new TypingNote(this);
  readonly #scroll = new TimelineScroll(this, () => this.querySelector(".timeline"));

  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get("conversation");
    if (this.conversation === null) return;
    this.#feed.open(this.conversation.id);
    this.#typing.open(this.conversation.id);
    if (before !== undefined && before?.id !== this.conversation.id) {
      this.picked = null;
      this.writing = null;
    }
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
    const { id, name, isConnected, isClosed } = conversation;
    const writing = this.#typing.names;
    const presence =
      writing.length > 0 ? t.talks.writing(writing) : presenceLine(snapshot, conversation);
    const leftOut = leftOutNames(snapshot, conversation);
    return html`<div class="conversation" @keydown=${(event: KeyboardEvent) => this.#onKey(event)}>
        <header class="talk-head">
          ${backButton(() => this.#leave())} ${talkMark(conversation)}
          <div class="row-main">
            <h1 tabindex="-1" class="talk-name" dir="auto">${name}</h1>
            <p class=${isConnected ? "soft is-here" : "soft"}>${presence}</p>
          </div>
          <button
            class="round about-button"
            aria-label=${t.conversation.about}
            aria-haspopup="dialog"
            @click=${() => void this.#openAbout()}
          >
            ${icon("info")}
          </button>
        </header>
        <div class="talk-facts">
          <div class="narrow-only">${connectionChip(snapshot)}</div>
          ${this.#renderReaders(conversation)}
          ${
            leftOut.length === 0
              ? nothing
              : html`<p class="note" dir="auto">
                  ${icon("notice")}<span>${t.talks.someLeftOut(leftOut)}</span>
                </p>`
          }
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
        ${
          isClosed
            ? html`<p class="note closed">${icon("lock")}<span>${t.talks.closed}</span></p>`
            : html`<tw-composer
                .app=${this.app}
                .conversation=${id}
                .about=${this.writing}
                @tw-settled=${() => {
                  this.writing = null;
                }}
                @tw-sent=${() => this.#toEnd()}
              ></tw-composer>`
        }
      </div>
      ${this.isAboutOpen ? this.#renderAbout(conversation) : nothing}
      ${this.picked === null ? nothing : this.#renderPicked(id, this.picked)}`;
  }

  /** With several in it the line leads to the list of them. */
  #renderReaders(conversation: ConversationView): TemplateResult {
    const words = readersLine(conversation);
    if (conversation.kind === "member") {
      return html`<p class="who">${icon("eye")}<span>${words}</span></p>`;
    }
    return html`<button class="who" aria-haspopup="dialog" @click=${() => void this.#openAbout()}>
      ${icon("eye")}<span>${words}</span> <span class="who-more">${t.talks.readersOpen}</span>
    </button>`;
  }

  async #openAbout(): Promise<void> {
    this.isAboutOpen = true;
    await this.updateComplete;
    this.querySelector("dialog")?.showModal();
  }

  #renderPicked(conversation: string, message: MessageView): TemplateResult {
    const write = (type: About["type"]) => () => {
      this.writing = { type, message };
    };
    return html`<tw-message-sheet
      .app=${this.app}
      .conversation=${conversation}
      .message=${message}
      @tw-answer=${write("answer")}
      @tw-edit=${write("edit")}
      @closed=${() => {
        this.picked = null;
      }}
    ></tw-message-sheet>`;
  }

  /** In the page only while it is open: its words would be found beside the same ones behind it. */
  #renderAbout(conversation: ConversationView): TemplateResult {
    const { snapshot } = this.app;
    const close = () => this.querySelector("dialog")?.close();
    return html`<dialog
      class="dialog from-side"
      closedby="any"
      aria-label=${t.aboutChat.title}
      @close=${() => {
        this.isAboutOpen = false;
      }}
    >
      <header class="sheet-head">
        <h2>${t.aboutChat.title}</h2>
        <button class="round" aria-label=${t.aboutChat.close} @click=${close}>
          ${icon("close")}
        </button>
      </header>
      ${snapshot === null ? nothing : aboutChat(this.app, snapshot, conversation)}
    </dialog>`;
  }

  /** The screen is drawn again with every change anywhere; its messages only with one of theirs. */
  #guardTimeline(conversation: ConversationView): unknown {
    const { messages, hasMore, isLoaded, failure, changes } = this.#feed;
    const { name, isConnected } = conversation;
    const today = new Date().toDateString();
    const seen = [messages, hasMore, isLoaded, failure, changes, name, isConnected, today];
    return guard(seen, () => this.#renderTimeline(conversation));
  }

  #renderTimeline(conversation: ConversationView): TemplateResult {
    const { messages, hasMore, isLoaded, failure, changes } = this.#feed;
    if (!isLoaded && failure !== null) return html`${problem(failure)}`;
    if (!isLoaded) return html`<p class="soft center late-soft">${t.conversation.loading}</p>`;
    if (messages.length === 0) return this.#renderEmpty(conversation);
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
      ({ message, dayBegins, isFollowed, isFirstOf }) =>
        html`${dayBegins === null ? nothing : this.#renderDay(dayBegins, message.at)}
        ${guard(
          [
            message,
            isFollowed,
            isFirstOf,
            conversation.name,
            conversation.isConnected,
            changes.get(message.id),
          ],
          () =>
            messageBubble({
              message,
              conversation,
              isFollowed,
              isFirstOf,
              change: changes.get(message.id) ?? null,
              onOpen: () => {
                this.picked = message;
              },
            }),
        )}`,
    )}
    ${problem(failure)}`;
  }

  #renderEmpty(conversation: ConversationView): TemplateResult {
    const { kind, name, isConnected } = conversation;
    const isOne = kind === "member";
    return html`<div class="talk-empty">
      ${talkMark(conversation)}
      <p class="talk-hello">${isOne ? t.conversation.empty(name) : t.talks.emptyGroup}</p>
      <p class="soft">
        ${isOne ? t.conversation.emptyMore(name, isConnected) : t.talks.emptyGroupMore}
      </p>
    </div>`;
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
