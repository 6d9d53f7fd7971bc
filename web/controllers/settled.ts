/**
 * Whether the page has been open for so long that what is missing is worth a word. In its first seconds
 * links are still being made, and a line that comes and goes would move the list under a finger.
 */

import type { ReactiveController, ReactiveControllerHost } from "lit";

/** Links to devices that are there take one to two seconds. */
const SETTLE_MS = 3_000;

export class Settled implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  get isSettled(): boolean {
    return performance.now() >= SETTLE_MS;
  }

  hostConnected(): void {
    if (this.isSettled) return;
    // A timer may come a little early.
    const left = Math.ceil(SETTLE_MS - performance.now()) + 1;
    this.#timer = setTimeout(() => this.#host.requestUpdate(), left);
  }

  hostDisconnected(): void {
    clearTimeout(this.#timer);
  }
}
