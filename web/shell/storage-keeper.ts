/**
 * Whether this browser keeps what is stored: looks, and asks it to. Browsers that decide by
 * themselves are asked as soon as there is a family; one that asks the person only when the person
 * pressed a button that says why. Knows no screens. SPEC PW34 to PW36.
 */

import type { Lasting } from "../../workers/api.ts";

/** The browser's storage, as far as it is asked; missing where there is none. */
export type KeptStorage = Pick<StorageManager, "persist" | "persisted">;

export interface KeeperOptions {
  readonly storage: KeptStorage | undefined;
  readonly isInstalled: boolean;
  readonly asksPerson: boolean;
}

/** `change` events. */
export class StorageKeeper extends EventTarget {
  readonly #storage: KeptStorage | undefined;
  readonly #isInstalled: boolean;
  readonly #asksPerson: boolean;
  #hasAsked = false;
  /** Null until it is known. */
  lasting: Lasting | null = null;

  constructor({ storage, isInstalled, asksPerson }: KeeperOptions) {
    super();
    this.#storage = storage;
    this.#isInstalled = isInstalled;
    this.#asksPerson = asksPerson;
  }

  /** Pressing a button would help: the browser asks the person, and was not asked since the start. */
  get canAsk(): boolean {
    const isOpen = this.lasting === "may-forget" && !this.#hasAsked;
    return isOpen && this.#asksPerson && this.#storage !== undefined;
  }

  /** It was asked, and has not promised. */
  get isRefused(): boolean {
    return this.#hasAsked && this.#asksPerson && this.lasting === "may-forget";
  }

  /** There is something to keep now. */
  async begin(): Promise<void> {
    if (this.#asksPerson) await this.look();
    else await this.ask();
  }

  /** Asks the browser for its promise. */
  async ask(): Promise<void> {
    try {
      if ((await this.#storage?.persisted()) !== true) await this.#storage?.persist();
    } catch (error) {
      console.info("this browser cannot be asked to keep anything", error);
    }
    this.#hasAsked = true;
    await this.look();
  }

  /** Has the browser promised? */
  async look(): Promise<void> {
    let isPersistent = false;
    try {
      isPersistent = (await this.#storage?.persisted()) ?? false;
    } catch (error) {
      console.info("this browser does not say what it keeps", error);
    }
    if (this.#isInstalled) this.lasting = "installed";
    else this.lasting = isPersistent ? "persistent" : "may-forget";
    this.dispatchEvent(new Event("change"));
  }
}
