/**
 * The six digits that two people compare. The text is exactly the digits, so that it can be read
 * out and compared; the gap in the middle is only drawn. SPEC UI32.
 */

import { html, type TemplateResult } from "lit";
import { t } from "../strings/strings.ts";

export function codeCard(code: string): TemplateResult {
  const half = Math.ceil(code.length / 2);
  const digits = html`<span>${code.slice(0, half)}</span><span>${code.slice(half)}</span>`;
  // One line: white space between the tags would become part of the text.
  return html`<p class="code" role="group" aria-label=${t.code.label}>${digits}</p>`;
}
