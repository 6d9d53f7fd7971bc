/**
 * A page with one worker, which does what is measured; the fragment says which. What the benchmark
 * calls is `globalThis.inWorker` (bench/in-worker.ts). Draws nothing.
 */
import { wrap } from "comlink";

const makers: Readonly<Record<string, () => Worker>> = {
  store: () => new Worker(new URL("./store-worker.ts", import.meta.url), { type: "module" }),
  validate: () => new Worker(new URL("./validate-worker.ts", import.meta.url), { type: "module" }),
};

const make = makers[location.hash.slice(1)];
if (make === undefined) throw new Error("no such worker");
Object.assign(globalThis, { inWorker: wrap(make()) });
