/**
 * Removing a person from this browser, asked twice: what is lost, then for good. A person with a
 * lock is removed with the PIN, or by typing the name where the PIN is forgotten.
 * @fires removed when it is done; closed when it was thought better of. SPEC PR23.
 */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { ProfileView } from "../../workers/api.ts";
import { t } from "../strings/strings.ts";
import { personName } from "./lock-parts.ts";
import { problem, readField, textField } from "./parts.ts";
import { pinField, readPin } from "./pin-field.ts";
import { ViewElement } from "./view-element.ts";

@customElement("tw-remove-person")
export class TwRemovePerson extends ViewElement {
  @property({ attribute: false }) person!: ProfileView;
  /** The PIN is forgotten: the way by the name. */
  @property({ type: Boolean }) forgotten = false;
  @state() private isSure = false;
  @state() private isOtherName = false;

  protected override updated(): void {
    const dialog = this.querySelector("dialog");
    if (dialog !== null && !dialog.open) dialog.showModal();
  }

  async #remove(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (this.isBusy) return;
    const form = event.currentTarget as HTMLFormElement;
    const { profile, hasLock } = this.person;
    this.isOtherName = this.forgotten && !this.#isName(readField(form, "name"));
    if (this.isOtherName) return;
    const request = this.forgotten
      ? { profile, isForgotten: true }
      : { profile, ...(hasLock ? { pin: readPin(form, "pin") } : {}) };
    const answer = await this.act(this.app.call("removeProfile", request));
    if (answer !== null) this.dispatchEvent(new Event("removed"));
    // The list may not have known of a lock.
    else if (this.failure === "lock-needed" && !hasLock) {
      this.person = { ...this.person, hasLock: true };
    }
  }

  #isName(typed: string): boolean {
    return typed.toLocaleLowerCase() === personName(this.person).toLocaleLowerCase();
  }

  #close(): void {
    this.dispatchEvent(new Event("closed"));
  }

  protected override render() {
    const words = t.profiles.remove;
    const name = personName(this.person);
    return html`<dialog
      class="dialog"
      aria-labelledby="remove-title"
      aria-describedby="remove-text"
      @close=${() => this.#close()}
    >
      <h2 id="remove-title">${this.isSure ? words.sure(name) : words.title(name)}</h2>
      <p id="remove-text">${this.isSure ? words.sureText : words.text(name)}</p>
      ${this.isSure ? this.#renderSure(name) : this.#renderFirst()}
    </dialog>`;
  }

  #renderFirst(): TemplateResult {
    const words = t.profiles.remove;
    return html`${this.person.keepsRules ? html`<p class="note">${words.keepsRules}</p>` : nothing}
      <div class="actions">
        <button class="button" autofocus @click=${() => this.#close()}>${words.keep}</button>
        <button
          class="button quiet"
          @click=${() => {
            this.isSure = true;
          }}
        >
          ${words.next}
        </button>
      </div>`;
  }

  #renderSure(name: string): TemplateResult {
    const words = t.profiles.remove;
    return html`<form
      class="stack"
      novalidate
      @submit=${(event: SubmitEvent) => void this.#remove(event)}
    >
      ${this.#renderProof(name)}
      ${
        this.isOtherName
          ? html`<p class="problem" id="problem" role="alert">${words.mismatch}</p>`
          : problem(this.failure)
      }
      <div class="actions">
        <button type="button" class="button" @click=${() => this.#close()}>${words.keep}</button>
        <button class="button quiet" ?disabled=${this.isBusy}>${words.yes}</button>
      </div>
    </form>`;
  }

  #renderProof(name: string): TemplateResult | typeof nothing {
    const words = t.profiles.remove;
    if (this.forgotten) {
      return html`<p>${words.forgotText(name)}</p>
        ${textField({ name: "name", label: words.typeName, isInvalid: this.isOtherName })}`;
    }
    if (!this.person.hasLock) return nothing;
    return html`${pinField({ name: "pin", label: t.lock.pin, isInvalid: this.failure !== null })}
      <button
        type="button"
        class="link"
        @click=${() => {
          this.forgotten = true;
          this.failure = null;
        }}
      >
        ${words.forgot}
      </button>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-remove-person": TwRemovePerson;
  }
}
