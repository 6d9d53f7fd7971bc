/**
 * Requests on the Family screen: to who decides what is asked, with Yes and No; to who asked what became
 * of each, and the way to ask. A yes says until when, and what it changes and does not.
 * SPEC UI165 to UI172.
 */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { NodeSnapshot, RequestView } from "../../workers/api.ts";
import type { AppModel } from "../controllers/app-model.ts";
import { locale, t } from "../strings/strings.ts";
import { formatMoment } from "../text/moment.ts";
import { untilWords } from "../text/until.ts";
import { askFirst } from "./ask-first.ts";
import { icon, type IconName } from "./icons.ts";
import { avatar, problem } from "./parts.ts";
import "./tw-ask.ts";
import "./tw-say-yes.ts";
import { ViewElement } from "./view-element.ts";

@customElement("tw-requests")
export class TwRequests extends ViewElement {
  /** Ids of a request that a yes is being said to. */
  @state() private saying: string | null = null;

  protected override render() {
    const { snapshot } = this.app;
    if (snapshot === null) return nothing;
    const { requests, me } = snapshot;
    const theirs = requests.filter(({ by }) => !by.isMe);
    const own = requests.filter(({ by }) => by.isMe);
    const canAsk = me !== null && me.role !== "parent";
    const chosen = theirs.find(({ id, canAnswer }) => id === this.saying && canAnswer);
    return html`${theirs.length === 0 ? nothing : this.#renderAll(t.requests.theirs, theirs)}
    ${canAsk ? html`<tw-ask .app=${this.app}></tw-ask>` : nothing}
    ${own.length === 0 ? nothing : this.#renderAll(t.requests.mine, own)}
    ${problem(this.failure, "requests-problem")}
    ${
      chosen === undefined
        ? nothing
        : html`<tw-say-yes
            .app=${this.app}
            .request=${chosen}
            @closed=${() => {
              this.saying = null;
            }}
          ></tw-say-yes>`
    }`;
  }

  #renderAll(title: string, all: readonly RequestView[]): TemplateResult {
    const id = title === t.requests.mine ? "requests-mine" : "requests-theirs";
    return html`<section class="stack" aria-labelledby=${id}>
      <h2 class="section-title" id=${id}>${title}</h2>
      ${repeat(
        all,
        (one) => one.id,
        (one) => this.#renderOne(one),
      )}
    </section>`;
  }

  #renderOne(one: RequestView): TemplateResult {
    const words = t.requests;
    const { by, text, at } = one;
    const id = `request-${one.id.slice(0, 8)}`;
    return html`<article class="card stack-tight" aria-labelledby=${id}>
      <div class="decision-head">
        ${avatar(by.name ?? "", by.id)}
        <h3 class="card-title" id=${id} dir="auto">${words.asks(by, one)}</h3>
      </div>
      ${text === "" ? nothing : html`<p class="request-text" dir="auto">${text}</p>`}
      <p class="soft">${words.at(formatMoment(at, locale))}</p>
      <div class="stack-tight" aria-live="polite">${standing(one)}</div>
      ${this.#renderActions(one)}
    </article>`;
  }

  #renderActions(one: RequestView): TemplateResult | typeof nothing {
    const words = t.requests;
    if (one.isTooNew) return html`<p class="soft">${words.tooNew}</p>`;
    if (one.by.isMe && one.state === "open") {
      return html`<div class="actions">
        <button
          class="button quiet"
          ?disabled=${this.isBusy}
          @click=${() => void this.act(this.app.call("takeBackRequest", one.id))}
        >
          ${words.takeBack}
        </button>
      </div>`;
    }
    if (!one.canAnswer) return nothing;
    return html`<div class="actions">
      <button
        class="button"
        ?disabled=${this.isBusy}
        @click=${() => {
          this.failure = null;
          this.saying = one.id;
        }}
      >
        ${words.yes}
      </button>
      <button class="button quiet" ?disabled=${this.isBusy} @click=${() => void this.#sayNo(one)}>
        ${words.no}
      </button>
    </div>`;
  }

  async #sayNo({ id, by, endsAt }: RequestView): Promise<void> {
    const { title, text, yes, no } = t.requests.noAsk;
    const question = { title: title(by), text, yes, no };
    if (!(await askFirst(this.ownerDocument, question))) return;
    const answer = { isYes: false, until: endsAt, changesRule: false };
    await this.actGuarded((pin) => this.app.call("answerRequest", id, answer, pin));
  }
}

/** How it stands, in words. */
function standing(one: RequestView): TemplateResult {
  const words = t.requests;
  const { by, answer, endsAt } = one;
  const until = answer === null ? "" : untilWords(answer.until, locale);
  const line = (name: IconName, text: string): TemplateResult =>
    html`<p class="note" dir="auto">${icon(name)}<span>${text}</span></p>`;
  switch (one.state) {
    case "open":
      return by.isMe
        ? line("clock", words.sentTo(one.asked, one.reached))
        : line("clock", words.endsOn(formatMoment(endsAt, locale)));
    case "answering":
      return line("clock", answer === null ? "" : words.answering(answer.by, answer.isYes, until));
    case "answered": {
      if (answer === null) return html``;
      const isOver = answer.isYes && answer.until <= Date.now();
      const text = isOver
        ? words.over(answer.by, until)
        : words.answered(answer.by, answer.isYes, until);
      return html`<p class="request-answer" dir="auto">
        ${icon(answer.isYes ? "check" : "close")}<span>${text}</span>
      </p>`;
    }
    case "taken-back":
      return html`<p dir="auto">${words.takenBack(by)}</p>`;
    case "expired":
      return html`<p>${by.isMe ? words.expired : words.expiredOf}</p>`;
  }
}

/** How many requests wait for this person's word. */
export function countAsked({ requests }: NodeSnapshot): number {
  return requests.filter(({ canAnswer }) => canAnswer).length;
}

/** Chats leads to the Family screen where somebody asks this person something. */
export function askedNote(app: AppModel, snapshot: NodeSnapshot): TemplateResult | typeof nothing {
  const count = countAsked(snapshot);
  if (count === 0) return nothing;
  return html`<div class="note note-row">
    <span>${t.requests.note(count)}</span>
    <button class="button small" @click=${() => app.open({ screen: "family" })}>
      ${t.requests.look}
    </button>
  </div>`;
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-requests": TwRequests;
  }
}
