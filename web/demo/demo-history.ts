/**
 * The history of one phone of the demo: the part of the browser's that the screens use, kept in
 * memory, so that Back on a phone never leaves the demo and the address stays as it is. SPEC DM9.
 */

import type { ScreenHistory } from "../controllers/app-model.ts";

export class DemoHistory implements ScreenHistory {
  readonly #entries: unknown[] = [null];
  readonly #onBack: (state: unknown) => void;

  /** `onBack` hears the entry that was gone back to. */
  constructor(onBack: (state: unknown) => void) {
    this.#onBack = onBack;
  }

  get state(): unknown {
    return this.#entries.at(-1);
  }

  pushState(state: unknown): void {
    this.#entries.push(state);
  }

  replaceState(state: unknown): void {
    this.#entries[this.#entries.length - 1] = state;
  }

  back(): void {
    if (this.#entries.length < 2) return;
    this.#entries.pop();
    this.#onBack(this.state);
  }
}
