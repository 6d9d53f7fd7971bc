/**
 * Keeps the list of profiles: a small store of its own, read together with the browser's databases.
 * It never stops a node: where the list cannot be read the databases alone are the list, and what
 * could not be written is written with the next change. Removes a profile. SPEC PR3 to PR10.
 */
import type { NodeSnapshot, ProfileView, Result } from "../api.ts";
import { LOCK_COST } from "../crypto/lock-key.ts";
import { createLockableVault } from "../crypto/lockable-vault.ts";
import { createPlainVault } from "../crypto/vault.ts";
import { prefixRange, StoreError, type Key, type Store } from "../storage/store.ts";
import { createLock } from "./lock.ts";
import { createMailbox } from "./mailbox.ts";
import {
  cardOf,
  countOthers,
  databaseOf,
  decodeCard,
  encodeCard,
  mergeProfiles,
  profileOf,
  type CardEntry,
} from "./profile-cards.ts";
import { PROFILE_KEY } from "./profile.ts";
import { done, failed } from "./result.ts";

/** What the registry needs of the browser. */
export interface RegistryPorts {
  readonly now: () => number;
  readonly openStore: (database: string) => Promise<Store>;
  readonly deleteStore: (database: string) => Promise<void>;
  /** Names of all databases; null where the browser does not tell. */
  readonly listDatabases: () => Promise<readonly string[] | null>;
  /** Tells the other tabs that the list has changed. */
  readonly announce: () => void;
  /** Something went wrong that nobody has to be told; for the console. */
  readonly warn: (what: string, error: unknown) => void;
}

export interface RemoveRequest {
  readonly profile: string;
  readonly pin?: string;
  readonly isForgotten?: boolean;
}

export interface Registry {
  readonly list: () => Promise<readonly ProfileView[]>;
  /** Other profiles than `mine`; 0 where nothing can be read. */
  readonly countOthers: (mine: string) => Promise<number>;
  /** Keeps what a snapshot of the profile says of it. */
  readonly note: (profile: string, snapshot: NodeSnapshot) => Promise<void>;
  readonly remove: (request: RemoveRequest) => Promise<Result<null>>;
}

/** The capitals keep it apart from every profile's database. */
export const REGISTRY_DATABASE = "tinyweb-PROFILES";
const CARDS: Key = ["card"];

export function createRegistry(ports: RegistryPorts): Registry {
  /** What was kept last, by profile: most snapshots change nothing of it. */
  const kept = new Map<string, string>();
  const writes = createMailbox(() => {});

  return {
    list,
    countOthers: async (mine) => countOthers(await list(), mine),
    note: async (profile, snapshot) => writes.run(async () => note(profile, snapshot)),
    remove: async (request) => writes.run(async () => remove(request)),
  };

  async function list(): Promise<readonly ProfileView[]> {
    const databases = await listDatabases();
    const entries = await readEntries(databases);
    return mergeProfiles(entries, await findProfiles(databases, entries));
  }

  /** Reading makes no list where there is none. */
  async function readEntries(databases: readonly string[] | null): Promise<readonly CardEntry[]> {
    if (databases !== null && !databases.includes(REGISTRY_DATABASE)) return [];
    try {
      return await withStore(REGISTRY_DATABASE, async (store) => {
        const rows = await store.list("meta", prefixRange(CARDS));
        return rows.flatMap(({ key, value }): readonly CardEntry[] => {
          const [, profile] = key;
          const isName = typeof profile === "string" && isProfile(profile) && key.length === 2;
          return isName ? [{ profile, card: decodeCard(value) }] : [];
        });
      });
    } catch (error) {
      ports.warn("the list of profiles cannot be read", error);
      return [];
    }
  }

  /** Profiles of the databases; one without an entry counts only if somebody's keys are in it. */
  async function findProfiles(
    databases: readonly string[] | null,
    entries: readonly CardEntry[],
  ): Promise<readonly string[] | null> {
    if (databases === null) return null;
    const known = new Set(entries.filter(({ card }) => card !== null).map((one) => one.profile));
    const found: string[] = [];
    for (const database of databases) {
      const profile = profileOf(database);
      if (profile === null) continue;
      if (known.has(profile) || (await isSomebodys(database))) found.push(profile);
    }
    return found;
  }

  async function listDatabases(): Promise<readonly string[] | null> {
    try {
      return await ports.listDatabases();
    } catch (error) {
      ports.warn("the browser does not list its databases", error);
      return null;
    }
  }

  /** A database that cannot be looked into may be somebody's. */
  async function isSomebodys(database: string): Promise<boolean> {
    try {
      return await withStore(
        database,
        async (store) => (await store.get("meta", PROFILE_KEY)) !== null,
      );
    } catch (error) {
      ports.warn(`${database} cannot be looked into`, error);
      return true;
    }
  }

  async function note(profile: string, snapshot: NodeSnapshot): Promise<void> {
    const card = cardOf(snapshot);
    const isClosed = snapshot.notices.some(({ type }) => type === "storage-closed");
    if (card === undefined || isClosed) return;
    const words = JSON.stringify(card);
    if (kept.get(profile) === words) return;
    const key = [...CARDS, profile];
    try {
      if (card === null && !(await hasEntry(profile))) return;
      await withStore(REGISTRY_DATABASE, async (store) =>
        store.commit(
          [
            card === null
              ? { type: "delete", table: "meta", key }
              : { type: "put", table: "meta", key, value: encodeCard(card) },
          ],
          { durability: "relaxed" },
        ),
      );
      kept.set(profile, words);
      ports.announce();
    } catch (error) {
      ports.warn("the list of profiles cannot be written", error);
    }
  }

  async function hasEntry(profile: string): Promise<boolean> {
    const entries = await readEntries(await listDatabases());
    return entries.some((one) => one.profile === profile);
  }

  async function remove({ profile, pin, isForgotten }: RemoveRequest): Promise<Result<null>> {
    const view = (await list()).find((one) => one.profile === profile);
    if (view === undefined) return failed("unknown-profile");
    const database = databaseOf(profile);
    try {
      const passed =
        isForgotten === true || !view.isHere ? done(null) : await unlock(database, pin);
      if (!passed.ok) return passed;
      await ports.deleteStore(database);
      await withStore(REGISTRY_DATABASE, async (store) =>
        store.commit([{ type: "delete", table: "meta", key: [...CARDS, profile] }], {
          durability: "strict",
        }),
      );
      kept.delete(profile);
      ports.announce();
      return done(null);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      const isHeld = error.code === "blocked";
      return failed(isHeld ? "storage-taken" : "storage-unavailable", error.message);
    }
  }

  /** One try at a profile's lock; it counts as all others do. */
  async function unlock(database: string, pin: string | undefined): Promise<Result<null>> {
    return withStore(database, async (store) => {
      const vault = createPlainVault();
      const lock = createLock(store, vault, createLockableVault(vault), {
        now: ports.now,
        fence: () => null,
        cost: LOCK_COST,
      });
      const tried = await lock.attempt(pin);
      if (!tried.ok) return tried;
      tried.value?.fill(0);
      return done(null);
    });
  }

  async function withStore<T>(database: string, task: (store: Store) => Promise<T>): Promise<T> {
    const store = await ports.openStore(database);
    try {
      return await task(store);
    } finally {
      await store.close();
    }
  }
}

function isProfile(name: string): boolean {
  return profileOf(name === "" ? "tinyweb" : `tinyweb-${name}`) === name;
}
