/**
 * Places: my own sharing (with whom, until when, on whose devices, Stop), and where those are who share
 * with me. There is no map here: each place leads to one by a press. What a child's rules say of its
 * place stands before it shares. SPEC UI150 to UI157.
 */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import {
  PLACE_MINUTES,
  type PlacesView,
  type PlaceTarget,
  type PlaceView,
  type SharingView,
} from "../../workers/api.ts";
import { askPlace, type PlaceTrouble } from "../controllers/ask-place.ts";
import { isSharing } from "../controllers/follow-place.ts";
import { Ticker } from "../controllers/ticker.ts";
import { icon } from "../elements/icons.ts";
import { emptyState, problem } from "../elements/parts.ts";
import { placeRow } from "../elements/place-row.ts";
import { radioCard } from "../elements/radio-card.ts";
import { stopSharing } from "../elements/sharing-strip.ts";
import { ViewElement } from "../elements/view-element.ts";
import { locale, t } from "../strings/strings.ts";
import { formatSpan } from "../text/duration.ts";

/** How old a place may be that is only measured from, milliseconds. */
const MEASURE_AGE_MS = 60_000;

@customElement("tw-places")
export class TwPlaces extends ViewElement {
  /** The form stands in the place of what is shared. */
  @state() private isChoosing = false;
  @state() private isAsking = false;
  @state() private trouble: PlaceTrouble | null = null;
  /** Where I am, for this page alone. */
  @state() private here: PlaceView | null = null;
  readonly #ticker = new Ticker(this);

  protected override render() {
    const places = this.app.snapshot?.places ?? null;
    if (places === null) return nothing;
    const words = t.places;
    return html`<main class="page">
      <header class="pane-head"><h1 tabindex="-1">${words.title}</h1></header>
      <div class="stack">
        ${this.isChoosing ? this.#renderForm(places) : this.#renderMine(places)}
        ${this.#renderOthers(places)}
      </div>
    </main>`;
  }

  #renderMine(places: PlacesView): TemplateResult {
    const words = t.places.mine;
    const { mine } = places;
    if (mine === null) return this.#renderNone(places);
    const { until, reached, goneAt } = mine;
    const isOn = isSharing(mine);
    return html`<section class="card stack-tight" aria-labelledby="my-place">
      <h2 class="card-title" id="my-place">${icon("pin")}${words.title}</h2>
      ${
        isOn
          ? html`${this.#renderSharing(mine)}`
          : html`<p>${words.over(until ?? 0)}</p>
              <p class="soft">${words.overText(reached, goneAt ?? 0)}</p>`
      }
      <div class="actions">
        <button class="button ${isOn ? "" : "quiet"}" @click=${() => void stopSharing(this.app)}>
          ${isOn ? words.stop : words.takeBack}
        </button>
        ${this.#renderChoose(isOn ? words.change : words.share, isOn)}
      </div>
    </section>`;
  }

  /** Nothing of mine is shared: one press leads to the choice, or a rule stands there. */
  #renderNone({ targets, onlyFor }: PlacesView): TemplateResult {
    const words = t.places;
    return html`<section class="card stack-tight" aria-labelledby="my-place">
      <h2 class="card-title" id="my-place">${icon("pin")}${words.mine.title}</h2>
      ${ruleNote(onlyFor)}
      ${
        targets.length === 0
          ? html`<p class="soft">${words.form.nobody}</p>`
          : html`<p>${words.mine.none}</p>
              <div class="actions">${this.#renderChoose(words.mine.share)}</div>`
      }
    </section>`;
  }

  #renderChoose(label: string, isQuiet = false): TemplateResult {
    return html`<button
      class="button ${isQuiet ? "quiet" : ""}"
      @click=${() => {
        this.trouble = null;
        this.failure = null;
        this.isChoosing = true;
      }}
    >
      ${label}
    </button>`;
  }

  #renderSharing(mine: SharingView): TemplateResult {
    const words = t.places.mine;
    const { with: target, until, saidAt, reached } = mine;
    const { placeTrouble } = this.app;
    return html`<p>${words.with(target)} ${words.until(until)}</p>
      ${target.type === "member" ? nothing : html`<p class="soft">${words.who(target.readers)}</p>`}
      ${
        placeTrouble === null
          ? html`<p class="soft">
              ${saidAt === null ? words.waits : words.said(this.#ago(saidAt))}
              ${reached.length === 0 ? words.nobody : words.reached(reached)}
            </p>`
          : html`<p class="note" role="alert">
              ${icon("notice")}<span>${t.places.trouble[placeTrouble]}</span>
            </p>`
      }
      <p class="soft">${words.open}</p>`;
  }

  #ago(at: number): string {
    return formatSpan(Math.max(1_000, this.#ticker.now - at), locale);
  }

  #renderForm({ targets, onlyFor }: PlacesView): TemplateResult {
    const words = t.places.form;
    return html`<form
      class="card stack"
      aria-labelledby="share-place"
      @submit=${(event: SubmitEvent) => void this.#share(event)}
    >
      <h2 class="card-title" id="share-place">${icon("pin")}${words.title}</h2>
      ${ruleNote(onlyFor)}
      <p>${words.lead}</p>
      <fieldset class="choices">
        <legend>${words.who}</legend>
        ${targets.map((target, index) =>
          radioCard({
            group: "target",
            value: target.id,
            label: targetName(target, onlyFor !== null),
            hint: targetHint(target, onlyFor !== null),
            isChecked: index === 0,
          }),
        )}
      </fieldset>
      <fieldset class="choices">
        <legend>${words.long}</legend>
        ${PLACE_MINUTES.map((minutes) =>
          radioCard({
            group: "minutes",
            value: String(minutes),
            label: words.minutes[`${minutes}`],
            hint: words.minutesHint[`${minutes}`],
            isChecked: minutes === 60,
          }),
        )}
      </fieldset>
      <p class="soft">${t.places.mine.open}</p>
      ${
        this.trouble === null
          ? problem(this.failure, "share-problem")
          : html`<p class="note" role="alert">
              ${icon("notice")}<span>${t.places.trouble[this.trouble]}</span>
            </p>`
      }
      <p class="visually-hidden" aria-live="polite">${this.isAsking ? words.asking : nothing}</p>
      <div class="actions">
        <button class="button" ?disabled=${this.isAsking || this.isBusy}>
          ${this.isAsking ? words.asking : words.submit}
        </button>
        <button
          class="button quiet"
          type="button"
          @click=${() => {
            this.isChoosing = false;
          }}
        >
          ${words.back}
        </button>
      </div>
    </form>`;
  }

  async #share(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (this.isAsking || this.isBusy) return;
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const conversation = fields.get("target");
    const minutes = PLACE_MINUTES.find((one) => String(one) === fields.get("minutes"));
    if (typeof conversation !== "string" || minutes === undefined) return;
    const place = await this.#askHere(0);
    if (place === null) return;
    const shared = await this.act(this.app.call("sharePlace", { conversation, minutes }, place));
    if (shared !== null) this.isChoosing = false;
  }

  /** Where I am, or why this browser does not say. */
  async #askHere(maxAgeMs: number): Promise<PlaceView | null> {
    this.isAsking = true;
    this.trouble = null;
    const answer = await askPlace(this.ownerDocument, maxAgeMs);
    this.isAsking = false;
    if (answer.ok) this.here = answer.place;
    else this.trouble = answer.trouble;
    return answer.ok ? answer.place : null;
  }

  #renderOthers({ rows }: PlacesView): TemplateResult {
    const words = t.places.others;
    if (rows.length === 0) {
      return emptyState({ icon: "pin", title: words.empty, text: words.emptyText });
    }
    return html`<section class="stack" aria-labelledby="others-places">
      <h2 class="card-title" id="others-places">${words.title}</h2>
      <ul class="rows place-rows">
        ${repeat(
          rows,
          ({ device }) => device,
          (row) => placeRow(row, this.here, this.#ticker.now),
        )}
      </ul>
      ${
        this.here === null
          ? html`<div class="stack-tight">
              <button
                class="button quiet"
                ?disabled=${this.isAsking}
                @click=${() => void this.#askHere(MEASURE_AGE_MS)}
              >
                ${words.measure}
              </button>
              <p class="soft">${words.measureHint}</p>
            </div>`
          : nothing
      }
      <p class="soft">${words.webHint}</p>
    </section>`;
  }
}

function ruleNote(onlyFor: PlacesView["onlyFor"]): TemplateResult | typeof nothing {
  if (onlyFor === null) return nothing;
  return html`<p class="note">${icon("info")}<span>${t.places.form.onlyFor(onlyFor)}</span></p>`;
}

/** @param isRuled by "everybody" it would say more than is true */
function targetName({ type, name, readers }: PlaceTarget, isRuled: boolean): string {
  const words = t.places.form;
  if (type === "family") return isRuled ? words.these(readers) : words.everybody;
  return type === "group" ? words.group(name) : words.person(name);
}

/** @param isRuled the rule is told above already */
function targetHint({ type, readers, leftOut }: PlaceTarget, isRuled: boolean): string {
  const words = t.places.form;
  if (isRuled) return words.alone;
  const who = type === "member" ? words.alone : words.readers(readers);
  return leftOut.length === 0 ? who : `${who} ${words.leftOut(leftOut)}`;
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-places": TwPlaces;
  }
}
