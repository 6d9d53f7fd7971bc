/**
 * A yes to somebody's request: until when, and, where the rules can do what was asked for, whether they
 * shall. Without that it says that the yes is a word and changes no rule. SPEC UI168, UI169.
 * @fires closed - when the dialog has gone, whatever was pressed
 */

import { html, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { RequestView } from "../../workers/api.ts";
import { locale, t } from "../strings/strings.ts";
import { endOf, UNTIL_CHOICES, untilWords } from "../text/until.ts";
import { problem } from "./parts.ts";
import { radioCard } from "./radio-card.ts";
import { ViewElement } from "./view-element.ts";

@customElement("tw-say-yes")
export class TwSayYes extends ViewElement {
  @property({ attribute: false }) request!: RequestView;

  protected override firstUpdated(): void {
    this.querySelector("dialog")?.showModal();
  }

  async #send(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const choice = UNTIL_CHOICES.find((one) => one === fields.get("say-until")) ?? "today";
    const { id } = this.request;
    const answer = {
      isYes: true,
      until: endOf(choice, Date.now()),
      changesRule: fields.get("rule") !== null,
    };
    const said = await this.actGuarded((pin) => this.app.call("answerRequest", id, answer, pin));
    if (said !== null) this.querySelector("dialog")?.close();
  }

  protected override render() {
    const words = t.requests;
    const { by } = this.request;
    const now = Date.now();
    return html`<dialog
      class="dialog"
      closedby="any"
      aria-labelledby="say-yes-title"
      @close=${() => this.dispatchEvent(new Event("closed"))}
    >
      <form class="stack-tight" @submit=${(event: SubmitEvent) => void this.#send(event)}>
        <h2 id="say-yes-title" dir="auto">${words.yesTitle(by)}</h2>
        <p dir="auto">${words.asks(by, this.request)}</p>
        <fieldset class="choices">
          <legend>${words.until}</legend>
          ${UNTIL_CHOICES.map((one) =>
            radioCard({
              group: "say-until",
              value: one,
              label: words.ends[one],
              hint: words.endsHint(untilWords(endOf(one, now), locale)),
              isChecked: one === "today",
            }),
          )}
        </fieldset>
        ${this.#renderRule()} ${problem(this.failure, "say-yes-problem")}
        <div class="actions">
          <button class="button" ?disabled=${this.isBusy}>${words.sayYes}</button>
          <button
            class="button quiet"
            type="button"
            autofocus
            @click=${() => this.querySelector("dialog")?.close()}
          >
            ${words.notYet}
          </button>
        </div>
      </form>
    </dialog>`;
  }

  #renderRule(): TemplateResult {
    const words = t.requests;
    const { rule, by, about } = this.request;
    const label =
      rule === "send" && about?.type === "member"
        ? words.rule.send(by, about.member.name ?? "")
        : rule === "join" && about?.type === "group"
          ? words.rule.join(by, about.name ?? "")
          : null;
    if (label === null) return html`<p class="soft">${words.word}</p>`;
    return html`<label class="check-line">
        <input type="checkbox" name="rule" checked aria-describedby="rule-hint" />
        <span dir="auto">${label}</span>
      </label>
      <p class="soft" id="rule-hint">${words.ruleHint}</p>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-say-yes": TwSayYes;
  }
}
