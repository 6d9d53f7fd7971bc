/** Restoring a family from its 24 words, with an honest word about what does not come back. */

import { html } from "lit";
import { customElement, state } from "lit/decorators.js";
import { splitWords } from "../controllers/word-check.ts";
import { backButton, problem, readField, textField } from "../elements/parts.ts";
import { ViewElement } from "../elements/view-element.ts";
import { t } from "../strings/strings.ts";
import { isNameUsable } from "./tw-start-family.ts";

const WORDS = 24;

@customElement("tw-restore")
export class TwRestore extends ViewElement {
  @state() private counted = 0;

  async #restore(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const words = splitWords(readField(form, "recovery-words"));
    const familyName = readField(form, "family-name");
    const myName = readField(form, "my-name");
    if (words.length !== WORDS) this.failure = "bad-words";
    else if (!isNameUsable(familyName) || !isNameUsable(myName)) this.failure = "bad-name";
    else {
      const request = { words: words.join(" "), familyName, myName };
      await this.act(this.app.call("restoreFamily", request));
    }
  }

  #count(event: InputEvent): void {
    this.counted = splitWords((event.currentTarget as HTMLTextAreaElement).value).length;
  }

  protected override render() {
    const words = t.restore;
    return html`<main class="sheet">
      <header class="sheet-head">
        ${backButton(() => this.app.back({ screen: "welcome" }))}
        <h1 tabindex="-1">${words.title}</h1>
      </header>
      <p class="lead">${words.lead}</p>
      <p class="note">${words.warning}</p>
      <form
        class="card stack"
        novalidate
        @submit=${(event: SubmitEvent) => void this.#restore(event)}
      >
        <div class="field">
          <label for="recovery-words">${t.fields.recoveryWords}</label>
          <textarea
            id="recovery-words"
            name="recovery-words"
            rows="4"
            required
            autocomplete="off"
            autocapitalize="none"
            spellcheck="false"
            translate="no"
            aria-invalid=${this.failure === "bad-words" ? "true" : "false"}
            aria-describedby="recovery-words-hint problem"
            @input=${(event: InputEvent) => this.#count(event)}
          ></textarea>
          <p class="hint" id="recovery-words-hint">
            ${t.fields.recoveryWordsHint} ${words.count(this.counted)}.
          </p>
        </div>
        ${textField({ name: "family-name", label: t.fields.familyName })}
        ${textField({ name: "my-name", label: t.fields.yourName, autocomplete: "name" })}
        ${problem(this.failure)}
        <button class="button" ?disabled=${this.isBusy}>
          ${this.isBusy ? words.working : words.submit}
        </button>
      </form>
    </main>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-restore": TwRestore;
  }
}
