/**
 * The browser's own offer to install the app, where it makes one: kept until the person presses
 * "Install". It may come at any time, or never. SPEC PW37.
 */

/** Chromium's event; not in the DOM types, because no standard has it. */
export interface InstallEvent extends Event {
  prompt(): Promise<{ readonly outcome: "accepted" | "dismissed" }>;
}

/** `change` events. */
export class InstallPrompt extends EventTarget {
  #offer: InstallEvent | null = null;

  /** To be made before the page has loaded: the event comes once. */
  constructor(target: EventTarget) {
    super();
    target.addEventListener("beforeinstallprompt", (event) => {
      // Without this the browser shows a bar of its own, at a moment of its own.
      event.preventDefault();
      this.#set(event as InstallEvent);
    });
    target.addEventListener("appinstalled", () => this.#set(null));
  }

  get isOffered(): boolean {
    return this.#offer !== null;
  }

  /** Opens the browser's dialog. An offer can be used once; a new one comes when it was dismissed. */
  async install(): Promise<void> {
    const offer = this.#offer;
    this.#set(null);
    try {
      await offer?.prompt();
    } catch (error) {
      console.info("not installed", error);
    }
  }

  #set(offer: InstallEvent | null): void {
    this.#offer = offer;
    this.dispatchEvent(new Event("change"));
  }
}
