/**
 * The profiles of a real browser: its databases, and a channel on which the workers of all tabs hear
 * that the list has changed. SPEC PR7, PR10. Source: profile-registry.ts.
 */
import { deleteIdbStore, openIdbStore } from "../storage/idb-store.ts";
import { createRegistry, type Registry } from "./profile-registry.ts";

const CHANNEL = "tinyweb-profiles";

export interface BrowserProfiles extends Registry {
  /** Calls whenever another tab has changed the list. */
  readonly onChange: (call: () => void) => void;
}

export function createBrowserProfiles(): BrowserProfiles {
  /** Made when it is first needed: one that only exists keeps a test's process alive. */
  let channel: BroadcastChannel | null = null;
  const connect = (): BroadcastChannel => (channel ??= new BroadcastChannel(CHANNEL));
  const registry = createRegistry({
    now: () => Date.now(),
    openStore: async (database) => openIdbStore(database),
    deleteStore: deleteIdbStore,
    listDatabases: async () => {
      // Firefox has it since version 126.
      const factory: { readonly databases?: unknown } = indexedDB;
      if (factory.databases === undefined) return null;
      const all = await indexedDB.databases();
      return all.flatMap(({ name }) => (name === undefined ? [] : [name]));
    },
    announce: () => connect().postMessage("changed"),
    warn: (what, error) => console.warn(what, error),
  });
  return {
    ...registry,
    onChange: (call) => connect().addEventListener("message", call),
  };
}
