/**
 * Seeds and planted bugs spread over processes, one at a time to whichever is free. A seed depends on
 * nothing but itself, so the results are the same as those of one process, in the order of the tasks.
 * SPEC SI23.
 */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { CatchOptions } from "./catching.ts";
import type { SeedResult } from "./family.ts";
import type { Caught } from "./report.ts";
import type { Layer } from "./seed-plan.ts";

/** What a process is asked, over the channel that `fork` opens. */
export interface SeedTask {
  readonly seed: number;
  readonly layer: Layer;
  readonly isReal: boolean;
  readonly hasFamily: boolean;
}

/** The same of a planted bug, by its name. */
export interface PlantTask extends CatchOptions {
  readonly plant: string;
}

/** @throws Error if a process ends before it has answered */
export async function spread(
  tasks: readonly SeedTask[],
  processes: number,
): Promise<readonly SeedResult[]> {
  return share<SeedResult>(tasks, processes, ({ seed }) => `seed ${seed}`);
}

/** @throws Error if a process ends before it has answered */
export async function spreadPlants(
  tasks: readonly PlantTask[],
  processes: number,
): Promise<readonly Caught[]> {
  return share<Caught, PlantTask>(tasks, processes, ({ plant }) => plant);
}

async function share<Answer, Task extends SeedTask | PlantTask = SeedTask>(
  tasks: readonly Task[],
  processes: number,
  nameOf: (task: Task) => string,
): Promise<readonly Answer[]> {
  const waiting = tasks.map((task, at) => ({ task, at }));
  const answers: Answer[] = [];
  await Promise.all(Array.from({ length: Math.min(processes, tasks.length) }, work));
  return answers;

  async function work(): Promise<void> {
    const child = fork(fileURLToPath(new URL("seed-process.ts", import.meta.url)), {
      // Whatever runs this process need not know TypeScript.
      execArgv: ["--import", "tsx"],
      cwd: fileURLToPath(new URL("..", import.meta.url)),
    });
    try {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        answers[next.at] = await ask<Answer>(child, next.task, nameOf(next.task));
      }
    } finally {
      child.kill();
    }
  }
}

async function ask<Answer>(
  child: ReturnType<typeof fork>,
  task: SeedTask | PlantTask,
  name: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => {
      reject(new Error(`${name}: its process ended with ${code}`));
    };
    child.once("exit", onExit);
    child.once("message", (message) => {
      child.off("exit", onExit);
      resolve(message as Answer);
    });
    child.send({ ...task });
  });
}
