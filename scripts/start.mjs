/**
 * `npm start` on a fresh machine: installs what is missing, builds what changed, starts the server.
 * Whatever fails is one sentence and exit code 1. SPEC SG54 to SG58.
 */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import {
  buildIfNeeded,
  checkNode,
  installIfNeeded,
  Problem,
  ROOT,
  SERVER_FILE,
} from "./prepare.mjs";

try {
  checkNode();
  installIfNeeded();
  buildIfNeeded();
  runServer();
} catch (error) {
  if (!(error instanceof Problem)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

/** Runs the server in place of this process, as far as Node can: same output, signals, exit code. */
function runServer() {
  const server = spawn(process.execPath, [SERVER_FILE], { cwd: ROOT, stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => server.kill(signal));
  }
  server.on("exit", (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}
