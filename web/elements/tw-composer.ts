/**
 * The field a message is written in: Enter sends, Shift and Enter begins a line, the room left is
 * counted in bytes near the limit, and drafts stay with their conversation. What could not be sent
 * comes back into the field with the reason. SPEC UI20, UI73, UI74.
 */

import { html, nothing, type PropertyValues } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import { MESSAGE_TEXT_BYTES_MAX } from "../../workers/api.ts";
import { locale, t } from "../strings/strings.ts";
import { countBytes, judgeFullness } from "../text/byte-count.ts";
import { problem } from "./parts.ts";
import { ViewElement } from "./view-element.ts";

const ROWS_MAX = 6;

/** @fires tw-sent when a message was handed to the node */
@customElement("tw-composer")
export class TwComposer extends ViewElement {
  @property() conversation = "";
  @state() private text = "";
  /** The rule behind a refusal. */
  private rule = "";

  protected override willUpdate(changed: PropertyValues): void {
    if (!changed.has("conversation")) return;
    this.text = this.app.draft(this.conversation);
    this.failure = null;
  }

  #write(text: string): void {
    this.text = text;
    this.failure = null;
    this.app.keepDraft(this.conversation, text);
  }

  #canSend(): boolean {
    const bytes = countBytes(this.text);
    return this.text.trim() !== "" && judgeFullness(bytes, MESSAGE_TEXT_BYTES_MAX) !== "over";
  }

  async #send(event: Event): Promise<void> {
    event.preventDefault();
    if (!this.#canSend()) return;
    const { text, conversation } = this;
    // The node begins while this page clears the field.
    const sending = this.app.call("sendMessage", conversation, text);
    this.#write("");
    this.querySelector("textarea")?.focus();
    const answer = await sending;
    if (answer.ok) {
      this.dispatchEvent(new CustomEvent("tw-sent", { bubbles: true }));
      return;
    }
    const newer = this.app.draft(conversation);
    const unsent = newer === "" ? text : `${text}\n${newer}`;
    this.app.keepDraft(conversation, unsent);
    if (conversation !== this.conversation) return;
    this.text = unsent;
    this.rule = answer.detail;
    this.failure = answer.code;
  }

  #onKey(event: KeyboardEvent): void {
    const isSend = event.key === "Enter" && !event.shiftKey && !event.isComposing;
    if (isSend) void this.#send(event);
  }

  protected override render() {
    const bytes = countBytes(this.text);
    const fullness = judgeFullness(bytes, MESSAGE_TEXT_BYTES_MAX);
    const room = new Intl.NumberFormat(locale).format(Math.abs(MESSAGE_TEXT_BYTES_MAX - bytes));
    const rows = Math.min(this.text.split("\n").length, ROWS_MAX);
    return html`<form class="composer" @submit=${(event: SubmitEvent) => void this.#send(event)}>
      ${problem(this.failure, "composer-problem", this.rule)}
      <p
        class="counter ${fullness === "over" ? "problem" : "soft"}"
        id="composer-room"
        aria-live="polite"
      >
        ${fullness === "near" ? t.conversation.bytesLeft(room) : nothing}
        ${fullness === "over" ? t.conversation.bytesOver(room) : nothing}
      </p>
      <div class="composer-row">
        <textarea
          rows=${rows}
          dir="auto"
          aria-label=${t.fields.message}
          placeholder=${t.fields.message}
          aria-describedby="composer-room"
          aria-invalid=${fullness === "over" ? "true" : "false"}
          enterkeyhint="send"
          .value=${live(this.text)}
          @input=${(event: InputEvent) =>
            this.#write((event.currentTarget as HTMLTextAreaElement).value)}
          @keydown=${(event: KeyboardEvent) => this.#onKey(event)}
        ></textarea>
        <button class="button" ?disabled=${!this.#canSend()}>${t.conversation.send}</button>
      </div>
    </form>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-composer": TwComposer;
  }
}
