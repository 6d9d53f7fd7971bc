/**
 * Who keeps the family's rules, an honest sentence for what that bears, and the way for this device
 * to help. A template only. SPEC UI66.
 */

import { html, nothing, type TemplateResult } from "lit";
import type { NodeSnapshot } from "../../workers/api.ts";
import type { AppModel } from "../controllers/app-model.ts";
import { t } from "../strings/strings.ts";
import { icon } from "./icons.ts";

export function keepingCard(app: AppModel, { ledger, me }: NodeSnapshot): TemplateResult {
  const { keepers, help } = ledger;
  const isGrown = me?.role === "parent" || me?.role === "relative";
  return html`<section class="card stack-tight" aria-labelledby="keeping">
    <h2 class="card-title" id="keeping">${t.keeping.title}</h2>
    <p dir="auto">${t.keeping.who([...new Set(keepers)])}</p>
    ${isGrown ? html`<p class="soft">${bearing(keepers.length)}</p>` : nothing}
    ${help === "keeps" ? html`<p class="soft">${t.keeping.keeps}</p>` : nothing}
    ${
      help === "can"
        ? html`<p class="soft">${t.keeping.helpText}</p>
            <div class="actions">
              <button class="button" @click=${() => void app.call("setHelping", true)}>
                ${t.keeping.help}
              </button>
            </div>`
        : nothing
    }
    ${
      help === "ready"
        ? html`<p class="note">${icon("clock")}<span>${t.keeping.ready}</span></p>
            <div class="actions">
              <button class="button quiet" @click=${() => void app.call("setHelping", false)}>
                ${t.keeping.stop}
              </button>
            </div>`
        : nothing
    }
  </section>`;
}

/** What so many bear: n - q of them may be away. */
function bearing(count: number): string {
  if (count <= 1) return t.keeping.one;
  if (count === 2) return t.keeping.two;
  return t.keeping.several(count, count - Math.ceil((2 * count) / 3));
}
