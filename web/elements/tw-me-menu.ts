/**
 * Who I am here, at the foot of the rail on a desk, with the ways that belong to me: the people on
 * this browser, locking, the check. Its menu is fetched when somebody comes near it. SPEC UI83.
 */

import { html, nothing } from "lit";
import { customElement } from "lit/decorators.js";
import { t } from "../strings/strings.ts";
import { loadControls } from "../web-awesome/load-controls.ts";
import { icon } from "./icons.ts";
import { avatar } from "./parts.ts";
import { ViewElement } from "./view-element.ts";

/** Web Awesome's word for the item that was chosen. */
type Choice = CustomEvent<{ readonly item: HTMLElement & { readonly value?: string } }>;

@customElement("tw-me-menu")
export class TwMeMenu extends ViewElement {
  /** The first press may come before the control: then it is opened as soon as it is there. */
  async #openWhenLoaded(): Promise<void> {
    const menu = this.querySelector("wa-dropdown");
    if (menu === null || customElements.get("wa-dropdown") !== undefined) return;
    if (!(await loadControls("menu"))) return this.app.open({ screen: "more" });
    await menu.updateComplete;
    menu.open = true;
  }

  #choose(event: Choice): void {
    const { value } = event.detail.item;
    if (value === "lock") void this.act(this.app.call("lockNow"));
    else if (value === "people" || value === "check") this.app.open({ screen: value });
  }

  protected override render() {
    const { snapshot, place } = this.app;
    if (snapshot === null || snapshot.me === null) return nothing;
    const { name, member } = snapshot.me;
    const words = t.meMenu;
    return html`<wa-dropdown
      placement="right-end"
      distance="8"
      @wa-select=${(event: Choice) => this.#choose(event)}
    >
      <button
        slot="trigger"
        class="me"
        aria-label=${words.label}
        @pointerenter=${() => void loadControls("menu")}
        @focus=${() => void loadControls("menu")}
        @click=${() => void this.#openWhenLoaded()}
      >
        ${avatar(name, member)}
      </button>
      ${
        place === null
          ? nothing
          : html`<wa-dropdown-item value="people">
              <span slot="icon">${icon("family")}</span>${words.people}
            </wa-dropdown-item>`
      }
      ${
        snapshot.lock.isSet
          ? html`<wa-dropdown-item value="lock">
              <span slot="icon">${icon("lock")}</span>${words.lock}
            </wa-dropdown-item>`
          : nothing
      }
      <wa-dropdown-item value="check">
        <span slot="icon">${icon("pulse")}</span>${words.check}
      </wa-dropdown-item>
    </wa-dropdown>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-me-menu": TwMeMenu;
  }
}
