/**
 * Asks what happened to a device before it is taken out of the family: what that means, the reason,
 * and, for another parent's, that others have to agree. `answered` carries the reason, or null for a
 * no. SPEC UI103.
 */

import { html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { DEVICE_REASONS, type DeviceReason } from "../../workers/api.ts";
import type { DeviceView, MemberView } from "../../workers/api.ts";
import { t } from "../strings/strings.ts";
import { deviceWords } from "./device-line.ts";
import { icon } from "./icons.ts";
import { ViewElement } from "./view-element.ts";

@customElement("tw-device-out")
export class TwDeviceOut extends ViewElement {
  @property({ attribute: false }) device!: DeviceView;
  @property({ attribute: false }) owner!: MemberView;
  /** Its place among the owner's devices. */
  @property({ attribute: false }) number = 0;
  answer: DeviceReason | null = null;

  protected override firstUpdated(): void {
    this.querySelector("dialog")?.showModal();
  }

  #close(answer: DeviceReason | null): void {
    this.answer = answer;
    this.querySelector("dialog")?.close();
  }

  #submit(event: SubmitEvent): void {
    event.preventDefault();
    const reason = new FormData(event.currentTarget as HTMLFormElement).get("reason");
    this.#close(DEVICE_REASONS.find((one) => one === reason) ?? null);
  }

  protected override render() {
    const words = t.person.out;
    const { name, role, isMe } = this.owner;
    return html`<dialog
      class="dialog"
      closedby="any"
      aria-labelledby="device-out-title"
      @close=${() => this.dispatchEvent(new CustomEvent("answered", { detail: this.answer }))}
    >
      <h2 id="device-out-title">${words.title(name, isMe)}</h2>
      <p class="device">
        ${icon("device")}<span
          >${deviceWords(this.device, this.number, this.owner.devices.length)}</span
        >
      </p>
      <p>${this.device.isMe ? words.self : words.lead}</p>
      ${role === "parent" && !isMe ? html`<p>${words.otherParent}</p>` : nothing}
      <form class="stack" @submit=${(event: SubmitEvent) => this.#submit(event)}>
        <fieldset class="choices">
          <legend>${words.reason}</legend>
          ${DEVICE_REASONS.map(
            (reason, index) =>
              html`<div class="choice">
                <input
                  type="radio"
                  id="reason-${reason}"
                  name="reason"
                  value=${reason}
                  ?checked=${index === 0}
                />
                <label for="reason-${reason}">${words.reasons[reason]}</label>
              </div>`,
          )}
        </fieldset>
        <div class="actions">
          <button type="button" class="button" autofocus @click=${() => this.#close(null)}>
            ${words.no}
          </button>
          <button class="button quiet">${words.yes}</button>
        </div>
      </form>
    </dialog>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-device-out": TwDeviceOut;
  }
}
