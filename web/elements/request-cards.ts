/**
 * What waits for me, above the lists: somebody at the door, a new device that asks for old
 * messages, changes that wait for a parent's device. Templates only. SPEC UI34, UI62.
 */

import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { NodeSnapshot, RefillRequestView } from "../../workers/api.ts";
import type { AppModel } from "../controllers/app-model.ts";
import { t } from "../strings/strings.ts";
import { icon } from "./icons.ts";

const AT_THE_DOOR: readonly string[] = ["opened", "comparing", "compared"];

export function requestCards(app: AppModel, snapshot: NodeSnapshot): TemplateResult {
  return html`${doorCards(app, snapshot)}
  ${repeat(
    snapshot.refills,
    ({ device }) => device,
    (refill) => refillCard(app, refill, snapshot.retentionDays),
  )}
  ${pendingCard(snapshot)}`;
}

/** Somebody used recovery words: the way to what can be done about it. */
export function recoveryNote(
  app: AppModel,
  { ledger, me }: NodeSnapshot,
): TemplateResult | typeof nothing {
  const isGrown = me?.role === "parent" || me?.role === "relative";
  if (ledger.recoveries.length === 0 || !isGrown) return nothing;
  return html`<div class="note note-row">
    <span>${t.recovering.note}</span>
    <button class="button small" @click=${() => app.open({ screen: "family" })}>
      ${t.recovering.look}
    </button>
  </div>`;
}

function doorCards(app: AppModel, { invites }: NodeSnapshot): TemplateResult[] {
  return invites
    .filter(({ step }) => AT_THE_DOOR.includes(step))
    .map(
      ({ id, newcomerName }) =>
        html`<div class="note note-row">
          <span>${newcomerName === null ? t.door.somebody : t.door.named(newcomerName)}</span>
          <button
            class="button small"
            @click=${() => app.open({ screen: "invite", invite: id, forMember: null })}
          >
            ${t.door.look}
          </button>
        </div>`,
    );
}

function refillCard(
  app: AppModel,
  { device, memberName, messages }: RefillRequestView,
  days: number,
): TemplateResult {
  const answer = (isAllowed: boolean) => void app.call("answerRefill", device, isAllowed);
  const id = `refill-${device}`;
  return html`<section class="card stack" aria-labelledby=${id}>
    <h2 class="card-title" id=${id}>${t.refill.ask(memberName, days)}</h2>
    <p class="soft">${t.refill.what(messages)}</p>
    <div class="actions">
      <button class="button" @click=${() => answer(true)}>${t.refill.yes}</button>
      <button class="button quiet" @click=${() => answer(false)}>${t.refill.no}</button>
    </div>
  </section>`;
}

function pendingCard({ ledger }: NodeSnapshot): TemplateResult | typeof nothing {
  if (ledger.pending === 0) return nothing;
  return html`<p class="note">
    ${icon("clock")}<span>${t.family.pending(ledger.pending, ledger.waitsFor)}</span>
  </p>`;
}
