/**
 * The door to the demo family: loads it when it is wanted, so that the first screen does not carry
 * it, and says so where it cannot be loaded. SPEC DM1, DM13.
 */

import { html } from "lit";
import { customElement, state } from "lit/decorators.js";
import { backButton } from "../elements/parts.ts";
import { ViewElement } from "../elements/view-element.ts";
import { t } from "../strings/strings.ts";

@customElement("tw-look-around")
export class TwLookAround extends ViewElement {
  @state() private door: "loading" | "open" | "closed" = "loading";

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#load();
  }

  async #load(): Promise<void> {
    this.door = "loading";
    try {
      await import("../demo/tw-demo.ts");
      this.door = "open";
    } catch (error) {
      console.warn("the demo cannot be loaded", error);
      this.door = "closed";
    }
  }

  protected override render() {
    if (this.door === "open") return html`<tw-demo .app=${this.app}></tw-demo>`;
    return html`<main class="sheet">
      <div class="sheet-head">
        ${backButton(() => this.app.back({ screen: "welcome" }))}
        <h1 tabindex="-1">${t.demo.title}</h1>
      </div>
      ${
        this.door === "loading"
          ? html`<p class="lead" role="status">${t.demo.loading}</p>`
          : html`<p class="note" role="alert">${t.demo.notLoaded}</p>
              <button class="button" @click=${() => void this.#load()}>${t.tryAgain}</button>`
      }
    </main>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-look-around": TwLookAround;
  }
}
