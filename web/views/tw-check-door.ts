/** The door to "Check this device", which the first screen does not carry. SPEC CK4. */

import { html } from "lit";
import { customElement } from "lit/decorators.js";
import type { View } from "../controllers/view-state.ts";
import { DoorElement } from "../elements/door-element.ts";
import { t } from "../strings/strings.ts";

@customElement("tw-check-door")
export class TwCheckDoor extends DoorElement {
  protected readonly words = t.check;
  protected readonly home: View = { screen: "more" };

  protected async load(): Promise<unknown> {
    return import("../check/tw-check.ts");
  }

  protected renderInside() {
    return html`<tw-check .app=${this.app}></tw-check>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-check-door": TwCheckDoor;
  }
}
