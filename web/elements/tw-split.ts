/**
 * Devices of the family go by another set of rules: what happened, that nothing is lost here, and what
 * to do. Read once, one line of it stays. SPEC UI121.
 */

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import type { NodeSnapshot } from "../../workers/api.ts";
import type { AppModel } from "../controllers/app-model.ts";
import { t } from "../strings/strings.ts";
import { icon } from "./icons.ts";
import { problem } from "./parts.ts";
import { ViewElement } from "./view-element.ts";

@customElement("tw-split")
export class TwSplit extends ViewElement {
  protected override render() {
    const split = this.app.snapshot?.ledger.split ?? null;
    if (split === null) return nothing;
    const words = t.split;
    if (split.isRead) {
      return html`<p class="note" dir="auto">
        ${icon("notice")}<span>${words.stays(split.people)}</span>
      </p>`;
    }
    return html`<section class="card stack-tight" aria-labelledby="split">
      <h2 class="card-title" id="split">${words.title}</h2>
      <p dir="auto">${words.what(split.people, split.isTheirs)}</p>
      <p>${words.safe}</p>
      <ol class="in-turn">
        ${words.steps.map((step) => html`<li>${step}</li>`)}
      </ol>
      <p class="soft">${words.unsure}</p>
      ${problem(this.failure, "split-problem")}
      <div class="actions">
        <button
          class="button quiet"
          ?disabled=${this.isBusy}
          @click=${() => void this.act(this.app.call("noteSplit"))}
        >
          ${words.read}
        </button>
      </div>
    </section>`;
  }
}

/** Chats leads to the Family screen until it was read. */
export function splitNote(
  app: AppModel,
  { ledger }: NodeSnapshot,
): TemplateResult | typeof nothing {
  if (ledger.split === null || ledger.split.isRead) return nothing;
  return html`<div class="note note-row">
    <span>${t.split.note}</span>
    <button class="button small" @click=${() => app.open({ screen: "family" })}>
      ${t.split.look}
    </button>
  </div>`;
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-split": TwSplit;
  }
}
