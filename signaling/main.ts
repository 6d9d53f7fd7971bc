/**
 * Entry: starts the server with the environment's settings, says where to open it, stops on a
 * signal. Whatever goes wrong is one sentence and exit code 1. SPEC SG50 to SG53.
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { explainStartError, readServerOptions } from "./environment.ts";
import { startServer, type ServerOptions } from "./server.ts";

/** Beside the bundle (dist/server/main.js) lies the app (dist/app). */
const APP_DIR = join(dirname(fileURLToPath(import.meta.url)), "..", "app");

const settings = readServerOptions(process.env);
if (settings.ok) await run(settings.options);
else fail(settings.problem);

async function run(options: ServerOptions): Promise<void> {
  const staticDir = process.env["STATIC_DIR"] || APP_DIR;
  const hasApp = existsSync(join(staticDir, "index.html"));
  try {
    const server = await startServer(hasApp ? { ...options, staticDir } : options);
    if (hasApp) console.log(`TinyWeb is ready: open ${server.url}`);
    else console.log(`Signalling is ready at ${server.url}, without the app (it is not built).`);
    const stop = (): void => void server.close();
    process.on("SIGINT", stop).on("SIGTERM", stop);
  } catch (error) {
    fail(explainStartError(error as NodeJS.ErrnoException, options.port));
  }
}

function fail(sentence: string): void {
  console.error(sentence);
  process.exitCode = 1;
}
