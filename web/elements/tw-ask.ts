/**
 * The way to ask those who decide: what it is about, to whom where it is about writing, and words. Says
 * who reads it before it goes. SPEC UI165.
 */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { REQUEST_THINGS, type RequestThing, type Role } from "../../workers/api.ts";
import { t } from "../strings/strings.ts";
import { problem } from "./parts.ts";
import { ViewElement } from "./view-element.ts";

/** UTF-16 units: with three bytes each below what a request holds. */
const TEXT_LENGTH_MAX = 330;

@customElement("tw-ask")
export class TwAsk extends ViewElement {
  @state() private isOpen = false;
  @state() private thing: RequestThing = "time";

  protected override updated(): void {
    const dialog = this.querySelector("dialog");
    if (dialog !== null && dialog.isConnected && !dialog.open) dialog.showModal();
  }

  async #send(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const [words, whom] = ["words", "whom"].map((name) => fields.get(name));
    const id = typeof whom === "string" ? whom : "";
    const about = id === "" ? null : { type: "member" as const, id };
    const text = typeof words === "string" ? words : "";
    const wish = { thing: this.thing, about, until: null, text };
    const sent = await this.act(this.app.call("askFor", wish));
    if (sent !== null) this.querySelector("dialog")?.close();
  }

  protected override render() {
    const role = this.app.snapshot?.me?.role ?? "child";
    const words = t.requests;
    return html`<section class="card stack-tight" aria-labelledby="ask">
      <h2 class="card-title" id="ask">${words.ask(role)}</h2>
      <p class="soft">${words.lead(role)}</p>
      <button
        class="button small"
        @click=${() => {
          this.failure = null;
          this.thing = "time";
          this.isOpen = true;
        }}
      >
        ${words.send}
      </button>
      ${this.isOpen ? this.#renderDialog(role) : nothing}
    </section>`;
  }

  #renderDialog(role: Role): TemplateResult {
    const words = t.requests;
    return html`<dialog
      class="dialog"
      closedby="any"
      aria-labelledby="ask-for-title"
      @close=${() => {
        this.isOpen = false;
      }}
    >
      <form class="stack-tight" @submit=${(event: SubmitEvent) => void this.#send(event)}>
        <h2 id="ask-for-title">${words.ask(role)}</h2>
        <div class="field">
          <label for="ask-thing">${words.what}</label>
          <select
            id="ask-thing"
            @change=${({ currentTarget }: Event) => {
              const { value } = currentTarget as HTMLSelectElement;
              this.thing = REQUEST_THINGS.find((one) => one === value) ?? "other";
            }}
          >
            ${REQUEST_THINGS.map(
              (one) =>
                html`<option value=${one} ?selected=${one === this.thing}>
                  ${words.things[one]}
                </option>`,
            )}
          </select>
        </div>
        ${this.thing === "contact" ? this.#renderWhom() : nothing}
        <div class="field">
          <label for="ask-words">${words.words}</label>
          <textarea
            id="ask-words"
            name="words"
            rows="3"
            dir="auto"
            maxlength=${TEXT_LENGTH_MAX}
            aria-describedby="ask-words-hint"
          ></textarea>
          <p class="soft" id="ask-words-hint">${words.wordsHint(role)}</p>
        </div>
        ${problem(this.failure, "ask-problem")}
        <div class="actions">
          <button class="button" ?disabled=${this.isBusy}>${words.send}</button>
          <button
            class="button quiet"
            type="button"
            @click=${() => this.querySelector("dialog")?.close()}
          >
            ${words.cancel}
          </button>
        </div>
      </form>
    </dialog>`;
  }

  /** Everybody here but me; who is not here can be named in words. */
  #renderWhom(): TemplateResult {
    const others = (this.app.snapshot?.members ?? []).filter(({ isMe }) => !isMe);
    return html`<div class="field">
      <label for="ask-whom">${t.requests.whom}</label>
      <select id="ask-whom" name="whom">
        ${others.map(({ id, name }) => html`<option value=${id}>${name}</option>`)}
        <option value="">${t.requests.nobody}</option>
      </select>
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-ask": TwAsk;
  }
}
