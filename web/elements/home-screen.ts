/**
 * How TinyWeb comes onto the Home Screen of an iPhone or iPad, in steps with the signs that are to
 * be looked for. Templates only. Source: DESIGN §7 (iOS); SPEC PW32.
 */

import { html, nothing, type TemplateResult } from "lit";
import { t } from "../strings/strings.ts";
import { icon, mark } from "./icons.ts";

/** @param hasInvite an invite waits to be taken along */
export function homeScreenSteps(hasInvite: boolean): TemplateResult {
  const words = t.browser.home;
  return html`<ol class="how">
      <li><span class="how-sign">${icon("share")}</span><span>${words.share}</span></li>
      <li><span class="how-sign">${icon("plus-square")}</span><span>${words.add}</span></li>
      <li><span class="how-sign">${mark()}</span><span>${words.open}</span></li>
      ${
        hasInvite
          ? html`<li><span class="how-sign">${icon("paste")}</span><span>${words.paste}</span></li>`
          : nothing
      }
    </ol>
    <p class="soft">${words.missing}</p>`;
}
