/**
 * The files of one build in the browser's cache: put there whole and checked by workbox, found again,
 * and cleaned up after. What may take over when is service-worker.ts and the page. SPEC PW1 to PW5, PW13, PW22.
 */

import { PrecacheController, type PrecacheEntry } from "workbox-precaching";
import { cacheOf, listUnused } from "./messages.ts";

const PAGE = "/index.html";

export class KeptFiles {
  readonly #build: string;
  readonly #files: PrecacheController;

  /** @param entries every file with the hash of its bytes, as the build listed them */
  constructor(build: string, entries: readonly (PrecacheEntry | string)[]) {
    this.#build = build;
    this.#files = new PrecacheController({ cacheName: cacheOf(build) });
    this.#files.addToCacheList([...entries]);
  }

  /** Fetches all of them; one that is missing or not of this build fails it all. */
  install(event: ExtendableEvent): void {
    void this.#files.install(event);
  }

  has(address: string): boolean {
    return this.#files.getCacheKeyForURL(address) !== undefined;
  }

  async page(): Promise<Response | undefined> {
    return this.#files.matchPrecache(PAGE);
  }

  /** The kept file; of another build's where an older page, not yet reloaded, asks for its own. */
  async file(address: string): Promise<Response | undefined> {
    return (await this.#files.matchPrecache(address)) ?? caches.match(address);
  }

  /** The page's bytes stay those of this build, or nothing changes: only its headers can be newer. */
  async renewPage(): Promise<boolean> {
    const key = this.#files.getCacheKeyForURL(PAGE) ?? PAGE;
    const integrity = this.#files.getIntegrityForCacheKey(key) ?? "";
    try {
      const page = await fetch(new Request(PAGE, { cache: "reload", integrity }));
      if (page.ok) await (await caches.open(cacheOf(this.#build))).put(key, page);
      return page.ok;
    } catch (error) {
      console.info("the page cannot be fetched again", error);
      return false;
    }
  }

  /** Deletes what no page needs; not while another build arrives, whose cache has no page yet. */
  async tidy({ installing, waiting }: ServiceWorkerRegistration): Promise<void> {
    if (installing !== null || waiting !== null) return;
    const { held = [] } = await navigator.locks.query();
    const names = held.map(({ name }) => name);
    const unused = listUnused(this.#build, await caches.keys(), names);
    await Promise.all(unused.map(async (name) => caches.delete(name)));
  }
}
