/**
 * Makes the alarm heard and seen beyond the screen that shows it: for as long as there is one the bell
 * rings, and while the page is in the background the browser is asked to show it. SPEC UI147, UI148.
 */

import type { AppModel } from "../controllers/app-model.ts";
import { t } from "../strings/strings.ts";
import type { AlarmBell } from "./alarm-bell.ts";
import type { AlarmNotice } from "./alarm-notice.ts";
import { alarmOf } from "./open-call.ts";

export function followAlarms(
  app: AppModel,
  { bell, notice }: { readonly bell: AlarmBell; readonly notice: AlarmNotice },
  page: Document,
): void {
  let isFirst = true;
  const look = (): void => {
    const { snapshot } = app;
    if (snapshot === null || snapshot.phase === "starting") return;
    const call = alarmOf(snapshot);
    if (call === null) bell.hush();
    else bell.ring(call.id);
    if (call === null || page.visibilityState === "visible") notice.close(isFirst);
    else {
      const words = t.emergency.alarm;
      notice.show(call.id, words.title(snapshot.lock.isSet ? null : call.by.name), words.notice);
    }
    isFirst = false;
  };
  app.addEventListener("change", look);
  page.addEventListener("visibilitychange", look);
}
