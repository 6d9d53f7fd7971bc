/**
 * One person's place in the list: who, how long ago, how exact, how far from me if I want to know, until
 * when, and two ways to a map, both by a press only. SPEC UI154, UI155.
 */

import { html, nothing, type TemplateResult } from "lit";
import type { PlaceRow, PlaceView } from "../../workers/api.ts";
import { locale, t } from "../strings/strings.ts";
import { directionTo, formatDistance, metresBetween } from "../text/distance.ts";
import { formatSpan } from "../text/duration.ts";
import { icon } from "./icons.ts";
import { avatar } from "./parts.ts";

const MINUTE_MS = 60_000;
/** Of OpenStreetMap's map: streets with their names. */
const ZOOM = 16;

/** @param here where I am, where I let the browser say so */
export function placeRow(row: PlaceRow, here: PlaceView | null, now: number): TemplateResult {
  const words = t.places.others;
  const { by, place, at, until, isOver, goneAt } = row;
  const name = by.isMe ? words.you(by.name) : (by.name ?? words.somebody);
  const ago = now - at;
  return html`<li class="card place-row">
    ${avatar(by.name ?? "?", by.id)}
    <div class="row-main stack-tight">
      <h3 class="row-name" dir="auto">${name}</h3>
      <p class="place-facts">
        <span>${ago < MINUTE_MS ? words.now : words.ago(formatSpan(ago, locale))}</span>
        <span>${words.accuracy(formatDistance(Math.max(10, place.accuracy), locale))}</span>
        ${here === null ? nothing : html`<span>${farWords(place, here)}</span>`}
      </p>
      <p class="soft">
        ${isOver && until !== null ? words.over(until, goneAt) : words.until(until)}
      </p>
      <div class="actions">
        <a class="link" href=${geoAddress(place)} aria-label=${words.mapOf(name)}
          >${icon("pin")}${words.map}</a
        >
        <a
          class="link"
          href=${webAddress(place)}
          target="_blank"
          rel="noopener noreferrer"
          aria-label=${words.webOf(name)}
          >${icon("share")}${words.web}</a
        >
      </div>
    </div>
  </li>`;
}

function farWords(place: PlaceView, here: PlaceView): string {
  const metres = metresBetween(here, place);
  if (metres <= Math.max(place.accuracy, here.accuracy)) return t.places.others.here;
  const { far, ways } = t.places.others;
  return far(formatDistance(metres, locale), ways[directionTo(here, place)]);
}

/** What a map app on this device opens. RFC 5870. */
export function geoAddress({ latitude, longitude }: PlaceView): string {
  const point = `${degrees(latitude)},${degrees(longitude)}`;
  return `geo:${point}?q=${point}`;
}

export function webAddress({ latitude, longitude }: PlaceView): string {
  const [north, east] = [degrees(latitude), degrees(longitude)];
  return `https://www.openstreetmap.org/?mlat=${north}&mlon=${east}#map=${ZOOM}/${north}/${east}`;
}

/** Five decimals are a metre; never an exponent, nor a zero with a sign. */
function degrees(value: number): string {
  return value.toFixed(5).replace(/^-(0\.0+)$/, "$1");
}
