/**
 * What TinyWeb is compared with, as real pages: builds `bench/pages` with Vite, serves them from our
 * own server (files and signalling on one port), and opens two of a kind that have found each other.
 */
import { join } from "node:path";
import type { Browser, Page } from "@playwright/test";
import { build } from "vite";
import { startServer } from "../signaling/server.ts";
import { openContext } from "./browser.ts";
import type { Stage } from "./stage.ts";

const PAGES = "bench/pages";
const BUILT = "node_modules/.cache/bench-pages";
const CONNECT_MS = 30_000;

export type Rival = "y-webrtc" | "trystero";

/** Builds the pages and serves them; the address, with a slash at its end. */
export async function servePages(stage: Stage, names: readonly string[]): Promise<string> {
  const outDir = join(process.cwd(), BUILT);
  await build({
    root: PAGES,
    configFile: false,
    logLevel: "error",
    worker: { format: "es" },
    build: {
      outDir,
      emptyOutDir: true,
      target: "es2023",
      modulePreload: { polyfill: false },
      rolldownOptions: { input: names.map((name) => join(process.cwd(), PAGES, `${name}.html`)) },
    },
  });
  const server = await startServer({ port: 0, staticDir: outDir });
  stage.own(server, (one) => one.close());
  return `http://localhost:${server.port}/`;
}

export interface Pair {
  readonly from: Page;
  readonly to: Page;
  readonly close: () => Promise<void>;
}

/** Two pages of one room, each in a context of its own, connected. */
export async function openPair(
  browser: Browser,
  address: string,
  rival: Rival,
  room: string,
): Promise<Pair> {
  const contexts = [await openContext(browser), await openContext(browser)] as const;
  const open = async (context: (typeof contexts)[number]): Promise<Page> => {
    const page = await context.newPage();
    await page.goto(`${address}${rival}.html#${room}`);
    return page;
  };
  const from = await open(contexts[0]);
  const to = await open(contexts[1]);
  for (const page of [from, to]) {
    await page.locator('body[data-peers="1"]').waitFor({ timeout: CONNECT_MS, state: "attached" });
  }
  const close = async (): Promise<void> => {
    await Promise.all(contexts.map((context) => context.close()));
  };
  return { from, to, close };
}
