/** What the whole family app needs to tell now: what happened and what to do, above the screen. SPEC UI14. */

import { html, nothing, type TemplateResult } from "lit";
import type { Notice } from "../../workers/api.ts";
import type { AppModel } from "../controllers/app-model.ts";
import { locale, t } from "../strings/strings.ts";
import { formatSpan } from "../text/duration.ts";
import { formatMoment } from "../text/moment.ts";
import { icon } from "./icons.ts";

export function noticeBanners(app: AppModel, notices: readonly Notice[]) {
  // The make-believe family needs no other device.
  const isCutOff = !app.canLink && app.shown.screen !== "demo";
  if (notices.length === 0 && !isCutOff) return nothing;
  return html`<div class="banners" role="alert">
    ${
      isCutOff
        ? html`<div class="banner">
            ${icon("notice")}
            <p>${t.cannotLink}</p>
          </div>`
        : nothing
    }
    ${notices.map(
      (notice) =>
        html`<div class="banner">
          ${icon("notice")}
          <p>${noticeWords(notice)}</p>
          ${noticeButton(app, notice)}
        </div>`,
    )}
  </div>`;
}

/** With the newest version there is, where the app is kept. */
function reload({ browser }: AppModel): void {
  if (browser === null) location.reload();
  else void browser.shell.updateNow();
}

/** The notice in words, with what to do. */
export function noticeWords(notice: Notice): string {
  if (notice.type === "clock-wrong") {
    return t.noticeTexts["clock-wrong"](formatSpan(notice.byMs, locale));
  }
  if (notice.type === "held") {
    return t.noticeTexts.held(notice.by, formatMoment(notice.until, locale));
  }
  return t.noticeTexts[notice.type];
}

function noticeButton(app: AppModel, { type }: Notice): TemplateResult | typeof nothing {
  if (type === "storage-taken") {
    return html`<button class="button small" @click=${() => void app.startNode()}>
      ${t.startAgain}
    </button>`;
  }
  if (type === "storage-closed" || type === "update-needed" || type === "tab-version") {
    return html`<button class="button small" @click=${() => reload(app)}>
      ${t.noticeTexts.reload}
    </button>`;
  }
  return nothing;
}
