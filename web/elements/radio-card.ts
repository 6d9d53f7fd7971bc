/**
 * One choice of a group: a native radio, its name, and a sentence on what it means. The name alone
 * labels the radio, the sentence describes it; the label covers the card, so all of it can be pressed.
 */

import { html, type TemplateResult } from "lit";

export interface RadioCardOptions {
  readonly group: string;
  readonly value: string;
  readonly label: string;
  readonly hint: string;
  readonly isChecked: boolean;
}

export function radioCard({
  group,
  value,
  label,
  hint,
  isChecked,
}: RadioCardOptions): TemplateResult {
  const id = `${group}-${value}`;
  return html`<div class="choice">
    <input
      type="radio"
      id=${id}
      name=${group}
      value=${value}
      ?checked=${isChecked}
      aria-describedby="${id}-hint"
    />
    <div>
      <label for=${id}>${label}</label>
      <p class="hint" id="${id}-hint">${hint}</p>
    </div>
  </div>`;
}
