/**
 * While this device shares its place and the page is seen, the node is told where it is: as the browser
 * notices that it moves, and now and then that it is still there. What is passed on when is the node's to
 * say. A page that is hidden asks nothing. SPEC UI152, UI153.
 */
import type { SharingView } from "../../workers/api.ts";
import type { AppModel } from "./app-model.ts";
import { askPlace, placeFrom, PLACE_TIMEOUT_MS, troubleFrom } from "./ask-place.ts";

export function followPlace(page: Window, app: AppModel): void {
  const { document, navigator } = page;
  const { geolocation } = navigator;
  let watch: number | null = null;
  let timer: number | null = null;

  app.addEventListener("change", look);
  document.addEventListener("visibilitychange", look);

  function look(): void {
    const places = app.snapshot?.places ?? null;
    const isOn = isSharing(places?.mine ?? null) && document.visibilityState === "visible";
    if (isOn && watch === null) begin((places?.intervalSeconds ?? 0) * 1_000);
    else if (!isOn && watch !== null) end();
  }

  function begin(intervalMs: number): void {
    watch = geolocation.watchPosition(tell, (error) => app.notePlaceTrouble(troubleFrom(error)), {
      enableHighAccuracy: true,
      timeout: PLACE_TIMEOUT_MS,
      maximumAge: 0,
    });
    // A device that lies still is told of once by most browsers.
    timer = page.setInterval(() => void again(intervalMs), intervalMs);
  }

  function end(): void {
    if (watch !== null) geolocation.clearWatch(watch);
    if (timer !== null) page.clearInterval(timer);
    watch = null;
    timer = null;
    app.notePlaceTrouble(null);
  }

  async function again(maxAgeMs: number): Promise<void> {
    const answer = await askPlace(document, maxAgeMs);
    // It was ended while the browser looked.
    if (watch === null) return;
    app.notePlaceTrouble(answer.ok ? null : answer.trouble);
    if (answer.ok) void app.call("notePlace", answer.place);
  }

  function tell(found: GeolocationPosition): void {
    app.notePlaceTrouble(null);
    void app.call("notePlace", placeFrom(found));
  }
}

/** Whether a place is being shared, and its time is not over. */
export function isSharing(mine: SharingView | null): mine is SharingView {
  return mine !== null && !mine.isOver;
}
