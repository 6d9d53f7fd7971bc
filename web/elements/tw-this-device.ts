/**
 * More's card about this browser: whether the app opens without internet, and a newer version that
 * was put off. SPEC PW15, PW17.
 */

import { html, nothing } from "lit";
import { customElement } from "lit/decorators.js";
import { t } from "../strings/strings.ts";
import { ViewElement } from "./view-element.ts";

@customElement("tw-this-device")
export class TwThisDevice extends ViewElement {
  protected override render() {
    const { browser } = this.app;
    if (browser === null) return nothing;
    const { shell } = browser;
    const words = t.browser;
    return html`<section class="card stack-tight">
      <h2>${words.device.title}</h2>
      <dl class="facts">
        <div>
          <dt>${words.device.offline}</dt>
          <dd>${shell.isKept ? words.device.yes : words.device.notYet}</dd>
        </div>
      </dl>
      ${
        shell.isNewReady && !shell.isOffered
          ? html`<p>${words.update.ready}</p>
              <button class="button small" @click=${() => void shell.updateNow()}>
                ${words.update.now}
              </button>`
          : nothing
      }
    </section>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-this-device": TwThisDevice;
  }
}
