import { defineConfig } from "@playwright/test";
import { LAUNCH_OPTIONS, PERMISSIONS, PHONE } from "./playwright/browser.ts";

const FIREFOX = "**/firefox-*.spec.ts";
const WEBKIT = "**/webkit-*.spec.ts";
/** Longer than the gate has time for, whole files and single stories: `npm run test:long`. */
const LONG = "**/long-*.spec.ts";
const TAGGED = /@long/;
/** An hour of real time: `npm run test:hour`. */
const HOUR = "**/hour-*.spec.ts";

/** Stories in real browsers: every device is an isolated context, every story has its own server. */
export default defineConfig({
  testDir: "playwright/specs",
  // Emptied by each run; what stands beside it (screens, reports) stays.
  outputDir: "test-results/stories",
  globalSetup: ["./playwright/global-setup.ts", "./playwright/next-build.ts"],
  timeout: 90_000,
  expect: { timeout: 20_000 },
  workers: 2,
  fullyParallel: true,
  retries: 0,
  forbidOnly: true,
  reporter: [["list"]],
  // By what a story needs: `firefox-….spec.ts` Debian's Firefox. Where that is missing it fails;
  // `npm test` then says that it did not run.
  projects: [
    { name: "chromium", testIgnore: [FIREFOX, WEBKIT, LONG, HOUR], grepInvert: TAGGED },
    { name: "firefox", testMatch: FIREFOX, grepInvert: TAGGED },
    { name: "webkit", testMatch: WEBKIT, grepInvert: TAGGED },
    { name: "long", testMatch: LONG },
    { name: "long-tagged", testIgnore: [LONG, HOUR], grep: TAGGED },
    { name: "hour", testMatch: HOUR },
  ],
  use: {
    actionTimeout: 20_000,
    navigationTimeout: 20_000,
    viewport: PHONE,
    permissions: PERMISSIONS,
    locale: "en-GB",
    screenshot: "only-on-failure",
    launchOptions: LAUNCH_OPTIONS,
  },
});
