/** First run: what this is in two sentences, and the three ways on. SPEC UI40. */

import { html, nothing } from "lit";
import { customElement } from "lit/decorators.js";
import { homeScreenSteps } from "../elements/home-screen.ts";
import { icon, type IconName, mark } from "../elements/icons.ts";
import { ViewElement } from "../elements/view-element.ts";
import { t } from "../strings/strings.ts";

const PROMISES = [
  ["lock", "locked"],
  ["device", "kept"],
  ["heart", "free"],
] as const satisfies readonly (readonly [IconName, string])[];

@customElement("tw-welcome")
export class TwWelcome extends ViewElement {
  protected override render() {
    const words = t.welcome;
    return html`<main class="sheet welcome">
      ${mark()}
      <h1 tabindex="-1">${words.title}</h1>
      <p class="lead">${words.lead}</p>
      <ul class="promises">
        ${PROMISES.map(
          ([name, key]) => html`<li>${icon(name)}<span>${words.promises[key]}</span></li>`,
        )}
      </ul>
      ${
        this.app.browser?.place.type === "ios"
          ? html`<details class="card">
              <summary>${t.browser.home.first}</summary>
              <div class="stack">
                <p>${t.browser.home.start}</p>
                ${homeScreenSteps(false)}
              </div>
            </details>`
          : nothing
      }
      <div class="stack">
        <button class="button" @click=${() => this.app.open({ screen: "start" })}>
          ${words.start}
        </button>
        <button class="button quiet" @click=${() => this.app.open({ screen: "invited" })}>
          ${words.invited}
        </button>
        <button class="button quiet" @click=${() => this.app.open({ screen: "demo" })}>
          ${words.look}
        </button>
      </div>
      <button class="link" @click=${() => this.app.open({ screen: "restore" })}>
        ${words.restore}
      </button>
      ${
        this.app.place !== null && (this.app.snapshot?.lock.others ?? 0) > 0
          ? html`<button class="link" @click=${() => this.app.open({ screen: "people" })}>
              ${t.profiles.title}
            </button>`
          : nothing
      }
    </main>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-welcome": TwWelcome;
  }
}
