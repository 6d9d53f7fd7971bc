/**
 * Whether a media query holds for the document that its host is in (a phone of the demo has a
 * viewport of its own); draws the host again when that changes.
 */

import type { ReactiveController, ReactiveElement } from "lit";

export class MediaMatch implements ReactiveController {
  readonly #host: ReactiveElement;
  readonly #query: string;
  readonly #onChange = (): void => this.#host.requestUpdate();
  #list: MediaQueryList | null = null;

  constructor(host: ReactiveElement, query: string) {
    this.#host = host;
    this.#query = query;
    host.addController(this);
  }

  get matches(): boolean {
    return this.#list?.matches === true;
  }

  hostConnected(): void {
    this.#list = this.#host.ownerDocument.defaultView?.matchMedia(this.#query) ?? null;
    this.#list?.addEventListener("change", this.#onChange);
  }

  hostDisconnected(): void {
    this.#list?.removeEventListener("change", this.#onChange);
  }
}
