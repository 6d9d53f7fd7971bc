/**
 * The lock of this profile: set it (a parent beside another person has to), lock now, choose when it
 * locks by itself, change the PIN, take it off. SPEC PR27, PR28.
 */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { LOCK_IDLE_MINUTES, type LockView } from "../../workers/api.ts";
import { icon } from "../elements/icons.ts";
import { backButton, problem } from "../elements/parts.ts";
import { pinField, readPin } from "../elements/pin-field.ts";
import { ViewElement } from "../elements/view-element.ts";
import { t } from "../strings/strings.ts";

/** Which of the forms a failure belongs to. */
type Part = "set" | "change" | "off";

@customElement("tw-lock")
export class TwLock extends ViewElement {
  @state() private active: Part = "set";
  @state() private isDifferent = false;
  @state() private isChanged = false;

  async #set(event: SubmitEvent, part: Part): Promise<void> {
    event.preventDefault();
    if (this.isBusy) return;
    const form = event.currentTarget as HTMLFormElement;
    const present = readPin(form, "present");
    const next = readPin(form, "next");
    this.active = part;
    this.isChanged = false;
    this.failure = null;
    this.isDifferent = part !== "off" && next !== readPin(form, "again");
    if (this.isDifferent) return;
    const isForNew = this.app.shown.screen === "lock" && this.app.shown.isForNew;
    const wasNeeded = this.app.snapshot?.lock.isNeeded === true;
    const answer = await this.act(
      this.app.call("setLock", {
        ...(part === "set" ? {} : { pin: present }),
        next: part === "off" ? null : next,
      }),
    );
    if (answer === null) return;
    form.reset();
    this.isChanged = part === "change";
    if (part !== "set") return;
    if (isForNew) await this.app.beginNewPerson();
    else if (wasNeeded) this.app.replace({ screen: "chats", conversation: null });
    else this.app.back({ screen: "more" });
  }

  async #choose(event: Event): Promise<void> {
    const minutes = Number((event.currentTarget as HTMLSelectElement).value);
    await this.act(this.app.call("setLockIdle", minutes));
  }

  protected override render() {
    const { app } = this;
    const { snapshot, shown } = app;
    if (snapshot === null || shown.screen !== "lock") return html``;
    const { lock } = snapshot;
    const title = lock.isSet ? t.lock.title : this.#titleFor(lock, shown.isForNew);
    return html`<main class="sheet">
      <header class="sheet-head">
        ${lock.isNeeded ? nothing : backButton(() => app.back({ screen: "more" }))}
        <h1 tabindex="-1">${title}</h1>
      </header>
      ${lock.isSet ? this.#renderSet(lock) : this.#renderNew(lock, shown.isForNew)}
    </main>`;
  }

  #titleFor(lock: LockView, isForNew: boolean): string {
    return lock.isNeeded || isForNew ? t.lock.neededTitle : t.lock.title;
  }

  #renderNew(lock: LockView, isForNew: boolean): TemplateResult {
    const words = t.lock;
    const lead = lock.isNeeded ? words.needed : isForNew ? words.addFirst : words.lead;
    return html`<p class="lead">${lead}</p>
      <form
        class="card stack"
        novalidate
        @submit=${(event: SubmitEvent) => void this.#set(event, "set")}
      >
        ${this.#renderNext(words.pin, "set")}
        <p class="note">${words.warning}</p>
        ${this.#renderProblem("set")}
        <button class="button" ?disabled=${this.isBusy}>
          ${this.isBusy ? words.working : words.set}
        </button>
      </form>
      ${
        lock.isNeeded
          ? html`<button class="link" @click=${() => this.app.open({ screen: "people" })}>
              ${t.profiles.title}
            </button>`
          : nothing
      }`;
  }

  #renderSet(lock: LockView): TemplateResult {
    const words = t.lock;
    return html`<div class="stack">
      <section class="card stack">
        <p class="step">${icon("lock")}<span>${words.isSet}</span></p>
        <button class="button" @click=${() => void this.act(this.app.call("lockNow"))}>
          ${words.now}
        </button>
        <p class="hint">${words.nowHint}</p>
        <div class="field">
          <label for="lock-idle">${words.idle}</label>
          <select id="lock-idle" @change=${(event: Event) => void this.#choose(event)}>
            ${LOCK_IDLE_MINUTES.map(
              (minutes) =>
                html`<option value=${minutes} ?selected=${minutes === lock.idleMinutes}>
                  ${words.idleChoices[minutes]}
                </option>`,
            )}
          </select>
        </div>
      </section>
      ${this.#renderChange()} ${this.#renderOff(lock)}
    </div>`;
  }

  #renderChange(): TemplateResult {
    const words = t.lock;
    return html`<details class="card">
      <summary>${words.changeTitle}</summary>
      <form
        class="stack"
        novalidate
        @submit=${(event: SubmitEvent) => void this.#set(event, "change")}
      >
        ${this.#renderPresent("change")} ${this.#renderNext(words.next, "change")}
        ${this.#renderProblem("change")}
        ${this.isChanged ? html`<p role="status">${words.changed}</p>` : nothing}
        <button class="button" ?disabled=${this.isBusy}>${words.changeYes}</button>
      </form>
    </details>`;
  }

  #renderOff(lock: LockView): TemplateResult {
    const words = t.lock;
    const mustKeep = lock.others > 0 && this.app.snapshot?.me?.role === "parent";
    return html`<details class="card">
      <summary>${words.offTitle}</summary>
      ${
        mustKeep
          ? html`<p>${words.offNeeded}</p>`
          : html`<form
              class="stack"
              novalidate
              @submit=${(event: SubmitEvent) => void this.#set(event, "off")}
            >
              <p>${words.offText}</p>
              ${this.#renderPresent("off")} ${this.#renderProblem("off")}
              <button class="button quiet" ?disabled=${this.isBusy}>${words.offYes}</button>
            </form>`
      }
    </details>`;
  }

  #renderPresent(part: Part): TemplateResult {
    const isWrong = this.failure === "lock-wrong" || this.failure === "lock-needed";
    return html`<div class="field">
      <label for="present-${part}">${t.lock.present}</label>
      <input
        id="present-${part}"
        name="present"
        type="password"
        autocomplete="new-password"
        autocapitalize="none"
        aria-invalid=${this.active === part && isWrong ? "true" : "false"}
      />
    </div>`;
  }

  /** The new PIN, twice. */
  #renderNext(label: string, part: Part): TemplateResult {
    const isBad = this.failure === "lock-short" || this.failure === "lock-weak";
    const isMine = this.active === part;
    return html`${pinField({
      name: "next",
      label,
      hint: t.lock.pinHint,
      isInvalid: isMine && isBad,
    })}
    ${pinField({ name: "again", label: t.lock.again, isInvalid: isMine && this.isDifferent })}`;
  }

  #renderProblem(part: Part) {
    if (this.active !== part) return nothing;
    if (!this.isDifferent) return problem(this.failure);
    return html`<p class="problem" id="problem" role="alert">${t.lock.differ}</p>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-lock": TwLock;
  }
}
