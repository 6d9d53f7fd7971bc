/** The page shown in place of the app where it cannot run, with what to do. SPEC UI2. */

import { html, nothing, type TemplateResult } from "lit";
import type { Obstacle } from "../environment.ts";
import { mark } from "../elements/icons.ts";
import { t } from "../strings/strings.ts";

export function obstaclePage(obstacle: Obstacle): TemplateResult {
  const isInsecure = obstacle === "insecure";
  const words = t.obstacle;
  return html`<main class="sheet">
    ${mark()}
    <h1>${isInsecure ? words.insecureTitle : words.oldTitle}</h1>
    <p class="lead">${isInsecure ? words.insecure : words.old}</p>
    ${isInsecure ? html`<p class="soft">${words.insecureMore}</p>` : nothing}
  </main>`;
}
