/** One of the processes of `spread.ts`: runs the seeds that it is sent and sends back what came of them. */
import { runGuarded } from "./guarded.ts";
import type { SeedTask } from "./spread.ts";

process.on("message", (message) => {
  const { seed, ...options } = message as SeedTask;
  void runGuarded(seed, { ...options, plant: null, print: null }).then((result) =>
    process.send?.(result),
  );
});
