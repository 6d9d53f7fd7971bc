/**
 * The few icons that Web Awesome's controls draw themselves, in our own line, as the exact strings
 * that may become markup. Its libraries are replaced: one of them asks a CDN. Each string is written
 * as an engine writes an element back, because a control parses it twice. SPEC WA2, WA3.
 */

const LINE =
  'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"';

function draw(path: string): string {
  return `<svg ${LINE}><path d="${path}"></path></svg>`;
}

/** By the name that a control asks for. */
const ICONS: ReadonlyMap<string, string> = new Map([
  ["xmark", draw("M6 6l12 12M18 6 6 18")],
  ["check", draw("m5 12.5 4.5 4.5L19 7.5")],
  ["chevron-down", draw("m6 9 6 6 6-6")],
  ["chevron-right", draw("m9 6 6 6-6 6")],
]);

const ADMITTED: ReadonlySet<string> = new Set(ICONS.values());

/** Where a control finds an icon: an address that holds it. Empty for a name we do not draw. */
export function findIcon(name: string): string {
  const drawn = ICONS.get(name);
  return drawn === undefined ? "" : `data:image/svg+xml,${encodeURIComponent(drawn)}`;
}

/** The markup itself where it is one of ours, letter by letter; throws for any other. */
export function admitIcon(markup: string): string {
  if (!ADMITTED.has(markup)) throw new TypeError("not an icon of this app");
  return markup;
}
