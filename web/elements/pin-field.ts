/** A field for a PIN or passphrase: nobody looks over a shoulder, no browser fills it in. */

import { html, nothing, type TemplateResult } from "lit";

export interface PinFieldOptions {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly isInvalid?: boolean;
  readonly isFirst?: boolean;
}

export function pinField(options: PinFieldOptions): TemplateResult {
  const { name, label, hint, isInvalid = false, isFirst = false } = options;
  const hintId = `${name}-hint`;
  const described = [hint === undefined ? "" : hintId, isInvalid ? "problem" : ""].join(" ").trim();
  return html`<div class="field">
    <label for=${name}>${label}</label>
    <input
      id=${name}
      name=${name}
      type="password"
      required
      dir="auto"
      autocomplete="new-password"
      autocapitalize="none"
      spellcheck="false"
      ?autofocus=${isFirst}
      aria-invalid=${isInvalid ? "true" : "false"}
      aria-describedby=${described === "" ? nothing : described}
    />
    ${hint === undefined ? nothing : html`<p class="hint" id=${hintId}>${hint}</p>`}
  </div>`;
}

/** What was typed, spaces and all. */
export function readPin(form: HTMLFormElement, name: string): string {
  const value = new FormData(form).get(name);
  return typeof value === "string" ? value : "";
}
