/** How far it is from one place to another and in which direction, on a round earth. SPEC UI154. */
import type { PlaceView } from "../../workers/api.ts";

const EARTH_METRES = 6_371_008;
/** From north, clockwise. */
export const DIRECTIONS = ["n", "ne", "e", "se", "s", "sw", "w", "nw"] as const;
export type Direction = (typeof DIRECTIONS)[number];

type Point = Pick<PlaceView, "latitude" | "longitude">;

const radians = (degrees: number): number => (degrees * Math.PI) / 180;

export function metresBetween(a: Point, b: Point): number {
  const north = radians(b.latitude - a.latitude) / 2;
  const east = radians(b.longitude - a.longitude) / 2;
  const slant = Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude));
  const chord = Math.sin(north) ** 2 + slant * Math.sin(east) ** 2;
  return 2 * EARTH_METRES * Math.asin(Math.min(1, Math.sqrt(chord)));
}

/** Where one has to look from `a` to see `b`. */
export function directionTo(a: Point, b: Point): Direction {
  const turn = radians(b.longitude - a.longitude);
  const [from, to] = [radians(a.latitude), radians(b.latitude)];
  const east = Math.sin(turn) * Math.cos(to);
  const north = Math.cos(from) * Math.sin(to) - Math.sin(from) * Math.cos(to) * Math.cos(turn);
  const eighth = Math.round(Math.atan2(east, north) / (Math.PI / 4));
  return DIRECTIONS[(eighth + DIRECTIONS.length) % DIRECTIONS.length] ?? "n";
}

/** "80 metres", "1.2 kilometres", "340 kilometres": as exact as anybody wants it. */
export function formatDistance(metres: number, locale: string): string {
  const isFar = metres >= 995;
  const isVeryFar = metres >= 9_950;
  const value = isFar ? metres / 1_000 : Math.round(metres / 10) * 10;
  return new Intl.NumberFormat(locale, {
    style: "unit",
    unit: isFar ? "kilometer" : "meter",
    unitDisplay: "long",
    maximumFractionDigits: isFar && !isVeryFar ? 1 : 0,
  }).format(value);
}
