/** The door to Places, which the first screen does not carry. SPEC UI150. */

import { html } from "lit";
import { customElement } from "lit/decorators.js";
import type { View } from "../controllers/view-state.ts";
import { DoorElement } from "../elements/door-element.ts";
import { t } from "../strings/strings.ts";

@customElement("tw-places-door")
export class TwPlacesDoor extends DoorElement {
  protected readonly words = t.places;
  protected readonly home: View = { screen: "chats", conversation: null };

  protected async load(): Promise<unknown> {
    return import("./tw-places.ts");
  }

  protected renderInside() {
    return html`<tw-places .app=${this.app}></tw-places>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-places-door": TwPlacesDoor;
  }
}
