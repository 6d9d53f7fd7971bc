/**
 * The list of conversations, and beside it (from 840 px) the open one. Requests that wait for me
 * stand above the list. Arrow keys walk the list. SPEC UI60, UI61.
 */

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { classMap } from "lit/directives/class-map.js";
import { repeat } from "lit/directives/repeat.js";
import type { ConversationView, NodeSnapshot } from "../../workers/api.ts";
import { icon } from "../elements/icons.ts";
import { aloneLine, avatar, connectionChip } from "../elements/parts.ts";
import { requestCards } from "../elements/request-cards.ts";
import { ViewElement } from "../elements/view-element.ts";
import { locale, t } from "../strings/strings.ts";
import { formatShortDay } from "../text/duration.ts";
import "./tw-conversation.ts";

@customElement("tw-chats")
export class TwChats extends ViewElement {
  protected override render() {
    const { shown, snapshot } = this.app;
    if (shown.screen !== "chats" || snapshot === null) return html``;
    const open = snapshot.conversations.find(({ id }) => id === shown.conversation);
    return html`<main class="panes ${classMap({ "has-open": open !== undefined })}">
      <section class="pane-list" aria-label=${t.chats.list}>
        <header class="pane-head">
          <h1 tabindex="-1">${snapshot.familyName ?? t.chats.title}</h1>
          ${snapshot.me?.role === "parent" ? this.#renderInvite() : nothing}
        </header>
        <div class="pane-scroll">
          ${connectionChip(snapshot)} ${aloneLine(snapshot)} ${requestCards(this.app, snapshot)}
          ${
            snapshot.conversations.length === 0
              ? this.#renderEmpty(snapshot)
              : this.#renderList(snapshot.conversations, open?.id)
          }
        </div>
      </section>
      <section class="pane-open">
        ${
          open === undefined
            ? html`<p class="pane-empty soft">
                ${snapshot.conversations.length === 0 ? nothing : t.chats.pick}
              </p>`
            : html`<tw-conversation .app=${this.app} .conversation=${open}></tw-conversation>`
        }
      </section>
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
    return html`<div class="card empty">
      ${icon("chats")}
      <h2>${t.chats.emptyTitle}</h2>
      <p class="soft">${me?.role === "parent" ? t.chats.empty : t.chats.emptyMember}</p>
    </div>`;
  }

  #renderList(
    conversations: readonly ConversationView[],
    open: string | undefined,
  ): TemplateResult {
    return html`<ul class="rows" @keydown=${walkRows}>
      ${repeat(
        conversations,
        ({ id }) => id,
        (conversation) => this.#renderRow(conversation, conversation.id === open),
      )}
    </ul>`;
  }

  #renderRow({ id, name, last, unread, isConnected }: ConversationView, isOpen: boolean) {
    const preview = last === null ? t.chats.nothingYet : last.text;
    return html`<li>
      <button
        class="card row"
        aria-current=${isOpen ? "true" : nothing}
        @click=${() => this.#open(id)}
      >
        ${avatar(name, id)}
        <span class="row-main">
          <span class="row-name" dir="auto">${name}</span>
          <span class="soft cut" dir="auto"
            >${last?.isMine ? `${t.chats.you}: ` : ""}${preview}</span
          >
        </span>
        <span class="row-side soft">
          ${
            last === null
              ? nothing
              : html`<span>${formatShortDay(last.at, Date.now(), locale)}</span>`
          }
          ${unread > 0 ? html`<span class="badge">${t.chats.unread(unread)}</span>` : nothing}
          ${
            unread === 0 && isConnected
              ? html`<span class="is-here">${t.chats.connected}</span>`
              : nothing
          }
        </span>
      </button>
    </li>`;
  }

  #open(conversation: string): void {
    const { shown } = this.app;
    const isBeside = shown.screen === "chats" && shown.conversation !== null;
    // Beside an open one it takes its place, so that Back leaves the conversations at once.
    if (isBeside) this.app.replace({ screen: "chats", conversation });
    else this.app.open({ screen: "chats", conversation });
  }
}

/** Up and Down move between the rows of a list. */
function walkRows(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const list = event.currentTarget as HTMLElement;
  if (step === undefined) return;
  const rows = [...list.querySelectorAll("button")];
  const at = rows.findIndex((row) => row === list.ownerDocument.activeElement);
  const next = at < 0 ? undefined : rows[at + step];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-chats": TwChats;
  }
}
