/**
 * Whether this browser can run the app at all, and where its data lives. Decides nothing else: the
 * node finds out itself whether storage really works.
 */

const PROFILE = /^[a-z0-9-]{1,32}$/;
/** Letters and digits that nobody mistakes for each other. */
const NAME_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";
const NAME_LENGTH = 8;

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

/** The origin's local storage; null where the browser forbids it (then asking throws). */
export function storageOf(from: { readonly localStorage: Storage }): Storage | null {
  try {
    return from.localStorage;
  } catch (error) {
    console.info("no local storage", error);
    return null;
  }
}

/** Whether `?channel=pump` asks for data channels that stay on the page, as in an older browser. */
export function isPumpAsked(page: URL): boolean {
  return page.searchParams.get("channel") === "pump";
}

/** Whether this browser has direct connections to other devices. The app runs without, alone. */
export function canLink(): boolean {
  return typeof RTCPeerConnection === "function";
}

/** The database of the profile named in `?profile=` (lower-case letters, digits, dash; at most 32). */
export function databaseName(page: URL): string {
  const profile = profileName(page) ?? "";
  return profile === "" ? "tinyweb" : `tinyweb-${profile}`;
}

/** The profile that the address names; null where it names none, so that the app may ask. */
export function profileName(page: URL): string | null {
  const profile = page.searchParams.get("profile");
  if (profile === null) return null;
  return PROFILE.test(profile) ? profile : "";
}

/** The address of a profile, with the invite that is taken along; without a profile, of the list. */
export function profileAddress(page: URL, profile: string | null, link: string | null): string {
  const address = new URL(page.pathname, page);
  if (profile !== null) address.searchParams.set("profile", profile);
  if (link !== null) address.hash = new URL(link).hash;
  return address.href;
}

/** A name for a new profile: nobody reads it, and no profile has it. */
export function newProfileName(taken: readonly string[], random: (length: number) => Uint8Array) {
  for (;;) {
    const letters = Array.from(random(NAME_LENGTH), (byte) =>
      NAME_LETTERS.charAt(byte % NAME_LETTERS.length),
    );
    const name = letters.join("");
    if (!taken.includes(name)) return name;
  }
}
