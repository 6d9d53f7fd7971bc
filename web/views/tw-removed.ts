/**
 * This device was taken out of the family: that it was and why, what that means, and what the person
 * can do. SPEC UI104.
 */

import { html } from "lit";
import { customElement } from "lit/decorators.js";
import { mark } from "../elements/icons.ts";
import { ViewElement } from "../elements/view-element.ts";
import { t } from "../strings/strings.ts";

@customElement("tw-removed")
export class TwRemoved extends ViewElement {
  protected override render() {
    const removal = this.app.snapshot?.removal ?? null;
    if (removal === null) return html``;
    const { familyName, reason, isMember } = removal;
    const words = t.removed;
    return html`<main class="sheet">
      ${mark()}
      <h1 tabindex="-1" dir="auto">${words.title(familyName)}</h1>
      <p class="lead">${isMember ? words.left : words.reasons[reason]}</p>
      <p>${words.what}</p>
      <p class="soft">${words.back}</p>
      <div class="actions">
        <button class="button" @click=${() => this.app.open({ screen: "people" })}>
          ${words.go}
        </button>
      </div>
    </main>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-removed": TwRemoved;
  }
}
