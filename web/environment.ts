/**
 * Whether this browser can run the app at all, and where its data lives. Decides nothing else: the
 * node finds out itself whether storage really works.
 */

/** Why the app cannot run here. `insecure`: no secure context; `old`: the browser lacks a part. */
export type Obstacle = "insecure" | "old";

/** What `findObstacle` looks at. */
export interface Surroundings {
  readonly isSecureContext: boolean;
  readonly hasSubtleCrypto: boolean;
  readonly hasLocks: boolean;
  readonly hasIndexedDb: boolean;
  readonly hasWorker: boolean;
}

/** Null where everything needed is there. Browsers hide crypto and locks on insecure pages. */
export function findObstacle(seen: Surroundings): Obstacle | null {
  if (!seen.isSecureContext) return "insecure";
  const hasAll = seen.hasSubtleCrypto && seen.hasLocks && seen.hasIndexedDb && seen.hasWorker;
  return hasAll ? null : "old";
}

export function lookAround(): Surroundings {
  return {
    isSecureContext: globalThis.isSecureContext,
    hasSubtleCrypto: globalThis.crypto?.subtle !== undefined,
    hasLocks: navigator.locks !== undefined,
    hasIndexedDb: globalThis.indexedDB !== undefined,
    hasWorker: typeof Worker === "function",
  };
}

/** The database of the profile named in `?profile=` (lower-case letters, digits, dash; at most 32). */
export function databaseName(page: URL): string {
  const profile = page.searchParams.get("profile") ?? "";
  return /^[a-z0-9-]{1,32}$/.test(profile) ? `tinyweb-${profile}` : "tinyweb";
}
