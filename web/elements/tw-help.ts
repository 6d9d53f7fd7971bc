/**
 * "Help", always in reach above the conversations: a first press asks, a second one calls the family.
 * The call goes at once; where the person wants its place said, the browser is asked then, and what it
 * answers follows the call. SPEC UI140, UI141.
 */

import { html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { askPlace } from "../controllers/ask-place.ts";
import { t } from "../strings/strings.ts";
import { icon } from "./icons.ts";
import { problem } from "./parts.ts";
import { ViewElement } from "./view-element.ts";

/** UTF-16 units: with three bytes each below what a call holds. */
const TEXT_LENGTH_MAX = 330;

@customElement("tw-help")
export class TwHelp extends ViewElement {
  @state() private isOpen = false;
  @state() private hasNoPlace = false;

  protected override updated(): void {
    const dialog = this.querySelector("dialog");
    if (dialog !== null && dialog.isConnected && !dialog.open) dialog.showModal();
  }

  #close(): void {
    this.querySelector("dialog")?.close();
  }

  async #send(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const fields = new FormData(form);
    const what = fields.get("what");
    const text = typeof what === "string" ? what.trim() : "";
    const sent = await this.act(this.app.call("callForHelp", text));
    if (sent === null) return;
    this.#close();
    if (fields.get("where") !== null) await this.#addPlace(sent.value.call);
  }

  async #addPlace(call: string): Promise<void> {
    const answer = await askPlace(this.ownerDocument);
    if (answer.ok) await this.app.call("addPlace", call, answer.place);
    else this.hasNoPlace = true;
  }

  protected override render() {
    const words = t.emergency;
    return html`<button
        class="button small help-button"
        @click=${() => {
          this.hasNoPlace = false;
          this.failure = null;
          this.isOpen = true;
        }}
      >
        ${icon("notice")}${words.open}
      </button>
      ${this.hasNoPlace ? html`<p class="soft" role="alert">${words.noPlace}</p>` : nothing}
      ${this.isOpen ? this.#renderDialog() : nothing}`;
  }

  #renderDialog() {
    const words = t.emergency;
    return html`<dialog
      class="dialog help-sheet"
      closedby="any"
      aria-labelledby="help-title"
      @close=${() => {
        this.isOpen = false;
      }}
    >
      <form class="stack-tight" @submit=${(event: SubmitEvent) => void this.#send(event)}>
        <h2 id="help-title">${words.title}</h2>
        <p>${words.text}</p>
        <p class="note">
          ${icon("notice")}<span
            >${words.not112} <a class="link" href="tel:112">${words.call112}</a></span
          >
        </p>
        <div class="field">
          <label for="help-what">${words.what}</label>
          <textarea
            id="help-what"
            name="what"
            rows="2"
            dir="auto"
            maxlength=${TEXT_LENGTH_MAX}
            aria-describedby="help-what-hint"
          ></textarea>
          <p class="soft" id="help-what-hint">${words.whatHint}</p>
        </div>
        <label class="check-line">
          <input type="checkbox" name="where" aria-describedby="help-where-hint" />
          <span>${words.where}</span>
        </label>
        <p class="soft" id="help-where-hint">${words.whereHint}</p>
        ${problem(this.failure, "help-problem")}
        <button class="button alarm-button" ?disabled=${this.isBusy}>${words.send}</button>
        <button class="button quiet" type="button" autofocus @click=${() => this.#close()}>
          ${words.back}
        </button>
      </form>
    </dialog>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-help": TwHelp;
  }
}
