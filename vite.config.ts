import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig, type Plugin } from "vite";
import { VitePWA } from "vite-plugin-pwa";
import { describePwa } from "./scripts/precache.ts";

/** What the app is made of; a change in any of it is another build. */
const SOURCES = ["index.html", "package-lock.json", "public", "signaling", "web", "workers"];
const BUILD_HEX = 12;
const OUT = process.env["APP_OUT"] ?? "dist/app";

/**
 * The app goes to dist/app (or APP_OUT); `vite build --ssr signaling/main.ts --outDir dist/server` makes the
 * server. No inline script anywhere: the content policy admits files of our own origin only.
 */
export default defineConfig(({ isSsrBuild }) => ({
  plugins: isSsrBuild === true ? [] : [VitePWA(describePwa(OUT))],
  define: { __BUILD__: JSON.stringify(hashSources()) },
  publicDir: isSsrBuild === true ? false : "public",
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: isSsrBuild === true ? "node20" : "es2023",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  worker: {
    format: "es",
    plugins: () => [forbidImportsOfEntry()],
    rolldownOptions: {
      output: {
        entryFileNames: "assets/worker-[name]-[hash].js",
        chunkFileNames: "assets/worker-[name]-[hash].js",
        // Everything but the entry itself, so that no later chunk has a reason to import it.
        codeSplitting: {
          groups: [
            { name: "node", test: (id) => !id.endsWith("/workers/main.ts"), entriesAware: true },
          ],
        },
      },
    },
  },
}));

/**
 * WebKit (seen in WebKitGTK 2.50) evaluates a worker's entry a second time for a chunk that imports
 * it: two nodes would answer every call, one of them empty.
 */
function forbidImportsOfEntry(): Plugin {
  return {
    name: "forbid-imports-of-entry",
    generateBundle(_options, bundle) {
      const chunks = Object.values(bundle).filter((file) => file.type === "chunk");
      const entries = new Set(chunks.filter(({ isEntry }) => isEntry).map((one) => one.fileName));
      for (const { fileName, imports } of chunks) {
        const entry = imports.find((name) => entries.has(name));
        if (entry !== undefined) this.error(`${fileName} imports the worker's entry ${entry}`);
      }
    },
  };
}

/** The first digits of a SHA-256 over names and bytes of every source, tests left out. */
function hashSources(): string {
  const hash = createHash("sha256");
  for (const path of SOURCES.flatMap(listFiles))
    hash.update(`${path}\0`).update(readFileSync(path));
  // The update story needs a second build that differs in nothing else.
  hash.update(process.env["BUILD_SALT"] ?? "");
  return hash.digest("hex").slice(0, BUILD_HEX);
}

function listFiles(path: string): string[] {
  if (path.includes(".")) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.includes(".test."))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}
