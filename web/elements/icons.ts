/**
 * The app's own line icons as lit templates, 24 px grid, drawn in the current colour. Always beside
 * a word or on a control with an accessible name, so each is hidden from screen readers.
 */

import { svg, html, type SVGTemplateResult, type TemplateResult } from "lit";

const SHAPES = {
  chats: svg`<path d="M4 6.5A2.5 2.5 0 0 1 6.5 4h11A2.5 2.5 0 0 1 20 6.5v7a2.5 2.5 0 0 1-2.5 2.5H11l-4.6 4v-4A2.5 2.5 0 0 1 4 13.5z" />`,
  family: svg`<path d="M3.5 11 12 4l8.5 7M6 9.5V20h12V9.5" /><path d="M10 20v-5.5h4V20" />`,
  people: svg`<circle cx="9" cy="8.5" r="3.2" /><path d="M3 19.5c.4-3.4 2.8-5.4 6-5.4s5.6 2 6 5.4" /><path d="M15.2 5.6a3.2 3.2 0 0 1 0 5.8M17.6 14.6c1.9.8 3.1 2.5 3.4 4.9" />`,
  more: svg`<path d="M4 7h16M4 12h16M4 17h16" />`,
  back: svg`<path d="M14.5 5.5 8 12l6.5 6.5" />`,
  add: svg`<circle cx="9.5" cy="8" r="3.5" /><path d="M3 20c.4-3.8 3-6 6.5-6 1.5 0 2.8.4 3.9 1.1M18 13v7M14.5 16.5h7" />`,
  copy: svg`<rect x="9" y="9" width="11" height="11" rx="2.5" /><path d="M5.5 15H5a1.5 1.5 0 0 1-1.5-1.5V5A1.5 1.5 0 0 1 5 3.5h8.5A1.5 1.5 0 0 1 15 5v.5" />`,
  share: svg`<path d="M12 15V4M7.5 8 12 3.8 16.5 8M5 13v5.5A1.5 1.5 0 0 0 6.5 20h11a1.5 1.5 0 0 0 1.5-1.5V13" />`,
  check: svg`<path d="m5 12.5 4.5 4.5L19 7.5" />`,
  pin: svg`<path d="M12 21s-6.5-5.6-6.5-11a6.5 6.5 0 0 1 13 0c0 5.4-6.5 11-6.5 11z" /><circle cx="12" cy="10" r="2.4" />`,
  clock: svg`<circle cx="12" cy="12" r="8.5" /><path d="M12 7.5V12l3 2" />`,
  lock: svg`<rect x="5" y="10.5" width="14" height="9.5" rx="2.5" /><path d="M8.5 10.5V8a3.5 3.5 0 0 1 7 0v2.5" />`,
  eye: svg`<path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z" /><circle cx="12" cy="12" r="2.8" />`,
  device: svg`<rect x="7" y="3" width="10" height="18" rx="2.5" /><path d="M11 17.5h2" />`,
  notice: svg`<path d="M12 4 2.8 19.5h18.4zM12 10v4.5M12 17v.1" />`,
  print: svg`<path d="M7 9V4h10v5M7 17H5.5A1.5 1.5 0 0 1 4 15.5v-5A1.5 1.5 0 0 1 5.5 9h13a1.5 1.5 0 0 1 1.5 1.5v5a1.5 1.5 0 0 1-1.5 1.5H17" /><path d="M7 14h10v6H7z" />`,
  moon: svg`<path d="M20 14.2A8.5 8.5 0 0 1 9.8 4 8.5 8.5 0 1 0 20 14.2z" />`,
  cut: svg`<path d="M3 3l18 18M8.5 5.6A14 14 0 0 1 21 9.5M3 9.5a14 14 0 0 1 3.2-2.3M6.5 13.3a9 9 0 0 1 3.5-2.1M15.2 11.9a9 9 0 0 1 2.3 1.4M10 16.8a4 4 0 0 1 4 0M12 20v.1" />`,
  search: svg`<circle cx="11" cy="11" r="6.5" /><path d="m16 16 4.5 4.5" />`,
  info: svg`<circle cx="12" cy="12" r="8.5" /><path d="M12 11v5M12 7.8v.1" />`,
  close: svg`<path d="M6 6l12 12M18 6 6 18" />`,
  held: svg`<path d="M4 13.5 6.5 5h11l2.5 8.5V19H4zM4 13.5h4.5l1.2 2.3h4.6l1.2-2.3H20" />`,
  heart: svg`<path d="M12 20S4 15.2 4 9.4A4.4 4.4 0 0 1 12 7a4.4 4.4 0 0 1 8 2.4C20 15.2 12 20 12 20z" />`,
  offline: svg`<path d="M3 3l18 18M7 18.5h10.5M19.5 17.6A4 4 0 0 0 17.5 10.5 6 6 0 0 0 9.3 7.2M7 8.9A6 6 0 0 0 6.2 11 4 4 0 0 0 7 18.5" />`,
  pulse: svg`<path d="M3 12.5h4l2.5-6.5 5 12 2.5-5.5h4" />`,
  sun: svg`<circle cx="12" cy="12" r="4" /><path d="M12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.4M5.6 18.4 7 17M17 7l1.4-1.4" />`,
  keys: svg`<rect x="3" y="6.5" width="18" height="11" rx="2.5" /><path d="M7 10.5v.1M11 10.5v.1M15 10.5v.1M8 14h8" />`,
  "plus-square": svg`<rect x="4" y="4" width="16" height="16" rx="4" /><path d="M12 8.5v7M8.5 12h7" />`,
  paste: svg`<rect x="5" y="5" width="14" height="15.5" rx="2.5" /><path d="M9 5.5V4.5A1.5 1.5 0 0 1 10.5 3h3A1.5 1.5 0 0 1 15 4.5v1zM12 10v6M9.5 13.5 12 16l2.5-2.5" />`,
  dots: svg`<circle cx="5.5" cy="12" r="0.8" /><circle cx="12" cy="12" r="0.8" /><circle cx="18.5" cy="12" r="0.8" />`,
  scan: svg`<path d="M4 8.5V6a2 2 0 0 1 2-2h2.5M15.5 4H18a2 2 0 0 1 2 2v2.5M20 15.5V18a2 2 0 0 1-2 2h-2.5M8.5 20H6a2 2 0 0 1-2-2v-2.5M7.5 12h9" />`,
  down: svg`<path d="M12 5v13M6.5 12.5 12 18l5.5-5.5" />`,
} satisfies Record<string, SVGTemplateResult>;

export type IconName = keyof typeof SHAPES;

export function icon(name: IconName): TemplateResult {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${SHAPES[name]}</svg>`;
}

/** An icon that says something by itself, in words for those who hear the page. */
export function sayingIcon(name: IconName, words: string): TemplateResult {
  return html`<svg class="icon" viewBox="0 0 24 24" role="img" aria-label=${words}>
    ${SHAPES[name]}
  </svg>`;
}

/** The app's mark: three dots of one family, joined. */
export function mark(): TemplateResult {
  return html`<svg class="mark" viewBox="0 0 48 48" aria-hidden="true">
    <rect width="48" height="48" rx="14" class="mark-ground" />
    <path d="M24 15.5 15 31h18z" class="mark-line" />
    <circle cx="24" cy="15" r="5" class="mark-dot" />
    <circle cx="14.5" cy="31.5" r="5" class="mark-dot" />
    <circle cx="33.5" cy="31.5" r="5" class="mark-sun" />
  </svg>`;
}
