import { existsSync } from "node:fs";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { findFirefox, firefoxOptions } from "./playwright/firefox.ts";

const CHROMIUM = "/usr/bin/chromium";

const CHROMIUM_OPTIONS = {
  launchOptions: {
    ...(existsSync(CHROMIUM) ? { executablePath: CHROMIUM } : {}),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      // WebRTC on a machine that has nothing but its loopback interface.
      "--disable-features=WebRtcHideLocalIpsWithMdns",
      "--allow-loopback-in-peer-connection",
    ],
  },
  contextOptions: { permissions: ["microphone", "camera"] },
};

/**
 * Everything in node; what must be seen on a real engine (`*.browser.test.ts`) in Chromium, and what
 * is no screen once more in Firefox where there is one. What one engine is enough for is `*.chromium.test.ts`.
 */
export default defineConfig({
  test: {
    tags: [{ name: "long", description: "Longer than the gate has time for: npm run test:long" }],
    projects: [
      {
        test: {
          name: "node",
          environment: "node",
          include: ["{workers,web,signaling,sim,scripts,bench}/**/*.test.ts"],
          exclude: ["**/*.{browser,chromium,suite}.test.ts", "**/node_modules/**"],
          testTimeout: 30_000,
          // A file's modules are its own only where it changes what all share; none does.
          isolate: false,
        },
      },
      onEngine("browser", "chromium", playwright(CHROMIUM_OPTIONS), "{browser,chromium}"),
      ...(findFirefox() === undefined
        ? []
        : [
            onEngine(
              "firefox",
              "firefox",
              playwright({ launchOptions: firefoxOptions() }),
              "browser",
            ),
          ]),
    ],
  },
});

function onEngine(
  name: string,
  browser: "chromium" | "firefox",
  provider: ReturnType<typeof playwright>,
  kinds: string,
): TestProjectInlineConfiguration {
  return {
    define: { __BUILD__: JSON.stringify("test") },
    // Found late, a dependency reloads the page in the middle of a test.
    optimizeDeps: {
      include: [
        "@awesome.me/webawesome/dist/components/dropdown/dropdown.js",
        "@awesome.me/webawesome/dist/components/dropdown-item/dropdown-item.js",
        "@awesome.me/webawesome/dist/components/stepper/stepper.js",
        "@awesome.me/webawesome/dist/components/step/step.js",
        "@awesome.me/webawesome/dist/components/icon/icon.js",
        "@awesome.me/webawesome/dist/components/icon/library.js",
        "@awesome.me/webawesome/dist/components/toast/toast.js",
        "@awesome.me/webawesome/dist/components/toast-item/toast-item.js",
        "axe-core",
        "@noble/hashes/scrypt.js",
        "comlink",
        "fast-check",
        "idb",
        "lit",
        "lit/decorators.js",
        "lit/directives/class-map.js",
        "lit/directives/live.js",
        "lit/directives/repeat.js",
        "simple-peer/simplepeer.min.js",
        "qr/decode.js",
        "uqr",
      ],
    },
    test: {
      name,
      // Storage, keys, locks and channels differ between engines; screens are looked at in stories.
      include: [
        `{${browser === "firefox" ? "workers,web/mesh" : "workers,web"}}/**/*.${kinds}.test.ts`,
      ],
      testTimeout: 60_000,
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        provider,
        instances: [{ browser }],
      },
    },
  };
}
