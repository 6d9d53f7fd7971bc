/**
 * What the build gives the service worker to keep: every file of the app with the hash of its bytes,
 * so that a file that a proxy changed, or that came from another build while the server was
 * switched, fails the installation instead of being kept. SPEC PW5.
 */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { VitePWAOptions } from "vite-plugin-pwa";
import type { ManifestEntry } from "workbox-build";

/** Adds the integrity of each file; workbox compares it when it fetches. */
export function withIntegrity<Entry extends ManifestEntry>(
  entries: readonly Entry[],
  folder: string,
): Entry[] {
  return entries.map((entry) => {
    const bytes = readFileSync(join(folder, entry.url));
    const integrity = `sha384-${createHash("sha384").update(bytes).digest("base64")}`;
    return { ...entry, url: `/${entry.url}`, integrity };
  });
}

/** For vite-plugin-pwa. @param out the folder that the app is built into */
export function describePwa(out: string): Partial<VitePWAOptions> {
  return {
    strategies: "injectManifest",
    srcDir: "workers",
    filename: "service-worker.ts",
    // The page registers it by itself, under its own Trusted Types policy; public/ has the manifest.
    injectRegister: false,
    manifest: false,
    includeManifestIcons: false,
    injectManifest: {
      rollupFormat: "iife",
      globPatterns: ["**/*"],
      // For the browser's install dialog only, which asks the server for them.
      globIgnores: ["**/service-worker.js", "screenshots/**"],
      maximumFileSizeToCacheInBytes: 4 * 1024 * 1024,
      manifestTransforms: [(entries) => ({ manifest: withIntegrity(entries, out) })],
    },
  };
}
