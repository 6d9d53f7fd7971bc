/**
 * Places between the page, in degrees, and the wire, in whole numbers; and how far two are apart, to
 * tell whether somebody has moved. SPEC PC2, PN4. Source: DESIGN §3.
 */
import type { PlaceView } from "../api.ts";
import type { Place } from "../core/gossip/payload.ts";

const SCALE = 1e7;
const ACCURACY_METRES_MAX = 100_000;
/** Of the meridian; a degree of latitude is this long everywhere. */
const METRES_PER_DEGREE = 111_195;
/** The world around, in degrees. */
const ROUND = 360;

export function placeOf(place: PlaceView | null): Place | null {
  if (place === null) return null;
  return {
    latitude: Math.round((place.latitude + 90) * SCALE),
    longitude: Math.round((place.longitude + 180) * SCALE),
    accuracy: Math.min(ACCURACY_METRES_MAX, Math.max(0, Math.round(place.accuracy))),
  };
}

export function viewOf({ latitude, longitude, accuracy }: Place): PlaceView {
  return { latitude: latitude / SCALE - 90, longitude: longitude / SCALE - 180, accuracy };
}

/** A place with its time, as the page shows it. */
export function atOf(
  found: { readonly place: Place; readonly at: number } | null,
): (PlaceView & { readonly at: number }) | null {
  return found === null ? null : { ...viewOf(found.place), at: found.at };
}

/** Whether a page may say this: inside the world's bounds, and a number at all. */
export function isPlace({ latitude, longitude, accuracy }: PlaceView): boolean {
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 && accuracy >= 0;
}

/** Metres between two, near enough to tell whether somebody has moved; over the date line too. */
export function metresBetween(a: PlaceView, b: PlaceView): number {
  const turn = Math.abs(a.longitude - b.longitude) % ROUND;
  const east = Math.min(turn, ROUND - turn);
  const slant = Math.cos((((a.latitude + b.latitude) / 2) * Math.PI) / 180);
  return Math.hypot(a.latitude - b.latitude, east * slant) * METRES_PER_DEGREE;
}
