/**
 * More's card about how this device makes a call for help noticed: trying the sound, and letting the
 * browser show it while the page is in the background, asked for by a press. Nothing here switches an
 * alarm off. SPEC UI149.
 */

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import type { ThisBrowser } from "../shell/this-browser.ts";
import { t } from "../strings/strings.ts";
import { icon } from "./icons.ts";
import { ViewElement } from "./view-element.ts";

@customElement("tw-alarm-card")
export class TwAlarmCard extends ViewElement {
  protected override render(): TemplateResult | typeof nothing {
    const { browser } = this.app;
    if (browser === null) return nothing;
    const words = t.emergency.device;
    return html`<section class="card stack-tight" aria-labelledby="alarm-card">
      <h2 id="alarm-card">${words.title}</h2>
      ${this.#renderSound(browser)} ${this.#renderLeave(browser)}
    </section>`;
  }

  #renderSound({ bell }: ThisBrowser): TemplateResult {
    const words = t.emergency.device;
    if (!bell.canSound) return html`<p>${words.noSound}</p>`;
    const said = bell.isTrying ? words.trying : bell.state === "blocked" ? words.blocked : null;
    return html`<p>${words.heard}</p>
      <button class="button small" @click=${() => bell.tryOut()}>${words.try}</button>
      <div aria-live="polite">
        ${
          said === null
            ? html`<p class="soft">${words.advice}</p>`
            : html`<p class="note">
                ${icon(bell.isTrying ? "notice" : "clock")}<span>${said}</span>
              </p>`
        }
      </div>`;
  }

  #renderLeave({ notice }: ThisBrowser): TemplateResult {
    const words = t.emergency.device;
    switch (notice.leave) {
      case "granted":
        return html`<p>${words.allowed}</p>`;
      case "denied":
        return html`<p>${words.denied}</p>`;
      case "missing":
        return html`<p>${words.missing}</p>`;
      case "default":
        return html`<p>${this.app.snapshot?.lock.isSet === true ? words.whyLocked : words.why}</p>
          <button class="button small" @click=${() => void notice.ask()}>${words.allow}</button>`;
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-alarm-card": TwAlarmCard;
  }
}
