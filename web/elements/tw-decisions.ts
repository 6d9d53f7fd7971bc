/**
 * What waits for the word of others: what is asked for, by whom, who has agreed and who has to, what
 * happens by when if nobody says anything, and the way to say it. Children see what is about them.
 * SPEC UI100, UI101.
 */

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { DecisionWord, ProposalView } from "../../workers/api.ts";
import type { NodeSnapshot } from "../../workers/api.ts";
import type { AppModel } from "../controllers/app-model.ts";
import { locale, t } from "../strings/strings.ts";
import { formatMoment } from "../text/moment.ts";
import { askFirst } from "./ask-first.ts";
import { icon } from "./icons.ts";
import { avatar, problem } from "./parts.ts";
import { ViewElement } from "./view-element.ts";

@customElement("tw-decisions")
export class TwDecisions extends ViewElement {
  protected override render() {
    const { snapshot } = this.app;
    const shown = snapshot === null ? [] : shownTo(snapshot);
    if (shown.length === 0) return nothing;
    return html`<section class="stack" aria-labelledby="decisions">
      <h2 class="section-title" id="decisions">${t.deciding.title}</h2>
      ${repeat(
        shown,
        ({ id }) => id,
        (one) => this.#renderOne(one),
      )}
      ${problem(this.failure, "deciding-problem")}
    </section>`;
  }

  #renderOne(one: ProposalView): TemplateResult {
    const words = t.deciding;
    const { by, change, agreed, objected } = one;
    const id = `decision-${one.id.slice(0, 8)}`;
    return html`<article class="card stack-tight" aria-labelledby=${id}>
      <div class="decision-head">
        ${avatar(by.name ?? "", by.id)}
        <h3 class="card-title" id=${id} dir="auto">${words.asks(by, change)}</h3>
      </div>
      ${agreed.length > 0 ? html`<p class="soft" dir="auto">${words.agreed(agreed)}</p>` : nothing}
      ${objected.length > 0 ? html`<p dir="auto">${words.objected(objected)}</p>` : nothing}
      ${standing(one)} ${this.#renderAnswers(one)}
    </article>`;
  }

  #renderAnswers(one: ProposalView): TemplateResult | typeof nothing {
    const words = t.deciding;
    if (one.isTooNew) return html`<p class="soft">${words.tooNew}</p>`;
    const answers: readonly [boolean, DecisionWord, string, string][] = [
      [one.canAgree, "agree", words.agree, "button"],
      [one.canObject, "object", words.object, "button quiet"],
      [one.isMine && one.isSaying === null, "withdraw", words.withdraw, "button quiet"],
    ];
    const open = answers.filter(([isOffered]) => isOffered);
    if (open.length === 0) return nothing;
    return html`<div class="actions">
      ${open.map(
        ([, word, label, style]) =>
          html`<button
            class=${style}
            ?disabled=${this.isBusy}
            @click=${() => void this.#say(one, word)}
          >
            ${label}
          </button>`,
      )}
    </div>`;
  }

  async #say(one: ProposalView, word: DecisionWord): Promise<void> {
    const { title, now, counts, yes, no } = t.deciding.sure;
    if (word === "agree") {
      // The last word that is missing cannot be taken back.
      const text = one.missing <= 1 ? now : counts;
      const question = { title: title(one.by, one.change), text, yes, no };
      if (!(await askFirst(this.ownerDocument, question))) return;
    }
    await this.actGuarded((pin) => this.app.call("decideProposal", one.id, word, pin));
  }
}

/** What a person is shown: grown-ups all of it, children what is about them. */
function shownTo({ ledger, me }: NodeSnapshot): readonly ProposalView[] {
  const isGrown = me?.role === "parent" || me?.role === "relative";
  return isGrown ? ledger.proposals : ledger.proposals.filter((one) => one.isAboutMe);
}

/** Chats leads to the Family screen where somebody waits for this person's word. */
export function decisionNote(
  app: AppModel,
  snapshot: NodeSnapshot,
): TemplateResult | typeof nothing {
  const count = shownTo(snapshot).filter((one) => one.canAgree && one.canObject).length;
  if (count === 0) return nothing;
  return html`<div class="note note-row">
    <span>${t.deciding.note(count)}</span>
    <button class="button small" @click=${() => app.open({ screen: "family" })}>
      ${t.deciding.look}
    </button>
  </div>`;
}

/** What has to happen, and what does if nobody does anything. */
function standing(one: ProposalView): TemplateResult {
  const words = t.deciding;
  const { waitsFor, missing, happensAt, isObjected, endsAt, isSaying } = one;
  const lines: string[] = [];
  if (one.isImpossible) return note(words.impossible(formatMoment(endsAt, locale)));
  if (isObjected) lines.push(words.stopped);
  if (happensAt !== null && happensAt <= Date.now()) lines.push(words.due);
  else if (happensAt !== null) {
    lines.push(words.happens(formatMoment(happensAt, locale)));
    if (waitsFor.length > 0) lines.push(words.sooner(waitsFor));
  } else {
    if (waitsFor.length > 0) lines.push(words.needs(waitsFor, missing));
    lines.push(words.lapses(formatMoment(endsAt, locale)));
  }
  return html`${isSaying === null ? nothing : note(words.saying[isSaying])} ${note(lines.join(" "))}`;
}

function note(text: string): TemplateResult {
  return html`<p class="note" dir="auto">${icon("clock")}<span>${text}</span></p>`;
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-decisions": TwDecisions;
  }
}
