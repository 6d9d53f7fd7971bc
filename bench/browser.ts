/**
 * The browsers of the benchmarks: the one of the stories, in which signals are left to the stage. A
 * device on disk is a browser of its own with its folder, so that it can be closed, killed and opened
 * again like an app; a device in memory is a context of a shared browser.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
} from "@playwright/test";
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

/** A browser of its own on a folder; closing twice is closing once. */
export async function launchOnDisk(
  stage: Stage,
  folder: string,
  options: Pick<BrowserContextOptions, "serviceWorkers" | "bypassCSP"> = {},
): Promise<BrowserContext> {
  const context = await chromium.launchPersistentContext(folder, {
    ...LAUNCH_OPTIONS,
    ...SIGNALS,
    ...PAGE_OPTIONS,
    ...options,
  });
  return prepared(stage.own(context, (one) => one.close()));
}

/**
 * What runs the benchmarks (tsx) gives functions their names with a call of `__name`, also in those
 * that are handed to a page. https://github.com/privatenumber/tsx/issues/113; to be removed with it.
 */
async function prepared(context: BrowserContext): Promise<BrowserContext> {
  await context.addInitScript("globalThis.__name ??= (named) => named;");
  return context;
}

/** An empty folder that is deleted with the stage. */
export function makeFolder(stage: Stage): string {
  const folder = mkdtempSync(join(tmpdir(), "tinyweb-bench-"));
  return stage.own(folder, (one) => rmSync(one, { recursive: true, force: true, maxRetries: 5 }));
}
