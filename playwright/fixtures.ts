/**
 * What every story starts from: `host`, a server of its own on a free port; `newDevice`, an isolated
 * browser profile; `family(n)`, n people in one family, each on a device. After each story no device
 * may have met a violation of the content policy, an error in the console, or another origin.
 */
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  expect,
  test as base,
} from "@playwright/test";
import { Device } from "./device.ts";
import { admit, startFamily } from "./family-story.ts";
import { launchFirefox } from "./firefox.ts";
import { Host } from "./host.ts";
import type { RoleName } from "./pages/invite-page.ts";
import { launchSleeper, type SleepingBrowser } from "./sleeper.ts";
import { watch } from "./watch.ts";

export { expect } from "@playwright/test";
export { Device } from "./device.ts";
export { admit, FAMILY_NAME, startFamily } from "./family-story.ts";
export type { Host } from "./host.ts";

const PEOPLE: readonly { readonly name: string; readonly role: RoleName }[] = [
  { name: "Mum", role: "Parent" },
  { name: "Dad", role: "Parent" },
  { name: "Gran", role: "Relative" },
  { name: "Mia", role: "Child" },
];

/** What a browser logs by itself when the server is gone. */
const SERVER_GONE =
  /ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|can.t establish a connection|connection to .* was interrupted/;

interface DeviceOptions extends BrowserContextOptions {
  /** Which browser the device is; Chromium unless said. A story with Firefox is `firefox-….spec.ts`. */
  readonly engine?: "chromium" | "firefox";
  /** A Chromium of its own, which freezes pages: `sleeper.ts`. It takes no other options. */
  readonly canFreeze?: boolean;
  /** Further servers (host and port) that the host's settings name and the page may ask. */
  readonly allowedHosts?: readonly string[];
}

export interface Fixtures {
  readonly host: Host;
  readonly newDevice: (person: string, options?: DeviceOptions) => Promise<Device>;
  /** The first `count` of Mum, Dad (parents), Gran (relative) and Mia (child), all connected. */
  readonly family: <Count extends 1 | 2 | 3 | 4>(count: Count) => Promise<Devices<Count>>;
  /** Console errors that a story brings about on purpose. */
  readonly expectedErrors: RegExp[];
}

export interface WorkerFixtures {
  /** One Firefox for all stories of a worker, started by the first that wants it. */
  readonly openFirefox: () => Promise<Browser>;
}

interface Devices<Count extends number> extends Array<Device> {
  readonly length: Count;
  0: Device;
  1: Device;
  2: Device;
  3: Device;
}

export const test = base.extend<Fixtures, WorkerFixtures>({
  openFirefox: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads the pattern to find dependencies.
    async ({}, use) => {
      let browser: Promise<Browser> | null = null;
      await use(() => (browser ??= launchFirefox()));
      await (browser as Promise<Browser> | null)?.then((open) => open.close());
    },
    { scope: "worker" },
  ],

  // oxlint-disable-next-line no-empty-pattern -- as above
  host: async ({}, use) => {
    const host = await Host.start();
    await use(host);
    await host.stop();
  },

  // oxlint-disable-next-line no-empty-pattern -- as above
  expectedErrors: async ({}, use) => {
    await use([]);
  },

  newDevice: async (
    { browser, openFirefox, host, contextOptions, expectedErrors, viewport, permissions },
    use,
  ) => {
    const devices: Device[] = [];
    const sleepers: SleepingBrowser[] = [];
    const openSleeper = async (): Promise<BrowserContext> => {
      const sleeper = await launchSleeper();
      sleepers.push(sleeper);
      return sleeper.context;
    };
    const openContext = async (
      engine: "chromium" | "firefox",
      options: BrowserContextOptions,
    ): Promise<BrowserContext> => {
      // The permissions are Chromium's way to WebRTC without a network; Firefox has a setting.
      const grants = engine === "firefox" || permissions === undefined ? {} : { permissions };
      const program = engine === "firefox" ? await openFirefox() : browser;
      return program.newContext({ ...contextOptions, viewport, ...grants, ...options });
    };
    await use(async (person, given = {}) => {
      const { engine = "chromium", canFreeze = false, allowedHosts = [], ...options } = given;
      const context = canFreeze ? await openSleeper() : await openContext(engine, options);
      const hosts = [host.url, host.insecureUrl].map((url) => new URL(url).host);
      const seen = await watch(context, [...hosts, ...allowedHosts]);
      const device = new Device(person, context, seen, host);
      devices.push(device);
      return device;
    });
    for (const { person, watch: seen } of devices) {
      const errors = seen.errors.filter(
        (words) =>
          !(host.hasBeenAway && SERVER_GONE.test(words)) &&
          !expectedErrors.some((pattern) => pattern.test(words)),
      );
      const found = { violations: seen.violations, errors, strangers: seen.strangers };
      expect.soft(found, person).toEqual({ violations: [], errors: [], strangers: [] });
    }
    await Promise.all(devices.map(({ context }) => context.close()));
    await Promise.all(sleepers.map((sleeper) => sleeper.close()));
  },

  family: async ({ newDevice }, use) => {
    await use(async <Count extends 1 | 2 | 3 | 4>(count: Count) => {
      const devices: Device[] = [];
      for (const { name, role } of PEOPLE.slice(0, count)) {
        const device = await newDevice(name);
        const [first] = devices;
        if (first === undefined) await startFamily(device);
        else await admit(first, device, role);
        devices.push(device);
      }
      return devices as unknown as Devices<Count>;
    });
  },
});
