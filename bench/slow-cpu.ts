/**
 * Makes a browser's CPU slower by a factor: all its processes, page, worker, storage and network
 * alike, run two milliseconds and stand still for the rest of `factor` times as many. The browser's own
 * throttling slows the page's main thread only ("not supported for workers"), and the node is in a
 * worker. How much slower it really is, is measured with `spin.ts` in the same run.
 */
import { execFileSync } from "node:child_process";
import { Worker } from "node:worker_threads";

export interface Slowing {
  /** Full speed again; stopping twice is stopping once. */
  readonly stop: () => Promise<void>;
}

/** Slows the process group that a browser leads. */
export function slowDown(leader: number, factor: number): Slowing {
  const shared = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const worker = new Worker(new URL("slow-cpu-worker.mjs", import.meta.url), {
    workerData: { leader, factor, shared },
  });
  const ended = new Promise<void>((resolve) => {
    worker.once("exit", () => resolve());
  });
  return {
    stop: async () => {
      Atomics.store(new Int32Array(shared), 0, 1);
      await ended;
    },
  };
}

/** The process that leads the browser which was opened on this folder. */
export function leaderOf(folder: string): number {
  const lines = execFileSync("ps", ["-eo", "pid=,args=", "-ww"], { encoding: "utf8" }).split("\n");
  const line = lines.find(
    (one) => one.includes(`--user-data-dir=${folder}`) && !one.includes("--type="),
  );
  const leader = Number.parseInt(line ?? "", 10);
  if (Number.isNaN(leader)) throw new Error("no browser runs on this folder");
  return leader;
}
