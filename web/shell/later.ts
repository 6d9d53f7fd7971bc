/** "Not now" for a week, kept by this browser. SPEC PW36. */

import { NOT_NOW_MS } from "./limits.ts";

const KEY = "tinyweb.not-now";

/** `change` events. */
export class Later extends EventTarget {
  readonly #store: Pick<Storage, "getItem" | "setItem"> | null;
  #until: number;

  constructor(store: Pick<Storage, "getItem" | "setItem"> | null) {
    super();
    this.#store = store;
    this.#until = recall(store);
  }

  get isOn(): boolean {
    const left = this.#until - Date.now();
    // A clock that was set back must not make a week of a year.
    return left > 0 && left <= NOT_NOW_MS;
  }

  putOff(): void {
    this.#until = Date.now() + NOT_NOW_MS;
    try {
      this.#store?.setItem(KEY, String(this.#until));
    } catch (error) {
      console.info("cannot remember this", error);
    }
    this.dispatchEvent(new Event("change"));
  }
}

function recall(store: Pick<Storage, "getItem"> | null): number {
  try {
    return Number(store?.getItem(KEY) ?? 0) || 0;
  } catch {
    return 0;
  }
}
