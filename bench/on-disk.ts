/**
 * A device whose storage is on disk: a browser of its own on a folder, which starts, is
 * closed, and starts again with what was stored, like an app on a phone.
 */
import type { CDPSession, Page } from "@playwright/test";
import { launchOnDisk, makeFolder } from "./browser.ts";
import { fillBrowser, type StoredDevice } from "./disk-rows.ts";
import { leaderOf } from "./slow-cpu.ts";
import type { Stage } from "./stage.ts";

export interface OnDisk {
  readonly name: string;
  /** Starts the browser; no page of the app is open yet. */
  readonly start: () => Promise<Started>;
}

export interface Started {
  readonly page: Page;
  readonly session: CDPSession;
  /** The process that leads all of this browser's. */
  readonly leader: number;
  readonly close: () => Promise<void>;
}

/** A browser on an empty folder. */
export function makeOnDisk(stage: Stage, name: string): OnDisk {
  const folder = makeFolder(stage);
  return {
    name,
    start: async () => {
      const context = await launchOnDisk(stage, folder);
      const page = context.pages()[0] ?? (await context.newPage());
      const leader = leaderOf(folder);
      return {
        page,
        session: await context.newCDPSession(page),
        leader,
        close: async () => context.close(),
      };
    },
  };
}

/** A browser whose profile is the stored device. */
export async function installDevice(
  stage: Stage,
  url: string,
  device: StoredDevice,
): Promise<OnDisk> {
  const made = makeOnDisk(stage, device.name);
  const { page, close } = await made.start();
  await fillBrowser(page.context(), url, device);
  await close();
  return made;
}
