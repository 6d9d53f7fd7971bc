/**
 * One of the processes of `spread.ts`: runs the seeds, or the planted bugs, that it is sent and sends
 * back what came of them.
 */
import { catchPlant } from "./catching.ts";
import { runGuarded } from "./guarded.ts";
import { PLANTED } from "./planted.ts";
import type { PlantTask, SeedTask } from "./spread.ts";

process.on("message", (message) => {
  void answer(message as SeedTask | PlantTask).then((result) => process.send?.(result));
});

async function answer(task: SeedTask | PlantTask): Promise<unknown> {
  if (!("plant" in task)) {
    const { seed, ...options } = task;
    return runGuarded(seed, { ...options, plant: null, print: null });
  }
  const plant = PLANTED.find((one) => one.name === task.plant);
  if (plant === undefined) throw new Error(`no planted bug ${task.plant}`);
  return catchPlant(plant, task);
}
