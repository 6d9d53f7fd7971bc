/**
 * One member: the devices with the way to take one out of the family, the role, and going. What takes
 * the word of others is asked for by the same press; the screen says which of the two it was.
 * SPEC UI102, UI103, UI125.
 */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { ChangeOutcome, ChangeRequest } from "../../workers/api.ts";
import type { DeviceView, MemberView, NodeSnapshot, Role } from "../../workers/api.ts";
import { askFirst } from "../elements/ask-first.ts";
import { deviceWords, keysLine } from "../elements/device-line.ts";
import { icon } from "../elements/icons.ts";
import { avatar, backButton, problem } from "../elements/parts.ts";
import type { TwDeviceOut } from "../elements/tw-device-out.ts";
import { ViewElement } from "../elements/view-element.ts";
import { locale, t } from "../strings/strings.ts";
import { formatMoment } from "../text/moment.ts";
import "../elements/tw-device-out.ts";

/** The roles that a member can be given; what else there is, nobody becomes. */
const NEXT_ROLES: Readonly<Record<Role, readonly Role[]>> = {
  parent: ["relative", "contact"],
  relative: ["parent", "contact"],
  contact: ["relative", "parent"],
  child: [],
};

function holdWords({ by, until }: NonNullable<DeviceView["hold"]>): string {
  return t.person.hold.tag(by, formatMoment(until, locale));
}

@customElement("tw-person")
export class TwPerson extends ViewElement {
  @property({ attribute: false }) member = "";
  @state() private outcome: ChangeOutcome | null = null;
  /** The device whose way out is open. */
  @state() private leaving: DeviceView | null = null;

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (!changed.has("member")) return;
    this.outcome = null;
    this.leaving = null;
  }

  protected override render() {
    const { snapshot } = this.app;
    const member = snapshot?.members.find(({ id }) => id === this.member);
    if (snapshot === null || member === undefined) return nothing;
    const isParent = snapshot.me?.role === "parent";
    const { id, name, role, isMe } = member;
    return html`<main class="page">
      <header class="pane-head">
        ${backButton(() => this.app.back({ screen: "family" }))}
        <h1 tabindex="-1" dir="auto">${name}</h1>
      </header>
      <div class="stack">
        <div class="person-head">
          ${avatar(name, id)}
          <p>
            ${t.roles[role]}${isMe ? html` <span class="soft">(${t.family.you})</span>` : nothing}
          </p>
        </div>
        ${
          this.outcome === null
            ? nothing
            : html`<p class="note" role="status">
                ${icon(this.outcome === "done" ? "check" : "clock")}<span
                  >${t.person[this.outcome]}</span
                >
              </p>`
        }
        ${problem(this.failure)} ${this.#renderDevices(snapshot, member, isParent)}
        ${isParent && NEXT_ROLES[role].length > 0 ? this.#renderRole(member) : nothing}
        ${isMe ? this.#renderLeave() : isParent ? this.#renderRemove(member) : nothing}
      </div>
      ${
        this.leaving === null
          ? nothing
          : html`<tw-device-out
              .app=${this.app}
              .device=${this.leaving}
              .number=${member.devices.findIndex(({ id }) => id === this.leaving?.id)}
              .owner=${member}
              @answered=${({ detail }: CustomEvent<TwDeviceOut["answer"]>) =>
                void this.#takeOut(detail)}
            ></tw-device-out>`
      }
    </main>`;
  }

  #renderDevices({ ledger }: NodeSnapshot, member: MemberView, isParent: boolean): TemplateResult {
    const { devices, isMe, id, name } = member;
    const asked = ledger.proposals.flatMap(({ change }) =>
      change?.type === "device-revoked" ? change.device.id : [],
    );
    return html`<section class="card stack-tight" aria-labelledby="person-devices">
      <h2 class="card-title" id="person-devices">${t.person.devices}</h2>
      <ul class="devices">
        ${devices.length === 0 ? html`<li class="soft">${t.family.noDevice}</li>` : nothing}
        ${devices.map((device, index) => this.#renderDevice(member, device, index, asked, isParent))}
      </ul>
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
    </section>`;
  }

  #renderDevice(
    member: MemberView,
    device: DeviceView,
    index: number,
    asked: readonly string[],
    isParent: boolean,
  ): TemplateResult {
    const { hold, canHold, canHoldLonger, isRevoked } = device;
    const isAsked = asked.includes(device.id);
    const words = t.person;
    return html`<li class="device-block">
      <p class="device">
        ${icon("device")}<span>${deviceWords(device, index, member.devices.length)}</span>
        ${isAsked ? html`<span class="tag">${words.out.waits}</span>` : nothing}
      </p>
      ${keysLine(device)} ${hold === null ? nothing : html`<p class="tag">${holdWords(hold)}</p>`}
      <div class="links">
        ${
          canHold && !isRevoked
            ? html`<button
                class="link"
                @click=${() => void this.#hold(member, device, hold === null)}
              >
                ${hold === null ? words.hold.begin : words.hold.end}
              </button>`
            : nothing
        }
        ${
          canHoldLonger && !isRevoked
            ? html`<button class="link" @click=${() => void this.#hold(member, device, true)}>
                ${words.hold.longer}
              </button>`
            : nothing
        }
        ${
          isParent && !isAsked && !isRevoked
            ? html`<button
                class="link"
                @click=${() => {
                  this.leaving = device;
                }}
              >
                ${words.out.button}
              </button>`
            : nothing
        }
      </div>
    </li>`;
  }

  #renderRole({ id, name, role, isMe }: MemberView): TemplateResult {
    const words = t.person;
    return html`<section class="card stack-tight" aria-labelledby="person-role">
      <h2 class="card-title" id="person-role">${words.role}</h2>
      <p>${words.roleNow(t.roles[role])}</p>
      <p class="soft">${isMe ? words.roleTextMe : words.roleText}</p>
      <div class="actions">
        ${NEXT_ROLES[role].map(
          (to) =>
            html`<button
              class="button quiet"
              ?disabled=${this.isBusy}
              @click=${() =>
                void this.#ask(
                  { type: "change-role", member: id, to },
                  {
                    title: words.roleAsk(name, words.aRole[to]),
                    text: words.roleWhat[to],
                    yes: words.roleButton(words.aRole[to]),
                    no: t.cancel,
                  },
                )}
            >
              ${words.roleButton(words.aRole[to])}
            </button>`,
        )}
      </div>
    </section>`;
  }

  #renderRemove({ id, name }: MemberView): TemplateResult {
    const { section, text, button, title, sure, yes, no } = t.person.remove;
    return html`<section class="card stack-tight" aria-labelledby="person-leave">
      <h2 class="card-title" id="person-leave">${section}</h2>
      <p class="soft">${text(name)}</p>
      <button
        class="link"
        ?disabled=${this.isBusy}
        @click=${() =>
          void this.#ask(
            { type: "remove-member", member: id },
            { title: title(name), text: sure(name), yes, no },
          )}
      >
        ${button(name)}
      </button>
    </section>`;
  }

  #renderLeave(): TemplateResult {
    const { text, button, title, sure, yes, no } = t.person.leave;
    return html`<section class="card stack-tight" aria-labelledby="person-leave">
      <h2 class="card-title" id="person-leave">${t.person.remove.section}</h2>
      <p class="soft">${text}</p>
      <button
        class="link"
        ?disabled=${this.isBusy}
        @click=${() => void this.#ask({ type: "leave-family" }, { title, text: sure, yes, no })}
      >
        ${button}
      </button>
    </section>`;
  }

  async #ask(request: ChangeRequest, question: Parameters<typeof askFirst>[1]): Promise<void> {
    if (await askFirst(this.ownerDocument, question)) await this.#change(request);
  }

  /** Begins to hold a device, after the question; ending needs none. */
  async #hold(
    { name, role, isMe }: MemberView,
    { id }: DeviceView,
    isHeld: boolean,
  ): Promise<void> {
    const { title, text, parentText, yes, no } = t.person.hold;
    if (isHeld) {
      const words = role === "parent" ? parentText : text;
      const question = { title: title(name, isMe), text: words, yes, no };
      if (!(await askFirst(this.ownerDocument, question))) return;
    }
    this.outcome = null;
    await this.actGuarded((pin) => this.app.call("holdDevice", id, isHeld, pin));
  }

  async #takeOut(reason: TwDeviceOut["answer"]): Promise<void> {
    const device = this.leaving;
    this.leaving = null;
    if (device === null || reason === null) return;
    await this.#change({ type: "revoke-device", device: device.id, reason });
  }

  async #change(request: ChangeRequest): Promise<void> {
    this.outcome = null;
    const answer = await this.actGuarded((pin) => this.app.call("changeRules", request, pin));
    this.outcome = answer?.value ?? null;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-person": TwPerson;
  }
}
