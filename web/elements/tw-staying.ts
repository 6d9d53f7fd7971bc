/**
 * More's card about how long messages stay: parents choose, everybody sees. What would delete is asked
 * about first, and says by when. SPEC UI130, DC27.
 */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import { KEEP_DAYS, type ChangeOutcome, type NodeSnapshot } from "../../workers/api.ts";

import { t } from "../strings/strings.ts";
import { askFirst, type Question } from "./ask-first.ts";
import { icon } from "./icons.ts";
import { problem } from "./parts.ts";
import { ViewElement } from "./view-element.ts";

@customElement("tw-staying")
export class TwStaying extends ViewElement {
  @state() private outcome: ChangeOutcome | null = null;

  protected override render() {
    const { snapshot } = this.app;
    if (snapshot === null) return nothing;
    const { me, retentionDays } = snapshot;
    const words = t.staying;
    const isParent = me?.role === "parent";
    return html`<section class="card stack-tight" aria-label=${words.title}>
      ${isParent ? this.#renderChoice(snapshot) : html`<h2>${words.title}</h2>`}
      <p id="staying-now">${words.now(retentionDays)}</p>
      ${
        isParent
          ? nothing
          : html`<p class="soft">${me?.role === "child" ? words.forChildren : words.forOthers}</p>`
      }
      ${
        this.outcome === null
          ? nothing
          : html`<p class="note" role="status">
              ${icon(this.outcome === "done" ? "check" : "clock")}<span
                >${words[this.outcome]}</span
              >
            </p>`
      }
      ${problem(this.failure, "staying-problem")}
    </section>`;
  }

  #renderChoice({ retentionDays, members }: NodeSnapshot): TemplateResult {
    const words = t.staying;
    const hasOthers = members.some(({ role, isMe }) => role === "parent" && !isMe);
    return html`<fieldset class="segments" ?disabled=${this.isBusy} aria-describedby="staying-now">
      <legend>${words.title}</legend>
      <div class="segment-row four">
        ${KEEP_DAYS.map(
          (days) =>
            html`<label class="segment">
              <input
                type="radio"
                name="staying"
                value=${days}
                .checked=${live(days === retentionDays)}
                @change=${() => void this.#choose(days, retentionDays, hasOthers)}
              /><span>${words.days(days)}</span>
            </label>`,
        )}
      </div>
    </fieldset>`;
  }

  async #choose(days: number, before: number, hasOthers: boolean): Promise<void> {
    const { longer, shorter } = t.staying;
    const question: Question =
      days > before
        ? { ...longer, title: longer.title(days) }
        : { ...shorter, title: shorter.title(days), text: shorter.text(days, hasOthers) };
    this.outcome = null;
    if (await askFirst(this.ownerDocument, question)) {
      const request = { type: "keep-messages", days } as const;
      const answer = await this.actGuarded((pin) => this.app.call("changeRules", request, pin));
      this.outcome = answer?.value ?? null;
    }
    // The choice shows what holds, until something else does.
    this.requestUpdate();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-staying": TwStaying;
  }
}
