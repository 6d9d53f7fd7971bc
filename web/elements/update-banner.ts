/** "A new version is ready", calm and above the screen; put off, it waits under More. SPEC PW17. */

import { html, nothing, type TemplateResult } from "lit";
import type { AppModel } from "../controllers/app-model.ts";
import { t } from "../strings/strings.ts";

/** The part that is always there, so that what appears in it is read out. */
export function updateBanner({ browser }: AppModel): TemplateResult | typeof nothing {
  if (browser === null) return nothing;
  const { shell } = browser;
  return html`<div class="offers" aria-live="polite">
    ${
      shell.isOffered
        ? html`<div class="banner">
            <p>
              <strong>${t.browser.update.ready}</strong>
              <span class="soft">${t.browser.update.how}</span>
            </p>
            <div class="actions">
              <button class="button small" @click=${() => void shell.updateNow()}>
                ${t.browser.update.now}
              </button>
              <button class="button small quiet" @click=${() => shell.putOff()}>
                ${t.browser.update.later}
              </button>
            </div>
          </div>`
        : nothing
    }
  </div>`;
}
