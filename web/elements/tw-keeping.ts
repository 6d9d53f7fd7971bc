/**
 * Who keeps the family's rules, an honest sentence for what that bears, the way for this device to
 * help and to stop, and what has to change first where its browser may forget. SPEC UI66, UI84, UI85, UI87, UI88.
 */

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import type { NodeSnapshot } from "../../workers/api.ts";
import { t } from "../strings/strings.ts";
import { askFirst } from "./ask-first.ts";
import { homeScreenSteps } from "./home-screen.ts";
import { icon } from "./icons.ts";
import { problem } from "./parts.ts";
import { ViewElement } from "./view-element.ts";

@customElement("tw-keeping")
export class TwKeeping extends ViewElement {
  protected override render() {
    const { snapshot } = this.app;
    if (snapshot === null) return nothing;
    const { keepers } = snapshot.ledger;
    return html`<section class="card stack-tight" aria-labelledby="keeping">
      <h2 class="card-title" id="keeping">${t.keeping.title}</h2>
      <p dir="auto">${t.keeping.who([...new Set(keepers)])}</p>
      ${this.#renderConvicted(snapshot)} ${this.#renderBearing(snapshot, keepers.length)}
      ${this.#renderHelp(snapshot)} ${problem(this.failure, "keeping-problem")}
    </section>`;
  }

  /** Which devices have contradicted themselves, what that means, and what to do. */
  #renderConvicted({ members, me }: NodeSnapshot): TemplateResult | typeof nothing {
    const words = t.keeping.convicted;
    const devices = members.flatMap(({ name, devices }) =>
      devices.filter((one) => one.isConvicted && !one.isRevoked).map((one) => ({ ...one, name })),
    );
    const others = devices.filter(({ isMe }) => !isMe);
    const names = [...new Set(others.map(({ name }) => name))];
    const isGrown = me?.role === "parent" || me?.role === "relative";
    const of = isGrown ? words.ofOthers : words.simple;
    return html`${
      devices.length > others.length
        ? html`${this.#renderNote("notice", words.mine)}
            <p class="soft">${words.mineTodo}</p>`
        : nothing
    }
    ${names.length > 0 ? this.#renderNote("notice", of(names)) : nothing}
    ${isGrown && others.some((one) => one.isReplica) ? html`<p>${words.stays}</p>` : nothing}`;
  }

  #renderBearing({ me }: NodeSnapshot, count: number): TemplateResult {
    const isGrown = me?.role === "parent" || me?.role === "relative";
    const { bears, bearsSimply, warnings } = t.keeping;
    if (!isGrown) return html`<p class="soft">${bearsSimply[count - 1]}</p>`;
    return html`<p class="soft">${bears[count - 1]}</p>
      ${count === 2 ? this.#renderNote("notice", warnings.two) : nothing}
      ${count === 5 ? this.#renderNote("notice", warnings.five) : nothing}`;
  }

  #renderHelp(snapshot: NodeSnapshot): TemplateResult | typeof nothing {
    switch (snapshot.ledger.help) {
      case "cannot":
        return nothing;
      case "may-forget":
        return this.#renderMayForget(t.keeping.mayForget.helper);
      case "can":
        return html`<p class="soft">${t.keeping.helpText}</p>
          <div class="actions">
            <button class="button" ?disabled=${this.isBusy} @click=${() => this.#setHelping(true)}>
              ${t.keeping.help}
            </button>
          </div>`;
      case "ready":
        return html`${this.#renderNote("clock", t.keeping.ready)}
          <div class="actions">
            <button
              class="button quiet"
              ?disabled=${this.isBusy}
              @click=${() => this.#setHelping(false)}
            >
              ${t.keeping.stop}
            </button>
          </div>`;
      case "keeps":
        return html`${
          snapshot.ledger.isSilenced
            ? this.#renderSilenced(snapshot.ledger.keepers.length)
            : html`<p class="soft">${t.keeping.keeps}</p>`
        }
        ${
          this.app.browser?.keeper.lasting === "may-forget"
            ? this.#renderMayForget(
                snapshot.ledger.keepers.length === 1
                  ? t.keeping.mayForget.only
                  : t.keeping.mayForget.keeper,
              )
            : nothing
        }
        ${this.#renderStep(snapshot)}`;
    }
  }

  /** What happened to a device that has lost votes of its own, and what its person can do. */
  #renderSilenced(count: number): TemplateResult {
    const { what, todo, last, both } = t.keeping.silenced;
    const way = count === 1 ? last : count === 2 ? both : todo;
    return html`${this.#renderNote("notice", what)}
      <p>${way}</p>`;
  }

  /** The way to stop before a long absence. */
  #renderStep({ members, ledger: { keepers } }: NodeSnapshot): TemplateResult {
    const words = t.keeping.step;
    const mine = members.flatMap(({ devices }) => devices).find(({ isMe }) => isMe);
    if (mine?.isGoing === true) return this.#renderNote("clock", words.going);
    if (mine === undefined || keepers.length === 1) return html`<p class="soft">${words.last}</p>`;
    return html`<div class="actions">
      <button
        class="button quiet"
        ?disabled=${this.isBusy}
        @click=${() => void this.#stepDown(mine.id, keepers.length)}
      >
        ${words.button}
      </button>
    </div>`;
  }

  async #stepDown(device: string, count: number): Promise<void> {
    const { title, text, yes, no } = t.keeping.step;
    const after = t.keeping.bears[count - 2] ?? "";
    const isSure = await askFirst(this.ownerDocument, { title, text: text(after), yes, no });
    if (isSure) await this.actGuarded((pin) => this.app.call("takeOut", device, pin));
  }

  /** Why this browser is not good enough, and the one thing that helps here. */
  #renderMayForget(why: string): TemplateResult {
    const words = t.keeping.mayForget;
    const { browser } = this.app;
    const note = this.#renderNote("notice", why);
    if (browser?.keeper.canAsk === true) {
      const { keeper } = browser;
      return html`${note}
        <p class="soft">${words.ask}</p>
        <div class="actions">
          <button class="button" @click=${() => void keeper.ask()}>
            ${t.browser.lasting.askNow}
          </button>
        </div>`;
    }
    if (browser?.installing.isOffered === true) {
      const { installing } = browser;
      return html`${note}
        <p class="soft">${words.install}</p>
        <div class="actions">
          <button class="button" @click=${() => void installing.install()}>
            ${t.browser.install.now}
          </button>
        </div>`;
    }
    if (browser?.place.type === "ios") {
      return html`${note}
        <details>
          <summary>${t.browser.home.how}</summary>
          <div class="stack">${homeScreenSteps(false)}</div>
        </details>`;
    }
    return html`${note}
      <p class="soft">${words.how}</p>`;
  }

  #renderNote(name: "clock" | "notice", words: string): TemplateResult {
    return html`<p class="note">${icon(name)}<span>${words}</span></p>`;
  }

  #setHelping(isWilling: boolean): void {
    void this.act(this.app.call("setHelping", isWilling));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-keeping": TwKeeping;
  }
}
