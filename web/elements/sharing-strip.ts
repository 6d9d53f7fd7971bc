/** Above every screen while this device shares its place: with whom, until when, and Stop. SPEC UI151. */

import { html, nothing, type TemplateResult } from "lit";
import type { AppModel } from "../controllers/app-model.ts";
import { isSharing } from "../controllers/follow-place.ts";
import { t } from "../strings/strings.ts";
import { showToast } from "../web-awesome/show-toast.ts";
import { icon } from "./icons.ts";

export function sharingStrip(app: AppModel): TemplateResult | typeof nothing {
  const mine = app.snapshot?.places?.mine ?? null;
  if (app.snapshot?.phase !== "member" || !isSharing(mine)) return nothing;
  const words = t.places;
  const hasTrouble = app.placeTrouble !== null;
  return html`<section class="sharing-strip" aria-label=${words.mine.title}>
    ${icon("pin")}
    <p>${hasTrouble ? words.stripTrouble : words.strip(mine.with, mine.until)}</p>
    ${
      hasTrouble && app.shown.screen !== "places"
        ? html`<button class="button small quiet" @click=${() => app.open({ screen: "places" })}>
            ${words.look}
          </button>`
        : nothing
    }
    <button class="button small" @click=${() => void stopSharing(app)}>${words.stop}</button>
  </section>`;
}

/** Ends it, and says what happens then. */
export async function stopSharing(app: AppModel): Promise<void> {
  const answer = await app.call("stopPlace");
  void showToast(answer.ok ? t.places.stopped : t.failures[answer.code]);
}
