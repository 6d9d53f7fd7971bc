/**
 * The frame around every screen: notices on top, the bar or rail of a member, the screen that the
 * model says, and the word that the app stopped. Moves the focus to each new screen's heading.
 */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { alarmOf } from "../alarm/open-call.ts";
import { MediaMatch } from "../controllers/media-match.ts";
import { type Shown, type View, viewKey } from "../controllers/view-state.ts";
import { icon, type IconName, mark } from "../elements/icons.ts";
import { noticeBanners } from "../elements/notice-banners.ts";
import { sharingStrip } from "../elements/sharing-strip.ts";
import { updateBanner } from "../elements/update-banner.ts";
import { countAsked } from "../elements/tw-requests.ts";
import { ViewElement } from "../elements/view-element.ts";
import { t } from "../strings/strings.ts";
import "../elements/tw-alarm.ts";
import "../elements/tw-ask-pin.ts";
import "../elements/tw-me-menu.ts";
import "../elements/tw-stopped.ts";
import "./tw-chats.ts";
import "./tw-check-door.ts";
import "./tw-family.ts";
import "./tw-group.ts";
import "./tw-history-door.ts";
import "./tw-invite.ts";
import "./tw-invited.ts";
import "./tw-joining.ts";
import "./tw-lock.ts";
import "./tw-locked.ts";
import "./tw-look-around.ts";
import "./tw-more.ts";
import "./tw-people.ts";
import "./tw-person.ts";
import "./tw-places-door.ts";
import "./tw-removed.ts";
import "./tw-restore.ts";
import "./tw-start-family.ts";
import "./tw-welcome.ts";
import "./tw-words.ts";

interface Tab {
  readonly icon: IconName;
  readonly label: string;
  readonly view: View;
  readonly screens: readonly string[];
}

const TABS: readonly Tab[] = [
  {
    icon: "chats",
    label: t.nav.chats,
    view: { screen: "chats", conversation: null },
    screens: ["chats"],
  },
  { icon: "pin", label: t.nav.places, view: { screen: "places" }, screens: ["places"] },
  {
    icon: "family",
    label: t.nav.family,
    view: { screen: "family" },
    screens: ["family", "person", "group", "invite", "history"],
  },
  {
    icon: "more",
    label: t.nav.more,
    view: { screen: "more" },
    screens: ["more", "check", "people", "lock"],
  },
];
const WIDE = "(min-width: 840px)";

@customElement("tw-app")
export class TwApp extends ViewElement {
  #key: string | null = null;
  readonly #wide = new MediaMatch(this, WIDE);

  protected override updated(_changed: PropertyValues): void {
    const { shown } = this.app;
    const key = viewKey(shown);
    // The page may be another than the script's: each phone of the demo is one.
    this.ownerDocument.title = this.#title(shown);
    const before = this.#key;
    if (key === before) return;
    this.#key = key;
    if (before !== null && before !== "starting") void this.#focusScreen(shown, before);
  }

  async #focusScreen(shown: Shown, before: string): Promise<void> {
    await this.updateComplete;
    // The screen's own element draws in the microtask after ours.
    await Promise.resolve();
    const isTalk = shown.screen === "chats" && shown.conversation !== null;
    const target =
      isTalk && this.ownerDocument.defaultView?.matchMedia(WIDE).matches === true
        ? this.querySelector<HTMLElement>("tw-composer textarea")
        : [...this.querySelectorAll<HTMLElement>("h1")].find((one) => one.checkVisibility());
    const row = this.#rowLeft(shown, before);
    if (row !== null) row.focus();
    else target?.focus({ preventScroll: true });
  }

  /** Whoever comes back from a conversation to the list is at its row again. */
  #rowLeft(shown: Shown, before: string): HTMLElement | null {
    if (shown.screen !== "chats" || shown.conversation !== null) return null;
    const [, left = ""] = /^chats ([0-9a-f]+)$/.exec(before) ?? [];
    const row = this.querySelector<HTMLElement>(`[data-conversation="${left}"]`);
    return row?.checkVisibility() === true ? row : null;
  }

  #title(shown: Shown): string {
    const { snapshot } = this.app;
    const alarm = alarmOf(snapshot);
    if (alarm !== null) return t.emergency.alarm.tab(alarm.by.name);
    const unread = snapshot?.conversations.reduce((sum, one) => sum + one.unread, 0) ?? 0;
    const open =
      shown.screen === "chats"
        ? snapshot?.conversations.find(({ id }) => id === shown.conversation)
        : undefined;
    const name = open?.name ?? snapshot?.familyName ?? t.appName;
    return unread > 0 ? `(${unread}) ${name}` : name;
  }

  protected override render() {
    const { app } = this;
    const { shown, snapshot, stop } = app;
    const isMember = snapshot?.phase === "member" || snapshot?.phase === "stopped";
    const hasNav = isMember && shown.screen !== "demo" && !snapshot.lock.isNeeded;
    const isTalk = shown.screen === "chats" && shown.conversation !== null;
    if (stop?.type === "refused" && shown.screen !== "people")
      return html`<tw-stopped .app=${app}></tw-stopped>`;
    return html`<div class="frame ${hasNav ? "with-nav" : ""} ${isTalk ? "talking" : ""}">
        <div class="top">
          ${updateBanner(app)} ${noticeBanners(app, snapshot?.notices ?? [])} ${sharingStrip(app)}
        </div>
        ${this.#renderScreen(shown)} ${hasNav ? this.#renderNav(shown) : nothing}
      </div>
      <tw-alarm .app=${app}></tw-alarm>
      ${app.pin.isOn ? html`<tw-ask-pin .app=${app}></tw-ask-pin>` : nothing}
      ${
        stop?.type !== "died" && snapshot?.phase !== "stopped"
          ? nothing
          : html`<tw-stopped .app=${app}></tw-stopped>`
      }`;
  }

  #renderScreen(shown: Shown): TemplateResult {
    const { app } = this;
    switch (shown.screen) {
      case "starting":
        return html`<main class="sheet starting">
          ${mark()}
          <h1 class="visually-hidden">${t.appName}</h1>
          <p class="lead">${t.starting}</p>
          <p class="soft late">${t.slowStart}</p>
        </main>`;
      case "welcome":
        return html`<tw-welcome .app=${app}></tw-welcome>`;
      case "demo":
        return html`<tw-look-around .app=${app}></tw-look-around>`;
      case "start":
        return html`<tw-start-family .app=${app}></tw-start-family>`;
      case "restore":
        return html`<tw-restore .app=${app}></tw-restore>`;
      case "invited":
        return html`<tw-invited .app=${app}></tw-invited>`;
      case "words":
        return html`<tw-words .app=${app}></tw-words>`;
      case "joining":
        return html`<tw-joining .app=${app}></tw-joining>`;
      case "chats":
        return html`<tw-chats .app=${app}></tw-chats>`;
      case "family":
        return html`<tw-family .app=${app}></tw-family>`;
      case "person":
        return html`<tw-person .app=${app} .member=${shown.member}></tw-person>`;
      case "group":
        return html`<tw-group .app=${app} .group=${shown.group}></tw-group>`;
      case "removed":
        return html`<tw-removed .app=${app}></tw-removed>`;
      case "places":
        return html`<tw-places-door .app=${app}></tw-places-door>`;
      case "history":
        return html`<tw-history-door .app=${app}></tw-history-door>`;
      case "invite":
        return html`<tw-invite .app=${app}></tw-invite>`;
      case "people":
        return html`<tw-people .app=${app}></tw-people>`;
      case "locked":
        return html`<tw-locked .app=${app}></tw-locked>`;
      case "lock":
        return html`<tw-lock .app=${app}></tw-lock>`;
      case "more":
        return html`<tw-more .app=${app}></tw-more>`;
      case "check":
        return html`<tw-check-door .app=${app}></tw-check-door>`;
    }
  }

  /** What waits for this person behind a tab, in a number and in words. */
  #renderWaiting({ screen }: View): TemplateResult | typeof nothing {
    const { snapshot } = this.app;
    const count = screen === "family" && snapshot !== null ? countAsked(snapshot) : 0;
    if (count === 0) return nothing;
    return html`<span class="badge tab-badge" aria-hidden="true">${count}</span
      ><span class="visually-hidden">, ${t.requests.waiting(count)}</span>`;
  }

  #renderNav({ screen }: Shown): TemplateResult {
    const hasPlaces = this.app.snapshot?.places !== null;
    return html`<nav class="nav" aria-label=${t.nav.label}>
      ${TABS.filter(({ view }) => view.screen !== "places" || hasPlaces).map(
        (tab) =>
          html`<button
            class="tab"
            aria-current=${tab.screens.includes(screen) ? "page" : nothing}
            @click=${() => this.app.open(tab.view)}
          >
            ${icon(tab.icon)}<span>${tab.label}</span>${this.#renderWaiting(tab.view)}
          </button>`,
      )}
      ${this.#wide.matches ? html`<tw-me-menu .app=${this.app}></tw-me-menu>` : nothing}
    </nav>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-app": TwApp;
  }
}
