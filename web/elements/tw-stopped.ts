/**
 * Says that the node died or could not start, and starts it again. Over the screen as a dialog when
 * it died, so that what was on stays to be seen; as a page of its own when it never ran. SPEC UI13.
 */

import { html, nothing } from "lit";
import { customElement } from "lit/decorators.js";
import { t } from "../strings/strings.ts";
import { mark } from "./icons.ts";
import { noticeWords } from "./notice-banners.ts";
import { ViewElement } from "./view-element.ts";

@customElement("tw-stopped")
export class TwStopped extends ViewElement {
  protected override updated(): void {
    const dialog = this.querySelector("dialog");
    // It may be drawn once more when it has left the page: the node runs again.
    if (dialog !== null && dialog.isConnected && !dialog.open) dialog.showModal();
  }

  protected override render() {
    const { stop } = this.app;
    if (stop?.type === "refused") {
      return html`<main class="sheet">
        ${mark()}
        <h1 tabindex="-1">${t.cannotStart}</h1>
        <p class="lead" role="alert">${t.failures[stop.code]}</p>
        <button class="button" @click=${() => void this.app.startNode()}>${t.tryAgain}</button>
        ${
          this.app.place === null
            ? nothing
            : html`<button class="link" @click=${() => this.app.open({ screen: "people" })}>
                ${t.profiles.title}
              </button>`
        }
        ${this.#renderDetails(stop.detail)}
      </main>`;
    }
    const reason = stop === null ? this.app.snapshot?.notices[0] : undefined;
    return html`<dialog
      class="dialog"
      aria-labelledby="stopped-title"
      @cancel=${(event: Event) => event.preventDefault()}
    >
      <h2 id="stopped-title">${t.stoppedTitle}</h2>
      <p>${reason === undefined ? t.stopped : noticeWords(reason)}</p>
      <button class="button" @click=${() => void this.app.startNode()}>${t.startAgain}</button>
      ${this.#renderDetails(stop?.detail ?? "")}
    </dialog>`;
  }

  #renderDetails(detail: string) {
    if (detail === "") return nothing;
    return html`<details>
      <summary>${t.details}</summary>
      <p class="mono">${detail}</p>
    </details>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-stopped": TwStopped;
  }
}
