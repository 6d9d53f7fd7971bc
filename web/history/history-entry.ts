/**
 * One entry of History: who did what at what time, and behind a press what it says line by line and
 * the proof, in plain words; the technical truth is one press deeper. Templates only. SPEC UI95, UI97.
 */

import { html, nothing, type TemplateResult } from "lit";
import type { HistoryChange, RuleChange } from "../../workers/api.ts";
import { icon, type IconName } from "../elements/icons.ts";
import { avatar } from "../elements/parts.ts";
import { r } from "../strings/rule-strings.ts";
import { locale, t } from "../strings/strings.ts";
import { formatClock } from "../text/duration.ts";
import type { HistoryEntry, HistoryItem } from "./arrange-history.ts";

const words = r.history;

/** `isEasy`: for a child. */
export function historyEntry(entry: HistoryEntry, isEasy: boolean): TemplateResult {
  const { sentence, items } = entry;
  const [newest] = items;
  if (newest === undefined) return html``;
  const { by, change } = newest.change;
  const isSure = items.every(({ proof }) => proof.isChecked);
  return html`<details class="history-entry">
    <summary>
      <span class="history-who"
        >${avatar(by.name ?? "", by.id)}<span class="history-sign"
          >${icon(iconOf(change))}</span
        ></span
      >
      <span class="history-main">
        <span class="history-what">${sentence}</span>
        ${items.length > 1 ? html`<span class="history-more">${words.times(items.length)}</span>` : nothing}
        ${isSure ? nothing : html`<span class="tag">${words.unconfirmed}</span>`}
      </span>
      <span class="history-when">
        <time datetime=${new Date(newest.at).toISOString()}>${formatClock(newest.at, locale)}</time>
        ${icon("back")}
      </span>
    </summary>
    ${items.map((item) => historyProof(item, isEasy))}
  </details>`;
}

function historyProof(item: HistoryItem, isEasy: boolean): TemplateResult {
  const { proof, height, at, change } = item;
  const lines = r.changeLines(change.change, { date: formatDate });
  const down = { proof, height, date: formatDate(at), clock: formatClock(at, locale) };
  const isWarned = !proof.isChecked;
  const checked = isEasy ? words.checkedEasy : words.checked;
  return html`<div class="history-proof">
    ${
      lines.length === 0
        ? nothing
        : html`<ul class="history-lines">
            ${lines.map((line) => html`<li>${line}</li>`)}
          </ul>`
    }
    <p>${isEasy ? words.writtenEasy(down) : words.written(down)}</p>
    <p>${isEasy ? words.signedEasy(down) : words.signed(down)}</p>
    <p class="history-verdict ${isWarned ? "is-warned" : ""}">
      ${icon(isWarned ? "notice" : "check")}<span>${isWarned ? words.unchecked : checked}</span>
    </p>
    ${isEasy ? nothing : technical(item, change)}
  </div>`;
}

function technical({ proof, height }: HistoryItem, change: HistoryChange): TemplateResult {
  const rows: readonly (readonly [string, string])[] = [
    [words.details.fingerprint, inGroups(proof.hash)],
    [words.details.before, height === 0 ? words.nothingBefore : inGroups(proof.parent)],
    [words.details.change, inGroups(change.id)],
    [words.details.device, inGroups(change.device.id)],
  ];
  return html`<details>
    <summary>${t.details}</summary>
    <dl class="history-prints">
      ${rows.map(
        ([term, value]) =>
          html`<dt>${term}</dt>
            <dd class="mono">${value}</dd>`,
      )}
    </dl>
  </details>`;
}

/** In fours, so that two people can read it to each other. */
function inGroups(hex: string): string {
  return hex.match(/.{1,4}/g)?.join(" ") ?? "";
}

function formatDate(at: number): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: "long" }).format(at);
}

function iconOf({ type }: RuleChange): IconName {
  switch (type) {
    case "family-created":
    case "family-closed":
      return "family";
    case "invite-created":
    case "invite-revoked":
      return "share";
    case "member-registered":
      return "add";
    case "member-removed":
    case "member-left":
      return "close";
    case "device-registered":
    case "device-revoked":
      return "device";
    case "replicas-changed":
      return "held";
    case "evidence":
    case "emergency-recorded":
    case "violation-recorded":
      return "notice";
    case "recovery":
    case "recovery-key-replaced":
    case "secret-renewed":
      return "keys";
    case "role-assigned":
      return "heart";
    case "group-created":
    case "group-updated":
    case "group-archived":
    case "group-member-added":
    case "group-member-removed":
      return "chats";
    case "permission-granted":
    case "permission-denied":
    case "permission-ended":
    case "control-set":
      return "lock";
    case "filter-set":
    case "filter-removed":
      return "eye";
    case "place-set":
    case "place-removed":
      return "down";
    case "setting-changed":
    case "rules-raised":
      return "more";
    case "proposed":
    case "withdrawn":
      return "info";
    case "request-decided":
    case "approved":
    case "enacted":
    case "emergency-resolved":
      return "check";
    case "objected":
      return "close";
  }
}
