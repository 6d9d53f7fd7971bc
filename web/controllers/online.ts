/** Whether this device says that it has a network at all; draws its host again when that changes. */

import type { ReactiveController, ReactiveControllerHost } from "lit";

export class Online implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #onChange = (): void => this.#host.requestUpdate();

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  /** False is certain; true only says that there is some network. */
  get isOnline(): boolean {
    return navigator.onLine;
  }

  hostConnected(): void {
    addEventListener("online", this.#onChange);
    addEventListener("offline", this.#onChange);
  }

  hostDisconnected(): void {
    removeEventListener("online", this.#onChange);
    removeEventListener("offline", this.#onChange);
  }
}
