/**
 * Somebody needs help: over everything, until the person here has pressed that it is on it, or that it
 * has seen it. What stays afterwards is the card in the list (call-cards). A browser may close a dialog
 * on the second Escape whatever the page says: it opens again. SPEC UI142, UI143.
 */

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import type { EmergencyView, NodeSnapshot } from "../../workers/api.ts";
import { t } from "../strings/strings.ts";
import { placeLines } from "./call-cards.ts";
import { icon } from "./icons.ts";
import { problem } from "./parts.ts";
import { ViewElement } from "./view-element.ts";

@customElement("tw-alarm")
export class TwAlarm extends ViewElement {
  #shown: string | null = null;

  protected override updated(): void {
    const dialog = this.querySelector("dialog");
    if (dialog === null || !dialog.isConnected) return;
    if (!dialog.open) dialog.showModal();
    const { id = null } = alarmOf(this.app.snapshot) ?? {};
    // Where the browser shakes the phone, it does once for each call.
    if (id !== this.#shown) this.ownerDocument.defaultView?.navigator.vibrate?.([400, 200, 400]);
    this.#shown = id;
  }

  protected override render(): TemplateResult | typeof nothing {
    const call = alarmOf(this.app.snapshot);
    return call === null ? nothing : this.#renderCall(call);
  }

  #renderCall(call: EmergencyView): TemplateResult {
    const words = t.emergency.alarm;
    const { id, by, at, text, place, coming } = call;
    const say = (answer: "coming" | "seen") => () =>
      void this.act(this.app.call("answerCall", id, answer));
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

/** The newest call that the person here has not answered. */
export function alarmOf(snapshot: NodeSnapshot | null): EmergencyView | null {
  if (snapshot?.phase !== "member" || snapshot.lock.isNeeded) return null;
  const open = snapshot.emergencies.filter(
    ({ by, mine, over, isFine }) => !by.isMe && mine === "none" && over === null && !isFine,
  );
  return open[0] ?? null;
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-alarm": TwAlarm;
  }
}
