/**
 * The page shown in place of the app inside another app's browser: names it, says why not here, and
 * how to get to a real browser with the invite. Where the app does not say its name it may be a
 * browser after all, and the person can go on. SPEC PW31.
 */

import { html, nothing, type TemplateResult } from "lit";
import { icon, mark } from "../elements/icons.ts";
import type { Place } from "../shell/surroundings.ts";
import { t } from "../strings/strings.ts";
import "../elements/tw-copy.ts";

export interface InsideOptions {
  readonly place: Extract<Place, { type: "inside" }>;
  /** The invite link that the page was opened with. */
  readonly invite: string | null;
  readonly address: string;
  /** Starts the app here all the same. */
  readonly goOn: () => void;
}

export function insidePage({ place, invite, address, goOn }: InsideOptions): TemplateResult {
  const words = t.browser.inside;
  const real = place.isIos ? "Safari" : "Chrome";
  const label = invite === null ? words.copyAddress : words.copyInvite;
  return html`<main class="sheet">
    ${mark()}
    <h1>${words.title(place.app)}</h1>
    <p class="lead">${words.lead(place.app)}</p>
    <ol class="how card">
      <li><span class="how-sign">${icon("dots")}</span><span>${words.openInMenu(real)}</span></li>
      <li><span class="how-sign">${icon("copy")}</span><span>${words.orPaste(real)}</span></li>
    </ol>
    <tw-copy .text=${invite ?? address} .label=${label}></tw-copy>
    ${
      place.app === null
        ? html`<button class="link" @click=${goOn}>${words.allTheSame}</button>`
        : nothing
    }
  </main>`;
}
