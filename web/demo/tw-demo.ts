/**
 * "Look around": a make-believe family on four phones side by side, a few words on what to try, and
 * the way to a family of one's own. Starts the family when it is shown and puts it away when it is
 * left. Loaded on demand. SPEC DM1 to DM12.
 */

import { html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { AppModel } from "../controllers/app-model.ts";
import { icon } from "../elements/icons.ts";
import { backButton } from "../elements/parts.ts";
import { t } from "../strings/strings.ts";
import { DemoFamily } from "./demo-family.ts";
import type { DemoPhone } from "./demo-phone.ts";
import { STEP_BEGINNINGS, TOUR_STEPS, type TourStep } from "./tour.ts";
import demoStyle from "./demo.css?inline";
import "./tw-phone.ts";

/** Within the script, not a file of its own: a style that failed to load once is not asked for again. */
const STYLE = new CSSStyleSheet();
STYLE.replaceSync(demoStyle);

@customElement("tw-demo")
export class TwDemo extends LitElement {
  /** The person's own app, which the demo only leads back to. */
  @property({ attribute: false }) app!: AppModel;
  @state() private family: DemoFamily | null = null;
  @state() private hasFailed = false;
  readonly #onChange = (): void => this.requestUpdate();
  readonly #onPageHide = (): void => this.#putAway();
  readonly #onPageShow = ({ persisted }: PageTransitionEvent): void => {
    if (persisted) void this.#begin();
  };

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.adoptedStyleSheets.push(STYLE);
    addEventListener("pagehide", this.#onPageHide);
    addEventListener("pageshow", this.#onPageShow);
    void this.#begin();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== STYLE);
    removeEventListener("pagehide", this.#onPageHide);
    removeEventListener("pageshow", this.#onPageShow);
    this.#putAway();
  }

  /** The page that said "one moment" had the focus and is gone. */
  protected override firstUpdated(): void {
    if (document.activeElement === document.body) this.querySelector("h1")?.focus();
  }

  async #begin(): Promise<void> {
    this.#putAway();
    const family = new DemoFamily();
    this.family = family;
    this.hasFailed = false;
    family.addEventListener("change", this.#onChange);
    try {
      await family.start();
    } catch (error) {
      // A demo that was left has stopped its own waiting.
      if (family !== this.family) return;
      console.warn("the demo did not start", error);
      this.hasFailed = true;
    }
  }

  #putAway(): void {
    const { family } = this;
    this.family = null;
    family?.removeEventListener("change", this.#onChange);
    family?.stop().catch((error: unknown) => {
      // The next demo deletes what stayed.
      console.warn("the demo is not deleted yet", error);
    });
  }

  #leave(): void {
    this.app.back(
      this.#isMember() ? { screen: "chats", conversation: null } : { screen: "welcome" },
    );
  }

  #startOwn(): void {
    if (this.#isMember()) this.app.replace({ screen: "chats", conversation: null });
    else this.app.replace({ screen: "start" });
  }

  #isMember(): boolean {
    return this.app.snapshot?.phase === "member";
  }

  protected override render() {
    const { family, hasFailed } = this;
    const words = t.demo;
    const isReady = family?.isReady === true;
    const lastDone = [...(family?.tour.done ?? [])].at(-1);
    return html`<main class="demo">
      <header class="demo-head">
        ${backButton(() => this.#leave())}
        <div class="row-main">
          <h1 tabindex="-1">${words.title}</h1>
          <p class="soft" role="status">${isReady ? words.lead : words.forming}</p>
        </div>
      </header>
      <ol class="demo-steps" aria-label=${words.stepsLabel}>
        ${TOUR_STEPS.map((step, index) => this.#renderStep(step, index + 1))}
      </ol>
      <p class="visually-hidden" role="status">
        ${lastDone === undefined ? nothing : `${t.demo.stepDone} ${words.steps[lastDone]}`}
      </p>
      <div class="demo-phones" role="group" aria-label=${words.phonesLabel}>
        ${hasFailed ? this.#renderFailure() : (family?.phones ?? []).map((phone) => this.#renderPhone(phone))}
      </div>
      <div class="demo-own">
        <p>${words.end}</p>
        <button class="button" @click=${() => this.#startOwn()}>
          ${this.#isMember() ? words.backToFamily : words.startOwn}
        </button>
      </div>
    </main>`;
  }

  #renderPhone(phone: DemoPhone): TemplateResult {
    const stage = this.family?.stageOf(phone.person.phone);
    return html`<tw-phone .phone=${phone} .stage=${stage}></tw-phone>`;
  }

  #renderStep(step: TourStep, number: number): TemplateResult {
    const isDone = this.family?.tour.done.has(step) === true;
    return html`<li>
      <button class="demo-step ${isDone ? "is-done" : ""}" @click=${() => this.#point(step)}>
        <span class="demo-mark" aria-hidden="true">${isDone ? icon("check") : number}</span>
        <span>
          ${t.demo.steps[step]} ${isDone ? html`<strong>${t.demo.stepDone}</strong>` : nothing}
        </span>
      </button>
    </li>`;
  }

  /** Leads to where a step begins. */
  #point(step: TourStep): void {
    const { phone, part } = STEP_BEGINNINGS[step];
    const shown = [...this.querySelectorAll("tw-phone")];
    shown.find((one) => one.phone.person.phone === phone)?.point(part);
  }

  #renderFailure(): TemplateResult {
    return html`<div class="note note-row" role="alert">
      <p>${t.demo.failed}</p>
      <button class="button small" @click=${() => void this.#begin()}>${t.tryAgain}</button>
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-demo": TwDemo;
  }
}
