/**
 * What this person asked for and what did not happen: what it was, why, and what to do. Each once; it
 * goes when it has been read. SPEC UI120.
 */

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { NodeSnapshot, RefusedChange } from "../../workers/api.ts";
import type { AppModel } from "../controllers/app-model.ts";
import { t } from "../strings/strings.ts";
import { icon } from "./icons.ts";
import { problem } from "./parts.ts";
import { ViewElement } from "./view-element.ts";

@customElement("tw-refused")
export class TwRefused extends ViewElement {
  protected override render() {
    const refused = this.app.snapshot?.ledger.refused ?? [];
    if (refused.length === 0) return nothing;
    return html`${repeat(
      refused,
      ({ id }) => id,
      (one) => this.#renderOne(one),
    )}
    ${problem(this.failure, "refused-problem")}`;
  }

  #renderOne({ id, change, why }: RefusedChange): TemplateResult {
    const words = t.refused;
    const name = `refused-${id.slice(0, 8)}`;
    return html`<section class="card stack-tight" aria-labelledby=${name}>
      <h2 class="card-title" id=${name}>${words.title}</h2>
      <p dir="auto">${words.wanted(change)}</p>
      <p class="note">${icon("notice")}<span>${words.why[why]}</span></p>
      <p class="soft">${words.next[why]}</p>
      <div class="actions">
        <button
          class="button quiet"
          ?disabled=${this.isBusy}
          @click=${() => void this.act(this.app.call("noteRefused", id))}
        >
          ${words.read}
        </button>
      </div>
    </section>`;
  }
}

/** Chats leads to the Family screen where something did not happen. */
export function refusedNote(
  app: AppModel,
  { ledger }: NodeSnapshot,
): TemplateResult | typeof nothing {
  if (ledger.refused.length === 0) return nothing;
  return html`<div class="note note-row">
    <span>${t.refused.note(ledger.refused.length)}</span>
    <button class="button small" @click=${() => app.open({ screen: "family" })}>
      ${t.refused.look}
    </button>
  </div>`;
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-refused": TwRefused;
  }
}
