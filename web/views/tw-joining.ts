/**
 * My joining, step by step in words: looking for the inviter, the six digits, approved and waiting,
 * receiving, or why it failed. The node keeps the step, so a reload changes nothing. SPEC UI51.
 */

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import type { JoiningView } from "../../workers/api.ts";
import { Online } from "../controllers/online.ts";
import { askFirst } from "../elements/ask-first.ts";
import { codeCard } from "../elements/code-card.ts";
import { icon } from "../elements/icons.ts";
import { joinSteps, type JoinStep, loadJoinSteps } from "../elements/join-steps.ts";
import { meetingLine, problem } from "../elements/parts.ts";
import { ViewElement } from "../elements/view-element.ts";
import { t } from "../strings/strings.ts";

const STEP_OF: Readonly<Record<JoiningView["step"], JoinStep>> = {
  connecting: "meet",
  asking: "meet",
  comparing: "compare",
  approved: "letIn",
  receiving: "arrive",
  failed: "meet",
};

@customElement("tw-joining")
export class TwJoining extends ViewElement {
  readonly #online = new Online(this);

  override connectedCallback(): void {
    super.connectedCallback();
    loadJoinSteps();
  }

  protected override render() {
    const joining = this.app.snapshot?.joining ?? null;
    if (joining === null) return html`<main class="sheet"><p class="lead">${t.starting}</p></main>`;
    return joining.step === "failed" ? this.#renderFailed(joining) : this.#renderSteps(joining);
  }

  #renderSteps(joining: JoiningView) {
    const inviter = t.joining.inviterOf(joining.inviterName);
    const isComparing = joining.step === "comparing" && joining.code !== null;
    const isAway = !joining.isInviterConnected && ["asking", "comparing"].includes(joining.step);
    return html`<main class="sheet">
      <h1 tabindex="-1">${t.joining.title(joining.familyName)}</h1>
      <p class="lead">
        ${t.joining.hello(joining.myName)}
        ${joining.role === null ? nothing : t.joining.role(t.roles[joining.role])}
      </p>
      ${joinSteps(STEP_OF[joining.step])}
      <section class="card stack" aria-live="polite">
        ${isComparing ? this.#renderCode(joining, inviter) : this.#renderStep(joining, inviter)}
        ${isAway ? html`<p class="note">${t.joining.inviterAway}</p>` : nothing}
      </section>
      ${joining.step === "connecting" ? this.#renderMeeting() : nothing} ${problem(this.failure)}
      <p class="soft">${t.joining.keepOpen}</p>
      ${
        joining.step === "receiving"
          ? nothing
          : html`<button class="link" @click=${() => void this.#stop()}>${t.joining.stop}</button>`
      }
    </main>`;
  }

  #renderMeeting(): TemplateResult | typeof nothing {
    const { snapshot } = this.app;
    return snapshot === null ? nothing : meetingLine(snapshot, this.#online.isOnline);
  }

  #renderStep({ step, waitsFor }: JoiningView, inviter: string): TemplateResult {
    const approved = waitsFor.length > 0 ? t.joining.approved(waitsFor) : t.joining.approvedNow;
    const words: Record<Exclude<JoiningView["step"], "failed">, string> = {
      connecting: t.joining.connecting(inviter),
      asking: t.joining.asking(inviter),
      comparing: t.joining.asking(inviter),
      approved,
      receiving: t.joining.receiving,
    };
    const isGood = step === "approved" || step === "receiving";
    return html`<p class="step">
      ${icon(isGood ? "check" : "clock")}<span>${step === "failed" ? nothing : words[step]}</span>
    </p>`;
  }

  #renderCode({ code }: JoiningView, inviter: string): TemplateResult {
    return html`<h2>${t.joining.comparing(inviter)}</h2>
      ${codeCard(code ?? "")}
      <p>${t.joining.comparingHow}</p>
      <button
        class="button quiet"
        ?disabled=${this.isBusy}
        @click=${() => void this.act(this.app.call("rejectCode"))}
      >
        ${t.joining.differ}
      </button>`;
  }

  #renderFailed({ why }: JoiningView) {
    return html`<main class="sheet">
      <span class="empty-mark is-waiting">${icon("notice")}</span>
      <h1 tabindex="-1">${t.joining.failedTitle}</h1>
      <p class="lead" role="alert">${why === null ? t.failures.internal : t.joinFailures[why]}</p>
      ${problem(this.failure)}
      <button class="button" ?disabled=${this.isBusy} @click=${() => void this.#again()}>
        ${t.joining.again}
      </button>
    </main>`;
  }

  async #stop(): Promise<void> {
    const { ownerDocument } = this;
    if (!(await askFirst(ownerDocument, t.joining.askStop))) return;
    // The link has been used up; kept, it would ask again for nothing.
    if ((await this.act(this.app.call("cancelJoin"))) === null) return;
    this.app.forgetInvite();
    this.app.replace({ screen: "welcome" });
  }

  async #again(): Promise<void> {
    this.app.forgetInvite();
    if ((await this.act(this.app.call("cancelJoin"))) !== null) {
      this.app.replace({ screen: "invited" });
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-joining": TwJoining;
  }
}
