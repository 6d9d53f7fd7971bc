/**
 * A second, real build of the same sources under another version: what the server has after its host
 * installed an update. Made once, and again when the app was built anew.
 */
import { execFileSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";

/** The folder of the second build. */
export const NEXT_APP = "dist/next";

/** Run once before the stories, after the app itself was built: two of them at once would mix files. */
export default function buildNext(): void {
  const page = join(NEXT_APP, "index.html");
  const isFresh =
    existsSync(page) && statSync(page).mtimeMs > statSync("dist/app/index.html").mtimeMs;
  if (isFresh) return;
  const env = { ...process.env, APP_OUT: NEXT_APP, BUILD_SALT: "the next version" };
  execFileSync("npx", ["vite", "build", "--logLevel", "error"], { env, stdio: "ignore" });
}
