/**
 * "Check this device": what a person should know, how devices are connected, what is stored, what
 * the browser can do, and all of it as text for whoever helps. Looks again by itself while somebody
 * looks at it; counting what is stored goes on slice by slice and can be stopped. Names nobody.
 * SPEC CK1 to CK6.
 */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { Diagnostics } from "../../workers/api.ts";
import { Online } from "../controllers/online.ts";
import { icon } from "../elements/icons.ts";
import { backButton, connectionChip, problem } from "../elements/parts.ts";
import { ViewElement } from "../elements/view-element.ts";
import { t } from "../strings/strings.ts";
import "../elements/tw-copy.ts";
import { type Ability, probeAbilities } from "./abilities.ts";
import { BROWSER_PROBES } from "./browser-probes.ts";
import {
  abilitiesCard,
  appCard,
  connectionsCard,
  refusedCard,
  rulesCard,
  storedCard,
} from "./check-cards.ts";
import { findFindings } from "./findings.ts";
import { formatReport } from "./report.ts";
import { StorageMeasure } from "./storage-measure.ts";

/** Between two looks: a link was pinged by the one and has answered at the next. */
const LOOK_MS = 3000;

@customElement("tw-check")
export class TwCheck extends ViewElement {
  @state() private diagnostics: Diagnostics | null = null;
  @state() private abilities: readonly Ability[] | null = null;
  readonly #measure = new StorageMeasure(this);
  readonly #online = new Online(this);
  #timer: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#look();
    void this.#measure.start();
    void this.#probe();
    this.#timer = setInterval(() => void this.#lookAgain(), LOOK_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
  }

  /** By itself: what failed now is no news, and nothing is disabled meanwhile. */
  async #lookAgain(): Promise<void> {
    if (document.visibilityState !== "visible") return;
    const answer = await this.app.call("diagnostics");
    if (answer.ok) this.diagnostics = answer.value;
  }

  async #look(): Promise<void> {
    const answer = await this.act(this.app.call("diagnostics"));
    if (answer !== null) this.diagnostics = answer.value;
  }

  async #probe(): Promise<void> {
    this.abilities = await probeAbilities(BROWSER_PROBES);
  }

  protected override render() {
    const { snapshot } = this.app;
    if (snapshot === null) return html``;
    const { diagnostics, abilities } = this;
    const words = t.check;
    return html`<main class="page">
      <header class="sheet-head">
        ${backButton(() => this.app.back({ screen: "more" }))}
        <h1 tabindex="-1">${words.title}</h1>
      </header>
      <div class="stack">
        ${connectionChip(snapshot)} ${this.#renderFindings()} ${problem(this.failure)}
        <div class="check-cards">
          ${connectionsCard(diagnostics)}
          ${storedCard(diagnostics, this.#measure, {
            start: () => void this.#measure.start(),
            stop: () => this.#measure.stop(),
          })}
          ${rulesCard(diagnostics, snapshot)} ${abilitiesCard(abilities)}
          ${refusedCard(diagnostics)} ${appCard(snapshot.build, navigator.userAgent)}
        </div>
        ${this.#renderReport()}
      </div>
    </main>`;
  }

  #renderFindings(): TemplateResult | typeof nothing {
    const { snapshot } = this.app;
    const { diagnostics, abilities } = this;
    if (snapshot === null || diagnostics === null || abilities === null) return nothing;
    const { isOnline } = this.#online;
    const findings = findFindings({ snapshot, diagnostics, abilities, isOnline });
    const words = t.check;
    const isGood = findings.length === 0;
    return html`<section class="card check-verdict" aria-live="polite">
      <span class="empty-mark ${isGood ? "" : "is-waiting"}"
        >${icon(isGood ? "check" : "info")}</span
      >
      <div class="row-main">
        <h2>${isGood ? words.good : words.notes(findings.length)}</h2>
        ${
          isGood
            ? html`<p>${words.goodText}</p>`
            : html`<ul class="check-findings">
                ${findings.map((one) => html`<li>${one}</li>`)}
              </ul>`
        }
      </div>
    </section>`;
  }

  #renderReport(): TemplateResult {
    const { snapshot } = this.app;
    const { diagnostics, abilities } = this;
    const { sizes, isWhole } = this.#measure;
    const text =
      snapshot === null || diagnostics === null
        ? null
        : formatReport({
            diagnostics,
            snapshot,
            canLink: this.app.canLink,
            abilities,
            sizes,
            isWhole,
            agent: navigator.userAgent,
          });
    return html`<section class="card">
      <h2>${t.details}</h2>
      <p class="soft">${t.more.technical}</p>
      ${
        text === null
          ? nothing
          : html`<pre class="mono details" tabindex="0" role="region" aria-label=${t.details}>
${text}</pre>`
      }
      <div class="actions">
        ${text === null ? nothing : html`<tw-copy .text=${text} .label=${t.check.copy}></tw-copy>`}
        <button class="button quiet" ?disabled=${this.isBusy} @click=${() => void this.#look()}>
          ${t.check.again}
        </button>
      </div>
    </section>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-check": TwCheck;
  }
}
