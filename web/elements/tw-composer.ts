/**
 * The field a message is written in: Enter sends, Shift and Enter begins a line, the room left is
 * counted in bytes near the limit, and drafts stay with their conversation. What could not be sent
 * comes back into the field with the reason. SPEC UI20, UI73, UI74, UI118.
 */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import { MESSAGE_TEXT_BYTES_MAX, type MessageView } from "../../workers/api.ts";
import { locale, t } from "../strings/strings.ts";
import { countBytes, judgeFullness } from "../text/byte-count.ts";
import { icon } from "./icons.ts";
import { problem } from "./parts.ts";
import { ViewElement } from "./view-element.ts";

const ROWS_MAX = 6;
/** Between two words to the node that something is written; the node passes on no more than that. */
const TYPING_NOTE_MS = 4_000;

/** What is written is about a message: an answer to it, or another text in its place. */
export interface About {
  readonly type: "answer" | "edit";
  readonly message: MessageView;
}

/**
 * @fires tw-sent when a message was handed to the node
 * @fires tw-settled when what is written is about no message any more
 */
@customElement("tw-composer")
export class TwComposer extends ViewElement {
  @property() conversation = "";
  @property({ attribute: false }) about: About | null = null;
  @state() private text = "";
  /** When the node was last told that something is written. */
  #typedAt = 0;
  /** The rule behind a refusal. */
  private rule = "";

  protected override willUpdate(changed: PropertyValues): void {
    const wasEditing = (changed.get("about") as About | null | undefined)?.type === "edit";
    const isNew = changed.has("conversation") || (changed.has("about") && wasEditing);
    if (isNew) {
      this.text = this.app.draft(this.conversation);
      this.failure = null;
    }
    if (changed.has("about") && this.about?.type === "edit") this.text = this.about.message.text;
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has("about") && this.about !== null) this.querySelector("textarea")?.focus();
  }

  #write(text: string): void {
    this.text = text;
    this.failure = null;
    this.#noteTyping(text);
    // The text of a change is none of the draft.
    if (this.about?.type !== "edit") this.app.keepDraft(this.conversation, text);
  }

  /** Told only where the person lets, and only now and then. */
  #noteTyping(text: string): void {
    if (text === "" || this.app.snapshot?.sharesReading !== true) return;
    if (Date.now() - this.#typedAt < TYPING_NOTE_MS) return;
    this.#typedAt = Date.now();
    void this.app.call("noteTyping", this.conversation);
  }

  #canSend(): boolean {
    const bytes = countBytes(this.text);
    return this.text.trim() !== "" && judgeFullness(bytes, MESSAGE_TEXT_BYTES_MAX) !== "over";
  }

  async #send(event: Event): Promise<void> {
    event.preventDefault();
    if (!this.#canSend()) return;
    if (this.about?.type === "edit") return this.#save(this.about.message);
    const { text, conversation } = this;
    const answered = this.about === null ? [] : [this.about.message.id];
    // The node begins while this page clears the field.
    const sending = this.app.call("sendMessage", conversation, text, ...answered);
    this.#write("");
    this.querySelector("textarea")?.focus();
    const answer = await sending;
    if (answer.ok) {
      if (answered.length > 0) this.#settle();
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

  async #save({ id }: MessageView): Promise<void> {
    const change = { type: "edit", text: this.text } as const;
    const answer = await this.app.call("changeMessage", this.conversation, id, change);
    if (answer.ok) return this.#settle();
    this.rule = answer.detail;
    this.failure = answer.code;
  }

  #settle(): void {
    this.dispatchEvent(new Event("tw-settled"));
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key === "Escape" && this.about !== null && !event.isComposing) {
      event.stopPropagation();
      return this.#settle();
    }
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
      ${this.about === null ? nothing : this.#renderAbout(this.about)}
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
        <button class="button" ?disabled=${!this.#canSend()}>
          ${this.about?.type === "edit" ? t.acting.save : t.conversation.send}
        </button>
      </div>
    </form>`;
  }

  #renderAbout({ type, message }: About): TemplateResult {
    const words = t.acting;
    const { isMine, authorName, text } = message;
    const answer = isMine ? words.answeringMe : words.answering(authorName);
    return html`<div class="composer-about">
      <p class="quote" dir="auto">
        <span class="quote-by">${type === "edit" ? words.editing : answer}</span>
        <span class="quote-text">${text}</span>
      </p>
      <button type="button" class="round" aria-label=${words.stop} @click=${() => this.#settle()}>
        ${icon("close")}
      </button>
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-composer": TwComposer;
  }
}
