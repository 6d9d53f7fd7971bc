/**
 * What can be done with one message: a reaction, an answer, and with an own one changing it, taking it
 * back, and seeing who has it. A dialog over the conversation.
 * @fires tw-answer and tw-edit when the person wants that; closed when the sheet is gone. SPEC UI117 to UI119.
 */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { MessageChange, MessageView, ReachView } from "../../workers/api.ts";
import { t } from "../strings/strings.ts";
import { askFirst } from "./ask-first.ts";
import { icon } from "./icons.ts";
import { avatar, problem } from "./parts.ts";
import { ViewElement } from "./view-element.ts";

/** Few enough for one row of a small phone. */
const OFFERED = ["👍", "❤️", "😂", "😮", "😢", "🎉"] as const;

@customElement("tw-message-sheet")
export class TwMessageSheet extends ViewElement {
  @property() conversation = "";
  @property({ attribute: false }) message!: MessageView;
  @state() private reach: readonly ReachView[] | null = null;

  protected override firstUpdated(): void {
    this.querySelector("dialog")?.showModal();
    if (this.message.isMine) void this.#askReach();
  }

  async #askReach(): Promise<void> {
    const answer = await this.app.call("listReach", this.conversation, this.message.id);
    if (answer.ok) this.reach = answer.value;
  }

  #close(): void {
    this.querySelector("dialog")?.close();
  }

  #leaveFor(event: "tw-answer" | "tw-edit"): void {
    this.dispatchEvent(new Event(event));
    this.#close();
  }

  async #say(change: MessageChange): Promise<void> {
    const { conversation, message } = this;
    const answer = await this.act(this.app.call("changeMessage", conversation, message.id, change));
    if (answer !== null) this.#close();
  }

  async #takeBack(): Promise<void> {
    if (await askFirst(this.ownerDocument, t.acting.removeAsk)) await this.#say({ type: "delete" });
  }

  protected override render() {
    const words = t.acting;
    const { isMine, hidden } = this.message;
    const canSay = hidden === null;
    return html`<dialog
      class="dialog message-sheet"
      closedby="any"
      aria-labelledby="message-sheet-title"
      @close=${() => this.dispatchEvent(new Event("closed"))}
    >
      <header class="sheet-head">
        <h2 id="message-sheet-title">${words.title}</h2>
        <button class="round" aria-label=${words.close} @click=${() => this.#close()}>
          ${icon("close")}
        </button>
      </header>
      ${canSay ? this.#renderReactions() : nothing}
      <div class="sheet-actions">
        ${
          canSay
            ? html`<button class="button quiet" @click=${() => this.#leaveFor("tw-answer")}>
                ${words.reply}
              </button>`
            : nothing
        }
        ${
          canSay && isMine
            ? html`<button class="button quiet" @click=${() => this.#leaveFor("tw-edit")}>
                  ${words.edit}
                </button>
                <button
                  class="button quiet"
                  ?disabled=${this.isBusy}
                  @click=${() => void this.#takeBack()}
                >
                  ${words.remove}
                </button>`
            : nothing
        }
      </div>
      ${problem(this.failure)} ${this.#renderReach()}
    </dialog>`;
  }

  #renderReactions(): TemplateResult {
    const words = t.acting;
    const mine = this.message.reactions.find(({ isMine }) => isMine)?.emoji ?? null;
    // One that the row does not offer can be taken back all the same.
    const offered = mine === null || isOffered(mine) ? OFFERED : [mine, ...OFFERED];
    return html`<div class="react-row" role="group" aria-label=${words.react}>
      ${offered.map(
        (emoji) =>
          html`<button
            class="react"
            aria-pressed=${emoji === mine ? "true" : "false"}
            aria-label=${emoji === mine ? words.takeBackReaction(emoji) : words.reactWith(emoji)}
            ?disabled=${this.isBusy}
            @click=${() => void this.#say({ type: "react", emoji: emoji === mine ? null : emoji })}
          >
            ${emoji}
          </button>`,
      )}
    </div>`;
  }

  #renderReach(): TemplateResult | typeof nothing {
    const { reach } = this;
    if (reach === null || reach.length === 0) return nothing;
    return html`<section class="reach" aria-labelledby="message-reach">
      <h3 id="message-reach">${t.acting.reach}</h3>
      <ul class="readers">
        ${reach.map(
          ({ member, name, state: how }) =>
            html`<li>
              ${avatar(name, member)}
              <div class="row-main">
                <span class="row-name" dir="auto">${name}</span>
                <span class="soft">${t.acting.reachStates[how]}</span>
              </div>
            </li>`,
        )}
      </ul>
    </section>`;
  }
}

function isOffered(emoji: string): boolean {
  return OFFERED.some((one) => one === emoji);
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-message-sheet": TwMessageSheet;
  }
}
