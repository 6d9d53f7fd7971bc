/** The door to the demo family, which the first screen does not carry. SPEC DM1, DM13. */

import { html } from "lit";
import { customElement } from "lit/decorators.js";
import type { View } from "../controllers/view-state.ts";
import { DoorElement } from "../elements/door-element.ts";
import { t } from "../strings/strings.ts";

@customElement("tw-look-around")
export class TwLookAround extends DoorElement {
  protected readonly words = t.demo;
  protected readonly home: View = { screen: "welcome" };

  protected async load(): Promise<unknown> {
    return import("../demo/tw-demo.ts");
  }

  protected renderInside() {
    return html`<tw-demo .app=${this.app}></tw-demo>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-look-around": TwLookAround;
  }
}
