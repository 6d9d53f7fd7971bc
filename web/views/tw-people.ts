/**
 * The people on this browser. "Who are you?" when the app is opened without saying who; reached from
 * More otherwise, to change to another person, to add one and to remove one. Says that a browser
 * does not guard them from each other. SPEC PR20, PR23 to PR25.
 */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { ProfileView } from "../../workers/api.ts";
import { icon } from "../elements/icons.ts";
import { personInside, personName } from "../elements/lock-parts.ts";
import { backButton, problem } from "../elements/parts.ts";
import { ViewElement } from "../elements/view-element.ts";
import { t } from "../strings/strings.ts";
import "../elements/tw-remove-person.ts";

@customElement("tw-people")
export class TwPeople extends ViewElement {
  @state() private people: readonly ProfileView[] | null = null;
  @state() private isRemoving = false;
  @state() private leaving: ProfileView | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#read();
  }

  async #read(): Promise<void> {
    const answer = await this.act(this.app.call("listProfiles"));
    if (answer !== null) this.people = answer.value;
  }

  get #isChoosing(): boolean {
    return this.app.snapshot?.phase === "choosing";
  }

  #isMe({ profile }: ProfileView): boolean {
    return !this.#isChoosing && profile === this.app.place?.profile;
  }

  /** A new person begins; a parent without a lock sets one first. */
  #add(): void {
    const { app } = this;
    const { snapshot } = app;
    const isOpenParent = snapshot?.me?.role === "parent" && !snapshot.lock.isSet;
    if (isOpenParent) return app.open({ screen: "lock", isForNew: true });
    app.beginNew((this.people ?? []).map(({ profile }) => profile));
  }

  async #takeOff({ profile }: ProfileView): Promise<void> {
    if ((await this.act(this.app.call("removeProfile", { profile }))) !== null) await this.#read();
  }

  #removed({ profile }: ProfileView): void {
    this.leaving = null;
    if (profile === this.app.place?.profile) this.app.place.go(null, null);
    else void this.#read();
  }

  protected override render() {
    const words = t.profiles;
    const { app } = this;
    const hasInvite = this.#isChoosing && app.inviteLink !== null;
    return html`<main class="sheet">
      <header class="sheet-head">
        ${this.#isChoosing ? nothing : backButton(() => app.back({ screen: "more" }))}
        <h1 tabindex="-1">${this.#isChoosing ? words.who : words.title}</h1>
      </header>
      ${hasInvite ? html`<p class="lead">${words.whoInvite}</p>` : nothing}
      ${hasInvite ? this.#renderAdd(words.joinNew) : nothing}
      <ul class="rows" aria-label=${words.title}>
        ${(this.people ?? []).map((person) => html`<li>${this.#renderPerson(person)}</li>`)}
      </ul>
      ${problem(this.failure)}
      ${hasInvite || this.isRemoving ? nothing : this.#renderAdd(words.add)}
      ${
        (this.people ?? []).some(({ isHere }) => isHere)
          ? html`<button
              class="link"
              @click=${() => {
                this.isRemoving = !this.isRemoving;
              }}
            >
              ${this.isRemoving ? words.removeDone : words.removeSome}
            </button>`
          : nothing
      }
      <p class="soft">${words.honest}</p>
      ${
        this.leaving === null
          ? nothing
          : html`<tw-remove-person
              .app=${app}
              .person=${this.leaving}
              @removed=${() => this.leaving !== null && this.#removed(this.leaving)}
              @closed=${() => {
                this.leaving = null;
              }}
            ></tw-remove-person>`
      }
    </main>`;
  }

  #renderAdd(label: string): TemplateResult {
    return html`<button
      class="button"
      ?disabled=${this.people === null}
      @click=${() => this.#add()}
    >
      ${icon("add")}${label}
    </button>`;
  }

  #renderPerson(person: ProfileView): TemplateResult {
    const words = t.profiles;
    const name = personName(person);
    if (!person.isHere) {
      return html`<div class="card row still">
        ${personInside(person)}
        <button class="button quiet small" @click=${() => void this.#takeOff(person)}>
          ${words.takeOff(name)}
        </button>
      </div>`;
    }
    if (this.isRemoving) {
      return html`<button
        class="card row"
        aria-label=${words.removeOne(name)}
        @click=${() => {
          this.leaving = person;
        }}
      >
        ${personInside(person, words.removeThis)}
      </button>`;
    }
    const isMe = this.#isMe(person);
    return html`<button
      class="card row"
      aria-current=${isMe ? "true" : nothing}
      @click=${() => {
        if (isMe) this.app.back({ screen: "more" });
        else this.app.place?.go(person.profile, null);
      }}
    >
      ${personInside(person, isMe ? words.isMe : "")}
    </button>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-people": TwPeople;
  }
}
