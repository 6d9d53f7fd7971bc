/**
 * The door to a part that is a file of its own: fetches it when it is wanted, says so while it
 * comes, and says what to do where it cannot be fetched. SPEC DM1, DM13, CK4.
 */

import { html, type TemplateResult } from "lit";
import { state } from "lit/decorators.js";
import type { View } from "../controllers/view-state.ts";
import { t } from "../strings/strings.ts";
import { backButton } from "./parts.ts";
import { ViewElement } from "./view-element.ts";

export interface DoorWords {
  readonly title: string;
  readonly loading: string;
  readonly notLoaded: string;
}

export abstract class DoorElement extends ViewElement {
  @state() private door: "loading" | "open" | "closed" = "loading";
  protected abstract readonly words: DoorWords;
  /** Where Back leads when nothing was on before. */
  protected abstract readonly home: View;

  protected abstract load(): Promise<unknown>;
  protected abstract renderInside(): TemplateResult;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#fetch();
  }

  async #fetch(): Promise<void> {
    this.door = "loading";
    try {
      await this.load();
      this.door = "open";
    } catch (error) {
      console.warn("a part of the app cannot be loaded", error);
      this.door = "closed";
    }
  }

  protected override render() {
    if (this.door === "open") return this.renderInside();
    const { title, loading, notLoaded } = this.words;
    return html`<main class="sheet">
      <div class="sheet-head">
        ${backButton(() => this.app.back(this.home))}
        <h1 tabindex="-1">${title}</h1>
      </div>
      ${
        this.door === "loading"
          ? html`<p class="lead" role="status">${loading}</p>`
          : html`<p class="note" role="alert">${notLoaded}</p>
              <button class="button" @click=${() => void this.#fetch()}>${t.tryAgain}</button>`
      }
    </main>`;
  }
}
