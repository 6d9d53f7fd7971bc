/**
 * Seeds spread over processes, one seed at a time to whichever is free. A seed depends on nothing but
 * itself, so the results are the same as those of one process, in the order of the seeds. SPEC SI23.
 */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { SeedResult } from "./family.ts";
import type { Layer } from "./seed-plan.ts";

/** What a process is asked, over the channel that `fork` opens. */
export interface SeedTask {
  readonly seed: number;
  readonly layer: Layer;
  readonly isReal: boolean;
  readonly hasFamily: boolean;
}

/** @throws Error if a process ends before it has answered */
export async function spread(
  tasks: readonly SeedTask[],
  processes: number,
): Promise<readonly SeedResult[]> {
  const waiting = [...tasks];
  const results: SeedResult[] = [];
  await Promise.all(Array.from({ length: Math.min(processes, tasks.length) }, work));
  return results.sort((a, b) => a.seed - b.seed);

  async function work(): Promise<void> {
    const child = fork(fileURLToPath(new URL("seed-process.ts", import.meta.url)), {
      // Whatever runs this process need not know TypeScript.
      execArgv: ["--import", "tsx"],
      cwd: fileURLToPath(new URL("..", import.meta.url)),
    });
    try {
      for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
        results.push(await ask(child, task));
      }
    } finally {
      child.kill();
    }
  }
}

async function ask(child: ReturnType<typeof fork>, task: SeedTask): Promise<SeedResult> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => {
      reject(new Error(`seed ${task.seed}: its process ended with ${code}`));
    };
    child.once("exit", onExit);
    child.once("message", (message) => {
      child.off("exit", onExit);
      resolve(message as SeedResult);
    });
    child.send(task);
  });
}
