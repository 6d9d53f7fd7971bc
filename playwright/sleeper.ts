/**
 * A Chromium whose tabs go to sleep as on a phone. Playwright keeps every page of a browser that it
 * launches in view (`Emulation.setFocusEmulationEnabled`), and Chromium freezes no page in view:
 * `Page.setWebLifecycleState` answers and does nothing. So this one is started by hand on a folder, and
 * joined over its debugging port without those defaults. A frozen page's worker stands still too.
 * https://github.com/microsoft/playwright/blob/main/docs/src/api/class-browsertype.md (noDefaults)
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type BrowserContext, chromium } from "@playwright/test";
import { LAUNCH_OPTIONS, PERMISSIONS, PHONE } from "./browser.ts";

const START_MS_MAX = 20_000;

export interface SleepingBrowser {
  readonly context: BrowserContext;
  /** Where the debugging protocol is spoken. */
  readonly debugPort: number;
  /** The process that leads all of this browser's. */
  readonly leader: number;
  /** Ends it and deletes its folder; twice is once. */
  readonly close: () => Promise<void>;
}

/** Starts it on an empty folder, in the size of a phone, with the stories' permissions. */
export async function launchSleeper(): Promise<SleepingBrowser> {
  const folder = mkdtempSync(join(tmpdir(), "tinyweb-sleeper-"));
  const program = spawn(
    "executablePath" in LAUNCH_OPTIONS ? LAUNCH_OPTIONS.executablePath : chromium.executablePath(),
    [
      ...LAUNCH_OPTIONS.args,
      "--headless=new",
      "--lang=en-GB",
      "--remote-debugging-port=0",
      `--user-data-dir=${folder}`,
      `--window-size=${PHONE.width},${PHONE.height}`,
      "about:blank",
    ],
    // A group of its own, so that all its processes can be stopped as one.
    { stdio: "ignore", detached: true },
  );
  const leader = program.pid;
  if (leader === undefined) throw new Error("Chromium did not start");
  const ended = new Promise<void>((resolve) => {
    program.once("exit", () => resolve());
  });
  const kill = (): void => {
    if (program.exitCode === null && program.signalCode === null) process.kill(-leader, "SIGKILL");
  };
  // A group of its own does not end with who started it.
  process.once("exit", kill);
  const close = async (): Promise<void> => {
    process.off("exit", kill);
    kill();
    await ended;
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const debugPort = await readDebugPort(join(folder, "DevToolsActivePort"));
    const browser = await chromium.connectOverCDP(`http://127.0.0.1:${debugPort}`, {
      noDefaults: true,
    });
    const [context] = browser.contexts();
    if (context === undefined) throw new Error("Chromium has no default profile");
    await context.grantPermissions(PERMISSIONS);
    return { context, debugPort, leader, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Chromium writes it once it listens. */
async function readDebugPort(file: string): Promise<number> {
  for (const until = performance.now() + START_MS_MAX; performance.now() < until;) {
    const port = existsSync(file) ? Number.parseInt(readFileSync(file, "utf8"), 10) : Number.NaN;
    if (!Number.isNaN(port)) return port;
    await sleep(50);
  }
  throw new Error("Chromium does not say where it listens");
}
