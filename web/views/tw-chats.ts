/**
 * The list of conversations, beside it the open one (from 840 px), and what stands behind that (from
 * 1200 px). Requests that wait for me stand above the list. Arrows walk the list, "/" searches it.
 * SPEC UI60, UI61, UI67, UI68, UI78.
 */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { classMap } from "lit/directives/class-map.js";
import { repeat } from "lit/directives/repeat.js";
import type { ConversationView, NodeSnapshot } from "../../workers/api.ts";
import { MediaMatch } from "../controllers/media-match.ts";
import { Online } from "../controllers/online.ts";
import { Settled } from "../controllers/settled.ts";
import { aboutChat } from "../elements/about-chat.ts";
import { conversationRow } from "../elements/conversation-row.ts";
import { icon } from "../elements/icons.ts";
import { keepCard } from "../elements/keep-card.ts";
import { aloneLine, connectionChip, emptyState } from "../elements/parts.ts";
import { decisionNote } from "../elements/tw-decisions.ts";
import { askedNote } from "../elements/tw-requests.ts";
import { refusedNote } from "../elements/tw-refused.ts";
import { splitNote } from "../elements/tw-split.ts";
import { recoveryNote, requestCards } from "../elements/request-cards.ts";
import { focusFirstRow, walkRows } from "../elements/row-walk.ts";
import { ViewElement } from "../elements/view-element.ts";
import { t } from "../strings/strings.ts";
import { findConversations } from "../text/find-conversations.ts";
import "../elements/call-cards.ts";
import "../elements/tw-help.ts";
import "./tw-conversation.ts";

/** From so many conversations on the search stands above the list without being called. */
const SEARCH_FROM = 8;
const THIRD_PANE = "(min-width: 1200px)";

@customElement("tw-chats")
export class TwChats extends ViewElement {
  @state() private query = "";
  @state() private isSearching = false;
  readonly #online = new Online(this);
  readonly #settled = new Settled(this);
  readonly #thirdPane = new MediaMatch(this, THIRD_PANE);
  readonly #onPageKey = (event: KeyboardEvent): void => this.#onSlash(event);

  override connectedCallback(): void {
    super.connectedCallback();
    this.ownerDocument.addEventListener("keydown", this.#onPageKey);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.ownerDocument.removeEventListener("keydown", this.#onPageKey);
  }

  protected override render() {
    const { shown, snapshot } = this.app;
    if (shown.screen !== "chats" || snapshot === null) return html``;
    const open = snapshot.conversations.find(({ id }) => id === shown.conversation);
    const hasInfo = open !== undefined && this.#thirdPane.matches;
    return html`<main
      class=${classMap({ panes: true, "has-open": open !== undefined, "has-info": hasInfo })}
    >
      <section class="pane-list" aria-label=${t.chats.list}>
        <header class="pane-head">
          <h1 tabindex="-1" dir="auto">${snapshot.familyName ?? t.chats.title}</h1>
          <div class="pane-head-actions">
            <tw-help .app=${this.app}></tw-help>
            ${snapshot.me?.role === "parent" ? this.#renderInvite() : nothing}
          </div>
        </header>
        ${this.#renderSearch(snapshot)}
        <div class="pane-scroll">
          <tw-calls .app=${this.app}></tw-calls>
          ${connectionChip(snapshot)}
          ${aloneLine(snapshot, this.#online.isOnline, this.#settled.isSettled)}
          ${recoveryNote(this.app, snapshot)} ${decisionNote(this.app, snapshot)}
          ${askedNote(this.app, snapshot)} ${refusedNote(this.app, snapshot)}
          ${splitNote(this.app, snapshot)} ${requestCards(this.app, snapshot)} ${keepCard(this.app)}
          ${
            snapshot.conversations.length === 0
              ? this.#renderEmpty(snapshot)
              : this.#renderFound(snapshot.conversations, open?.id)
          }
        </div>
      </section>
      <section class="pane-open">
        ${
          open === undefined
            ? this.#renderPick(snapshot)
            : html`<tw-conversation .app=${this.app} .conversation=${open}></tw-conversation>`
        }
      </section>
      ${
        hasInfo
          ? html`<aside class="pane-info" tabindex="0" aria-label=${t.aboutChat.title}>
              <h2 class="visually-hidden">${t.aboutChat.title}</h2>
              ${aboutChat(this.app, snapshot, open)}
            </aside>`
          : nothing
      }
    </main>`;
  }

  #renderInvite(): TemplateResult {
    return html`<button
      class="button small"
      @click=${() => this.app.open({ screen: "invite", invite: null, forMember: null })}
    >
      ${icon("add")}${t.invite.open}
    </button>`;
  }

  #renderEmpty({ me }: NodeSnapshot): TemplateResult {
    const text = me?.role === "parent" ? t.chats.empty : t.chats.emptyMember;
    return emptyState({ icon: "chats", title: t.chats.emptyTitle, text });
  }

  #renderPick({ conversations }: NodeSnapshot): TemplateResult {
    if (conversations.length === 0) return html``;
    return html`<div class="pane-empty soft">
      <span class="empty-mark">${icon("chats")}</span>
      <p>${t.chats.pick}</p>
      <p>${t.chats.pickMore}</p>
    </div>`;
  }

  #renderSearch({ conversations }: NodeSnapshot): TemplateResult | typeof nothing {
    const isOffered = conversations.length >= SEARCH_FROM || this.isSearching;
    if (!isOffered) return nothing;
    return html`<search class="search">
      ${icon("search")}
      <input
        type="search"
        autocomplete="off"
        enterkeyhint="search"
        dir="auto"
        aria-label=${t.chats.search}
        placeholder=${t.chats.searchHint}
        .value=${this.query}
        @input=${(event: InputEvent) => {
          this.query = (event.currentTarget as HTMLInputElement).value;
        }}
        @keydown=${(event: KeyboardEvent) => this.#onSearchKey(event)}
      />
      ${
        this.query === "" && !this.isSearching
          ? nothing
          : html`<button
              class="round"
              type="button"
              aria-label=${t.chats.clear}
              @click=${() => void this.#endSearch()}
            >
              ${icon("close")}
            </button>`
      }
    </search>`;
  }

  #renderFound(conversations: readonly ConversationView[], open: string | undefined) {
    const found = findConversations(conversations, this.query);
    const isFiltered = this.query.trim() !== "";
    return html`<p class="visually-hidden" aria-live="polite">
        ${isFiltered ? t.chats.found(found.length) : nothing}
      </p>
      ${
        found.length === 0
          ? emptyState({
              icon: "search",
              title: t.chats.nothingFound(this.query.trim()),
              text: t.chats.nothingFoundMore,
              action: html`<button class="button quiet" @click=${() => void this.#endSearch()}>
                ${t.chats.showAll}
              </button>`,
            })
          : html`<ul class="rows" @keydown=${walkRows}>
              ${repeat(
                found,
                ({ id }) => id,
                (one) =>
                  html`<li>${conversationRow(one, one.id === open, () => this.#open(one.id))}</li>`,
              )}
            </ul>`
      }`;
  }

  #open(conversation: string): void {
    const { shown } = this.app;
    const isBeside = shown.screen === "chats" && shown.conversation !== null;
    // Beside an open one it takes its place, so that Back leaves the conversations at once.
    if (isBeside) this.app.replace({ screen: "chats", conversation });
    else this.app.open({ screen: "chats", conversation });
  }

  #onSlash(event: KeyboardEvent): void {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    const { activeElement } = this.ownerDocument;
    if (activeElement?.matches("input, textarea, select, dialog *") === true) return;
    const list = this.querySelector(".pane-list");
    const { snapshot } = this.app;
    if (list?.checkVisibility() !== true || (snapshot?.conversations.length ?? 0) === 0) return;
    event.preventDefault();
    void this.#beginSearch();
  }

  async #beginSearch(): Promise<void> {
    this.isSearching = true;
    await this.updateComplete;
    this.querySelector<HTMLInputElement>(".search input")?.focus();
  }

  async #endSearch(): Promise<void> {
    this.query = "";
    this.isSearching = false;
    await this.updateComplete;
    focusFirstRow(this);
  }

  #onSearchKey(event: KeyboardEvent): void {
    if (event.isComposing) return;
    if (event.key === "Escape") void this.#endSearch();
    else if (event.key === "ArrowDown") focusFirstRow(this);
    else if (event.key === "Enter") this.querySelector<HTMLElement>(".rows button")?.click();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-chats": TwChats;
  }
}
