/**
 * History: who changed which rule when, and the proof. A list by day, newest first; a press shows
 * how one can tell. Follows the rules while it is open. A child reads easy words and first what is
 * about itself. SPEC UI94 to UI99.
 */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { NodeSnapshot } from "../../workers/api.ts";
import { icon } from "../elements/icons.ts";
import { backButton, emptyState, problem } from "../elements/parts.ts";
import { walkRowsOf } from "../elements/row-walk.ts";
import { ViewElement } from "../elements/view-element.ts";
import { r } from "../strings/rule-strings.ts";
import { locale, t } from "../strings/strings.ts";
import { formatLongDay } from "../text/duration.ts";
import { arrangeHistory, type HistoryDay } from "./arrange-history.ts";
import { historyEntry } from "./history-entry.ts";
import { HistoryPages } from "./history-pages.ts";

const words = r.history;

@customElement("tw-history")
export class TwHistory extends ViewElement {
  @state() private isAboutMe = false;
  readonly #pages = new HistoryPages(this, async (request) =>
    this.app.call("listHistory", request),
  );
  /** What the list was read for; another value means to read it again. */
  #key = "";

  override connectedCallback(): void {
    super.connectedCallback();
    this.isAboutMe = this.#isEasy;
    this.#key = keyOf(this.app.snapshot);
    void this.#pages.open(this.isAboutMe);
  }

  /** The door's heading, on which the focus was, is gone. */
  protected override firstUpdated(_changed: PropertyValues): void {
    const { activeElement, body } = this.ownerDocument;
    if (activeElement === null || activeElement === body) this.querySelector("h1")?.focus();
  }

  protected override willUpdate(_changed: PropertyValues): void {
    const key = keyOf(this.app.snapshot);
    if (key === this.#key) return;
    this.#key = key;
    void this.#pages.refresh();
  }

  get #isEasy(): boolean {
    return this.app.snapshot?.me?.role === "child";
  }

  #choose(isAboutMe: boolean): void {
    this.isAboutMe = isAboutMe;
    void this.#pages.open(isAboutMe);
  }

  protected override render() {
    const { snapshot } = this.app;
    if (snapshot === null) return html``;
    return html`<main class="page narrow history">
      <header class="sheet-head">
        ${backButton(() => this.app.back({ screen: "family" }))}
        <h1 tabindex="-1">${words.title}</h1>
      </header>
      <div
        class="stack"
        @keydown=${(event: KeyboardEvent) => walkRowsOf(event, ".history-entry > summary")}
      >
        <p class="soft">${this.#isEasy ? words.leadEasy : words.lead}</p>
        ${this.#renderFilter()}
        <p class="visually-hidden" role="status">
          ${this.#pages.arrived === 0 ? nothing : words.arrived(this.#pages.arrived)}
        </p>
        ${this.#renderList()}
      </div>
    </main>`;
  }

  /** A child's own things come first. */
  #renderFilter(): TemplateResult {
    const choices = this.#isEasy ? [true, false] : [false, true];
    return html`<fieldset class="segments history-filter">
      <legend class="visually-hidden">${words.filter}</legend>
      <div class="segment-row">
        ${choices.map(
          (isAboutMe) =>
            html`<label class="segment">
              <input
                type="radio"
                name="history-filter"
                .checked=${isAboutMe === this.isAboutMe}
                @change=${() => this.#choose(isAboutMe)}
              /><span>${isAboutMe ? words.aboutMe : words.everything}</span>
            </label>`,
        )}
      </div>
    </fieldset>`;
  }

  #renderList(): TemplateResult {
    const { feed, failure, isLoading } = this.#pages;
    if (feed === null) {
      return failure === null
        ? html`<p class="soft late-soft">${words.loading}</p>`
        : this.#renderFailure();
    }
    const isEasy = this.#isEasy;
    const days = arrangeHistory(feed.blocks, Date.now(), ({ by, change, isDone }) =>
      r.changeSentence(by, change, isDone, isEasy),
    );
    const isAtEnd = feed.next === null;
    if (days.length === 0 && isAtEnd && feed.from === 0) return this.#renderEmpty();
    return html`${repeat(
      days,
      ({ at }) => new Date(at).toDateString(),
      (day) => this.#renderDay(day, isEasy),
    )}
    ${failure === null ? nothing : this.#renderFailure()}
    ${
      isAtEnd
        ? html`<p class="soft history-end">${this.#endWords(feed.from)}</p>`
        : html`<div class="actions">
            <button
              class="button quiet"
              ?disabled=${isLoading}
              @click=${() => void this.#pages.older()}
            >
              ${icon("clock")}${words.earlier}
            </button>
          </div>`
    }`;
  }

  #endWords(from: number): string {
    if (from > 0) return words.stillComing;
    return this.isAboutMe ? words.beginningOfMine : words.beginning;
  }

  #renderDay({ daysAgo, at, entries }: HistoryDay, isEasy: boolean): TemplateResult {
    const heading = [words.today, words.yesterday][daysAgo] ?? formatDay(at);
    const id = `day-${new Date(at).toDateString().replaceAll(" ", "-")}`;
    return html`<section aria-labelledby=${id}>
      <h2 class="history-day" id=${id}>${heading}</h2>
      <ul class="card history-list">
        ${repeat(
          entries,
          ({ key }) => key,
          (entry) => html`<li>${historyEntry(entry, isEasy)}</li>`,
        )}
      </ul>
    </section>`;
  }

  #renderEmpty(): TemplateResult {
    return emptyState({
      icon: "clock",
      title: words.emptyTitle,
      text: words.empty,
      action: html`<button class="button quiet" @click=${() => this.#choose(false)}>
        ${words.everything}
      </button>`,
    });
  }

  #renderFailure(): TemplateResult {
    return html`${problem(this.#pages.failure)}
      <div class="actions">
        <button
          class="button quiet"
          ?disabled=${this.#pages.isLoading}
          @click=${() => void this.#pages.refresh()}
        >
          ${t.tryAgain}
        </button>
      </div>`;
  }
}

/** A day, with its year where that is another. */
function formatDay(at: number): string {
  const isThisYear = new Date(at).getFullYear() === new Date().getFullYear();
  if (isThisYear) return formatLongDay(at, locale);
  return new Intl.DateTimeFormat(locale, { dateStyle: "long" }).format(at);
}

/** What the list depends on: the changes, and the names that can be read by now. */
function keyOf(snapshot: NodeSnapshot | null): string {
  if (snapshot === null) return "";
  const names = snapshot.members.map(({ name }) => name).join("\n");
  return `${snapshot.ledger.head} ${names}`;
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-history": TwHistory;
  }
}
