/**
 * One invite on its way: shown to be scanned or passed on, opened, compared, approved, written
 * down; or why it ended. Approve can be pressed only after "They are the same". SPEC UI31 to UI35.
 */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { InviteView, MemberView, Result } from "../../workers/api.ts";
import { Online } from "../controllers/online.ts";
import { Ticker } from "../controllers/ticker.ts";
import { codeCard } from "../elements/code-card.ts";
import { icon } from "../elements/icons.ts";
import { joinSteps, type JoinStep, loadJoinSteps } from "../elements/join-steps.ts";
import { backButton, meetingLine, problem } from "../elements/parts.ts";
import { ViewElement } from "../elements/view-element.ts";
import { locale, t } from "../strings/strings.ts";
import { formatTimeLeft } from "../text/duration.ts";
import { looksLike } from "../text/look-alike.ts";
import "../elements/tw-copy.ts";
import "../elements/tw-qr-code.ts";

/** Null where it ended on the way. */
const STEP_OF: Readonly<Record<InviteView["step"], JoinStep | null>> = {
  waiting: "meet",
  opened: "meet",
  comparing: "compare",
  compared: "compare",
  committing: "letIn",
  done: "arrive",
  burned: null,
  expired: null,
  revoked: null,
};

@customElement("tw-invite-progress")
export class TwInviteProgress extends ViewElement {
  @property() invite = "";
  readonly #ticker = new Ticker(this);
  readonly #online = new Online(this);

  override connectedCallback(): void {
    super.connectedCallback();
    loadJoinSteps();
  }

  protected override render() {
    const invite = this.app.snapshot?.invites.find(({ id }) => id === this.invite);
    const member = this.app.snapshot?.members.find(({ id }) => id === invite?.forMember) ?? null;
    return html`<main class="page narrow">
      <header class="sheet-head">
        ${backButton(() => this.app.back({ screen: "family" }))}
        <h1 tabindex="-1">${this.#title(invite, member)}</h1>
      </header>
      ${invite === undefined ? nothing : this.#renderSteps(invite)}
      ${
        invite === undefined
          ? html`<p class="lead">${t.invite.gone}</p>`
          : html`<section class="stack" aria-live="polite">
              ${this.#renderStep(invite, member)}
            </section>`
      }
      ${problem(this.failure)}
    </main>`;
  }

  #renderSteps({ step }: InviteView): TemplateResult | typeof nothing {
    const { snapshot } = this.app;
    const at = STEP_OF[step];
    if (at === null) return nothing;
    return html`<div class="stack invite-way">
      ${joinSteps(at, step === "done")}
      ${
        step === "waiting" && snapshot !== null
          ? meetingLine(snapshot, this.#online.isOnline)
          : nothing
      }
    </div>`;
  }

  #title(invite: InviteView | undefined, member: MemberView | null): string {
    if (member !== null) return t.newDevice.title(member.name, member.isMe);
    return invite === undefined ? t.invite.title : t.invite.shownTitle[invite.role];
  }

  #renderStep(invite: InviteView, member: MemberView | null): TemplateResult {
    const name = member?.name ?? invite.newcomerName ?? "";
    switch (invite.step) {
      case "waiting":
        return this.#renderWaiting(invite, member);
      case "opened":
        return html`${this.#renderLine("clock", t.invite.opened)} ${this.#renderTimer(invite)}
        ${this.#renderWithdraw(invite)}`;
      case "comparing":
      case "compared":
        return this.#renderCompare(invite, member, name);
      case "committing":
        return this.#renderLine("clock", askedWords(invite, member, name));
      case "done": {
        const family = this.app.snapshot?.familyName ?? "";
        const words = member === null ? t.invite.done(name, family) : t.newDevice.done(name);
        return html`<div class="card empty">
          <span class="empty-mark">${icon("check")}</span>
          <p class="talk-hello">${words}</p>
          <button class="button" @click=${() => void this.#finish(invite)}>${t.done}</button>
        </div>`;
      }
      case "burned":
      case "expired":
      case "revoked":
        return this.#renderEnded(invite);
    }
  }

  #renderWaiting(invite: InviteView, member: MemberView | null): TemplateResult {
    return html`${this.#renderNeeds(invite, member)}
      <div class="card stack center">
        <tw-qr-code .text=${invite.link}></tw-qr-code>
        <p>${t.invite.scan}</p>
        ${this.#renderTimer(invite)}
      </div>
      <div class="card stack">
        <div class="field">
          <label for="invite-link">${t.fields.inviteLink}</label>
          <input
            id="invite-link"
            class="mono"
            type="text"
            readonly
            .value=${invite.link}
            aria-describedby="invite-single"
            @focus=${(event: FocusEvent) => (event.currentTarget as HTMLInputElement).select()}
          />
          <p class="hint" id="invite-single">${t.invite.single}</p>
        </div>
        <div class="actions">
          <tw-copy .text=${invite.link}></tw-copy>
          ${
            "share" in navigator
              ? html`<button class="button quiet" @click=${() => void this.#share(invite.link)}>
                  ${icon("share")}${t.share}
                </button>`
              : nothing
          }
        </div>
      </div>
      <p class="soft">${t.invite.waiting} ${t.invite.stayOpen}</p>
      ${this.#renderWithdraw(invite)}`;
  }

  #renderNeeds(invite: InviteView, member: MemberView | null): TemplateResult | typeof nothing {
    const { needs, isAfterDay } = invite;
    if (needs.length === 0 && !isAfterDay) return nothing;
    return this.#renderLine(
      "info",
      member === null ? t.invite.needs(needs) : t.newDevice.needs(member.name, needs, isAfterDay),
    );
  }

  #renderCompare(invite: InviteView, member: MemberView | null, name: string): TemplateResult {
    const isCompared = invite.step === "compared";
    const asks = member === null ? t.invite.asks(name) : t.newDevice.asks(name);
    const ready =
      member === null ? t.invite.approveReady(name, t.roles[invite.role]) : t.newDevice.ready(name);
    const compare = (isSame: boolean) =>
      this.#call(this.app.call("compareCode", invite.id, isSame));
    return html`${this.#renderNeeds(invite, member)}
      <div class="card stack center">
        <h2>${asks}</h2>
        <p>${t.code.ask(name)}</p>
        ${codeCard(invite.code ?? "")}
        <p class="soft">${t.code.how}</p>
        <div class="actions">
          <button
            class="button"
            ?disabled=${isCompared || this.isBusy}
            @click=${() => compare(true)}
          >
            ${isCompared ? icon("check") : nothing}${t.code.same}
          </button>
          <button class="button quiet" ?disabled=${this.isBusy} @click=${() => compare(false)}>
            ${t.code.differ}
          </button>
        </div>
      </div>
      <div class="card stack center">
        ${member === null ? this.#renderLookAlike(name) : nothing}
        <p id="approve-hint">${isCompared ? ready : t.invite.approveHint(name)}</p>
        <button
          class="button"
          ?disabled=${!isCompared || this.isBusy}
          aria-describedby="approve-hint"
          @click=${() =>
            void this.actGuarded((pin) => this.app.call("approveJoin", invite.id, pin))}
        >
          ${t.invite.approve}
        </button>
      </div>`;
  }

  /** Two people may share a name; whoever lets the second in is to know it. */
  #renderLookAlike(name: string): TemplateResult | typeof nothing {
    const known = this.app.snapshot?.members.find((one) => looksLike(one.name, name));
    if (known === undefined) return nothing;
    return html`<p class="note" role="note">
      ${icon("notice")}<span>${t.invite.lookAlike(name, known.name)}</span>
    </p>`;
  }

  #renderEnded({ id, step, why, forMember }: InviteView): TemplateResult {
    const burned = why === null ? t.invite.burnedPlain : t.invite.whys[why];
    const words = { burned, expired: t.invite.expired, revoked: t.invite.revoked, none: "" };
    const isKnown = step === "burned" || step === "expired" || step === "revoked";
    return html`<div class="card stack">
      <h2>${step === "burned" ? t.invite.burned : t.invite.ended}</h2>
      <p>${words[isKnown ? step : "none"]}</p>
      <div class="actions">
        <button
          class="button"
          @click=${() => {
            this.#call(this.app.call("dismissInvite", id));
            this.app.replace({ screen: "invite", invite: null, forMember });
          }}
        >
          ${t.invite.another}
        </button>
        <button class="button quiet" @click=${() => void this.#finish({ id })}>
          ${t.invite.close}
        </button>
      </div>
    </div>`;
  }

  #renderTimer({ expiresAt }: InviteView): TemplateResult {
    const left = formatTimeLeft(expiresAt - this.#ticker.now, locale);
    return html`<p class="timer" role="timer" aria-live="off">
      ${icon("clock")}<span>${left === null ? t.invite.ended : t.invite.endsIn(left)}</span>
    </p>`;
  }

  #renderLine(name: "clock" | "check" | "info", words: string): TemplateResult {
    return html`<p class="card step">${icon(name)}<span>${words}</span></p>`;
  }

  #renderWithdraw({ id }: InviteView): TemplateResult {
    return html`<button
      class="link"
      ?disabled=${this.isBusy}
      @click=${() => void this.actGuarded((pin) => this.app.call("revokeInvite", id, pin))}
    >
      ${t.invite.withdraw}
    </button>`;
  }

  #call(call: Promise<Result<null>>): void {
    void this.act(call);
  }

  async #finish({ id }: Pick<InviteView, "id">): Promise<void> {
    if ((await this.act(this.app.call("dismissInvite", id))) !== null) {
      this.app.replace({ screen: "chats", conversation: null });
    }
  }

  async #share(url: string): Promise<void> {
    try {
      await navigator.share({ text: t.invite.shareText, url });
    } catch (error) {
      // Closing the share sheet rejects too; the link stays on the screen either way.
      console.info("not shared", error);
    }
  }
}

/** What an approved invite waits for. */
function askedWords(invite: InviteView, member: MemberView | null, name: string): string {
  const { needs, isAfterDay, waitsFor } = invite;
  if (needs.length === 0 && !isAfterDay) return t.invite.committing(name, waitsFor);
  return member === null
    ? t.invite.asked(name, needs)
    : t.newDevice.asked(member.name, needs, isAfterDay);
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-invite-progress": TwInviteProgress;
  }
}
