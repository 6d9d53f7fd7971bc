/**
 * The family: its members with role and devices in words, what waits for whom, the open invites and
 * the way to a new device, the groups. SPEC UI63, UI64, UI115, UI165.
 */

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import type { DeviceView, InviteView, MemberView, NodeSnapshot } from "../../workers/api.ts";
import { Online } from "../controllers/online.ts";
import { Settled } from "../controllers/settled.ts";
import { askFirst } from "../elements/ask-first.ts";
import { deviceList, mayForget } from "../elements/device-line.ts";
import { icon } from "../elements/icons.ts";
import "../elements/tw-decisions.ts";
import "../elements/tw-keeping.ts";
import "../elements/tw-recovering.ts";
import "../elements/tw-refused.ts";
import "../elements/tw-requests.ts";
import "../elements/tw-split.ts";
import { aloneLine, avatar, connectionChip, problem } from "../elements/parts.ts";
import { requestCards } from "../elements/request-cards.ts";
import { ViewElement } from "../elements/view-element.ts";
import { t } from "../strings/strings.ts";

@customElement("tw-family")
export class TwFamily extends ViewElement {
  readonly #online = new Online(this);
  readonly #settled = new Settled(this);

  protected override render() {
    const { snapshot } = this.app;
    if (snapshot === null) return html``;
    const isParent = snapshot.me?.role === "parent";
    // What cannot wait stands above everything.
    const isRecovering = snapshot.ledger.recoveries.length > 0;
    return html`<main class="page">
      <header class="pane-head">
        <h1 tabindex="-1">${t.family.title}</h1>
        ${
          isParent
            ? html`<button
                class="button small"
                @click=${() => this.app.open({ screen: "invite", invite: null, forMember: null })}
              >
                ${icon("add")}${t.invite.open}
              </button>`
            : nothing
        }
      </header>
      <div class="stack">
        ${connectionChip(snapshot)}
        ${aloneLine(snapshot, this.#online.isOnline, this.#settled.isSettled)}
        ${isRecovering ? html`<tw-recovering .app=${this.app}></tw-recovering>` : nothing}
        <tw-split .app=${this.app}></tw-split>
        <tw-refused .app=${this.app}></tw-refused>
        ${requestCards(this.app, snapshot)}
        <tw-decisions .app=${this.app}></tw-decisions>
        <tw-requests .app=${this.app}></tw-requests>
        ${isParent ? this.#renderInvites(snapshot) : nothing}
        <ul class="rows members" aria-label=${t.family.members}>
          ${snapshot.members.map((member) => this.#renderMember(member, isParent))}
        </ul>
        ${this.#renderGroups(snapshot)} ${problem(this.failure)}
        <tw-keeping .app=${this.app}></tw-keeping>
        ${isRecovering ? nothing : html`<tw-recovering .app=${this.app}></tw-recovering>`}
        ${snapshot.me?.role === "contact" ? nothing : this.#renderHistory(snapshot)}
        ${
          snapshot.members.some(({ devices }) => devices.some(mayForget))
            ? html`<p class="soft">${t.browser.lasting.others}</p>`
            : nothing
        }
      </div>
    </main>`;
  }

  /** The groups that this person may look at, and the way to a new one. */
  #renderGroups({ groups, canGather }: NodeSnapshot): TemplateResult | typeof nothing {
    if (groups.length === 0 && canGather === null) return nothing;
    const words = t.groups;
    return html`<section class="card stack-tight" aria-labelledby="groups">
      <h2 class="card-title" id="groups">${words.title}</h2>
      <p class="soft">${words.lead}</p>
      <ul class="lines">
        ${groups.map(
          ({ id, name, members, isMember }) =>
            html`<li>
              <button class="line" @click=${() => this.app.open({ screen: "group", group: id })}>
                <bdi>${name}</bdi>:
                ${words.count(members.length)}${isMember ? nothing : html`, ${words.notIn}`}
              </button>
            </li>`,
        )}
      </ul>
      ${
        canGather === null
          ? nothing
          : html`<button
              class="link"
              @click=${() => this.app.open({ screen: "group", group: null })}
            >
              ${words.make}
            </button>`
      }
    </section>`;
  }

  #renderHistory({ me }: NodeSnapshot): TemplateResult {
    const words = t.history;
    return html`<section class="card stack-tight" aria-labelledby="history">
      <h2 class="card-title" id="history">${words.title}</h2>
      <p class="soft">${me?.role === "child" ? words.openEasy : words.openText}</p>
      <button class="link" @click=${() => this.app.open({ screen: "history" })}>
        ${words.open}
      </button>
    </section>`;
  }

  #renderMember(member: MemberView, isParent: boolean): TemplateResult {
    const { id, name, role, isMe, devices } = member;
    return html`<li class="card member">
      ${avatar(name, id)}
      <div class="row-main">
        <h2 class="row-name">
          <span dir="auto">${name}</span
          >${isMe ? html` <span class="soft">(${t.family.you})</span>` : nothing}
        </h2>
        <p class="soft">${t.roles[role]}</p>
        ${deviceList(devices, (device) => void this.#takeOut(name, device))}
        ${
          isParent
            ? html`<button
                class="link"
                @click=${() => this.app.open({ screen: "invite", invite: null, forMember: id })}
              >
                ${t.newDevice.open(name, isMe)}
              </button>`
            : nothing
        }
        ${
          isParent || isMe
            ? html`<button
                class="link"
                @click=${() => this.app.open({ screen: "person", member: id })}
              >
                ${t.person.open(name, isMe)}
              </button>`
            : nothing
        }
      </div>
    </li>`;
  }

  async #takeOut(name: string, { id }: DeviceView): Promise<void> {
    const { title, text, yes, no } = t.keeping.out;
    const count = this.app.snapshot?.ledger.keepers.length ?? 0;
    const after = text(t.keeping.bears[count - 2] ?? "");
    const question = { title: title(name), text: after, yes, no };
    if (!(await askFirst(this.ownerDocument, question))) return;
    await this.actGuarded((pin) => this.app.call("takeOut", id, pin));
  }

  #renderInvites({ invites, members }: NodeSnapshot): TemplateResult | typeof nothing {
    if (invites.length === 0) return nothing;
    return html`<section class="card stack-tight" aria-labelledby="open-invites">
      <h2 class="card-title" id="open-invites">${t.family.open}</h2>
      <ul class="lines">
        ${invites.map(
          (invite) =>
            html`<li>
              <button
                class="line"
                @click=${() =>
                  this.app.open({ screen: "invite", invite: invite.id, forMember: null })}
              >
                ${inviteWords(invite, members)}
              </button>
            </li>`,
        )}
      </ul>
    </section>`;
  }
}

function inviteWords(invite: InviteView, members: readonly MemberView[]): string {
  const state = t.family.states[invite.step];
  const member = members.find(({ id }) => id === invite.forMember);
  if (member !== undefined) return t.family.deviceLine(member.name, state);
  return t.family.inviteLine(invite.newcomerName ?? t.roles[invite.role], state);
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-family": TwFamily;
  }
}
