/**
 * What has to be there before anything runs: a Node that is new enough, the packages, the built app.
 * Plain Node without any dependency. Each step is skipped when a stamp (a hash of its inputs) says
 * that it is done. Whatever fails is a Problem with one sentence. SPEC SG54 to SG58.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Lowest Node that runs the build and the server; the same as `engines` in package.json. */
const NODE_MINIMUM = [20, 19];

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const LOCK_FILE = join(ROOT, "package-lock.json");
const INSTALL_STAMP = join(ROOT, "node_modules", ".tinyweb-installed");
const BUILD_STAMP = join(ROOT, "dist", ".build-stamp");
export const SERVER_FILE = join(ROOT, "dist", "server", "main.js");

/** What a build depends on, relative to the root; tests are left out. */
const BUILD_INPUTS = [
  "web",
  "workers",
  "signaling",
  "public",
  "index.html",
  "package.json",
  "package-lock.json",
  "tsconfig.base.json",
  "vite.config.ts",
];

/** A sentence for the person who started this; no stack. */
export class Problem extends Error {}

export function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [majorMinimum, minorMinimum] = NODE_MINIMUM;
  if (major > majorMinimum || (major === majorMinimum && minor >= minorMinimum)) return;
  throw new Problem(
    `TinyWeb needs Node ${NODE_MINIMUM.join(".")} or newer, and this is ${process.versions.node}: get it from https://nodejs.org`,
  );
}

export function installIfNeeded() {
  if (readStamp(INSTALL_STAMP) === hashFiles([LOCK_FILE])) return;
  if (!isInstalledByHand()) {
    console.log("Installing what TinyWeb needs (once, about a minute) …");
    installPackages();
  }
  writeFileSync(INSTALL_STAMP, hashFiles([LOCK_FILE]));
}

/**
 * `npm ci` takes exactly what the lock file says. npm versions differ in which packages of *other*
 * platforms a lock file must list, and then refuse it with EUSAGE: `npm install` adds the missing
 * lines and keeps the versions. The build needs the development packages too.
 */
function installPackages() {
  const options = ["--include=dev", "--no-audit", "--no-fund", "--loglevel=error"];
  const exact = runNpm(["ci", ...options]);
  if (exact.isDone) return;
  const completed = exact.said.includes("EUSAGE") ? runNpm(["install", ...options]) : exact;
  if (completed.isDone) return;
  console.error(completed.said);
  throw new Problem(
    "The packages could not be installed: check the internet connection and try again.",
  );
}

/** True when somebody ran npm after the lock file last changed: npm leaves a lock file of its own. */
function isInstalledByHand() {
  const installed = join(ROOT, "node_modules", ".package-lock.json");
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(LOCK_FILE).mtimeMs;
}

export function buildIfNeeded() {
  const wanted = hashFiles(BUILD_INPUTS.flatMap((name) => listFiles(join(ROOT, name))));
  const isBuilt = existsSync(SERVER_FILE) && existsSync(join(ROOT, "dist", "app", "index.html"));
  if (isBuilt && readStamp(BUILD_STAMP) === wanted) return;
  console.log("Building TinyWeb …");
  const built = runNpm(["run", "--silent", "build"]);
  if (!built.isDone) {
    console.error(built.said);
    throw new Problem(
      "TinyWeb could not be built: the lines above say why. If you changed nothing, delete node_modules and try again.",
    );
  }
  writeFileSync(BUILD_STAMP, wanted);
}

/** Runs npm quietly and keeps what it says, to be shown when it fails. */
function runNpm(parameters) {
  // npm is a script that Windows only finds through its shell; no parameter comes from outside.
  const shell = process.platform === "win32";
  const result = spawnSync("npm", parameters, { cwd: ROOT, encoding: "utf8", shell });
  if (result.error) throw new Problem("npm was not found: install Node with npm, then again.");
  const said = `${result.stdout ?? ""}${result.stderr ?? ""}`.trimEnd();
  return { isDone: result.status === 0, said };
}

function readStamp(path) {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

/** The files at or below a path, in a fixed order; none where it does not exist. */
function listFiles(path) {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return path.endsWith(".test.ts") ? [] : [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => listFiles(join(path, name)));
}

/** SHA-256 over names (relative to the root) and contents. */
function hashFiles(paths) {
  const hash = createHash("sha256");
  for (const path of paths) {
    const bytes = readFileSync(path);
    hash.update(`${path.slice(ROOT.length)}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest("hex");
}
