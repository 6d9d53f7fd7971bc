/**
 * For whoever was invited: scan or paste the link (or it was taken from the address already), say a
 * name, ask. A link that is damaged, over or one's own is named as that before anything connects. In
 * an iPhone's or iPad's browser the way to the Home Screen comes first. SPEC UI50, PW32, PW40.
 */

import { html, nothing, type PropertyValues } from "lit";
import { customElement, state } from "lit/decorators.js";
import { Ticker } from "../controllers/ticker.ts";
import { homeScreenSteps } from "../elements/home-screen.ts";
import { icon } from "../elements/icons.ts";
import { backButton, problem, readField, textField } from "../elements/parts.ts";
import { ViewElement } from "../elements/view-element.ts";
import { locale, t } from "../strings/strings.ts";
import { findInvite, isInviteShaped } from "../take-invite.ts";
import { formatTimeLeft } from "../text/duration.ts";
import { isNameUsable } from "./tw-start-family.ts";
import "../elements/tw-copy.ts";

@customElement("tw-invited")
export class TwInvited extends ViewElement {
  @state() private expiresAt: number | null = null;
  /** The person wants to join in this browser, whatever it forgets. */
  @state() private insists = false;
  @state() private scanner: "closed" | "open" | "unloadable" = "closed";
  readonly #ticker = new Ticker(this);
  #inspected: string | null = null;

  protected override willUpdate(_changed: PropertyValues): void {
    const link = this.app.inviteLink;
    if (link === this.#inspected) return;
    this.#inspected = link;
    this.expiresAt = null;
    if (link !== null) void this.#inspect(link);
  }

  async #inspect(link: string): Promise<void> {
    const answer = await this.act(this.app.call("inspectInvite", link));
    if (this.#inspected === link) this.expiresAt = answer?.value.expiresAt ?? null;
  }

  async #ask(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const link = this.app.inviteLink ?? readField(form, "invite-link");
    const name = readField(form, "my-name");
    if (!isInviteShaped(link)) this.failure = "bad-link";
    else if (!isNameUsable(name)) this.failure = "bad-name";
    else await this.act(this.app.call("askToJoin", { link, name }));
  }

  protected override render() {
    const { snapshot } = this.app;
    if (snapshot?.phase === "member") return this.#renderAlready(snapshot.familyName ?? "");
    const hasLink = this.app.inviteLink !== null;
    if (this.app.browser?.place.type === "ios" && !this.insists) return this.#renderHomeFirst();
    return html`<main class="sheet">
      <header class="sheet-head">
        ${backButton(() => this.#leave())}
        <h1 tabindex="-1">${t.invited.title}</h1>
      </header>
      <p class="lead">${hasLink ? this.#linkWords() : t.invited.lead}</p>
      ${hasLink ? nothing : this.#renderScanner()}
      <form class="card stack" novalidate @submit=${(event: SubmitEvent) => void this.#ask(event)}>
        ${
          hasLink
            ? nothing
            : html`${textField({
                  name: "invite-link",
                  label: t.fields.pasteLink,
                  isInvalid: this.failure === "bad-link",
                })}
                <button
                  type="button"
                  class="button small quiet"
                  @click=${(event: Event) => void this.#paste(event)}
                >
                  ${icon("paste")}${t.invited.paste}
                </button>`
        }
        ${textField({
          name: "my-name",
          label: t.fields.yourName,
          hint: t.fields.yourNameHint,
          autocomplete: "name",
          isInvalid: this.failure === "bad-name",
        })}
        ${problem(this.failure)}
        <button class="button" ?disabled=${this.isBusy}>${t.invited.ask}</button>
        ${
          hasLink
            ? html`<button type="button" class="link" @click=${() => this.#forget()}>
                ${t.invited.other}
              </button>`
            : nothing
        }
      </form>
    </main>`;
  }

  /** Outside the Home Screen's app nothing is redeemed unless the person insists (DESIGN §7). */
  #renderHomeFirst() {
    const words = t.browser.home;
    const { inviteLink } = this.app;
    return html`<main class="sheet">
      <header class="sheet-head">
        ${backButton(() => this.#leave())}
        <h1 tabindex="-1">${words.title}</h1>
      </header>
      <p class="lead">${words.lead}</p>
      ${
        inviteLink === null
          ? nothing
          : html`<tw-copy .text=${inviteLink} .label=${words.copy}></tw-copy>`
      }
      <div class="card stack">${homeScreenSteps(true)}</div>
      <button
        class="link"
        @click=${() => {
          this.insists = true;
        }}
      >
        ${words.allTheSame}
      </button>
    </main>`;
  }

  #renderScanner() {
    const words = t.browser.scanner;
    if (this.scanner === "open") {
      return html`<tw-scanner
        @tw-scanned=${({ detail }: CustomEvent<string>) => this.#scanned(detail)}
        @tw-stopped=${() => this.#setScanner("closed")}
      ></tw-scanner>`;
    }
    return html`<button class="button quiet" @click=${() => void this.#openScanner()}>
        ${icon("scan")}${words.open}
      </button>
      ${
        this.scanner === "unloadable"
          ? html`<p class="problem" role="alert">${words.failed.unloadable}</p>`
          : nothing
      }`;
  }

  async #openScanner(): Promise<void> {
    try {
      await import("../scanner/tw-scanner.ts");
      this.#setScanner("open");
    } catch (error) {
      console.warn("no scanner", error);
      this.#setScanner("unloadable");
    }
  }

  #setScanner(scanner: "closed" | "open" | "unloadable"): void {
    this.scanner = scanner;
  }

  #scanned(text: string): void {
    this.#setScanner("closed");
    // Whatever stands around it: all of an invite is in its fragment.
    const fragment = findInvite(text);
    if (fragment !== null) this.app.takeInvite(new URL(fragment, location.href).href);
  }

  /** Into the field, where the person sees what it was. */
  async #paste(event: Event): Promise<void> {
    const form = (event.currentTarget as HTMLElement).closest("form");
    const field = form?.querySelector<HTMLInputElement>("input[name=invite-link]");
    try {
      const text = await navigator.clipboard.readText();
      if (field) field.value = text.trim();
    } catch (error) {
      // Not allowed, or nothing there: the field can be pasted into by hand.
      console.info("cannot paste", error);
    }
    field?.focus();
  }

  #linkWords(): string {
    const left =
      this.expiresAt === null ? null : formatTimeLeft(this.expiresAt - this.#ticker.now, locale);
    return left === null ? t.invited.linkHeard : `${t.invited.linkHeard} ${t.invited.endsIn(left)}`;
  }

  #forget(): void {
    this.failure = null;
    this.app.forgetInvite();
  }

  #leave(): void {
    this.app.forgetInvite();
    this.app.replace({ screen: "welcome" });
  }

  /** For somebody else who uses this browser; a parent without a lock sets one first. */
  async #joinHere(): Promise<void> {
    const { me, lock } = this.app.snapshot ?? {};
    if (me?.role !== "parent" || lock?.isSet === true) await this.app.beginNewPerson();
    else this.app.open({ screen: "lock", isForNew: true });
  }

  #renderAlready(family: string) {
    return html`<main class="sheet">
      <h1 tabindex="-1">${t.invited.already(family)}</h1>
      <p class="lead">${t.invited.alreadyText}</p>
      <button class="button" @click=${() => this.#leave()}>${t.invited.alreadyBack}</button>
      ${
        this.app.place === null
          ? nothing
          : html`<button class="link" @click=${() => void this.#joinHere()}>
              ${t.profiles.joinHere}
            </button>`
      }
    </main>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-invited": TwInvited;
  }
}
