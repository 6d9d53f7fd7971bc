/**
 * Asks the browser where this device is; the person is asked by the browser. What it does not say has a
 * reason that people can do something about. SPEC UI141, UI150, UI153.
 */
import type { PlaceView } from "../../workers/api.ts";

/** `refused`: the person or the page's host does not let it; `lost`: it does not know now; `none`: it cannot. */
export type PlaceTrouble = "refused" | "lost" | "none";

export type PlaceAnswer =
  | { readonly ok: true; readonly place: PlaceView }
  | { readonly ok: false; readonly trouble: PlaceTrouble };

/** Milliseconds for which a browser may look for it: a phone in a house takes so long. */
export const PLACE_TIMEOUT_MS = 30_000;
const DENIED = 1;

/** @param maxAgeMs how old an answer may be that the browser has at hand, milliseconds */
export async function askPlace(page: Document, maxAgeMs = 0): Promise<PlaceAnswer> {
  const geolocation = page.defaultView?.navigator.geolocation;
  if (geolocation === undefined) return { ok: false, trouble: "none" };
  return new Promise((resolve) => {
    geolocation.getCurrentPosition(
      (found) => resolve({ ok: true, place: placeFrom(found) }),
      (error) => resolve({ ok: false, trouble: troubleFrom(error) }),
      { enableHighAccuracy: true, timeout: PLACE_TIMEOUT_MS, maximumAge: maxAgeMs },
    );
  });
}

export function placeFrom({ coords }: GeolocationPosition): PlaceView {
  const { latitude, longitude, accuracy } = coords;
  return { latitude, longitude, accuracy };
}

export function troubleFrom({ code }: GeolocationPositionError): PlaceTrouble {
  return code === DENIED ? "refused" : "lost";
}
