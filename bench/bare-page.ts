/**
 * The yardstick of the start: the same index.html and style sheet from the same server, without a
 * script. What it takes is the browser's and the machine's.
 */
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { startServer } from "../signaling/server.ts";
import { makeFolder } from "./browser.ts";
import type { Stage } from "./stage.ts";

const APP = "dist/app";

/** The address of the bare page. */
export async function serveBarePage(stage: Stage): Promise<string> {
  const folder = makeFolder(stage);
  cpSync(APP, folder, { recursive: true });
  const shell = readFileSync(join(APP, "index.html"), "utf8");
  const bare = shell
    .replaceAll(/<script\b[^>]*>[^<]*<\/script>/g, "")
    .replaceAll(/<link rel="modulepreload"[^>]*>/g, "");
  writeFileSync(join(folder, "index.html"), bare);
  const server = await startServer({ port: 0, staticDir: folder });
  stage.own(server, (one) => one.close());
  return `http://localhost:${server.port}/`;
}

/** Milliseconds from asking for it to all of it being loaded. */
export async function measureBareOpening(page: Page, url: string): Promise<number> {
  await page.goto(url, { waitUntil: "load" });
  const entry = await page.waitForFunction(() => {
    const [navigation] = performance.getEntriesByType("navigation");
    const ended = (navigation as PerformanceNavigationTiming).loadEventEnd;
    return ended > 0 ? ended : null;
  });
  return Number(await entry.jsonValue());
}
