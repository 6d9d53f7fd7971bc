/**
 * A locked profile: whose it is, the field for its PIN, and what to do where the PIN is forgotten.
 * SPEC PR26.
 */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { ProfileView } from "../../workers/api.ts";
import { Ticker } from "../controllers/ticker.ts";
import { icon } from "../elements/icons.ts";
import { waitLine } from "../elements/lock-parts.ts";
import { avatar, problem } from "../elements/parts.ts";
import { pinField, readPin } from "../elements/pin-field.ts";
import { ViewElement } from "../elements/view-element.ts";
import { t } from "../strings/strings.ts";
import "../elements/tw-remove-person.ts";

@customElement("tw-locked")
export class TwLocked extends ViewElement {
  @state() private person: ProfileView | null = null;
  @state() private isLeaving = false;
  readonly #ticker = new Ticker(this);

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#read();
  }

  /** The name is the list's to know: nothing of a locked profile can be read. */
  async #read(): Promise<void> {
    const answer = await this.app.call("listProfiles");
    const mine = this.app.place?.profile;
    if (answer.ok) this.person = answer.value.find(({ profile }) => profile === mine) ?? null;
  }

  async #unlock(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (this.isBusy) return;
    const form = event.currentTarget as HTMLFormElement;
    const answer = await this.act(this.app.call("unlock", readPin(form, "pin")));
    if (answer !== null) return;
    form.reset();
    form.querySelector("input")?.focus();
  }

  protected override render() {
    const words = t.lock;
    const { app, person } = this;
    const { lock } = app.snapshot ?? {};
    const left = (lock?.waitUntil ?? 0) - this.#ticker.now;
    const name = person?.name ?? "";
    return html`<main class="sheet">
      <header class="sheet-head">
        ${name === "" ? icon("lock") : avatar(name, person?.member ?? "")}
        <h1 tabindex="-1" dir="auto">${name === "" ? words.locked : words.lockedFor(name)}</h1>
      </header>
      <p class="lead">${words.lockedText}</p>
      <form
        class="card stack"
        novalidate
        @submit=${(event: SubmitEvent) => void this.#unlock(event)}
      >
        ${pinField({ name: "pin", label: words.pin, isInvalid: this.failure !== null, isFirst: true })}
        ${left > 0 ? waitLine(left) : problem(this.failure)}
        <button class="button" ?disabled=${this.isBusy || left > 0}>
          ${this.isBusy ? words.opening : words.unlock}
        </button>
      </form>
      ${this.#renderForgot(person)}
      ${
        app.place !== null && (lock?.others ?? 0) > 0
          ? html`<button class="link" @click=${() => app.open({ screen: "people" })}>
              ${t.profiles.title}
            </button>`
          : nothing
      }
    </main>`;
  }

  #renderForgot(person: ProfileView | null): TemplateResult {
    const words = t.lock;
    return html`<details>
        <summary>${words.forgot}</summary>
        <div class="stack">
          <p>${words.forgotText}</p>
          ${
            person === null
              ? nothing
              : html`<button
                  class="button quiet"
                  @click=${() => {
                    this.isLeaving = true;
                  }}
                >
                  ${words.forgotYes}
                </button>`
          }
        </div>
      </details>
      ${
        this.isLeaving && person !== null
          ? html`<tw-remove-person
              .app=${this.app}
              .person=${person}
              forgotten
              @removed=${() => this.app.place?.go(null, null)}
              @closed=${() => {
                this.isLeaving = false;
              }}
            ></tw-remove-person>`
          : nothing
      }`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-locked": TwLocked;
  }
}
