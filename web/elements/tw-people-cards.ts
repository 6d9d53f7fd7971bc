/**
 * On More: who else uses this browser, and the lock of this profile. Nothing on a phone of the demo,
 * which has neither. SPEC PR24, PR27.
 */

import { html } from "lit";
import { customElement } from "lit/decorators.js";
import { t } from "../strings/strings.ts";
import { ViewElement } from "./view-element.ts";

@customElement("tw-people-cards")
export class TwPeopleCards extends ViewElement {
  protected override render() {
    const { app } = this;
    const { snapshot } = app;
    if (app.place === null || snapshot === null) return html``;
    const { isSet, others } = snapshot.lock;
    return html`<section class="card">
        <h2>${t.profiles.title}</h2>
        <p class="soft">${t.profiles.card.text(others)}</p>
        <button class="link" @click=${() => app.open({ screen: "people" })}>
          ${t.profiles.card.open}
        </button>
      </section>
      <section class="card">
        <h2>${t.lock.title}</h2>
        <p class="soft">${isSet ? t.lock.isSet : t.lock.isOff}</p>
        <button class="link" @click=${() => app.open({ screen: "lock", isForNew: false })}>
          ${isSet ? t.lock.change : t.lock.open}
        </button>
      </section>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-people-cards": TwPeopleCards;
  }
}
