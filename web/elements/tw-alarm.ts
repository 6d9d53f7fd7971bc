/**
 * Somebody needs help: over everything, until the person here has pressed that it is on it, or that it
 * has seen it; heard by the bell, or a press away where the browser wants one first. What stays afterwards is the card in the list (call-cards). A browser may close a dialog
 * on the second Escape whatever the page says: it opens again. SPEC UI142, UI143, UI147.
 */

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import type { EmergencyView } from "../../workers/api.ts";
import { alarmOf } from "../alarm/open-call.ts";
import { t } from "../strings/strings.ts";
import { placeLines } from "./call-cards.ts";
import { icon } from "./icons.ts";
import { problem } from "./parts.ts";
import { ViewElement } from "./view-element.ts";

@customElement("tw-alarm")
export class TwAlarm extends ViewElement {
  protected override updated(): void {
    const dialog = this.querySelector("dialog");
    if (dialog === null || !dialog.isConnected) return;
    if (!dialog.open) dialog.showModal();
  }

  protected override render(): TemplateResult | typeof nothing {
    const call = alarmOf(this.app.snapshot);
    return call === null ? nothing : this.#renderCall(call);
  }

  #renderCall(call: EmergencyView): TemplateResult {
    const words = t.emergency.alarm;
    const { id, by, at, text, place, coming } = call;
    const bell = this.app.browser?.bell;
    const say = (answer: "coming" | "seen") => () => {
      bell?.silence();
      void this.act(this.app.call("answerCall", id, answer));
    };
    return html`<dialog
      class="alarm"
      role="alertdialog"
      aria-labelledby="alarm-title"
      aria-describedby="alarm-text"
      @cancel=${(event: Event) => event.preventDefault()}
      @close=${() => this.requestUpdate()}
    >
      <div class="alarm-inner">
        <span class="alarm-mark">${icon("notice")}</span>
        <h2 id="alarm-title" dir="auto">${words.title(by.name)}</h2>
        <p>${words.since(at)}</p>
        <p class="alarm-text" id="alarm-text" dir="auto">${text === "" ? words.wordless : text}</p>
        ${placeLines(place)}
        ${coming.length === 0 ? nothing : html`<p>${t.emergency.card.coming(coming)}</p>`}
        ${
          bell?.state !== "blocked"
            ? nothing
            : html`<button class="button alarm-no" @click=${() => bell.hear()}>
                ${words.tapToHear}
              </button>`
        }
        ${problem(this.failure, "alarm-problem")}
        <div class="alarm-actions">
          <button
            class="button alarm-yes"
            autofocus
            ?disabled=${this.isBusy}
            @click=${say("coming")}
          >
            ${words.onIt}
          </button>
          <button class="button alarm-no" ?disabled=${this.isBusy} @click=${say("seen")}>
            ${words.seen}
          </button>
          <p>${words.what}</p>
        </div>
      </div>
    </dialog>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-alarm": TwAlarm;
  }
}
