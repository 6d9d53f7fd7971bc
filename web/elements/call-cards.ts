/**
 * Calls for help that go on, above the conversations: to who called, who has it, has seen it and comes;
 * to the others, who comes, and what is left to say. SPEC UI144 to UI146.
 */

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { EmergencyAnswer, EmergencyView } from "../../workers/api.ts";
import { t } from "../strings/strings.ts";
import { askFirst } from "./ask-first.ts";
import { icon } from "./icons.ts";
import { problem } from "./parts.ts";
import { ViewElement } from "./view-element.ts";

/** Milliseconds for which who called is told that it is over. */
const OVER_SHOWN_MS = 3_600_000;

@customElement("tw-calls")
export class TwCalls extends ViewElement {
  protected override render(): TemplateResult | typeof nothing {
    const calls = (this.app.snapshot?.emergencies ?? []).filter(
      ({ over, by, at }) => over === null || (by.isMe && Date.now() - at < OVER_SHOWN_MS),
    );
    if (calls.length === 0) return nothing;
    return html`<div aria-live="polite">
        ${repeat(
          calls,
          ({ id }) => id,
          (call) => this.#renderOne(call),
        )}
      </div>
      ${problem(this.failure, "calls-problem")}`;
  }

  #renderOne(call: EmergencyView): TemplateResult {
    const words = t.emergency.card;
    const { id, by, at, text, place, over } = call;
    const name = `call-${id.slice(0, 8)}`;
    const kind = over === null ? "card call-card" : "card";
    return html`<section class="${kind} stack-tight" aria-labelledby=${name}>
      <h2 class="card-title" id=${name} dir="auto">
        ${icon("notice")}${by.isMe ? words.mine(at) : words.theirs(by.name, at)}
      </h2>
      ${text === "" ? nothing : html`<p dir="auto">${text}</p>`}
      ${by.isMe ? nothing : placeLines(place)} ${linesOf(call).map((line) => html`<p>${line}</p>`)}
      ${over === null ? this.#renderActions(call) : nothing}
    </section>`;
  }

  #renderActions(call: EmergencyView): TemplateResult {
    const words = t.emergency.card;
    const { id, by, mine, isFine, canEnd } = call;
    const button = (answer: EmergencyAnswer, label: string, kind: string): TemplateResult =>
      html`<button
        class="button ${kind}"
        ?disabled=${this.isBusy}
        @click=${() => void this.#say(id, answer)}
      >
        ${label}
      </button>`;
    return html`<div class="actions">
      ${by.isMe && !isFine ? button("fine", words.fine, "quiet") : nothing}
      ${!by.isMe && mine !== "coming" ? button("coming", words.onIt, "") : nothing}
      ${canEnd ? button("over", words.end, "quiet") : nothing}
    </div>`;
  }

  async #say(id: string, answer: EmergencyAnswer): Promise<void> {
    const isSure =
      answer !== "over" || (await askFirst(this.ownerDocument, t.emergency.card.endAsk));
    if (isSure) await this.act(this.app.call("answerCall", id, answer));
  }
}

/** How it stands, line by line, the best news last. */
function linesOf(call: EmergencyView): readonly string[] {
  const words = t.emergency.card;
  const { by, reached, held, seen, coming, isFine, over } = call;
  if (over !== null) return [words.over([over])];
  const lines: string[] = [];
  if (by.isMe) {
    if (reached.length > 0) lines.push(words.reached(reached));
    else lines.push(held > 0 ? words.held(held) : words.waiting);
  }
  const only = seen.filter(({ id }) => !coming.some((one) => one.id === id));
  if (only.length > 0) lines.push(words.seen(only));
  lines.push(coming.length > 0 ? words.coming(coming) : words.nobody);
  if (isFine) lines.push(words.isFine(by.name, by.isMe));
  return lines;
}

/** Where it is, with a way to whatever shows maps on this device. */
export function placeLines(place: EmergencyView["place"]): TemplateResult | typeof nothing {
  if (place === null) return nothing;
  const { latitude, longitude } = place;
  return html`<p>${t.emergency.place(place)}</p>
    <p>
      <a class="link" href=${`geo:${latitude},${longitude}?q=${latitude},${longitude}`}
        >${t.emergency.openPlace}</a
      >
    </p>`;
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-calls": TwCalls;
  }
}
