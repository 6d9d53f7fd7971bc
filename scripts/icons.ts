/**
 * `npm run icons`: draws public/icons from the app's one mark
 * (web/elements/icons.ts), in a browser, and public/favicon.svg with it. Run it when the mark changes.
 * The mark's dots lie within 71 % of the middle, so that the circle of 80 % that launchers leave holds them.
 */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium, type Page } from "@playwright/test";
import { LAUNCH_OPTIONS } from "../playwright/browser.ts";
import { mark } from "../web/elements/icons.ts";

const FOLDER = "public/icons";
const TOKENS = readFileSync("web/styles/tokens.css", "utf8");
const SUN = "#f5b26b";

interface Icon {
  readonly file: string;
  readonly size: number;
  /** The ground reaches the edges; otherwise it is the mark's rounded square. */
  readonly isFull: boolean;
}

const ICONS: readonly Icon[] = [
  { file: "icon-192.png", size: 192, isFull: false },
  { file: "icon-512.png", size: 512, isFull: false },
  { file: "maskable-512.png", size: 512, isFull: true },
  { file: "apple-touch-icon.png", size: 180, isFull: true },
];

/** The first value of a token: the light one. */
function token(name: string): string {
  const value = new RegExp(`--tw-${name}: (#[0-9a-f]{6})`).exec(TOKENS)?.[1];
  if (value === undefined) throw new Error(`no token ${name}`);
  return value;
}

/** The mark without the style sheet: each class as its colours. */
function drawMark(): string {
  const shapes = mark().strings.join("");
  const colours: Readonly<Record<string, string>> = {
    "mark-ground": `fill="${token("leaf")}"`,
    "mark-line": `fill="none" stroke="${token("on-leaf")}" stroke-width="2.5"`,
    "mark-dot": `fill="${token("on-leaf")}"`,
    "mark-sun": `fill="${SUN}"`,
  };
  return shapes
    .replaceAll(/class="(mark-[a-z]+)"/g, (_, name: string) => colours[name] ?? "")
    .replace('class="mark"', 'xmlns="http://www.w3.org/2000/svg"')
    .replace(' aria-hidden="true"', "")
    .replaceAll(/\s+/g, " ")
    .replaceAll("> <", ">\n<");
}

async function draw(page: Page, { file, size, isFull }: Icon): Promise<void> {
  await page.setViewportSize({ width: size, height: size });
  await page.setContent(
    `<style>
      html { background: ${isFull ? token("leaf") : "transparent"} }
      body { margin: 0; display: grid; place-items: center; height: 100vh }
      svg { width: 100%; height: 100% }
    </style>${drawMark()}`,
  );
  const path = join(FOLDER, file);
  const picture = await page.screenshot({ path, omitBackground: true });
  console.log(`${path}: ${picture.byteLength} bytes`);
}

mkdirSync(FOLDER, { recursive: true });
writeFileSync("public/favicon.svg", `${drawMark()}\n`);
const browser = await chromium.launch(LAUNCH_OPTIONS);
const page = await browser.newPage();
for (const icon of ICONS) await draw(page, icon);
await browser.close();
