/**
 * Tells the node, now and then, that somebody uses the page, so that a profile with a lock does not
 * lock itself meanwhile. Says nothing where there is no lock. SPEC PR22.
 */

import type { AppModel } from "./app-model.ts";

/** Far below the shortest time without use, one minute. */
const REPORT_GAP_MS = 10_000;
const SIGNS = ["pointerdown", "keydown", "wheel", "touchmove"] as const;

export function reportUse(page: Window, app: AppModel, now: () => number): void {
  let lastAt = Number.NEGATIVE_INFINITY;
  const report = (): void => {
    const { snapshot } = app;
    if (snapshot?.lock.isSet !== true || snapshot.phase === "locked") return;
    if (now() - lastAt < REPORT_GAP_MS) return;
    lastAt = now();
    void app.call("noteUse");
  };
  for (const sign of SIGNS) page.addEventListener(sign, report, { passive: true, capture: true });
}
