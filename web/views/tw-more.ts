/**
 * More: who I am here, the look, what this app is, and, one tap deeper, the details that whoever
 * looks after it may ask for (counts, times and fingerprints; no text of anybody). SPEC UI65, UI123.
 */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import type { Diagnostics, NodeSnapshot } from "../../workers/api.ts";
import { connectionChip, problem } from "../elements/parts.ts";
import { ViewElement } from "../elements/view-element.ts";
import { t } from "../strings/strings.ts";
import { formatDiagnostics } from "../text/diagnostics.ts";
import "../elements/tw-alarm-card.ts";
import "../elements/tw-copy.ts";
import "../elements/tw-look-card.ts";
import "../elements/tw-people-cards.ts";
import "../elements/tw-staying.ts";
import "../elements/tw-this-device.ts";

@customElement("tw-more")
export class TwMore extends ViewElement {
  @state() private diagnostics: Diagnostics | null = null;
  /** What the person has just chosen, until the node says it too. */
  @state() private isSharing: boolean | null = null;

  async #look(): Promise<void> {
    const answer = await this.act(this.app.call("diagnostics"));
    if (answer !== null) this.diagnostics = answer.value;
  }

  protected override willUpdate(): void {
    if (this.app.snapshot?.sharesReading === this.isSharing) this.isSharing = null;
  }

  #onToggle(event: Event): void {
    if ((event.currentTarget as HTMLDetailsElement).open) void this.#look();
  }

  protected override render() {
    const { snapshot } = this.app;
    if (snapshot === null) return html``;
    const { me, familyName, build } = snapshot;
    return html`<main class="page">
      <header class="pane-head"><h1 tabindex="-1">${t.more.title}</h1></header>
      <div class="stack">
        ${connectionChip(snapshot)}
        <section class="card">
          <h2>${t.more.me}</h2>
          <dl class="facts">
            <div>
              <dt>${t.more.name}</dt>
              <dd dir="auto">${me?.name ?? ""}</dd>
            </div>
            <div>
              <dt>${t.more.role}</dt>
              <dd>${me === null ? "" : t.roles[me.role]}</dd>
            </div>
            <div>
              <dt>${t.more.family}</dt>
              <dd dir="auto">${familyName ?? ""}</dd>
            </div>
          </dl>
        </section>
        <tw-people-cards .app=${this.app}></tw-people-cards>
        <tw-this-device .app=${this.app}></tw-this-device>
        <tw-alarm-card .app=${this.app}></tw-alarm-card>
        <tw-look-card></tw-look-card>
        ${this.#renderReading(snapshot)}
        <tw-staying .app=${this.app}></tw-staying>
        <section class="card">
          <h2>${t.demo.title}</h2>
          <p class="soft">${t.demo.openText}</p>
          <button class="link" @click=${() => this.app.open({ screen: "demo" })}>
            ${t.demo.open}
          </button>
        </section>
        <section class="card">
          <h2>${t.more.about}</h2>
          <p>${t.more.aboutText}</p>
          <dl class="facts">
            <div>
              <dt>${t.more.build}</dt>
              <dd class="mono">${build}</dd>
            </div>
          </dl>
          <p class="soft">${t.check.openText}</p>
          <button class="link" @click=${() => this.app.open({ screen: "check" })}>
            ${t.check.open}
          </button>
          <details @toggle=${(event: Event) => this.#onToggle(event)}>
            <summary>${t.details}</summary>
            ${this.#renderDetails()}
          </details>
        </section>
      </div>
    </main>`;
  }

  async #share(isShared: boolean): Promise<void> {
    this.isSharing = isShared;
    const answer = await this.act(this.app.call("shareReading", isShared));
    if (answer === null) this.isSharing = null;
  }

  /** What others learn of this person's reading and writing. */
  #renderReading({ sharesReading }: NodeSnapshot): TemplateResult {
    const words = t.talks.reading;
    return html`<section class="card stack-tight" aria-labelledby="reading">
      <h2 id="reading">${words.title}</h2>
      <label class="check-line">
        <input
          type="checkbox"
          .checked=${live(this.isSharing ?? sharesReading)}
          aria-describedby="reading-hint"
          @change=${({ currentTarget }: Event) =>
            void this.#share((currentTarget as HTMLInputElement).checked)}
        />
        <span>${words.label}</span>
      </label>
      <p class="soft" id="reading-hint">${words.hint}</p>
    </section>`;
  }

  #renderDetails(): TemplateResult {
    const { snapshot } = this.app;
    const text =
      this.diagnostics === null || snapshot === null
        ? null
        : formatDiagnostics(this.diagnostics, snapshot, this.app.canLink);
    return html`<p class="soft">${t.more.technical}</p>
      ${problem(this.failure)}
      ${
        text === null
          ? nothing
          : html`<pre class="mono details" tabindex="0" role="region" aria-label=${t.details}>
${text}</pre>`
      }
      <div class="actions">
        ${text === null ? nothing : html`<tw-copy .text=${text} .label=${t.more.copyDetails}></tw-copy>`}
        <button class="button quiet" ?disabled=${this.isBusy} @click=${() => void this.#look()}>
          ${t.more.refresh}
        </button>
      </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-more": TwMore;
  }
}
