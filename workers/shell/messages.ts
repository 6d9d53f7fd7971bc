/**
 * What a page says to the service worker, and the two names that both must spell alike. Types and
 * names only: what follows from them is service-worker.ts and web/shell. SPEC PW10 to PW15.
 */

/** Page to service worker; the answer, where there is one, comes on the port that is sent along. */
export type ShellMessage =
  /** Answered with the build, a string. */
  | { readonly type: "which-build" }
  /** The person agreed, or no other page is open: become the active one now. Not answered. */
  | { readonly type: "take-over" }
  /** The host's settings changed: fetch the page again, for its headers. Answered with whether it worked. */
  | { readonly type: "renew" }
  /** A page of this build has started: files of builds that nobody uses can go. Not answered. */
  | { readonly type: "tidy" };

const LOCK_PREFIX = "tinyweb-page-";
const CACHE_PREFIX = "tinyweb-app-";

/** The Web Lock that each page of a build holds, shared, for as long as it lives. */
export function pageLockOf(build: string): string {
  return LOCK_PREFIX + build;
}

/** Whether a lock is held by a page of any build. */
export function isPageLock(name: string | undefined): boolean {
  return name?.startsWith(LOCK_PREFIX) ?? false;
}

/** The cache with all files of a build. */
export function cacheOf(build: string): string {
  return CACHE_PREFIX + build;
}

/** The caches that no page needs: of other builds than `mine`, and of builds without a page. */
export function listUnused(
  mine: string,
  caches: readonly string[],
  locks: readonly (string | undefined)[],
): readonly string[] {
  return caches.filter((cache) => {
    if (!cache.startsWith(CACHE_PREFIX) || cache === cacheOf(mine)) return false;
    return !locks.includes(pageLockOf(cache.slice(CACHE_PREFIX.length)));
  });
}
