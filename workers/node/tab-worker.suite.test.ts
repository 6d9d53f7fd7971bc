/**
 * The worker of one tab for tabs.browser.test.ts: the real NodeApi, and a way to stand still without
 * a word, as a frozen tab does. No timer fires and no message is read meanwhile.
 */
import * as Comlink from "comlink";
import { createNodeApi } from "./node-api.ts";

Comlink.expose({
  ...createNodeApi(),
  standStill(ms: number): void {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    Atomics.wait(new Int32Array(memory.buffer), 0, 0, ms);
  },
});
