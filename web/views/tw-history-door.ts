/** The door to History, which the first screen does not carry. SPEC UI99. */

import { html } from "lit";
import { customElement } from "lit/decorators.js";
import type { View } from "../controllers/view-state.ts";
import { DoorElement } from "../elements/door-element.ts";
import { t } from "../strings/strings.ts";

@customElement("tw-history-door")
export class TwHistoryDoor extends DoorElement {
  protected readonly words = t.history;
  protected readonly home: View = { screen: "family" };

  protected async load(): Promise<unknown> {
    return import("../history/tw-history.ts");
  }

  protected renderInside() {
    return html`<tw-history .app=${this.app}></tw-history>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-history-door": TwHistoryDoor;
  }
}
