/**
 * The recovery words: shown once, then checked by three of them. Until they are confirmed the
 * person can go back and see them again; the words stay in this element and leave it with it.
 * SPEC UI41, UI42.
 */

import { html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { pickPositions } from "../controllers/word-check.ts";
import { icon } from "../elements/icons.ts";
import { problem, readField, textField } from "../elements/parts.ts";
import { ViewElement } from "../elements/view-element.ts";
import { t } from "../strings/strings.ts";

@customElement("tw-words")
export class TwWords extends ViewElement {
  @state() private words: readonly string[] = [];
  /** Null while the words are shown; the positions asked for afterwards. */
  @state() private asked: readonly number[] | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#load();
  }

  async #load(): Promise<void> {
    const answer = await this.act(this.app.call("recoveryWords"));
    this.words = answer?.value ?? [];
  }

  #ask(): void {
    this.asked = pickPositions(this.words.length, () => {
      const [number = 0] = crypto.getRandomValues(new Uint32Array(1));
      return number;
    });
    this.#focusHeading();
  }

  #showAgain(): void {
    this.asked = null;
    this.failure = null;
    this.#focusHeading();
  }

  #focusHeading(): void {
    void this.updateComplete.then(() => this.querySelector("h1")?.focus());
  }

  async #confirm(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const words = (this.asked ?? []).map((position) => ({
      position,
      word: readField(form, `word-${position}`).toLowerCase(),
    }));
    const answer = await this.act(this.app.call("confirmWords", words));
    if (answer === null) form.querySelector("input")?.focus();
  }

  protected override render() {
    return this.asked === null ? this.#renderWords() : this.#renderCheck(this.asked);
  }

  #renderWords() {
    const family = this.app.snapshot?.familyName ?? "";
    return html`<main class="sheet words">
      <p class="print-only">${t.words.printTitle(family)}</p>
      <h1 tabindex="-1">${t.words.title}</h1>
      <p class="lead">${t.words.lead}</p>
      <ol class="card word-list" aria-label=${t.words.title} translate="no">
        ${this.words.map((word) => html`<li>${word}</li>`)}
      </ol>
      <p class="note">${icon("lock")}<span>${t.words.warning}</span></p>
      ${problem(this.failure)}
      ${this.failure === null ? nothing : html`<button class="button quiet" @click=${() => void this.#load()}>${t.tryAgain}</button>`}
      <div class="actions">
        <button class="button" ?disabled=${this.words.length === 0} @click=${() => this.#ask()}>
          ${t.words.wroteDown}
        </button>
        <button class="button quiet" @click=${() => window.print()}>
          ${icon("print")}${t.words.print}
        </button>
      </div>
    </main>`;
  }

  #renderCheck(asked: readonly number[]) {
    return html`<main class="sheet words">
      <h1 tabindex="-1">${t.words.checkTitle}</h1>
      <p class="lead">${t.words.checkLead}</p>
      <form
        class="card stack"
        novalidate
        @submit=${(event: SubmitEvent) => void this.#confirm(event)}
      >
        ${asked.map((position) =>
          textField({
            name: `word-${position}`,
            label: t.fields.word(position),
            isInvalid: this.failure === "word-mismatch",
          }),
        )}
        ${problem(this.failure)}
        <button class="button" ?disabled=${this.isBusy}>${t.words.confirm}</button>
        <button type="button" class="link" @click=${() => this.#showAgain()}>
          ${t.words.showAgain}
        </button>
      </form>
    </main>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-words": TwWords;
  }
}
