/**
 * Small pieces that several screens draw: a person's round initial, the connection chip, a labelled
 * field, a problem in words. Templates only, without state.
 */

import { html, nothing, type TemplateResult } from "lit";
import type { FailureCode, NodeSnapshot } from "../../workers/api.ts";
import { t } from "../strings/strings.ts";
import { icon, type IconName } from "./icons.ts";

const MEMBER_COLORS = 8;

/** The first letter of a name in the member's own colour, which follows from the id. */
export function avatar(name: string, id: string): TemplateResult {
  const [initial] = new Intl.Segmenter().segment(name.trim());
  return html`<span class="avatar ${memberColor(id)}" aria-hidden="true"
    >${initial?.segment.toLocaleUpperCase() ?? ""}</span
  >`;
}

/** The class of a member's own colour, which follows from the id. */
export function memberColor(id: string): string {
  return `member-${((Number.parseInt(id.slice(0, 2), 16) || 0) % MEMBER_COLORS) + 1}`;
}

/** How many devices of the family are connected, announced when it changes. */
export function connectionChip({ connection }: NodeSnapshot): TemplateResult {
  const { linked, others } = connection;
  return html`<p class="chip ${linked > 0 ? "" : "chip-alone"}" role="status">
    ${linked > 0 ? html`<span class="chip-dot" aria-hidden="true"></span>` : icon("moon")}${t.chip(linked, others)}
  </p>`;
}

/** One line below the chip while devices are missing: why, and what works all the same. */
export function aloneLine(
  { connection }: NodeSnapshot,
  isOnline: boolean,
  isSettled: boolean,
): TemplateResult | typeof nothing {
  const { linked, others } = connection;
  if (linked >= others || !isSettled) return nothing;
  if (reachesNobody(connection, isOnline)) {
    const words = isOnline ? t.alone.meetingPlaceLost : t.alone.offline;
    return html`<p class="soft alone">${icon("offline")}<span>${words}</span></p>`;
  }
  if (linked > 0) return nothing;
  return html`<p class="soft alone">${icon("moon")}<span>${t.alone.nobody}</span></p>`;
}

/** The same for a screen on which somebody has to be met. */
export function meetingLine(
  { connection }: NodeSnapshot,
  isOnline: boolean,
): TemplateResult | typeof nothing {
  if (!reachesNobody(connection, isOnline)) return nothing;
  const words = isOnline ? t.alone.cannotMeet : t.alone.cannotMeetOffline;
  return html`<p class="note late">${icon("offline")}<span>${words}</span></p>`;
}

function reachesNobody({ signalling }: NodeSnapshot["connection"], isOnline: boolean): boolean {
  return !isOnline || signalling !== "open";
}

export interface EmptyOptions {
  readonly icon: IconName;
  readonly title: string;
  readonly text: string;
  /** The one thing to do. */
  readonly action?: TemplateResult;
}

/** What will be here, and the one thing to do. */
export function emptyState({ icon: name, title, text, action }: EmptyOptions): TemplateResult {
  return html`<div class="card empty">
    <span class="empty-mark">${icon(name)}</span>
    <h2>${title}</h2>
    <p class="soft">${text}</p>
    ${action ?? nothing}
  </div>`;
}

/**
 * The text of a failure, read out at once; nothing without one.
 * @param rule the rule that refused, where the failure is `not-allowed` and the rule is known
 */
export function problem(code: FailureCode | null, id = "problem", rule = "") {
  if (code === null) return nothing;
  const words = code === "not-allowed" ? t.refusedBy(rule) : t.failures[code];
  return html`<p class="problem" id=${id} role="alert">${words}</p>`;
}

export interface FieldOptions {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly autocomplete?: "name" | "off";
  readonly isInvalid?: boolean;
  readonly value?: string;
}

/** A text field with its label and hint; the form reads it by `name`. */
export function textField(options: FieldOptions): TemplateResult {
  const { name, label, hint, autocomplete = "off", isInvalid = false, value = "" } = options;
  const hintId = `${name}-hint`;
  const described = [hint === undefined ? "" : hintId, isInvalid ? "problem" : ""].join(" ").trim();
  return html`<div class="field">
    <label for=${name}>${label}</label>
    <input
      id=${name}
      name=${name}
      type="text"
      required
      dir="auto"
      autocomplete=${autocomplete}
      autocapitalize=${autocomplete === "name" ? "words" : "none"}
      spellcheck="false"
      value=${value}
      aria-invalid=${isInvalid ? "true" : "false"}
      aria-describedby=${described === "" ? nothing : described}
    />
    ${hint === undefined ? nothing : html`<p class="hint" id=${hintId}>${hint}</p>`}
  </div>`;
}

/** A round button back to where the person came from. */
export function backButton(onClick: () => void): TemplateResult {
  return html`<button type="button" class="round" aria-label=${t.back} @click=${onClick}>
    ${icon("back")}
  </button>`;
}

/** The text of a form's field by name, trimmed. */
export function readField(form: HTMLFormElement, name: string): string {
  const value = new FormData(form).get(name);
  return typeof value === "string" ? value.trim() : "";
}
