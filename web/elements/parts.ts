/**
 * Small pieces that several screens draw: a person's round initial, the connection chip, a labelled
 * field, a problem in words. Templates only, without state.
 */

import { html, nothing, type TemplateResult } from "lit";
import type { FailureCode, NodeSnapshot } from "../../workers/api.ts";
import { t } from "../strings/strings.ts";
import { icon } from "./icons.ts";

const MEMBER_COLORS = 8;

/** The first letter of a name in the member's own colour, which follows from the id. */
export function avatar(name: string, id: string): TemplateResult {
  const color = (Number.parseInt(id.slice(0, 2), 16) || 0) % MEMBER_COLORS;
  const [initial] = new Intl.Segmenter().segment(name.trim());
  return html`<span class="avatar member-${color + 1}" aria-hidden="true"
    >${initial?.segment.toLocaleUpperCase() ?? ""}</span
  >`;
}

/** How many devices of the family are connected, announced when it changes. */
export function connectionChip({ connection }: NodeSnapshot): TemplateResult {
  const { linked, others } = connection;
  return html`<p class="chip ${linked > 0 ? "" : "chip-alone"}" role="status">
    <span class="chip-dot" aria-hidden="true"></span>${t.chip(linked, others)}
  </p>`;
}

/** One line below the chip while devices are missing and nobody can introduce them. */
export function aloneLine({ connection }: NodeSnapshot): TemplateResult | typeof nothing {
  const { linked, others, signalling } = connection;
  if (signalling === "open" || linked >= others) return nothing;
  return html`<p class="soft">${t.meetingPlaceLost}</p>`;
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
