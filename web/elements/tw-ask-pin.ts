/**
 * The question for the PIN, over the screen whose call needs it. Stays while the PIN is wrong, says
 * how long to wait after too many wrong ones, and goes with Escape. SPEC PR21.
 */

import { html } from "lit";
import { customElement } from "lit/decorators.js";
import { Ticker } from "../controllers/ticker.ts";
import { t } from "../strings/strings.ts";
import { waitLine } from "./lock-parts.ts";
import { problem } from "./parts.ts";
import { pinField, readPin } from "./pin-field.ts";
import { ViewElement } from "./view-element.ts";

@customElement("tw-ask-pin")
export class TwAskPin extends ViewElement {
  readonly #ticker = new Ticker(this);

  protected override updated(): void {
    const dialog = this.querySelector("dialog");
    if (dialog !== null && !dialog.open) dialog.showModal();
  }

  async #try(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (this.isBusy) return;
    const form = event.currentTarget as HTMLFormElement;
    const pin = readPin(form, "pin");
    this.isBusy = true;
    this.failure = null;
    const refused = await this.app.pin.tryWith(pin);
    this.isBusy = false;
    this.failure = refused;
    if (refused === null) return;
    form.reset();
    form.querySelector("input")?.focus();
  }

  protected override render() {
    const words = t.lock;
    const left = (this.app.snapshot?.lock.waitUntil ?? 0) - this.#ticker.now;
    return html`<dialog
      class="dialog"
      aria-labelledby="ask-pin-title"
      @close=${() => this.app.pin.cancel()}
    >
      <h2 id="ask-pin-title">${words.ask}</h2>
      <p>${words.askText}</p>
      <form class="stack" novalidate @submit=${(event: SubmitEvent) => void this.#try(event)}>
        ${pinField({ name: "pin", label: words.pin, isInvalid: this.failure !== null, isFirst: true })}
        ${left > 0 ? waitLine(left) : problem(this.failure)}
        <div class="actions">
          <button class="button" ?disabled=${this.isBusy || left > 0}>
            ${this.isBusy ? words.working : words.askYes}
          </button>
          <button type="button" class="button quiet" @click=${() => this.app.pin.cancel()}>
            ${t.cancel}
          </button>
        </div>
      </form>
    </dialog>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-ask-pin": TwAskPin;
  }
}
