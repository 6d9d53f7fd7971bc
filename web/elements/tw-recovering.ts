/**
 * Recovery words were used, or can be: what happened, by when something changes if nobody does
 * anything, the way to say no or to choose, and the way to type the words on a device that is left.
 * Children read one sentence. SPEC UI92, UI93.
 */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { NodeSnapshot, RecoveryView } from "../../workers/api.ts";
import { splitWords } from "../controllers/word-check.ts";
import { locale, t } from "../strings/strings.ts";
import { formatMoment } from "../text/moment.ts";
import { askFirst } from "./ask-first.ts";
import { icon } from "./icons.ts";
import { problem, readField } from "./parts.ts";
import { ViewElement } from "./view-element.ts";

const WORDS = 24;

@customElement("tw-recovering")
export class TwRecovering extends ViewElement {
  @state() private counted = 0;

  protected override render() {
    const { snapshot } = this.app;
    if (snapshot === null) return nothing;
    const { recoveries, canRecover } = snapshot.ledger;
    const isGrown = snapshot.me?.role === "parent" || snapshot.me?.role === "relative";
    if (!isGrown) {
      return recoveries.length === 0
        ? nothing
        : html`<p class="note">${icon("clock")}<span>${t.recovering.simple}</span></p>`;
    }
    // A second one would stop the first.
    const isOpen = recoveries.every(({ standing }) => standing === "objected");
    return html`${repeat(
      recoveries,
      ({ id }) => id,
      (one) => this.#renderOne(one),
    )}
    ${recoveries.length > 0 ? problem(this.failure, "recovering-problem") : nothing}
    ${canRecover && isOpen ? this.#renderWay(snapshot) : nothing}`;
  }

  #renderOne(one: RecoveryView): TemplateResult {
    const words = t.recovering;
    const id = `recovery-${one.id.slice(0, 8)}`;
    return html`<section class="card stack-tight" aria-labelledby=${id}>
      <h2 class="card-title" id=${id}>${words.title}</h2>
      <p dir="auto">${one.isMine ? words.mine(one.wordsOf) : words.others(one.wordsOf, one.by)}</p>
      ${this.#renderStanding(one)}
      <div class="actions">
        ${
          one.standing === "rivalled"
            ? html`<button
                class="button"
                ?disabled=${this.isBusy}
                @click=${() => void this.#choose(one)}
              >
                ${words.choose}
              </button>`
            : nothing
        }
        ${
          one.canObject
            ? html`<button
                class="button quiet"
                ?disabled=${this.isBusy}
                @click=${() => void this.#object(one)}
              >
                ${words.object}
              </button>`
            : nothing
        }
      </div>
    </section>`;
  }

  #renderStanding({ standing, takesAt, objectedBy, canObject }: RecoveryView): TemplateResult {
    const words = t.recovering;
    switch (standing) {
      case "objected":
        return note("notice", words.objected(objectedBy ?? ""));
      case "rivalled":
        return note("notice", words.rivalled);
      case "due":
        return note("clock", words.due);
      case "waits":
        return html`${note("clock", words.waits(formatMoment(takesAt, locale)))}
          <p class="soft">${words.opens}</p>
          ${canObject ? html`<p>${words.objectText}</p>` : nothing}`;
    }
  }

  #renderWay({ members }: NodeSnapshot): TemplateResult {
    const words = t.recovering.way;
    const parents = members.filter(({ role }) => role === "parent").length;
    return html`<details class="card">
      <summary>${words.open}</summary>
      <form class="stack" novalidate @submit=${(event: SubmitEvent) => void this.#recover(event)}>
        <p>${words.asleep}</p>
        <p>${parents > 1 ? words.text : words.alone}</p>
        <div class="field">
          <label for="rule-words">${t.fields.recoveryWords}</label>
          <textarea
            id="rule-words"
            name="rule-words"
            rows="4"
            required
            autocomplete="off"
            autocapitalize="none"
            spellcheck="false"
            translate="no"
            aria-invalid=${this.failure === null ? "false" : "true"}
            aria-describedby="rule-words-hint way-problem"
            @input=${(event: InputEvent) => this.#count(event)}
          ></textarea>
          <p class="hint" id="rule-words-hint">
            ${t.fields.recoveryWordsHint} ${t.restore.count(this.counted)}.
          </p>
        </div>
        ${problem(this.failure, "way-problem")}
        <button class="button" ?disabled=${this.isBusy}>
          ${this.isBusy ? words.working : words.submit}
        </button>
      </form>
    </details>`;
  }

  #count(event: InputEvent): void {
    this.counted = splitWords((event.currentTarget as HTMLTextAreaElement).value).length;
  }

  async #recover(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const typed = splitWords(readField(form, "rule-words"));
    if (typed.length !== WORDS) {
      this.failure = "bad-words";
      return;
    }
    const { title, sure, yes, no } = t.recovering.way;
    if (!(await askFirst(this.ownerDocument, { title, text: sure, yes, no }))) return;
    const words = typed.join(" ");
    const done = await this.actGuarded((pin) => this.app.call("recoverRules", words, pin));
    if (done !== null) form.reset();
  }

  async #object({ id, by }: RecoveryView): Promise<void> {
    const { objectTitle: title, objectWhat, objectYes: yes, objectNo: no } = t.recovering;
    const question = { title, text: objectWhat(by), yes, no };
    if (!(await askFirst(this.ownerDocument, question))) return;
    await this.actGuarded((pin) => this.app.call("decideRecovery", id, "object", pin));
  }

  async #choose({ id }: RecoveryView): Promise<void> {
    const { chooseTitle: title, chooseText: text, chooseYes: yes, chooseNo: no } = t.recovering;
    if (!(await askFirst(this.ownerDocument, { title, text, yes, no }))) return;
    await this.actGuarded((pin) => this.app.call("decideRecovery", id, "choose", pin));
  }
}

function note(name: "clock" | "notice", words: string): TemplateResult {
  return html`<p class="note">${icon(name)}<span>${words}</span></p>`;
}

/** Day and time, as people say it. */
declare global {
  interface HTMLElementTagNameMap {
    "tw-recovering": TwRecovering;
  }
}
