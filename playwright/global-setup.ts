/** Builds the app once before the stories, unless the build is newer than every source of it. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const BUILT = ["dist/app/index.html", "dist/server/main.js"];
const SOURCES = [
  "index.html",
  "package-lock.json",
  "public",
  "signaling",
  "vite.config.ts",
  "web",
  "workers",
];

/** Also what the benchmarks call before they open a page. */
export default function buildUnlessFresh(): void {
  if (BUILT.every((path) => existsSync(path)) && newest(SOURCES) < oldest(BUILT)) return;
  execFileSync("npm", ["run", "--silent", "build"], { stdio: ["ignore", "ignore", "inherit"] });
}

function newest(paths: readonly string[]): number {
  return Math.max(...paths.flatMap(listFiles).map((path) => statSync(path).mtimeMs));
}

function oldest(paths: readonly string[]): number {
  return Math.min(...paths.map((path) => statSync(path).mtimeMs));
}

function listFiles(path: string): string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
