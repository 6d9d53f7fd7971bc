/**
 * One phone of the demo on the page: its person, the phone's screen, and what can be done to it. The
 * screen is a frame without an address, filled by this page: a viewport of its own, so that the
 * app's screens, labels and dialogs are exactly those of a phone. SPEC DM8, DM9, DM11.
 */

import { html, LitElement, nothing, render, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { classMap } from "lit/directives/class-map.js";
import { styleMap } from "lit/directives/style-map.js";
import { icon } from "../elements/icons.ts";
import { avatar } from "../elements/parts.ts";
import { t } from "../strings/strings.ts";
import type { Stage } from "./demo-family.ts";
import type { DemoPhone } from "./demo-phone.ts";
import type { PhonePart } from "./tour.ts";
import "../views/tw-app.ts";

/** CSS pixels of the phone's own screen, before it is drawn smaller. */
const SCREEN_WIDTH = 375;

@customElement("tw-phone")
export class TwPhone extends LitElement {
  @property({ attribute: false }) phone!: DemoPhone;
  @property({ attribute: false }) stage: Stage = { type: "opening" };
  #size = { width: SCREEN_WIDTH, height: 660 };
  readonly #observer = new ResizeObserver(([entry]) => {
    if (entry === undefined) return;
    const { width, height } = entry.contentRect;
    this.#size = { width, height };
    this.requestUpdate();
  });
  readonly #onChange = (): void => this.requestUpdate();

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.phone.addEventListener("change", this.#onChange);
    this.phone.app.addEventListener("change", this.#onChange);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.phone.removeEventListener("change", this.#onChange);
    this.phone.app.removeEventListener("change", this.#onChange);
    this.#observer.disconnect();
  }

  /** Brings the phone into sight with the focus where a step of the tour begins. */
  point(part: PhonePart): void {
    this.scrollIntoView({ block: "nearest", inline: "center" });
    // On a touch screen a field with the focus opens the keyboard over all the rest.
    if (part === "field" && !matchMedia("(pointer: fine)").matches) return;
    const root = part === "field" ? this.querySelector("iframe")?.contentDocument : this;
    const selector = part === "field" ? "tw-composer textarea" : `[data-part="${part}"]`;
    root?.querySelector<HTMLElement>(selector)?.focus({ preventScroll: true });
  }

  protected override firstUpdated(): void {
    const screen = this.querySelector(".phone-screen");
    if (screen !== null) this.#observer.observe(screen);
  }

  /**
   * Fills the frame's page. It has a document type because a frame without one is drawn by the rules
   * of the nineties (form margins among them); engines load it later than they insert the frame.
   */
  #fill(event: Event): void {
    const page = (event.currentTarget as HTMLIFrameElement).contentDocument;
    if (page === null) return;
    const { lang, dataset } = document.documentElement;
    page.documentElement.lang = lang;
    Object.assign(page.documentElement.dataset, dataset);
    for (const link of document.querySelectorAll('link[rel="stylesheet"]')) {
      page.head.append(page.importNode(link));
    }
    render(html`<tw-app .app=${this.phone.app}></tw-app>`, page.body);
  }

  protected override render() {
    const { phone, stage } = this;
    const { person, isAsleep, isCut } = phone;
    const words = t.demo.phone;
    const isReady = stage.type === "ready";
    const isOff = isAsleep || !isReady;
    const scale = this.#size.width / SCREEN_WIDTH;
    return html`<section
      class="phone ${classMap({ "is-cut": isCut, "is-asleep": isAsleep })}"
      aria-label=${words.label(person.name)}
    >
      <header class="phone-head">
        ${avatar(person.name, phone.app.snapshot?.me?.member ?? "")}
        <div class="row-main">
          <h2>${person.name}</h2>
          <p class="phone-line">
            <span class="soft">${t.demo.people[person.phone]}</span>
            <span class="phone-state" role="status"
              >${isReady ? this.#renderState() : nothing}</span
            >
          </p>
        </div>
      </header>
      <div class="phone-body">
        <div class="phone-screen">
          <iframe
            srcdoc="<!doctype html>"
            title=${words.label(person.name)}
            ?inert=${isOff}
            style=${styleMap({
              width: `${SCREEN_WIDTH}px`,
              height: `${Math.round(this.#size.height / scale)}px`,
              transform: `scale(${scale})`,
            })}
            @load=${(event: Event) => this.#fill(event)}
          ></iframe>
          ${isReady ? nothing : this.#renderStage(stage)}
          ${isAsleep ? this.#renderSleep() : nothing}
        </div>
      </div>
      <div class="phone-actions">
        ${this.#renderAction("cut", isCut ? words.connect : words.cut, isOff, () => phone.setCut(!isCut))}
        ${this.#renderAction("sleep", isAsleep ? words.wake : words.sleep, !isReady, () => {
          phone.setAsleep(!isAsleep);
        })}
      </div>
    </section>`;
  }

  #renderAction(
    part: PhonePart,
    words: string,
    isDisabled: boolean,
    onClick: () => void,
  ): TemplateResult {
    return html`<button
      class="button quiet small"
      data-part=${part}
      aria-label=${`${words}: ${this.phone.person.name}`}
      ?disabled=${isDisabled}
      @click=${onClick}
    >
      ${words}
    </button>`;
  }

  #renderStage(stage: Stage): TemplateResult {
    const words = t.demo.stages;
    return html`<div class="phone-cover">
      <p>${words[stage.type]}</p>
      ${
        "code" in stage
          ? html`<p class="phone-code">${stage.code.slice(0, 3)} ${stage.code.slice(3)}</p>`
          : nothing
      }
      ${stage.type === "entering" ? html`<p class="soft">${words.enteringMore}</p>` : nothing}
    </div>`;
  }

  #renderSleep(): TemplateResult {
    return html`<div class="phone-cover is-dark">
      ${icon("moon")}
      <p class="phone-asleep">${t.demo.phone.asleep}</p>
      <p>${t.demo.phone.asleepMore}</p>
    </div>`;
  }

  #renderState(): TemplateResult {
    const { isAsleep, isCut, app } = this.phone;
    const words = t.demo.phone;
    if (isAsleep) return html`${icon("moon")}${words.isAsleep}`;
    if (isCut) return html`${icon("cut")}${words.isCut}`;
    const isLinked = (app.snapshot?.connection.linked ?? 0) > 0;
    return isLinked
      ? html`<span class="chip-dot" aria-hidden="true"></span>${words.isHere}`
      : html`${words.isLooking}`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-phone": TwPhone;
  }
}
