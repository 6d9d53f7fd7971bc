/**
 * More's cards about this browser: whether the app opens without internet, whether what is stored
 * stays and what would help, a newer version that was put off, and installing. SPEC PW15, PW17, PW35, PW37.
 */

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import type { ThisBrowser } from "../shell/this-browser.ts";
import { t } from "../strings/strings.ts";
import { homeScreenSteps } from "./home-screen.ts";
import { ViewElement } from "./view-element.ts";

@customElement("tw-this-device")
export class TwThisDevice extends ViewElement {
  protected override render() {
    const { browser } = this.app;
    if (browser === null) return nothing;
    const { shell, keeper } = browser;
    const words = t.browser.device;
    return html`<section class="card stack-tight">
        <h2>${words.title}</h2>
        <dl class="facts">
          <div>
            <dt>${words.offline}</dt>
            <dd>${shell.isKept ? words.yes : words.notYet}</dd>
          </div>
          ${
            keeper.lasting === null
              ? nothing
              : html`<div>
                  <dt>${words.stored}</dt>
                  <dd>${t.browser.lasting.words[keeper.lasting]}</dd>
                </div>`
          }
        </dl>
        ${keeper.lasting === "may-forget" ? this.#renderWhy(browser) : nothing}
        ${shell.isNewReady && !shell.isOffered ? this.#renderUpdate(browser) : nothing}
      </section>
      ${browser.installing.isOffered ? this.#renderInstall(browser) : nothing}`;
  }

  #renderWhy({ keeper, place }: ThisBrowser): TemplateResult {
    const words = t.browser.lasting;
    return html`<p class="soft">${words.why}</p>
      ${
        keeper.canAsk
          ? html`<p class="soft">${words.ask}</p>
              <button class="button small" @click=${() => void keeper.ask()}>
                ${words.askNow}
              </button>`
          : nothing
      }
      ${keeper.isRefused ? html`<p class="soft">${words.refused}</p>` : nothing}
      ${
        place.type === "ios"
          ? html`<details>
              <summary>${t.browser.home.how}</summary>
              <div class="stack">${homeScreenSteps(false)}</div>
            </details>`
          : nothing
      }`;
  }

  #renderUpdate({ shell }: ThisBrowser): TemplateResult {
    return html`<p>${t.browser.update.ready}</p>
      <button class="button small" @click=${() => void shell.updateNow()}>
        ${t.browser.update.now}
      </button>`;
  }

  #renderInstall({ installing }: ThisBrowser): TemplateResult {
    const words = t.browser.install;
    return html`<section class="card stack-tight">
      <h2>${words.title}</h2>
      <p class="soft">${words.text}</p>
      <button class="button small" @click=${() => void installing.install()}>${words.now}</button>
    </section>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-this-device": TwThisDevice;
  }
}
