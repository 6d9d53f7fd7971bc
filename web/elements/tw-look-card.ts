/** More's card with the choice of light, dark, or as the device has it. SPEC UI82. */

import { html, LitElement } from "lit";
import { customElement, state } from "lit/decorators.js";
import { t } from "../strings/strings.ts";
import { chooseTheme, readTheme, showTheme, type Theme, THEMES } from "../theme.ts";

const KEEPER = (): Storage => localStorage;

@customElement("tw-look-card")
export class TwLookCard extends LitElement {
  @state() private theme: Theme = readTheme(KEEPER);

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  #choose(theme: Theme): void {
    this.theme = theme;
    const { ownerDocument } = this;
    // A phone of the demo changes its own looks and nothing of the person's.
    if (ownerDocument === document) chooseTheme(theme, document.documentElement, KEEPER);
    else showTheme(theme, ownerDocument.documentElement);
  }

  protected override render() {
    const words = t.more.themes;
    return html`<section class="card">
      <fieldset class="segments">
        <legend>${t.more.look}</legend>
        <div class="segment-row">
          ${THEMES.map(
            (theme) =>
              html`<label class="segment">
                <input
                  type="radio"
                  name="theme"
                  value=${theme}
                  .checked=${theme === this.theme}
                  @change=${() => this.#choose(theme)}
                /><span>${words[theme]}</span>
              </label>`,
          )}
        </div>
      </fieldset>
    </section>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-look-card": TwLookCard;
  }
}
