/**
 * The thread behind slow-cpu.ts: stops and continues a process group in turn, until it is told. Plain
 * JavaScript, because a thread does not pass through what runs the benchmarks.
 */
import { workerData } from "node:worker_threads";

/** Short against what a person notices, long against how late a thread may wake. */
const RUN_MS = 2;
const { leader, factor, shared } = workerData;
const isDone = new Int32Array(shared);

/** @param {number} ms */
function rest(ms) {
  Atomics.wait(isDone, 0, 0, ms);
}

/**
 * False where the browser is gone.
 * @param {"SIGSTOP" | "SIGCONT"} name
 */
function signal(name) {
  try {
    process.kill(-leader, name);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
}

while (Atomics.load(isDone, 0) === 0 && signal("SIGCONT")) {
  rest(RUN_MS);
  if (Atomics.load(isDone, 0) !== 0 || !signal("SIGSTOP")) break;
  rest(RUN_MS * (factor - 1));
}
signal("SIGCONT");
