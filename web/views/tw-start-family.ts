/** The form that starts a family: its name and mine. The recovery words follow by themselves. */

import { html } from "lit";
import { customElement } from "lit/decorators.js";
import { NAME_BYTES_MAX } from "../../workers/api.ts";
import { backButton, problem, readField, textField } from "../elements/parts.ts";
import { ViewElement } from "../elements/view-element.ts";
import { t } from "../strings/strings.ts";
import { countBytes } from "../text/byte-count.ts";

/** Whether a name can be sent to the node, which judges it again. */
export function isNameUsable(name: string): boolean {
  return name.trim() !== "" && countBytes(name.trim()) <= NAME_BYTES_MAX;
}

@customElement("tw-start-family")
export class TwStartFamily extends ViewElement {
  async #create(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const familyName = readField(form, "family-name");
    const myName = readField(form, "my-name");
    if (!isNameUsable(familyName) || !isNameUsable(myName)) {
      this.failure = "bad-name";
      return;
    }
    await this.act(this.app.call("startFamily", { familyName, myName }));
  }

  protected override render() {
    const words = t.startFamily;
    return html`<main class="sheet">
      <header class="sheet-head">
        ${backButton(() => this.app.back({ screen: "welcome" }))}
        <h1 tabindex="-1">${words.title}</h1>
      </header>
      <p class="lead">${words.lead}</p>
      <form
        class="card stack"
        novalidate
        @submit=${(event: SubmitEvent) => void this.#create(event)}
      >
        ${textField({
          name: "family-name",
          label: t.fields.familyName,
          hint: t.fields.familyNameHint,
          isInvalid: this.failure === "bad-name",
        })}
        ${textField({
          name: "my-name",
          label: t.fields.yourName,
          hint: t.fields.yourNameHint,
          autocomplete: "name",
          isInvalid: this.failure === "bad-name",
        })}
        ${problem(this.failure)}
        <button class="button" ?disabled=${this.isBusy}>
          ${this.isBusy ? words.working : words.create}
        </button>
      </form>
    </main>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-start-family": TwStartFamily;
  }
}
