/**
 * Making an invite, or a link for a member's new device (which looks different and lets nobody
 * new in). What follows after it is made is tw-invite-progress. SPEC UI30, UI31.
 */

import { html, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { type MemberView, type Role, ROLES } from "../../workers/api.ts";
import { backButton, problem, readField } from "../elements/parts.ts";
import { radioCard } from "../elements/radio-card.ts";
import { ViewElement } from "../elements/view-element.ts";
import { t } from "../strings/strings.ts";
import "./tw-invite-progress.ts";

@customElement("tw-invite")
export class TwInvite extends ViewElement {
  async #create(event: SubmitEvent, member: MemberView | null): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const picked = readField(form, "role");
    const role = member?.role ?? ROLES.find((one): one is Role => one === picked);
    if (role === undefined) return;
    const lifetime = readField(form, "lifetime") === "link" ? "link" : "qr";
    const request = {
      role,
      lifetime,
      ...(member === null ? {} : { forMember: member.id }),
    } as const;
    const answer = await this.actGuarded((pin) => this.app.call("createInvite", request, pin));
    const invite = answer?.value.invite ?? null;
    if (invite !== null) this.app.replace({ screen: "invite", invite, forMember: null });
  }

  protected override render() {
    const { shown, snapshot } = this.app;
    if (shown.screen !== "invite" || snapshot === null) return html``;
    if (shown.invite !== null) {
      return html`<tw-invite-progress
        .app=${this.app}
        .invite=${shown.invite}
      ></tw-invite-progress>`;
    }
    const member = snapshot.members.find(({ id }) => id === shown.forMember) ?? null;
    return html`<main class="page narrow">
      <header class="sheet-head">
        ${backButton(() => this.app.back({ screen: "family" }))}
        <h1 tabindex="-1">
          ${member === null ? t.invite.title : t.newDevice.title(member.name, member.isMe)}
        </h1>
      </header>
      <form
        class="stack"
        novalidate
        @submit=${(event: SubmitEvent) => void this.#create(event, member)}
      >
        ${
          member === null
            ? this.#renderRoles()
            : html`<p class="note">${t.newDevice.lead(member.name, member.isMe)}</p>`
        }
        <fieldset class="choices">
          <legend>${t.invite.how}</legend>
          ${radioCard({
            group: "lifetime",
            value: "qr",
            label: t.invite.qr,
            hint: t.invite.qrHint,
            isChecked: true,
          })}
          ${radioCard({
            group: "lifetime",
            value: "link",
            label: t.invite.link,
            hint: t.invite.linkHint,
            isChecked: false,
          })}
        </fieldset>
        ${problem(this.failure)}
        <button class="button" ?disabled=${this.isBusy}>${this.#submitWords(member)}</button>
      </form>
    </main>`;
  }

  #submitWords(member: MemberView | null): string {
    if (this.isBusy) return t.invite.working;
    return member === null ? t.invite.create : t.newDevice.create;
  }

  #renderRoles(): TemplateResult {
    return html`<fieldset class="choices">
      <legend>${t.invite.who}</legend>
      ${ROLES.map((role) =>
        radioCard({
          group: "role",
          value: role,
          label: t.roles[role],
          hint: t.roleMeanings[role],
          isChecked: role === "child",
        }),
      )}
    </fieldset>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-invite": TwInvite;
  }
}
