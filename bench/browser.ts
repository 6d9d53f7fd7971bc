/**
 * The browser of the benchmarks: the one of the stories, in which signals are left to the stage. A
 * device is a context of it, in memory.
 */
import { chromium, type Browser, type BrowserContext } from "@playwright/test";
import { LAUNCH_OPTIONS, PERMISSIONS, PHONE } from "../playwright/browser.ts";
import type { Stage } from "./stage.ts";

const SIGNALS = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false } as const;
const PAGE_OPTIONS = {
  viewport: PHONE,
  permissions: PERMISSIONS,
  locale: "en-GB",
} as const;

export async function launchBrowser(stage: Stage): Promise<Browser> {
  const browser = await chromium.launch({ ...LAUNCH_OPTIONS, ...SIGNALS });
  return stage.own(browser, (one) => one.close());
}

/** A device in memory. */
export async function openContext(browser: Browser): Promise<BrowserContext> {
  return prepared(await browser.newContext(PAGE_OPTIONS));
}

/**
 * What runs the benchmarks (tsx) gives functions their names with a call of `__name`, also in those
 * that are handed to a page. https://github.com/privatenumber/tsx/issues/113; to be removed with it.
 */
async function prepared(context: BrowserContext): Promise<BrowserContext> {
  await context.addInitScript("globalThis.__name ??= (named) => named;");
  return context;
}
