/**
 * Asks, above the conversations, for what makes this browser keep the family: its promise, or being
 * installed. Only where a press can bring it, and not again for a week after "Not now". SPEC PW34, PW36.
 */

import { html, nothing, type TemplateResult } from "lit";
import type { AppModel } from "../controllers/app-model.ts";
import { t } from "../strings/strings.ts";
import { icon } from "./icons.ts";

export function keepCard({ browser }: AppModel): TemplateResult | typeof nothing {
  if (browser === null || browser.keeper.lasting !== "may-forget" || browser.later.isOn) {
    return nothing;
  }
  const { keeper, installing, later } = browser;
  if (!keeper.canAsk && !installing.isOffered) return nothing;
  const words = t.browser.lasting;
  return html`<section class="card stack-tight keep" aria-labelledby="keep-title">
    <h2 class="card-title" id="keep-title">${icon("lock")}${words.askTitle}</h2>
    <p class="soft">${keeper.canAsk ? words.ask : words.install}</p>
    <div class="actions">
      ${
        keeper.canAsk
          ? html`<button class="button small" @click=${() => void keeper.ask()}>
              ${words.askNow}
            </button>`
          : html`<button class="button small" @click=${() => void installing.install()}>
              ${t.browser.install.now}
            </button>`
      }
      <button class="button small quiet" @click=${() => later.putOff()}>${words.later}</button>
    </div>
  </section>`;
}
